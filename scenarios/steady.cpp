#include "scenarios/steady.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::scenarios {

Scenario steady(const Scenario& scenario, const SteadyOptions& options) {
  Scenario probe = scenario;
  probe.duration = options.duration;
  probe.warmup = options.warmup;
  probe.knees.clear();
  probe.meant_to_fail.reset();
  if (!options.keeps_faults) {
    probe.faults.clear();
    for (Workload& w : probe.workloads) {
      w.start = Duration();
      w.stop.reset();
    }
  }
  return probe;
}

Status within_limits(const Scenario& scenario, const Limits& limits) {
  const auto check = [](double asked, std::uint64_t most, const char* what) -> Status {
    if (asked <= static_cast<double>(most)) {
      return {};
    }
    return fail(
        fmt::format("{:g} {} are more than the limit of {} (limit {})", asked, what, most, what));
  };
  if (Status good = check(expected_records(scenario), limits.records, "records"); !good) {
    return good;
  }
  if (Status good = check(estimated_memory_bytes(scenario), limits.memory_bytes, "bytes of memory");
      !good) {
    return good;
  }
  return check(estimated_events(scenario), limits.events, "events");
}

OfferedLoad offered_load(const Scenario& scenario) {
  OfferedLoad offered;
  for (const Workload& w : scenario.workloads) {
    const bool is_read = std::ranges::any_of(scenario.consumers, [&](const ConsumerGroup& group) {
      return std::ranges::find(group.topic_indices, w.topic_index) != group.topic_indices.end();
    });
    const auto& bursts = w.arrivals.bursts;
    offered.records_per_s += is_read ? w.rate * (bursts ? bursts->mean_factor() : 1.0) : 0;
    offered.is_all_read = offered.is_all_read && is_read;
  }
  return offered;
}

}  // namespace wavetank::scenarios
