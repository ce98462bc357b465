#include "sim/run/fault_injector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

namespace wavetank::sim {

namespace {

/// Payload of a fault that is bound to an event and begins now; below it: steps of the schedule.
constexpr std::uint64_t kBound = 1ULL << 32;

Unsynced unsynced_of(scenarios::Unsynced unsynced) {
  switch (unsynced) {
    case scenarios::Unsynced::kept:
      return Unsynced::kept;
    case scenarios::Unsynced::torn:
      return Unsynced::torn;
    case scenarios::Unsynced::lost:
      break;
  }
  return Unsynced::lost;
}

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

/// Whether it asks for somebody whom there may not be. (That nobody leads a key-value service for a
/// while is what faults of its leader are about.)
bool needs_a_player(scenarios::FaultAction action) {
  return std::ranges::any_of(selectors(action), [](const scenarios::Selector* selector) {
    return selector->role && selector->role->part != scenarios::Part::kv_leader;
  });
}

}  // namespace

/// What a fault does when it begins, by kind. Hosts are indices into the scenario's.
struct FaultInjector::Begin {
  FaultInjector& at;
  std::size_t fault;

  Cluster& cluster() const { return *at.world_.cluster; }
  Network& network() const { return *at.world_.network; }
  MachineId machine(std::uint32_t host) const { return at.world_.machines[host]; }
  HostId host(std::uint32_t host) const { return at.world_.hosts[host]; }

  void operator()(const scenarios::Crash& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      crash(h, unsynced_of(f.unsynced));
    }
  }
  void operator()(const scenarios::ProcessKill& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      crash(h, Unsynced::kept);
    }
  }
  void operator()(const scenarios::Wipe& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      if (cluster().powered(machine(h))) {
        cluster().wipe(machine(h));
      }
    }
  }
  void operator()(const scenarios::ZoneLoss& f) const { lose(f.hosts, f.of); }
  void operator()(const scenarios::RegionLoss& f) const { lose(f.hosts, f.of); }
  void lose(const scenarios::Selector& place, scenarios::PlaceLoss of) const {
    if (of == scenarios::PlaceLoss::power) {
      (*this)(scenarios::Crash{place, scenarios::Unsynced::lost});
    } else {
      (*this)(scenarios::Partition{place, others(place), false});
    }
  }
  void crash(std::uint32_t h, Unsynced unsynced) const {
    if (cluster().powered(machine(h))) {  // else an earlier fault has it down
      cluster().crash(machine(h), unsynced);
    }
  }
  [[nodiscard]] scenarios::Selector others(const scenarios::Selector& place) const {
    scenarios::Selector rest;
    for (std::uint32_t h = 0; h < at.world_.hosts.size(); ++h) {
      if (!std::ranges::binary_search(place.hosts, h)) {
        rest.hosts.push_back(h);
      }
    }
    return rest;
  }
  void operator()(const scenarios::Pause& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().pause(machine(h));
    }
  }
  void operator()(const scenarios::Partition& f) const {
    for (const std::uint32_t a : f.side.hosts) {
      for (const std::uint32_t b : f.from.hosts) {
        if (a != b) {
          network().cut(host(a), host(b), !f.one_way);
        }
      }
    }
  }
  void operator()(const scenarios::SlowLink& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      network().slow(host(h), 1.0 / f.factor);
    }
  }
  void operator()(const scenarios::Delay& f) const { set_delay(f, f.added); }
  void set_delay(const scenarios::Delay& f, Duration added) const {
    for (const std::uint32_t a : f.hosts.hosts) {
      for (std::uint32_t b = 0; b < at.world_.hosts.size(); ++b) {
        if (a != b) {
          network().set_extra_delay(host(a), host(b), added);
          network().set_extra_delay(host(b), host(a), added);
        }
      }
    }
  }
  void operator()(const scenarios::Loss& f) const { set_loss(f, f.share); }
  void set_loss(const scenarios::Loss& f, double share) const {
    for_each_way(f.hosts, [&](HostId from, HostId to) { network().set_loss(from, to, share); });
  }
  void operator()(const scenarios::Jitter& f) const { set_jitter(f, f.mean); }
  void set_jitter(const scenarios::Jitter& f, Duration mean) const {
    for_each_way(f.hosts, [&](HostId from, HostId to) { network().add_jitter(from, to, mean); });
  }
  void operator()(const scenarios::ConnectionReset& f) const {
    for (const std::uint32_t a : f.side.hosts) {
      for (const std::uint32_t b : f.from.hosts) {
        cluster().reset_connections(machine(a), machine(b));
      }
    }
  }
  /// Between these hosts and all others, both ways.
  template <class Act>
  void for_each_way(const scenarios::Selector& hosts, Act&& act) const {
    for (const std::uint32_t a : hosts.hosts) {
      for (std::uint32_t b = 0; b < at.world_.hosts.size(); ++b) {
        if (a != b) {
          act(host(a), host(b));
          act(host(b), host(a));
        }
      }
    }
  }
  void operator()(const scenarios::SlowDisk& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().disk(machine(h)).set_slowdown(f.factor);
    }
  }
  void operator()(const scenarios::StuckDisk& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().disk(machine(h)).set_stuck(true);
    }
  }
  void operator()(const scenarios::DiskFull& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().disk(machine(h)).set_full(true);
    }
  }
  void operator()(const scenarios::FailedFsync& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().disk(machine(h)).set_failing(true);
    }
  }
  void operator()(const scenarios::BitRot& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      at.struck_[fault].note += at.rot(h, f.files);
    }
  }
  void operator()(const scenarios::SlowCpu& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().cpu(machine(h)).set_speed(1.0 / f.factor);
    }
  }
  void operator()(const scenarios::ClockStep& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().machine_clock(machine(h)).step(f.by);
    }
  }
  void operator()(const scenarios::ClockDrift& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      cluster().set_drift(machine(h), std::llround(f.ppm));
    }
  }
  void operator()(const scenarios::LoadSpike&) const {}
  void operator()(const scenarios::Reassign& f) const {
    if (!at.systems_.log->reassign(f, fault)) {
      at.struck_[fault].note += "nobody was there to ask for it";
    }
  }
  void operator()(const scenarios::RollingRestart&) const {}  // host by host: see fire
  void stop(std::uint32_t h, const scenarios::RollingRestart& f) const {
    if (!f.controlled) {
      crash(h, Unsynced::kept);
    } else if (cluster().powered(machine(h))) {
      cluster().terminate(machine(h));
    }
  }
};

