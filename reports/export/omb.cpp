// The OpenMessaging Benchmark's result: the fields of its TestResult, as its WorkloadGenerator
// fills them and its create_charts.py reads them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/export/exported.h"
#include "reports/export/percentile_steps.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// The benchmark's own: its charts take a sample for so much time.
constexpr Duration kSample = seconds(10);

/// How a latency is called, and in which unit it is given.
struct Latency {
  const char* name;
  double ns;
};
constexpr std::array kLatencies{Latency{"publishLatency", 1e6}, Latency{"publishDelayLatency", 1e3},
                                Latency{"endToEndLatency", 1e6}};
enum : std::size_t { kPublish, kDelay, kEndToEnd };

struct Quantile {
  const char* name;
  double share;
};
constexpr std::array kQuantiles{Quantile{"50pct", 0.5},    Quantile{"75pct", 0.75},
                                Quantile{"95pct", 0.95},   Quantile{"99pct", 0.99},
                                Quantile{"999pct", 0.999}, Quantile{"9999pct", 0.9999}};

/// What the samples of one kind add up to, and one by one.
struct Sample {
  Time from;
  Time to;
  std::array<Histogram, kLatencies.size()> latencies;
  std::uint64_t produced = 0;
  std::uint64_t delivered = 0;
  std::uint64_t refused = 0;
  std::uint64_t lag = 0;

  [[nodiscard]] double per_second(std::uint64_t count) const {
    return static_cast<double>(count) / (to - from).seconds();
  }
};

