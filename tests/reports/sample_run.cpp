#include "tests/reports/sample_run.h"

#include <stdexcept>
#include <string>

namespace wavetank::reports::sample {

Window second(std::int64_t from_s, Duration latency, std::uint64_t records, std::uint64_t lag) {
  Histogram latencies;
  if (records > 0) {
    latencies.record(latency, records);
  }
  Window window;
  window.from = Time() + seconds(from_s);
  window.to = Time() + seconds(from_s + 1);
  window.e2e = PackedHistogram(latencies);
  window.publish = PackedHistogram(latencies);
  window.records_acknowledged = latencies.count();
  window.records_in = 100;
  window.records_out = records;
  window.bytes_in = 20'000;
  window.lag_records = lag;
  return window;
}

FaultReport broker_crash() {
  FaultReport crash;
  crash.kind = "crash";
  crash.target = "broker-2";
  crash.at = Time() + seconds(120);
  crash.until = Time() + seconds(160);
  crash.detected = milliseconds(9'100);
  crash.elected = milliseconds(9'110);
  crash.recovered = milliseconds(45'250);
  crash.drained = seconds(51);
  crash.phases.detect = milliseconds(9'100);
  crash.phases.elect = milliseconds(10);
  crash.phases.reassign = milliseconds(140);
  crash.phases.restore = seconds(36);
  crash.phases.drain = milliseconds(5'750);
  crash.peak_lag_records = 4'000;
  crash.duplicated = 12;
  crash.note = "a bit has flipped";
  return crash;
}

RunResult facts() {
  RunResult run;
  run.title = "A broker dies at peak";
  run.warmup = seconds(30);
  run.ended_at = Time() + seconds(300);
  run.invariants = {{"log/lost-write", Verdict::pass, 30'000, std::nullopt},
                    {"log/order", Verdict::pass, 30'000, std::nullopt}};
  run.ledger = {30'000, 29'990, 29'980, 0, 15, 5, 0, 12};
  run.faults = {broker_crash()};
  run.utilisation = {Time() + seconds(30), Time() + seconds(33), seconds(1), {}};
  const auto use = [&](const char* host, Resource resource, const char* process, double mean) {
    run.utilisation.resources.push_back(
        {host, resource, process, 8, mean, 2 * mean, Time() + seconds(31), {mean, 2 * mean, 0}});
  };
  use("broker-1", Resource::cpu, "", 0.25);
  use("broker-1", Resource::request_handlers, "broker-1", 0.125);
  use("broker-1", Resource::disk, "", 0.5);
  use("broker-1", Resource::nic_in, "", 0.125);
  use("broker-1", Resource::nic_out, "", 0.375);
  use("broker-2", Resource::cpu, "", 0.2);
  use("broker-2", Resource::disk, "", 0.4);
  use("broker-2", Resource::nic_in, "", 0.1);
  use("broker-2", Resource::nic_out, "", 0.3);
  run.metrics.hosts = in_short(run.utilisation);
  run.metrics.scalars = {
      {"cost_per_hour", 1.25, "USD"}, {"out_of_range", 3, ""}, {"cleanings", 6, ""}};
  LatencySplit split;
  split.total = milliseconds(4'900);
  split.queue = milliseconds(15);
  split.service = milliseconds(1);
  split.network = milliseconds(4);
  split.batch = milliseconds(4'500);
  split.replication = milliseconds(380);
  run.attribution.p99 = split;
  run.schedule = {{Time() + seconds(120), "crash", "broker-2", "unsynced bytes lost"},
                  {Time() + seconds(160), "restart", "broker-2", ""}};
  run.config_json = R"({"seed":7,"title":"A broker dies at peak"})";
  run.provenance = {"5f70bf18", 7, "a1b2c3d4e5f60718", "0.1.0", "default/1", 123'456};
  return run;
}

RecordWays ways() {
  RecordWays seen{{}, {"orders-0", "orders-1"}, {"broker-1", "broker-2"}};
  for (std::int64_t i = 0; i < 3'000; ++i) {
    RecordWay way;
    way.event = static_cast<std::uint64_t>(i);
    way.intended = Time() + milliseconds(100 * i);
    way.partition = i % 4 == 0 ? 1 : 0;
    way.leader = way.partition;
    way[Leg::request] = way[Leg::response] = milliseconds(1);
    way[Leg::replication] = milliseconds(2);
    const bool broken = i >= 1'200 && i < 1'660;
    way[Leg::accept] = broken ? milliseconds(1'000) : Duration();
    way[Leg::batch] = broken ? milliseconds(10 * (1'660 - i)) : milliseconds(1);
    seen.records.push_back(way);
  }
  return seen;
}

Evidence evidence() {
  Evidence seen;
  for (std::int64_t s = 0; s < 302; ++s) {
    const bool broken = s >= 120 && s < 171;
    seen.windows.push_back(broken ? second(s, milliseconds(100 * (171 - s)), 90, 4'000)
                                  : second(s, milliseconds(4 + s % 3), s < 300 ? 100 : 5, 10));
  }
  seen.ways = ways();
  return seen;
}

std::vector<scenarios::Slo> slos(const std::vector<std::string_view>& texts) {
  std::vector<scenarios::Slo> parsed;
  for (const std::string_view text : texts) {
    auto slo = scenarios::parse_slo(text);
    if (!slo) {
      throw std::invalid_argument(std::string(text) + ": " + slo.error().message);
    }
    parsed.push_back(*slo);
  }
  return parsed;
}

RunResult concluded() {
  RunResult run = facts();
  const auto objectives = slos({"e2e.p50 < 1s during steady", "e2e.p99 < 4s during fault",
                                "lost == 0", "recovery < 60s", "e2e.p99 < baseline*1.05"});
  FigureMeasurement throughput;
  throughput.simulated = 80'000;
  throughput.knee = 81'250;
  throughput.knee_unit = "events/s";
  throughput.bound_by = "broker disk";
  conclude(run, evidence(),
           {objectives,
            {{"orders/recovery-broker", {}}, {"orders/broker-throughput", throughput}},
            nullptr});
  return run;
}

RunResult passing() {
  RunResult run = facts();
  const auto objectives = slos({"e2e.p99 < 8s during fault", "lost == 0"});
  conclude(run, evidence(), {objectives, {}, nullptr});
  return run;
}

}  // namespace wavetank::reports::sample
