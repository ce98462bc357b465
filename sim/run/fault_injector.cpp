#include "sim/run/fault_injector.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace wavetank::sim {

namespace {

/// Payload of a fault that is bound to an event and begins now; below it: steps of the schedule.
constexpr std::uint64_t kBound = 1ULL << 32;

/// The hosts that a fault strikes; none for faults of the load.
std::vector<std::uint32_t> struck_hosts(const scenarios::FaultAction& action) {
  return std::visit(
      [](const auto& fault) -> std::vector<std::uint32_t> {
        if constexpr (requires { fault.hosts; }) {
          return fault.hosts.hosts;
        } else if constexpr (requires { fault.side; }) {
          return fault.side.hosts;
        } else {
          return {};
        }
      },
      action);
}

/// What says in it which hosts it strikes.
std::vector<scenarios::Selector*> selectors(scenarios::FaultAction& action) {
  return std::visit(
      [](auto& fault) -> std::vector<scenarios::Selector*> {
        if constexpr (requires { fault.hosts; }) {
          return {&fault.hosts};
        } else if constexpr (requires { fault.side; }) {
          return {&fault.side, &fault.from};
        } else {
          return {};
        }
      },
      action);
}

/// Whether it asks for somebody without whom it does not strike.
bool needs_a_player(scenarios::FaultAction action) {
  return std::ranges::any_of(selectors(action), [](const scenarios::Selector* selector) {
    return selector->role && !scenarios::leads_a_service(selector->role->part);
  });
}

}  // namespace

FaultInjector::FaultInjector(World& world, const Systems& systems,
                             const scenarios::Scenario& scenario)
    : world_(world),
      systems_(systems),
      scenario_(scenario),
      schedule_(scenarios::compile_schedule(scenario)),
      effects_(world, systems.log, scenario) {
  for (const scenarios::Fault& fault : scenario.faults) {
    struck_.push_back({fault, false, false, log::kNoNode, "", "", ""});
  }
}

void FaultInjector::start() {
  for (std::size_t i = 0; i < schedule_.size(); ++i) {
    const scenarios::StepKind kind = schedule_[i].kind;
    if (kind == scenarios::StepKind::fault_begin || kind == scenarios::StepKind::fault_end) {
      world_.kernel.schedule(schedule_[i].at, *this, i);
    }
  }
  bind_to_events();
}

std::vector<scenarios::Step> FaultInjector::schedule() const {
  std::vector<scenarios::Step> steps = schedule_;
  scenarios::sort_by_time(steps);
  return steps;
}

std::vector<NodeId> FaultInjector::brokers_struck(std::size_t index) const {
  std::vector<NodeId> brokers;
  scenarios::FaultAction action = fault(index).action;
  for (const scenarios::Selector* selector : selectors(action)) {
    if (systems_.log != nullptr) {
      const std::vector<NodeId> there = systems_.log->brokers_on(selector->hosts);
      brokers.insert(brokers.end(), there.begin(), there.end());
    }
  }
  return brokers;
}

bool FaultInjector::over() const {
  const Time now = world_.kernel.now();
  return std::ranges::all_of(struck_, [&](const Struck& it) {
    const bool may_never_be = it.fault.when && !it.begun;
    return !it.pending && (may_never_be || !it.fault.until() || *it.fault.until() < now);
  });
}

// --- events and parts
// -------------------------------------------------------------------------------

void FaultInjector::bind_to_events() {
  for (std::uint32_t i = 0; i < struck_.size(); ++i) {
    const std::optional<scenarios::When>& when = struck_[i].fault.when;
    if (!when) {
      continue;
    }
    if (!events_) {
      events_ = std::make_unique<EventWatch>(
          world_.kernel, systems_.log->topology(),
          [this](std::size_t fault, NodeId where) { event_happened(fault, where); });
      systems_.log->observer().tell(*events_);
    }
    const auto host = std::ranges::find(scenario_.cluster.hosts, when->of, &scenarios::Host::name);
    std::vector<NodeId> hosted;
    if (host != scenario_.cluster.hosts.end()) {
      hosted = world_.cluster->nodes_on(
          world_.machines[static_cast<std::size_t>(host - scenario_.cluster.hosts.begin())]);
    }
    events_->bind(i, *when, std::move(hosted));
  }
}

void FaultInjector::event_happened(std::size_t fault, NodeId where) {
  struck_[fault].where = where;
  struck_[fault].pending = true;
  world_.kernel.schedule(world_.kernel.now() + struck_[fault].fault.when->after, *this,
                         kBound + fault);
}

void FaultInjector::begin_bound(std::uint32_t index) {
  Struck& struck = struck_[index];
  struck.pending = false;
  struck.fault.at = world_.kernel.now();
  if (!cast(index)) {
    return;
  }
  for (scenarios::Step& step : scenarios::steps_of(scenario_, index, struck.fault)) {
    schedule_.push_back(std::move(step));
    world_.kernel.schedule(schedule_.back().at, *this, schedule_.size() - 1);
  }
}

bool FaultInjector::cast(std::uint32_t index) {
  Struck& struck = struck_[index];
  if (!std::ranges::all_of(selectors(struck.fault.action),
                           [&](scenarios::Selector* it) { return cast(*it, struck); })) {
    return false;
  }
  if (const auto last = to_spare(struck.fault)) {
    struck.spared = "to spare the last copy of " + systems_.log->topology().partition_name(*last);
  }
  return struck.spared.empty();
}

std::optional<log::PartitionId> FaultInjector::to_spare(const scenarios::Fault& fault) const {
  return fault.spares_last_copy && scenarios::loses_data(fault.action) && systems_.log != nullptr
             ? systems_.log->last_copy_on(struck_hosts(fault.action))
             : std::nullopt;
}

