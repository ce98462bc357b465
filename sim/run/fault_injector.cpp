#include "sim/run/fault_injector.h"

#include <cmath>
#include <variant>

namespace wavetank::sim {

namespace {

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

}  // namespace

/// What a fault does when it begins, by kind. Hosts are indices into the scenario's.
struct FaultInjector::Begin {
  FaultInjector& at;

  Cluster& cluster() const { return *at.world_.cluster; }
  Network& network() const { return *at.world_.network; }
  MachineId machine(std::uint32_t host) const { return at.world_.machines[host]; }
  HostId host(std::uint32_t host) const { return at.world_.hosts[host]; }

  void operator()(const scenarios::Crash& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      if (!cluster().powered(machine(h))) {
        continue;  // an earlier fault has it down
      }
      cluster().crash(machine(h), unsynced_of(f.unsynced));
    }
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
};

/// What undoes it.
struct FaultInjector::End {
  FaultInjector& at;
  Begin begin{at};

  void operator()(const scenarios::Crash& f) const {
    for (const std::uint32_t h : f.hosts.hosts) {
      if (!begin.cluster().powered(begin.machine(h))) {
        begin.cluster().restart(begin.machine(h));
      }
    }
  }
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

FaultInjector::FaultInjector(World& world, LogSystem& system, const scenarios::Scenario& scenario)
    : world_(world),
      system_(system),
      scenario_(scenario),
      schedule_(scenarios::compile_schedule(scenario)) {}

void FaultInjector::start() {
  for (std::size_t i = 0; i < schedule_.size(); ++i) {
    const scenarios::StepKind kind = schedule_[i].kind;
    if (kind == scenarios::StepKind::fault_begin || kind == scenarios::StepKind::fault_end) {
      world_.kernel.schedule(schedule_[i].at, *this, i);
    }
  }
}

void FaultInjector::fire(std::uint64_t index) {
  const scenarios::Step& step = schedule_[index];
  const scenarios::FaultAction& action = scenario_.faults[step.subject].action;
  if (step.kind == scenarios::StepKind::fault_begin) {
    system_.observer().recovery().fault_begins(step.subject, step.at,
                                               system_.brokers_on(struck_hosts(action)));
    std::visit(Begin{*this}, action);
  } else {
    system_.observer().recovery().fault_ends(step.subject, step.at);
    std::visit(End{*this}, action);
  }
}

}  // namespace wavetank::sim
