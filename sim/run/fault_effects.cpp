#include "sim/run/fault_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <variant>

namespace wavetank::sim {

namespace {

using scenarios::Selector;

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

/// Of this or that kind. Hosts are indices into the scenario's.
struct FaultEffects::Begin {
  FaultEffects& at;
  std::size_t fault;
  std::string& note;

  void operator()(const scenarios::Crash& f) const {
    each(f.hosts, [&](std::uint32_t h) { crash(h, unsynced_of(f.unsynced)); });
  }
  void operator()(const scenarios::ProcessKill& f) const {
    each(f.hosts, [&](std::uint32_t h) { crash(h, Unsynced::kept); });
  }
  void operator()(const scenarios::Wipe& f) const {
    each(f.hosts, [&](std::uint32_t h) {
      if (cluster().powered(machine(h))) {
        cluster().wipe(machine(h));
      }
    });
  }
  void operator()(const scenarios::ZoneLoss& f) const { lose(f.hosts, f.of); }
  void operator()(const scenarios::RegionLoss& f) const { lose(f.hosts, f.of); }
  void operator()(const scenarios::Pause& f) const {
    each(f.hosts, [&](std::uint32_t h) { cluster().pause(machine(h)); });
  }
  void operator()(const scenarios::Partition& f) const {
    each_pair(f.side, f.from, [&](std::uint32_t a, std::uint32_t b) {
      if (a != b) {
        network().cut(host(a), host(b), !f.one_way);
      }
    });
  }
  void operator()(const scenarios::ConnectionReset& f) const {
    each_pair(f.side, f.from, [&](std::uint32_t a, std::uint32_t b) {
      cluster().reset_connections(machine(a), machine(b));
    });
  }
  void operator()(const scenarios::SlowLink& f) const {
    each(f.hosts, [&](std::uint32_t h) { network().slow(host(h), 1.0 / f.factor); });
  }
  void operator()(const scenarios::Delay& f) const { set_delay(f, f.added); }
  void operator()(const scenarios::Loss& f) const { set_loss(f, f.share); }
  void operator()(const scenarios::Jitter& f) const { set_jitter(f, f.mean); }
  void operator()(const scenarios::SlowDisk& f) const {
    each(f.hosts, [&](std::uint32_t h) { disk(h).set_slowdown(f.factor); });
  }
  void operator()(const scenarios::StuckDisk& f) const {
    each(f.hosts, [&](std::uint32_t h) { disk(h).set_stuck(true); });
  }
  void operator()(const scenarios::DiskFull& f) const {
    each(f.hosts, [&](std::uint32_t h) { disk(h).set_full(true); });
  }
  void operator()(const scenarios::FailedFsync& f) const {
    each(f.hosts, [&](std::uint32_t h) { disk(h).set_failing(true); });
  }
  void operator()(const scenarios::BitRot& f) const {
    each(f.hosts, [&](std::uint32_t h) { rot(h, f.files); });
  }
  void operator()(const scenarios::SlowCpu& f) const {
    each(f.hosts, [&](std::uint32_t h) { cluster().cpu(machine(h)).set_speed(1.0 / f.factor); });
  }
  void operator()(const scenarios::ClockStep& f) const {
    each(f.hosts, [&](std::uint32_t h) { cluster().machine_clock(machine(h)).step(f.by); });
  }
  void operator()(const scenarios::ClockDrift& f) const {
    each(f.hosts, [&](std::uint32_t h) { cluster().set_drift(machine(h), std::llround(f.ppm)); });
  }
  void operator()(const scenarios::LoadSpike&) const {}  // the load knows
  void operator()(const scenarios::Reassign& f) const {
    if (!at.log_->reassign(f, fault)) {
      note += "nobody was there to ask for it";
    }
  }
  void operator()(const scenarios::RollingRestart&) const {}  // host by host: see stop

  // --- the world

  [[nodiscard]] Cluster& cluster() const { return *at.world_.cluster; }
  [[nodiscard]] Network& network() const { return *at.world_.network; }
  [[nodiscard]] MachineId machine(std::uint32_t h) const { return at.world_.machines[h]; }
  [[nodiscard]] HostId host(std::uint32_t h) const { return at.world_.hosts[h]; }
  [[nodiscard]] Disk& disk(std::uint32_t h) const { return cluster().disk(machine(h)); }

