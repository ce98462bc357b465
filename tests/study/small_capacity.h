#pragma once

// A search for the greatest load, made up.

#include "reports/study/capacity.h"

namespace wavetank::test {

inline reports::CapacityPoint capacity_point(const char* by, double holds, double breaks) {
  reports::CapacityPoint it;
  it.by = by;
  it.seeds = {{1, holds, breaks}};
  reports::LoadProbe good;
  good.value = holds;
  good.seed = 1;
  good.holds = true;
  good.p99_ms = 8;
  good.out_per_s = 39'900;
  good.not_judged = {"recovery < 10s"};
  reports::LoadProbe bad = good;
  bad.value = breaks;
  bad.holds = false;
  bad.p99_ms = 310;
  bad.why = "the backlog grew by 900 records a second (z = 3.0)";
  bad.bound_by = "broker-1 disk writes 104 %";
  reports::LoadProbe worse = bad;
  worse.value = breaks * 2;
  worse.why = "everything burnt";
  worse.p99_ms = worse.out_per_s = 0;
  it.probes = {good, worse, bad};
  return it;
}

inline reports::CapacityReport small_capacity() {
  reports::CapacityReport it;
  it.title = "Three <brokers>";
  it.range = {"workload.rate", 1'000, 1'000'000, scenarios::Dimension::rate};
  it.by = "services.log.topics.events.partitions";
  it.precision = 0.05;
  it.duration = seconds(10);
  it.warmup = seconds(3);
  it.points = {capacity_point("1", 40'000, 42'000), capacity_point("6", 80'000, 84'000)};
  for (reports::CapacityPoint& each : it.points) {
    conclude(each, it);
  }
  return it;
}

}  // namespace wavetank::test