/// What undoes it.
struct FaultInjector::End {
  FaultInjector& at;
  std::size_t fault;
  Begin begin{at, fault};

  void operator()(const scenarios::Crash& f) const { restart(f.hosts); }
  void operator()(const scenarios::ProcessKill& f) const { restart(f.hosts); }
  void operator()(const scenarios::Wipe& f) const { restart(f.hosts); }
  void operator()(const scenarios::ZoneLoss& f) const { regain(f.hosts, f.of); }
  void operator()(const scenarios::RegionLoss& f) const { regain(f.hosts, f.of); }
  void regain(const scenarios::Selector& place, scenarios::PlaceLoss of) const {
    if (of == scenarios::PlaceLoss::power) {
      restart(place);
    } else {
      (*this)(scenarios::Partition{place, begin.others(place), false});
    }
  }
  void restart(const scenarios::Selector& hosts) const {
    for (const std::uint32_t h : hosts.hosts) {
      restart(h);
    }
  }
  void restart(std::uint32_t h) const {
    if (!begin.cluster().powered(begin.machine(h))) {
      begin.cluster().restart(begin.machine(h));
    }
  }
  void start(std::uint32_t h, const scenarios::RollingRestart& f) const {
    if (f.controlled && begin.cluster().powered(begin.machine(h))) {
      begin.cluster().renew(begin.machine(h));
    } else {
      restart(h);
    }
  }
  void operator()(const scenarios::DiskFull& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      begin.cluster().disk(begin.machine(h)).set_full(false);
    }
  }
  void operator()(const scenarios::FailedFsync& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      begin.cluster().disk(begin.machine(h)).set_failing(false);
    }
  }
  void operator()(const scenarios::Reassign& f) const { begin.at.systems_.log->cancel(f, fault); }
  void operator()(const scenarios::BitRot&) const {}  // what has rotted stays so
  void operator()(const scenarios::RollingRestart&) const {}
  void operator()(const scenarios::Pause& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      begin.cluster().resume(begin.machine(h));
    }
  }
  void operator()(const scenarios::Partition& f) const {
    for (const std::uint32_t a : f.side.hosts) {
      for (const std::uint32_t b : f.from.hosts) {
        if (a != b) {
          begin.network().heal(begin.host(a), begin.host(b), !f.one_way);
        }
      }
    }
  }
  void operator()(const scenarios::SlowLink& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      begin.network().slow(begin.host(h), 1.0);
    }
  }
  void operator()(const scenarios::Delay& f) const { begin.set_delay(f, Duration()); }
  void operator()(const scenarios::SlowDisk& f) const { begin(scenarios::SlowDisk{f.hosts, 1.0}); }
  void operator()(const scenarios::Loss& f) const { begin.set_loss(f, 0); }
  void operator()(const scenarios::Jitter& f) const { begin.set_jitter(f, Duration()); }
  void operator()(const scenarios::ConnectionReset&) const {}
  void operator()(const scenarios::StuckDisk& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      begin.cluster().disk(begin.machine(h)).set_stuck(false);
    }
  }
  void operator()(const scenarios::SlowCpu& f) const { begin(scenarios::SlowCpu{f.hosts, 1.0}); }
  void operator()(const scenarios::ClockStep& f) const {
    begin(scenarios::ClockStep{f.hosts, Duration() - f.by});
  }
  void operator()(const scenarios::ClockDrift& f) const {
    begin(scenarios::ClockDrift{f.hosts, 0.0});
  }
  void operator()(const scenarios::LoadSpike&) const {}
};