  template <class Act>
  static void each(const Selector& chosen, Act&& act) {
    for (const std::uint32_t h : chosen.hosts) {
      act(h);
    }
  }
  template <class Act>
  static void each_pair(const Selector& side, const Selector& from, Act&& act) {
    each(side, [&](std::uint32_t a) { each(from, [&](std::uint32_t b) { act(a, b); }); });
  }
  /// Between these hosts and all others, both ways.
  template <class Act>
  void each_way(const Selector& chosen, Act&& act) const {
    each(chosen, [&](std::uint32_t a) {
      for (std::uint32_t b = 0; b < at.world_.hosts.size(); ++b) {
        if (a != b) {
          act(host(a), host(b));
          act(host(b), host(a));
        }
      }
    });
  }

  // --- with parts that what undoes them uses, too

  void set_delay(const scenarios::Delay& f, Duration added) const {
    each_way(f.hosts, [&](HostId from, HostId to) { network().set_extra_delay(from, to, added); });
  }
  void set_loss(const scenarios::Loss& f, double share) const {
    each_way(f.hosts, [&](HostId from, HostId to) { network().set_loss(from, to, share); });
  }
  void set_jitter(const scenarios::Jitter& f, Duration mean) const {
    each_way(f.hosts, [&](HostId from, HostId to) { network().set_extra_jitter(from, to, mean); });
  }
  void lose(const Selector& place, scenarios::PlaceLoss of) const {
    if (of == scenarios::PlaceLoss::power) {
      (*this)(scenarios::Crash{place, scenarios::Unsynced::lost});
    } else {
      (*this)(scenarios::Partition{place, others(place), false});
    }
  }
  [[nodiscard]] Selector others(const Selector& place) const {
    Selector rest;
    for (std::uint32_t h = 0; h < at.world_.hosts.size(); ++h) {
      if (!std::ranges::binary_search(place.hosts, h)) {
        rest.hosts.push_back(h);
      }
    }
    return rest;
  }
  void crash(std::uint32_t h, Unsynced unsynced) const {
    if (!cluster().powered(machine(h))) {
      return;  // an earlier fault has it down
    }
    const std::vector<FileLoss> losses = cluster().crash(machine(h), unsynced);
    if (unsynced == Unsynced::torn) {
      const auto torn =
          std::ranges::count_if(losses, [](const FileLoss& it) { return it.kept_bytes > 0; });
      note += fmt::format("{}: {} {} what was not synced; ", name(h), torn,
                          torn == 1 ? "file has kept a part of" : "files have kept a part of");
    }
  }
  void rot(std::uint32_t h, const std::string& files) const {
    for (const NodeId id : cluster().nodes_on(machine(h))) {
      NodeFiles* stored = cluster().node(id).files();
      if (stored == nullptr) {
        continue;
      }
      const auto rotten =
          stored->rot([&](std::string_view file) { return matches(files, file); }, at.random_);
      note += rotten ? fmt::format("{}: a bit of byte {} of {} has flipped; ", name(h),
                                   rotten->position, rotten->name)
                     : fmt::format("{}: nothing stored in {}; ", name(h), files);
    }
  }
  [[nodiscard]] const std::string& name(std::uint32_t h) const {
    return at.scenario_.cluster.hosts[h].name;
  }
};

/// What undoes it.
struct FaultEffects::End {
  const Begin& begin;

