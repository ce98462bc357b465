#include "tests/report_page/sample_pages.h"

#include "tests/reports/sample_run.h"

namespace wavetank::reports::sample {

RunResult hostile() {
  RunResult run = concluded();
  run.title = run.summary = kHostile;
  for (SloReport& slo : run.slos) {
    slo.expr = "e2e." + kHostile;
    slo.what = slo.why = slo.unit = kHostile;
  }
  run.slos.front().unit = "s";
  for (InvariantReport& invariant : run.invariants) {
    invariant.name = kHostile;
    invariant.first = kHostile;
  }
  run.ledger.lost = 1;
  run.lost = {{17, kHostile, kHostile, 991, Time() + seconds(120)}};
  for (FaultReport& fault : run.faults) {
    fault.kind = fault.target = fault.note = kHostile;
  }
  for (FigureReport& figure : run.figures) {
    figure.id = figure.claimed = figure.why = figure.bound_by = kHostile;
  }
  for (HostUse& use : run.metrics.hosts) {
    use.host = kHostile;
  }
  for (ResourceUse& use : run.utilisation.resources) {
    use.host = use.process = kHostile;
  }
  for (Tail& tail : run.tails) {
    for (TailCause& cause : tail.causes) {
      cause.leaders = cause.partitions = {{kHostile, 1}};
    }
  }
  for (ScalarMetric& scalar : run.metrics.scalars) {
    scalar.name = scalar.unit = kHostile;
  }
  for (ScheduledStep& step : run.schedule) {
    step.action = step.target = step.detail = kHostile;
  }
  run.config_json = R"({"title": "</script><script>alert(1)</script><!--"})";
  run.provenance = {kHostile, 7, kHostile, kHostile, kHostile, 1};
  return run;
}

RunResult nothing() {
  RunResult run;
  conclude(run, {}, {});
  return run;
}

RunResult crowded() {
  RunResult run = facts();
  run.ended_at = Time() + seconds(2'000);
  Evidence seen;
  for (std::int64_t s = 0; s < 2'000; ++s) {
    seen.windows.push_back(
        second(s, microseconds(50 << (s * 7 % 17)), s % 11 == 0 ? 0 : 90, 1'000'000 + s * 977));
  }
  run.faults.clear();
  for (std::int64_t i = 0; i < 50; ++i) {
    FaultReport fault = broker_crash();
    fault.at = Time() + seconds(39 * i);
    fault.until = fault.at + seconds(20);
    run.faults.push_back(fault);
  }
  run.metrics.hosts.clear();
  for (int i = 1; i <= 1'000; ++i) {
    const double busy = i % 100 / 100.0;
    run.metrics.hosts.push_back({"broker-" + std::to_string(i), busy, 0.5, 0.1, 0.2, busy / 2});
  }
  run.config_json = R"({"services": {"log": {"brokers": "broker[*]"}}})";
  run.utilisation = {Time() + seconds(30), Time() + seconds(2'000), seconds(17), {}};
  for (int i = 1; i <= 40; ++i) {
    ResourceUse use{"broker-" + std::to_string(i), Resource::cpu, "", 8, 0.5, i / 40.0, {}, {}};
    for (std::size_t w = 0; w < kMaxUseWindows; ++w) {
      use.windows.push_back(static_cast<double>((i + static_cast<int>(w) * 7) % 41) / 40.0);
    }
    run.utilisation.resources.push_back(use);
  }
  seen.ways = ways();
  std::vector<std::string_view> texts(12, "e2e.p99 < 1ms");
  conclude(run, seen, {slos(texts), {}, nullptr});
  return run;
}

RunResult enormous() {
  RunResult run = crowded();
  run.faults.resize(1'000, run.faults.front());
  run.schedule.resize(3'000, {Time(), "crash", "broker-2", "unsynced bytes lost"});
  SloReport slo = run.slos.front();
  slo.expr = "e2e.p99 < 1ms" + std::string(980, '<');
  slo.ok = false;
  slo.breaches.resize(kMaxBreachesListed, {Time() + seconds(3), Time() + seconds(4)});
  run.slos.assign(1'000, slo);
  ResourceUse use = run.utilisation.resources.front();
  run.utilisation.resources.assign(9'000, use);
  run.config_json = "[";
  for (int i = 0; i < 100'000; ++i) {
    run.config_json += "\"a value of a scenario\",";
  }
  run.config_json += "0]";
  return run;
}

std::vector<std::pair<std::string, RunResult>> all_runs() {
  return {{"violated", concluded()},
          {"passing", passing()},
          {"hostile", hostile()},
          {"nothing", nothing()},
          {"crowded", crowded()}};
}

}  // namespace wavetank::reports::sample