namespace {

/// Whether `pattern`, in which `*` stands for any characters, means `name`.
bool matches(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == name;
  }
  if (!name.starts_with(pattern.substr(0, star))) {
    return false;
  }
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t from = star; from <= name.size(); ++from) {
    if (matches(rest, name.substr(from))) {
      return true;
    }
  }
  return false;
}

}  // namespace

FaultInjector::FaultInjector(World& world, const Systems& systems,
                             const scenarios::Scenario& scenario)
    : world_(world),
      systems_(systems),
      scenario_(scenario),
      schedule_(scenarios::compile_schedule(scenario)),
      random_(scenario.seed, "faults") {
  for (const scenarios::Fault& fault : scenario.faults) {
    struck_.push_back({fault, false, false, log::kNoNode, "", ""});
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
  return std::ranges::all_of(selectors(struck.fault.action), [&](scenarios::Selector* selector) {
    return cast(*selector, struck);
  });
}

/// Where nobody leads the key-value service, nobody is struck.
void FaultInjector::cast_kv_leader(scenarios::Selector& selector, Struck& struck) const {
  const std::optional<std::uint32_t> leader = systems_.kv->leader_host();
  selector.hosts.assign(leader ? 1 : 0, leader.value_or(0));
  struck.note += leader ? scenario_.cluster.hosts[*leader].name + " led" : "nobody led";
}

bool FaultInjector::cast(scenarios::Selector& selector, Struck& struck) const {
  if (!selector.role) {
    return true;
  }
  if (selector.role->part == scenarios::Part::kv_leader) {
    cast_kv_leader(selector, struck);
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

std::optional<reports::InvariantReport> FaultInjector::all_struck() const {
  reports::InvariantReport report;
  report.name = "faults/struck";
  report.verdict = reports::Verdict::pass;
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    const scenarios::Fault& asked = scenario_.faults[i];
    const Struck& it = struck_[i];
    const bool due =
        asked.when || (needs_a_player(asked.action) && asked.at <= world_.kernel.now());
    if (!due) {
      continue;
    }
    ++report.checked;
    if (it.begun) {
      continue;
    }
    report.verdict = reports::Verdict::unknown;
    if (!report.first) {
      const std::string why = !it.why_not.empty() ? it.why_not
                              : it.pending
                                  ? "the run ended before it could begin"
                                  : fmt::format("its event ({}) never came; {} of the kind did",
                                                scenarios::to_text(*asked.when), events_->seen(i));
      report.first =
          fmt::format("fault {} ({} {}) has not struck: {}", i + 1, scenarios::kind(asked.action),
                      scenarios::target(asked.action), why);
    }
  }
  return report.checked > 0 ? std::optional(report) : std::nullopt;
}

/// Those who watch learn of it first.
void FaultInjector::fault_begins(const scenarios::Step& step) {
  log_fault_begins(step);
  if (systems_.coordination != nullptr) {
    systems_.coordination->observer().fault_begins(step.subject);
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
  if (!struck.begun) {
    return;  // nobody plays the part that it would strike
  }
  if (!step.host) {
    step.target = scenarios::target(struck.fault.action);
  }
  if (heard_) {
    heard_(step);
  }
  if (begins) {
    const Begin begin{*this, step.subject};
    step.host ? begin.stop(*step.host, std::get<scenarios::RollingRestart>(struck.fault.action))
              : std::visit(begin, struck.fault.action);
  } else {
    if (systems_.log != nullptr && (step.host || step.at == struck.fault.until())) {
      systems_.log->observer().recovery().fault_ends(step.subject, step.at);
    }
    const End end{*this, step.subject};
    step.host ? end.start(*step.host, std::get<scenarios::RollingRestart>(struck.fault.action))
              : std::visit(end, struck.fault.action);
  }
}

std::string FaultInjector::rot(std::uint32_t host, const std::string& files) {
  std::string note;
  for (const NodeId id : world_.cluster->nodes_on(world_.machines[host])) {
    NodeFiles* stored = world_.cluster->node(id).files();
    if (stored == nullptr) {
      continue;
    }
    const auto rotten =
        stored->rot([&](std::string_view name) { return matches(files, name); }, random_);
    note += rotten ? fmt::format("{}: a bit of byte {} of {} has flipped; ",
                                 scenario_.cluster.hosts[host].name, rotten->position, rotten->name)
                   : fmt::format("{}: nothing stored in {}; ", scenario_.cluster.hosts[host].name,
                                 files);
  }
  return note;
}

}  // namespace wavetank::sim
