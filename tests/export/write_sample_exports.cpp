// Writes the sample run in every format that is made of a result, into the folder it is given.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/export/alert_rehearsal.h"
#include "reports/export/dates.h"
#include "reports/export/exported.h"
#include "tests/reports/sample_run.h"

namespace {

using namespace wavetank;
using namespace wavetank::reports;

/// A title that would break formats out of their quotes.
constexpr const char* kHostile =
    "=1+1 </testsuite> \"quoted\" \\ & {a=\"b\"} \x1b[31m \n ünï # EOF";

Exported sample_of(RunResult run) {
  return {run, latency_log(run.provenance.digest, sample::evidence())};
}

Exported slower_seed(std::uint64_t seed) {
  RunResult run = sample::passing();
  run.provenance.seed = seed;
  run.provenance.digest = "seed" + std::to_string(seed);
  run.metrics.e2e.all.p99 = run.metrics.e2e.all.p99 * 2;
  return sample_of(run);
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

/// What a reader of the logs must find.
nlohmann::json expected_of(const LatencyLog& log) {
  nlohmann::json lines = nlohmann::json::array();
  for (const LatencyInterval& interval : log.intervals) {
    const std::pair<const char*, const PackedHistogram*> kinds[] = {{"", &interval.e2e},
                                                                    {"publish", &interval.publish}};
    for (const auto& [tag, packed] : kinds) {
      Histogram latencies;
      latencies.merge(*packed);
      lines.push_back({{"tag", tag},
                       {"from_s", in_seconds(interval.from - Time())},
                       {"count", latencies.count()},
                       {"max_ns", latencies.max().ns()},
                       {"p50_ns", latencies.quantile(0.5).ns()},
                       {"p99_ns", latencies.quantile(0.99).ns()}});
    }
  }
  return lines;
}

Sending delayed_by_a_millisecond() {
  Sending sending;
  Histogram delays;
  delays.record(milliseconds(1), 100);
  for (std::int64_t s = 0; s < 300; ++s) {
    sending.seconds.push_back({Time() + seconds(s), PackedHistogram(delays), 0});
  }
  return sending;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_sample_exports FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);

  const Exported violated = sample_of(sample::concluded());
  const std::vector<Exported> seeds{sample_of(sample::passing()), slower_seed(8)};
  RunResult hostile_run = sample::concluded();
  hostile_run.title = kHostile;
  hostile_run.provenance.digest = "hostile";
  const Exported hostile = sample_of(hostile_run);

  const std::vector<Exported> all{violated, seeds[1], hostile};
  write(folder / "run.om", to_openmetrics(all, kDefaultEpoch_s));
  write(folder / "run.hlog", write_latency_log(violated.latencies));
  write(folder / "dated.hlog", write_latency_log(violated.latencies, kDefaultEpoch_s));
  write(folder / "lines.json", expected_of(violated.latencies).dump());
  write(folder / "run.hgrm",
        to_hgrm(measured(violated.latencies, &LatencyInterval::e2e, violated.run.warmup)));
  write(folder / "run.csv", to_csv(all));
  write(folder / "junit.xml", to_junit(all));
  write(folder / "old.json", to_gbench({{seeds[0]}}, kDefaultEpoch_s));
  write(folder / "new.json", to_gbench({{seeds[1]}}, kDefaultEpoch_s));
  write(folder / "seeds.json", to_gbench(seeds, kDefaultEpoch_s));
  write(folder / "omb.json", to_omb(violated, delayed_by_a_millisecond()));

  AlertRule shorter;
  shorter.over = seconds(10);
  shorter.hold = seconds(5);
  shorter.limit = milliseconds(1'500);  // between two of the bounds
  AlertRule never;
  never.limit = seconds(30);
  const std::pair<const char*, AlertRule> alerts[] = {
      {"paper", {}}, {"shorter", shorter}, {"never", never}};
  for (const auto& [name, rule] : alerts) {
    const std::string rules = std::string(name) + ".rules.yml";
    const auto rehearsal = rehearse_alert(hostile, rule, rules);
    if (!rehearsal) {
      std::cerr << rehearsal.error().message << "\n";
      return 1;
    }
    write(folder / rules, rehearsal->rules);
    write(folder / (std::string(name) + ".yml"), rehearsal->test);
  }
}
