#pragma once

// A sweep of two axes and two seeds, made up: every run has its own figures.

#include "reports/study/sweep.h"

namespace wavetank::test {

inline reports::SweepPlan small_plan() {
  reports::SweepPlan plan;
  plan.title = "Three <brokers>, one crash";
  plan.scenario_sha256 = "5f70bf18";
  plan.program_version = "0.1.0+1";
  plan.axes = {{"workload.rate", {"1k/s", "2k/s", "4k/s"}},
               {"workload.producer.acks", {"1", "all"}}};
  plan.first_seed = 7;
  plan.last_seed = 8;
  return plan;
}

inline reports::SweepRun small_run(std::uint64_t number) {
  reports::SweepRun run;
  run.run = number;
  Histogram latencies;
  const auto n = static_cast<std::int64_t>(number);
  latencies.record(microseconds(400 + n), 500);
  latencies.record(milliseconds(3 + n), 480);
  latencies.record(milliseconds(17 + 2 * n) + nanoseconds(12'345), 20);
  run.e2e = PackedHistogram(latencies);
  latencies.record(Duration(), 3);
  run.publish = PackedHistogram(latencies);
  run.result.verdict = number % 3 == 0 ? reports::Verdict::fail : reports::Verdict::pass;
  run.result.metrics.e2e.all.count = 1'000;
  run.result.metrics.e2e.all.p50 = microseconds(400 + n);
  run.result.metrics.e2e.all.p99 = milliseconds(3 + n);
  run.result.metrics.throughput_out.all = 1'000.0 + static_cast<double>(number);
  run.result.ledger.produced = run.result.ledger.delivered = 1'000;
  run.result.provenance.seed = small_plan().seed_of(number);
  run.result.provenance.digest = "d" + std::to_string(number);
  run.result.title = small_plan().title;
  run.result.utilisation.resources = {
      {"broker-1", reports::Resource::cpu, "", 2, 0.95, 1, Time() + seconds(4), {}}};
  return run;
}

/// The part of the small sweep that this shard makes.
inline reports::SweepPart small_part(reports::Shard shard) {
  reports::SweepPart part{"part-" + std::to_string(shard.index), small_plan(), {}};
  part.plan.shard = shard;
  for (std::uint64_t number = 0; number < part.plan.runs(); ++number) {
    if (shard.has(number)) {
      part.lines.push_back(write_run(small_run(number)));
    }
  }
  return part;
}

}  // namespace wavetank::test
