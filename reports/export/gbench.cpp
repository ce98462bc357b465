// Google Benchmark's JSON, for its compare.py and what else reads it: a latency is a benchmark's
// time, a rate the time of a record, so that less is better of all of them. Of the context only
// what is true of a simulated run is told: there is no machine whose processors and load would
// matter.

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reports/export/dates.h"
#include "reports/export/exported.h"
#include "reports/printable.h"
#include "reports/program_version.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUnit = "ms";
/// So much of a scenario's digest tells it from others of the same title.
constexpr std::size_t kShortDigest = 8;

/// A benchmark of one run: a time, of so many, and what else there is to say.
struct Benchmark {
  std::string name;
  double time_ms = 0;
  std::uint64_t iterations = 1;
  Json counters = Json::object();
};

void add_latency(std::vector<Benchmark>& out, const std::string& name, const LatencySummary& all) {
  if (all.count == 0) {
    return;
  }
  const std::pair<const char*, Duration> quantiles[] = {
      {"mean", all.mean},  {"p50", all.p50},      {"p90", all.p90}, {"p99", all.p99},
      {"p99.9", all.p999}, {"p99.99", all.p9999}, {"max", all.max}};
  for (const auto& [quantile, value] : quantiles) {
    out.push_back({name + "/" + quantile, in_milliseconds(value), all.count, Json::object()});
  }
}

/// As the time that a record takes: less is better, as of all benchmarks.
void add_rate(std::vector<Benchmark>& out, const std::string& name, double per_second,
              std::uint64_t records, double bytes_per_second) {
  if (per_second > 0) {
    Benchmark rate{name, 1e3 / per_second, records, {{"items_per_second", per_second}}};
    if (bytes_per_second > 0) {
      rate.counters["bytes_per_second"] = bytes_per_second;
    }
    out.push_back(std::move(rate));
  }
}

/// Records of the time that rates are of: after the warm-up, and before the drain.
std::uint64_t measured_records(const Exported& subject, double SeriesPoint::*per_second) {
  const RunResult& run = subject.run;
  std::uint64_t records = 0;
  for (std::size_t i = 0; i < run.series.size(); ++i) {
    if (run.series[i].at >= Time() + run.warmup && run.series[i].at < run.ended_at) {
      records += count_within(subject, i, run.series[i].*per_second);
    }
  }
  return records;
}

std::vector<Benchmark> benchmarks_of(const Exported& subject) {
  const RunResult& run = subject.run;
  std::vector<Benchmark> all;
  add_latency(all, "e2e", run.metrics.e2e.all);
  add_latency(all, "publish", run.metrics.publish.all);
  add_rate(all, "produced", run.metrics.throughput_in.all,
           measured_records(subject, &SeriesPoint::in_per_s), run.metrics.bytes_in.all);
  add_rate(all, "delivered", run.metrics.throughput_out.all,
           measured_records(subject, &SeriesPoint::out_per_s), 0);
  for (std::size_t i = 0; i < run.faults.size(); ++i) {
    const FaultReport& fault = run.faults[i];
    const std::string name =
        fmt::format("fault {} {} {}", i + 1, fault.kind, printable(fault.target));
    const Json counters = {{"peak_lag_records", fault.peak_lag_records}, {"lost", fault.lost}};
    if (fault.recovered) {
      all.push_back({name + "/recovered", in_milliseconds(*fault.recovered), 1, counters});
    }
    if (fault.drained) {
      all.push_back({name + "/drained", in_milliseconds(*fault.drained), 1, counters});
    }
  }
  return all;
}

Json context(std::int64_t epoch_s) {
  return {{"date", date_text(epoch_s)},
          {"host_name", "simulated"},
          {"executable", fmt::format("wavetank {}", program_version())}};
}

/// What each scenario is called, by its digest: by its title, and by a part of the digest where
/// another has the same.
std::map<std::string, std::string> names_of(std::span<const Exported> subjects) {
  std::map<std::string, std::set<std::string>> of_title;
  for (const Exported& subject : subjects) {
    of_title[repeated(subject.run.title)].insert(subject.run.provenance.scenario_sha256);
  }
  std::map<std::string, std::string> names;
  for (const auto& [title, digests] : of_title) {
    for (const std::string& digest : digests) {
      names[digest] = digests.size() == 1
                          ? title
                          : fmt::format("{} {}", title, printable(digest.substr(0, kShortDigest)));
    }
  }
  return names;
}

}  // namespace

std::string to_gbench(std::span<const Exported> subjects, std::int64_t epoch_s) {
  const std::map<std::string, std::string> names = names_of(subjects);
  std::map<std::string, std::size_t> repetitions;
  for (const Exported& subject : subjects) {
    ++repetitions[subject.run.provenance.scenario_sha256];
  }
  std::map<std::string, std::size_t> family;
  std::map<std::string, std::size_t> repetition;
  Json benchmarks = Json::array();
  for (const Exported& subject : subjects) {
    const std::string& scenario = subject.run.provenance.scenario_sha256;
    const std::size_t index = repetition[scenario]++;
    for (Benchmark& it : benchmarks_of(subject)) {
      const std::string name = fmt::format("{}/{}", names.at(scenario), it.name);
      Json entry = {{"name", name},
                    {"family_index", family.try_emplace(name, family.size()).first->second},
                    {"per_family_instance_index", 0},
                    {"run_name", name},
                    {"run_type", "iteration"},
                    {"repetitions", repetitions[scenario]},
                    {"repetition_index", index},
                    {"threads", 1},
                    {"iterations", it.iterations},
                    {"real_time", it.time_ms},
                    {"cpu_time", it.time_ms},  // compare.py wants one: there is no other
                    {"time_unit", kUnit},
                    {"label", fmt::format("seed {}", subject.run.provenance.seed)}};
      entry.update(it.counters);
      benchmarks.push_back(std::move(entry));
    }
  }
  const Json document = {{"context", context(epoch_s)}, {"benchmarks", std::move(benchmarks)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