/// Where nobody leads the service, nobody is struck.
void FaultInjector::cast_leader(scenarios::Selector& selector, Struck& struck) const {
  const std::optional<std::uint32_t> leader = selector.role->part == scenarios::Part::kv_leader
                                                  ? systems_.kv->leader_host()
                                                  : systems_.coordination->leader_host();
  selector.hosts.assign(leader ? 1 : 0, leader.value_or(0));
  struck.note += leader ? scenario_.cluster.hosts[*leader].name + " led" : "nobody led";
}

bool FaultInjector::cast(scenarios::Selector& selector, Struck& struck) const {
  if (!selector.role) {
    return true;
  }
  if (scenarios::leads_a_service(selector.role->part)) {
    cast_leader(selector, struck);
    return true;
  }
  const NodeId player = selector.role->part == scenarios::Part::host_of_event
                            ? struck.where
                            : systems_.log->playing(*selector.role);
  if (player == log::kNoNode) {
    struck.why_not = fmt::format("nobody was {} at {:.3f} s", selector.text,
                                 (world_.kernel.now() - Time()).seconds());
    return false;
  }
  selector.hosts = {systems_.log->host_of(player)};
  selector.text =
      fmt::format("{} ({})", scenario_.cluster.hosts[selector.hosts.front()].name, selector.text);
  selector.role.reset();
  return true;
}

std::string FaultInjector::why_not(std::size_t index) const {
  const Struck& it = struck_[index];
  if (!it.spared.empty() || !it.why_not.empty()) {
    return it.spared + it.why_not;
  }
  const std::optional<scenarios::When>& when = scenario_.faults[index].when;
  return !when || it.pending ? "the run ended before it could begin"
                             : fmt::format("its event ({}) never came; {} of the kind did",
                                           scenarios::to_text(*when), events_->seen(index));
}

std::optional<reports::InvariantReport> FaultInjector::all_struck() const {
  reports::InvariantReport report;
  report.name = "faults/struck";
  report.verdict = reports::Verdict::pass;
  const bool some = std::ranges::any_of(struck_, &Struck::begun);
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    const scenarios::Fault& asked = scenario_.faults[i];
    const Struck& it = struck_[i];
    const bool due = asked.when || !it.spared.empty() ||
                     (needs_a_player(asked.action) && asked.at <= world_.kernel.now());
    if (!due) {
      continue;
    }
    ++report.checked;
    if (it.begun || (!it.spared.empty() && some)) {
      continue;
    }
    report.verdict = reports::Verdict::unknown;
    if (!report.first) {
      report.first = fmt::format("fault {} ({} {}) has not struck: {}{}", i + 1,
                                 scenarios::kind(asked.action), scenarios::target(asked.action),
                                 why_not(i), it.spared.empty() ? "" : "; and no other has");
    }
  }
  return report.checked > 0 ? std::optional(report) : std::nullopt;
}

/// Those who watch learn of it first.
void FaultInjector::fault_begins(const scenarios::Step& step) {
  log_fault_begins(step);
  if (systems_.coordination != nullptr) {
    systems_.coordination->observer().fault_begins(
        step.subject, systems_.coordination->leader_host().has_value());
  }
  if (systems_.kv != nullptr) {
    systems_.kv->observer().fault_begins(step.subject, systems_.kv->leader_host().has_value());
  }
}

/// A rolling restart begins anew at every host.
void FaultInjector::log_fault_begins(const scenarios::Step& step) {
  LogSystem* log = systems_.log;
  if (log == nullptr) {
    return;
  }
  scenarios::FaultAction& action = struck_[step.subject].fault.action;
  const auto* rolling = std::get_if<scenarios::RollingRestart>(&action);
  const std::vector<std::uint32_t> hosts =
      step.host ? std::vector{*step.host} : struck_hosts(action);
  log->observer().recovery().fault_begins(step.subject, step.at, log->brokers_on(hosts),
                                          log->controllers_on(hosts),
                                          rolling != nullptr && rolling->controlled);
}

std::string FaultInjector::describe(std::uint64_t index) const {
  if (index >= kBound) {
    return "faults: the event of fault " + std::to_string(index - kBound) + " has happened";
  }
  const scenarios::Step& step = schedule_[index];
  return "faults: " + step.action + " " + step.target;
}

void FaultInjector::fire(std::uint64_t index) {
  if (index >= kBound) {
    begin_bound(static_cast<std::uint32_t>(index - kBound));
    return;
  }
  scenarios::Step& step = schedule_[index];
  Struck& struck = struck_[step.subject];
  const bool begins = step.kind == scenarios::StepKind::fault_begin;
  if (begins && !struck.begun) {
    struck.begun = cast(step.subject);
    if (struck.begun) {
      fault_begins(step);
    }
  } else if (begins && step.host) {
    log_fault_begins(step);
  }
  if (!struck.begun) {  // nobody plays the part that it would strike, or it is to spare who does
    step.detail = struck.spared.empty() ? "" : "not done, " + struck.spared;
    return;
  }
  if (!step.host) {
    step.target = scenarios::target(struck.fault.action);
  }
  if (heard_) {
    heard_(step);
  }
  if (begins && step.host) {
    effects_.stop(*step.host, std::get<scenarios::RollingRestart>(struck.fault.action));
  } else if (begins) {
    struck.note += effects_.begin(struck.fault.action, step.subject);
  } else {
    if (systems_.log != nullptr && (step.host || step.at == struck.fault.until())) {
      systems_.log->observer().recovery().fault_ends(step.subject, step.at);
    }
    step.host ? effects_.start(*step.host, std::get<scenarios::RollingRestart>(struck.fault.action))
              : effects_.end(struck.fault.action, step.subject);
  }
}

}  // namespace wavetank::sim
