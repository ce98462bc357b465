#include "scenarios/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

std::string detail(const Crash& c) {
  static constexpr std::string_view kLeft[] = {"lost", "kept", "torn"};
  return fmt::format("unsynced bytes {}", kLeft[static_cast<std::size_t>(c.unsynced)]);
}
std::string detail(const Delay& d) {
  return "by " + to_text(d.added);
}
std::string detail(const ClockStep& c) {
  return "by " + to_text(c.by);
}
std::string detail(const ClockDrift& c) {
  return fmt::format("{:+g} ppm", c.ppm);
}
std::string detail(const Loss& l) {
  return fmt::format("of {:g} % of the segments", l.share * 100);
}
std::string detail(const Jitter& j) {
  return fmt::format("of {} on average", to_text(j.mean));
}
std::string detail(const BitRot& r) {
  return "of " + r.files;
}
std::string detail(const Reassign& r) {
  constexpr double kBitsPerMegabyte = 8e6;
  return "to " + r.to.text +
         (r.throttle_bits_per_s
              ? fmt::format(", at {:g} MB/s a broker at most",
                            static_cast<double>(*r.throttle_bits_per_s) / kBitsPerMegabyte)
              : "");
}
template <class Action>
std::string detail(const Action& action) {
  if constexpr (requires { action.factor; }) {
    return fmt::format("factor {:g}", action.factor);
  }
  if constexpr (requires { action.of; }) {
    return action.of == PlaceLoss::power ? "of power" : "of network";
  }
  return "";
}

/// What the end of a fault is called.
std::string undoing(const FaultAction& action) {
  const bool machine = std::holds_alternative<Crash>(action) ||
                       std::holds_alternative<ProcessKill>(action) ||
                       std::holds_alternative<Wipe>(action);
  return machine ? "restart" : fmt::format("{} ends", kind(action));
}

std::vector<Step> steps_of(const Scenario& scenario, std::uint32_t index, Time at,
                           const RollingRestart& rolling) {
  std::vector<Step> steps;
  for (const std::uint32_t host : rolling.hosts.hosts) {
    const std::string& name = scenario.cluster.hosts[host].name;
    const std::string how = rolling.controlled ? "controlled" : "";
    steps.push_back({at, StepKind::fault_begin, index, "stop", name, how, host});
    steps.push_back({at + rolling.down, StepKind::fault_end, index, "start", name, "", host});
    at = at + rolling.down + rolling.between;
  }
  return steps;
}

}  // namespace

std::vector<Step> steps_of(const Scenario& scenario, std::uint32_t index, const Fault& fault) {
  if (const auto* rolling = std::get_if<RollingRestart>(&fault.action)) {
    return steps_of(scenario, index, fault.at, *rolling);
  }
  std::vector<Step> steps;
  const std::string verb(kind(fault.action));
  const std::string what = std::visit([](const auto& a) { return detail(a); }, fault.action);
  steps.push_back({fault.at, StepKind::fault_begin, index, verb, target(fault.action), what});
  if (const auto until = fault.until()) {
    steps.push_back(
        {*until, StepKind::fault_end, index, undoing(fault.action), target(fault.action), ""});
  }
  return steps;
}

std::vector<Step> compile_schedule(const Scenario& scenario) {
  std::vector<Step> steps;
  for (std::uint32_t i = 0; i < scenario.workloads.size(); ++i) {
    const Workload& w = scenario.workloads[i];
    steps.push_back(
        {Time() + w.start, StepKind::load_start, i, "load starts", w.name, rate_text(w.rate)});
    steps.push_back({Time() + w.stop.value_or(scenario.duration), StepKind::load_stop, i,
                     "load stops", w.name, ""});
  }
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    if (!fault.when) {
      const std::vector<Step> its = steps_of(scenario, i, fault);
      steps.insert(steps.end(), its.begin(), its.end());
    }
  }
  sort_by_time(steps);
  return steps;
}

void sort_by_time(std::vector<Step>& steps) {
  std::ranges::stable_sort(steps, {},
                           [](const Step& s) { return std::tuple(s.at, s.kind, s.subject); });
}

std::string_view name(StepKind kind) {
  static constexpr std::string_view kNames[] = {"load start", "fault end", "fault begin",
                                                "load stop"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool loses_data(const FaultAction& action) {
  return std::visit(
      [](const auto& fault) {
        using Kind = std::decay_t<decltype(fault)>;
        if constexpr (std::is_same_v<Kind, Crash>) {
          return fault.unsynced != Unsynced::kept;
        } else if constexpr (std::is_same_v<Kind, ZoneLoss> || std::is_same_v<Kind, RegionLoss>) {
          return fault.of == PlaceLoss::power;
        } else {
          return std::is_same_v<Kind, Wipe> || std::is_same_v<Kind, FailedFsync> ||
                 std::is_same_v<Kind, BitRot>;
        }
      },
      action);
}

}  // namespace wavetank::scenarios
