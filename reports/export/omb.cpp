#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/export/exported.h"
#include "reports/printable.h"

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
  std::vector<Sample> samples;
  const Time begin = Time() + subject.run.warmup;
  const auto sample_at = [&](Time from, Time to) -> Sample* {
    if (from < begin) {
      return nullptr;
    }
    const auto index = static_cast<std::size_t>((from - begin) / kSample);
    while (samples.size() <= index) {
      Sample& next = samples.emplace_back();
      next.from = begin + kSample * static_cast<std::int64_t>(samples.size() - 1);
    }
    samples[index].to = std::max(samples[index].to, to);
    return &samples[index];
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
  std::erase_if(samples, [](const Sample& sample) { return sample.to <= sample.from; });
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

/// The percentile plot: from each point on what is left halves in five steps.
Json curve_of(const Histogram& latencies, double unit_ns) {
  constexpr double kStepsPerHalf = 5;
  Json curve = Json::object();
  if (latencies.count() == 0) {
    return curve;
  }
  const double least = 1 / static_cast<double>(latencies.count());
  for (double left = 1; left >= least;) {
    curve[fmt::format("{}", 100 * (1 - left))] = at_share(latencies, 1 - left, unit_ns);
    left -= std::exp2(std::floor(std::log2(left))) / (2 * kStepsPerHalf);
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

/// What the effective scenario says of the load; of several workloads the sums.
void add_setup(Json& out, const Exported& subject) {
  const Json config = Json::parse(subject.run.config_json, nullptr, false);
  const auto list = [&](const Json& in, const char* key) {
    const auto found = in.is_object() ? in.find(key) : in.end();
    return found != in.end() && found->is_array() ? *found : Json::array();
  };
  const auto sum = [](const Json& elements, const char* key, std::uint64_t otherwise) {
    std::uint64_t total = 0;
    for (const Json& element : elements) {
      const auto found = element.is_object() ? element.find(key) : element.end();
      total += found != element.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                                     : otherwise;
    }
    return total;
  };
  const Json services = config.is_object() ? config.value("services", Json::object()) : Json();
  const Json log = services.is_object() ? services.value("log", Json::object()) : Json();
  const Json topics = list(log, "topics");
  const double rate = subject.run.metrics.throughput_in.all;
  out["messageSize"] =
      rate > 0 ? std::llround(subject.run.metrics.bytes_in.all / rate) : std::int64_t{0};
  out["topics"] = topics.size();
  out["partitions"] = sum(topics, "partitions", 1);
  out["producersPerTopic"] = sum(list(config, "workload"), "producers", 1);
  out["consumersPerTopic"] = sum(list(config, "consumers"), "members", 1);
}

}  // namespace

std::string to_omb(const Exported& subject, const Sending& sending) {
  Json out = {{"workload", printable(subject.run.title)}, {"driver", "wavetank"}};
  add_setup(out, subject);
  const std::vector<Sample> samples = samples_of(subject, sending);
  add_samples(out, samples);
  add_sums(out, samples);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