/// From the end of the warm-up to that of the run, 10 s each but the last.
std::vector<Sample> samples_of(const Exported& subject, const Sending& sending) {
  std::map<std::int64_t, Sample> by_number;
  const Time begin = Time() + subject.run.warmup;
  const auto sample_at = [&](Time from, Time to) -> Sample* {
    if (from < begin) {
      return nullptr;
    }
    const std::int64_t number = (from - begin) / kSample;
    Sample& sample = by_number[number];
    sample.from = begin + kSample * number;
    sample.to = std::max(sample.to, to);
    return &sample;
  };
  for (const LatencyInterval& interval : subject.latencies.intervals) {
    if (Sample* sample = sample_at(interval.from, interval.to)) {
      sample->latencies[kPublish].merge(interval.publish);
      sample->latencies[kEndToEnd].merge(interval.e2e);
    }
  }
  for (std::size_t i = 0; i < subject.run.series.size(); ++i) {
    const SeriesPoint& point = subject.run.series[i];
    if (Sample* sample = sample_at(point.at, end_of_point(subject, i))) {
      sample->produced += count_within(subject, i, point.in_per_s);
      sample->delivered += count_within(subject, i, point.out_per_s);
      sample->lag = point.lag_records;
    }
  }
  for (const Sending::Second& second : sending.seconds) {
    if (Sample* sample = sample_at(second.from, second.from)) {
      sample->latencies[kDelay].merge(second.delay);
      sample->refused += second.refused;
    }
  }
  std::vector<Sample> samples;
  for (auto& [number, sample] : by_number) {
    if (sample.to > sample.from) {
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

double average(const Histogram& latencies, double unit_ns) {
  return latencies.mean_ns() / unit_ns;
}
double at_share(const Histogram& latencies, double share, double unit_ns) {
  return static_cast<double>(latencies.quantile(share).ns()) / unit_ns;
}
double greatest(const Histogram& latencies, double unit_ns) {
  return static_cast<double>(latencies.max().ns()) / unit_ns;
}

void add_samples(Json& out, const std::vector<Sample>& samples) {
  const auto column = [&](const std::string& name, auto&& value) {
    Json& values = out[name] = Json::array();
    for (const Sample& sample : samples) {
      values.push_back(value(sample));
    }
  };
  column("publishRate", [](const Sample& s) { return s.per_second(s.produced); });
  column("publishErrorRate", [](const Sample& s) { return s.per_second(s.refused); });
  column("consumeRate", [](const Sample& s) { return s.per_second(s.delivered); });
  column("backlog", [](const Sample& s) { return s.lag; });
  for (std::size_t i = 0; i < kLatencies.size(); ++i) {
    const Latency& it = kLatencies[i];
    const std::string name = it.name;
    column(name + "Avg", [&](const Sample& s) { return average(s.latencies[i], it.ns); });
    for (const Quantile& quantile : kQuantiles) {
      column(name + quantile.name,
             [&](const Sample& s) { return at_share(s.latencies[i], quantile.share, it.ns); });
    }
    column(name + "Max", [&](const Sample& s) { return greatest(s.latencies[i], it.ns); });
  }
}

Json curve_of(const Histogram& latencies, double unit_ns) {
  Json curve = Json::object();
  if (latencies.count() == 0) {
    return curve;
  }
  const double greatest_share = 100 - 100 / static_cast<double>(latencies.count());
  for (double percentile = 0; percentile <= greatest_share; percentile = after(percentile)) {
    curve[fmt::format("{}", percentile)] = at_share(latencies, percentile / 100, unit_ns);
  }
  curve["100.0"] = greatest(latencies, unit_ns);
  return curve;
}

void add_sums(Json& out, const std::vector<Sample>& samples) {
  for (std::size_t i = 0; i < kLatencies.size(); ++i) {
    const Latency& it = kLatencies[i];
    Histogram all;
    for (const Sample& sample : samples) {
      all.merge(sample.latencies[i]);
    }
    std::string name = fmt::format("aggregated{}", it.name);
    name[std::string_view("aggregated").size()] -= 'a' - 'A';
    out[name + "Avg"] = average(all, it.ns);
    for (const Quantile& quantile : kQuantiles) {
      out[name + quantile.name] = at_share(all, quantile.share, it.ns);
    }
    out[name + "Max"] = greatest(all, it.ns);
    out[name + "Quantiles"] = curve_of(all, it.ns);
  }
}

/// The objects of a list; none if it is not there.
Json list(const Json& in, const char* key) {
  const auto found = in.is_object() ? in.find(key) : in.end();
  return found != in.end() && found->is_array() ? *found : Json::array();
}
/// A count in one of them; those that say nothing have one.
std::uint64_t count_in(const Json& element, const char* key) {
  const auto found = element.is_object() ? element.find(key) : element.end();
  return found != element.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 1;
}
std::uint64_t sum(const Json& elements, const char* key) {
  std::uint64_t total = 0;
  for (const Json& element : elements) {
    total += count_in(element, key);
  }
  return total;
}
/// The benchmark's counts are whole, for its topics are alike.
std::uint64_t mean(std::uint64_t total, std::uint64_t parts) {
  return parts == 0 ? 0 : (total + parts / 2) / parts;
}

/// What the effective scenario says of the load: partitions and producers of a topic, consumers of
/// a subscription. Where topics or groups differ, of an average one.
void add_setup(Json& out, const Exported& subject) {
  const Json config = Json::parse(subject.run.config_json, nullptr, false);
  const Json services = config.is_object() ? config.value("services", Json::object()) : Json();
  const Json log = services.is_object() ? services.value("log", Json::object()) : Json();
  const Json groups = list(config, "consumers");
  std::uint64_t topics = 0;
  std::uint64_t partitions = 0;
  for (const Json& topic : list(log, "topics")) {
    topics += count_in(topic, "count");
    partitions += count_in(topic, "count") * count_in(topic, "partitions");
  }
  const double rate = subject.run.metrics.throughput_in.all;
  out["messageSize"] =
      rate > 0 ? std::llround(subject.run.metrics.bytes_in.all / rate) : std::int64_t{0};
  out["topics"] = topics;
  out["partitions"] = mean(partitions, topics);
  out["producersPerTopic"] = mean(sum(list(config, "workload"), "producers"), topics);
  out["consumersPerTopic"] = mean(sum(groups, "members"), groups.size());
}

}  // namespace

std::string to_omb(const Exported& subject, const Sending& sending) {
  Json out = {{"workload", repeated(subject.run.title)}, {"driver", "wavetank"}};
  add_setup(out, subject);
  const std::vector<Sample> samples = samples_of(subject, sending);
  add_samples(out, samples);
  add_sums(out, samples);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