  void operator()(const scenarios::Crash& f) const { restart(f.hosts); }
  void operator()(const scenarios::ProcessKill& f) const { restart(f.hosts); }
  void operator()(const scenarios::Wipe& f) const { restart(f.hosts); }
  void operator()(const scenarios::ZoneLoss& f) const { regain(f.hosts, f.of); }
  void operator()(const scenarios::RegionLoss& f) const { regain(f.hosts, f.of); }
  void operator()(const scenarios::Pause& f) const {
    Begin::each(f.hosts, [&](std::uint32_t h) { begin.cluster().resume(begin.machine(h)); });
  }
  void operator()(const scenarios::Partition& f) const {
    Begin::each_pair(f.side, f.from, [&](std::uint32_t a, std::uint32_t b) {
      if (a != b) {
        begin.network().heal(begin.host(a), begin.host(b), !f.one_way);
      }
    });
  }
  void operator()(const scenarios::ConnectionReset&) const {}
  void operator()(const scenarios::SlowLink& f) const { begin(scenarios::SlowLink{f.hosts, 1.0}); }
  void operator()(const scenarios::Delay& f) const { begin.set_delay(f, Duration()); }
  void operator()(const scenarios::Loss& f) const { begin.set_loss(f, 0); }
  void operator()(const scenarios::Jitter& f) const { begin.set_jitter(f, Duration()); }
  void operator()(const scenarios::SlowDisk& f) const { begin(scenarios::SlowDisk{f.hosts, 1.0}); }
  void operator()(const scenarios::StuckDisk& f) const {
    Begin::each(f.hosts, [&](std::uint32_t h) { begin.disk(h).set_stuck(false); });
  }
  void operator()(const scenarios::DiskFull& f) const {
    Begin::each(f.hosts, [&](std::uint32_t h) { begin.disk(h).set_full(false); });
  }
  void operator()(const scenarios::FailedFsync& f) const {
    Begin::each(f.hosts, [&](std::uint32_t h) { begin.disk(h).set_failing(false); });
  }
  void operator()(const scenarios::BitRot&) const {}  // what has rotted stays so
  void operator()(const scenarios::SlowCpu& f) const { begin(scenarios::SlowCpu{f.hosts, 1.0}); }
  void operator()(const scenarios::ClockStep& f) const {
    begin(scenarios::ClockStep{f.hosts, Duration() - f.by});
  }
  void operator()(const scenarios::ClockDrift& f) const {
    begin(scenarios::ClockDrift{f.hosts, 0.0});
  }
  void operator()(const scenarios::LoadSpike&) const {}
  void operator()(const scenarios::Reassign& f) const { begin.at.log_->cancel(f, begin.fault); }
  void operator()(const scenarios::RollingRestart&) const {}

  void regain(const Selector& place, scenarios::PlaceLoss of) const {
    if (of == scenarios::PlaceLoss::power) {
      restart(place);
    } else {
      (*this)(scenarios::Partition{place, begin.others(place), false});
    }
  }
  void restart(const Selector& hosts) const {
    Begin::each(hosts, [&](std::uint32_t h) { restart(h); });
  }
  void restart(std::uint32_t h) const {
    if (!begin.cluster().powered(begin.machine(h))) {
      begin.cluster().restart(begin.machine(h));
    }
  }
};

FaultEffects::FaultEffects(World& world, LogSystem* log, const scenarios::Scenario& scenario)
    : world_(world), log_(log), scenario_(scenario), random_(scenario.seed, "faults") {}

std::string FaultEffects::begin(const scenarios::FaultAction& action, std::size_t fault) {
  std::string note;
  std::visit(Begin{*this, fault, note}, action);
  return note;
}

void FaultEffects::end(const scenarios::FaultAction& action, std::size_t fault) {
  std::string note;
  const Begin begin{*this, fault, note};
  std::visit(End{begin}, action);
}

void FaultEffects::stop(std::uint32_t host, const scenarios::RollingRestart& rolling) {
  std::string note;
  const Begin begin{*this, 0, note};
  if (!rolling.controlled) {
    begin.crash(host, Unsynced::kept);
  } else if (begin.cluster().powered(begin.machine(host))) {
    begin.cluster().terminate(begin.machine(host));
  }
}

void FaultEffects::start(std::uint32_t host, const scenarios::RollingRestart& rolling) {
  std::string note;
  const Begin begin{*this, 0, note};
  if (rolling.controlled && begin.cluster().powered(begin.machine(host))) {
    begin.cluster().renew(begin.machine(host));
  } else {
    End{begin}.restart(host);
  }
}

}  // namespace wavetank::sim
