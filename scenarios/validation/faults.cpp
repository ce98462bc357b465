#include <fmt/format.h>

#include <algorithm>

#include "engine/base/random.h"
#include "engine/base/suggest.h"
#include "scenarios/in_use.h"
#include "scenarios/schedule.h"
#include "scenarios/validation/check.h"

namespace wavetank::scenarios::validation {

namespace {

class FaultsCheck : private Check {
 public:
  explicit FaultsCheck(const Check& check) : Check(check) {}

  void run() {
    double faults = 0;
    for (const Fault& fault : s_.faults) {
      faults += fault.repeat ? fault.repeat->times : 1;
    }
    limit("/faults", "faults", faults, limits_.faults);
    for (std::size_t i = 0; i < s_.faults.size(); ++i) {
      const std::string pointer = fmt::format("/faults/{}", i);
      if (findings_.has_errors_under(pointer)) {
        continue;
      }
      fault_ = &s_.faults[i];
      std::visit([&](auto& action) { resolve_targets(action, pointer); }, s_.faults[i].action);
      if (const auto* rolling = std::get_if<RollingRestart>(&s_.faults[i].action)) {
        s_.faults[i].lasts = rolling->takes();
      }
      check_fault_times(s_.faults[i], pointer);
      check_sparing(s_.faults[i], pointer);
    }
    check_overlaps();
    if (!findings_.has_errors_under("/faults")) {
      repeat_faults();
    }
  }

 private:
  /// The time from the first beginning of a fault to its last end.
  static std::optional<Duration> extent(const Fault& fault) {
    if (!fault.lasts || !fault.repeat) {
      return fault.lasts;
    }
    const Repetition& r = *fault.repeat;
    return r.every * static_cast<std::int64_t>(r.times - 1) + r.spread + *fault.lasts;
  }

  void check_repetition(const Fault& fault, const std::string& pointer) {
    if (!fault.lasts) {
      error(pointer + "/repeat", "what lasts for good does not come again",
            "\"for\", less than \"every\"");
    } else if (*fault.lasts + fault.repeat->spread >= fault.repeat->every) {
      error(pointer + "/repeat/every",
            fmt::format(
                "it would begin again before it has ended: it lasts {}{}", to_text(*fault.lasts),
                fault.repeat->spread > Duration()
                    ? fmt::format(", and comes up to {} later", to_text(fault.repeat->spread))
                    : ""),
            fmt::format("more than {}", to_text(*fault.lasts + fault.repeat->spread)));
    }
  }

  /// Puts each time in the place of what is repeated; when, is drawn here and then fixed.
  void repeat_faults() {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < s_.faults.size(); ++i) {
      Fault one = s_.faults[i];
      const Repetition repeat = one.repeat.value_or(Repetition{1, {}, {}});
      one.repeat.reset();
      Random random(s_.seed, fmt::format("faults/{}", i));
      for (std::uint32_t time = 0; time < repeat.times; ++time) {
        one.at = s_.faults[i].at + repeat.every * static_cast<std::int64_t>(time);
        if (repeat.spread > Duration()) {
          one.at += Duration(static_cast<std::int64_t>(
              random.below(static_cast<std::uint64_t>(repeat.spread.ns()))));
        }
        faults.push_back(one);
      }
    }
    s_.faults = std::move(faults);
  }

  void check_event(const Fault& fault, const std::string& pointer) {
    if (const auto complaint = complaint_about(*fault.when, s_)) {
      error(join_pointer(pointer + "/when", complaint->key), complaint->message,
            complaint->expected);
    }
    if (fault.repeat) {
      error(pointer + "/repeat", "what waits for an event comes once",
            "\"at\" instead of \"when\"; or several faults, each with its \"occurrence\"");
    }
  }

  /// Where no broker is struck, or nothing is lost, there is nothing to spare.
  void check_sparing(const Fault& fault, const std::string& pointer) {
    if (!fault.spares_last_copy) {
      return;
    }
    const auto idle = [&](const std::string& why) {
      findings_.warning(pointer + "/spares_last_copy", "it changes nothing: " + why);
    };
    if (!loses_data(fault.action)) {
      return idle("this loses nothing that a disk holds, or will hold");
    }
    const std::vector<std::uint32_t>& brokers = s_.log.brokers.hosts;
    const std::vector<std::uint32_t> struck = hosts_struck(fault.action);
    if (!struck.empty() && std::ranges::none_of(struck, [&](std::uint32_t host) {
          return std::ranges::find(brokers, host) != brokers.end();
        })) {
      idle("no broker is struck");
    }
  }

  void check_fault_times(const Fault& fault, const std::string& pointer) {
    const Time end = Time() + s_.duration;
    if (fault.when) {
      check_event(fault, pointer);
      return;
    }
    const std::optional<Duration> extends = extent(fault);
    if (fault.repeat) {
      check_repetition(fault, pointer);
    }
    if (fault.at >= end) {
      error(pointer + "/at",
            fmt::format("it would begin at {}, when the run is over", to_text(fault.at - Time())),
            fmt::format("before {}", to_text(s_.duration)));
    } else if (extends && fault.at + *extends > end) {
      error(given(pointer + "/for") ? pointer + "/for" : pointer,
            fmt::format("it would last until {}, and the run ends at {}",
                        to_text(fault.at + *extends - Time()), to_text(s_.duration)),
            fmt::format("{} at most, or a longer \"duration\"", to_text(end - fault.at)));
    } else if (fault.at < Time() + s_.warmup && s_.warmup < s_.duration) {
      findings_.warning(pointer + "/at",
                        fmt::format("it begins in the warm-up, which ends at {}: there is no "
                                    "steady phase to compare with",
                                    to_text(s_.warmup)));
    }
  }

  template <class Action>
  void resolve_targets(Action& action, const std::string& pointer) {
    resolve_struck(action.hosts, join_pointer(pointer, kind(action)));
    for (const std::uint32_t host : action.hosts.hosts) {
      if (!runs_something(s_, host)) {
        error(join_pointer(pointer, kind(action)),
              fmt::format("nothing runs on {}", s_.cluster.hosts[host].name),
              "a host of a service, a workload or a consumer group");
      }
    }
  }
  void resolve_targets(RollingRestart& action, const std::string& pointer) {
    if (speaks_of_a_part(action.hosts.text)) {
      error(pointer + "/rolling_restart", "who plays a part is one host, and may be another later",
            "hosts by their names");
      return;
    }
    resolve(action.hosts, pointer + "/rolling_restart");
  }
  /// Hosts by their names, or by a part they play.
  void resolve_struck(Selector& selector, const std::string& pointer) {
    if (!speaks_of_a_part(selector.text)) {
      resolve(selector, pointer);
      return;
    }
    selector.role = parse_role(selector.text);
    if (!selector.role) {
      error(pointer, fmt::format("\"{}\" is no part that a host plays", selector.text),
            "leader_of: PARTITION, follower_of: PARTITION, controller: active, kv: leader, "
            "coordination: leader, host_of: event");
    } else if (const auto complaint =
                   complaint_about(*selector.role, fault_->when ? &*fault_->when : nullptr, s_)) {
      error(pointer, complaint->message, complaint->expected);
    } else if (selector.role->part == Part::kv_leader) {
      selector.hosts = s_.kv.servers.hosts;  // it may turn out to be any of them
    } else if (selector.role->part == Part::coordination_leader) {
      selector.hosts = s_.coordination.servers.hosts;
    }
  }
  void resolve_targets(ZoneLoss& action, const std::string& pointer) {
    resolve_place(action.hosts, pointer + "/zone_loss", "zone", s_.cluster.zones);
  }
  void resolve_targets(RegionLoss& action, const std::string& pointer) {
    resolve_place(action.hosts, pointer + "/region_loss", "region", s_.cluster.regions);
  }
  /// Idle hosts of a place go down with the others.
  template <class Places>
  void resolve_place(Selector& selector, const std::string& pointer, std::string_view what,
                     const Places& places) {
    std::vector<std::string_view> known;
    for (const auto& place : places) {
      known.push_back(place.name);
    }
    if (std::ranges::find(known, selector.text) == known.end()) {
      error(pointer, unknown_name(what, selector.text, known), one_of(known));
      return;
    }
    if (!select(selector.text, selector.hosts)) {
      error(pointer, fmt::format("no host stands in {}", selector.text));
    }
  }
  void resolve_targets(Partition& action, const std::string& pointer) {
    resolve_sides(action, pointer);
  }
  void resolve_targets(ConnectionReset& action, const std::string& pointer) {
    resolve_sides(action, pointer);
  }
  template <class Action>
  void resolve_sides(Action& action, const std::string& pointer) {
    resolve_struck(action.side, join_pointer(pointer, kind(action)));
    resolve_struck(action.from, pointer + "/from");
    if (action.side.role || action.from.role) {
      return;  // who plays the part is left out of the other side
    }
    for (const std::uint32_t host : action.side.hosts) {
      if (std::ranges::binary_search(action.from.hosts, host)) {
        error(pointer + "/from",
              fmt::format("{} stands on both sides", s_.cluster.hosts[host].name),
              "two sides without a host in common");
      }
    }
  }
  void resolve_targets(Reassign& action, const std::string& pointer) {
    resolve(action.to, pointer + "/to");
    if (action.to.hosts.empty()) {
      return;
    }
    for (const std::uint32_t host : action.to.hosts) {
      if (!std::ranges::binary_search(s_.log.brokers.hosts, host)) {
        error(pointer + "/to",
              fmt::format("{} runs no broker of the log", s_.cluster.hosts[host].name),
              "hosts of brokers");
        return;
      }
    }
    const auto topic = std::ranges::find_if(s_.log.topics, [&](const log::TopicConfig& it) {
      return it.name == action.what || is_partition_of(action.what, it);
    });
    if (topic == s_.log.topics.end()) {
      error(pointer + "/reassign",
            fmt::format("\"{}\" is neither a topic nor a partition", action.what),
            "a topic of the log, or one partition of it, such as \"orders-3\"");
    } else if (action.to.hosts.size() < topic->replication) {
      error(pointer + "/to",
            fmt::format("{} brokers cannot hold {} replicas", action.to.hosts.size(),
                        topic->replication),
            fmt::format("{} brokers or more", topic->replication));
    }
  }
  void resolve_targets(LoadSpike& action, const std::string& pointer) {
    const auto found = std::ranges::find(s_.workloads, action.workload, &Workload::name);
    if (found != s_.workloads.end()) {
      action.workload_index = static_cast<std::uint32_t>(found - s_.workloads.begin());
      return;
    }
    std::vector<std::string_view> known;
    for (const Workload& w : s_.workloads) {
      known.push_back(w.name);
    }
    error(pointer + "/load_spike", unknown_name("workload", action.workload, known), one_of(known));
  }

  /// A host that is down cannot crash; and of two faults of one kind, the first to end would end
  /// both.
  void check_overlaps() {
    for (std::size_t later = 0; later < s_.faults.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        check_overlap(later, earlier);
      }
    }
  }
  void check_overlap(std::size_t later, std::size_t earlier) {
    const Fault& a = s_.faults[earlier];
    const Fault& b = s_.faults[later];
    if (a.when || b.when) {
      return;  // nobody knows when
    }
    const auto until = [](const Fault& fault) {
      const std::optional<Duration> extends = extent(fault);
      return extends ? fault.at + *extends : Time::never();
    };
    const bool overlap = a.at <= until(b) && b.at <= until(a);
    if (quality(a.action) != quality(b.action) || !overlap) {
      return;
    }
    const std::vector<std::uint32_t> struck = hosts_struck(a.action);
    const std::string_view verb = kind(b.action);
    for (const std::uint32_t host : hosts_struck(b.action)) {
      if (std::ranges::binary_search(struck, host)) {
        error(fmt::format("/faults/{}/{}", later, verb),
              fmt::format("{} is already {} by fault {} of the list", s_.cluster.hosts[host].name,
                          is_down(b.action) ? "down" : fmt::format("under a {}", kind(a.action)),
                          earlier + 1),
              is_down(b.action) ? "crashes of a host that do not overlap"
                                : "faults of one kind that do not overlap on a host");
      }
    }
  }
  /// A host that is down for one reason is down for all.
  static bool is_down(const FaultAction& action) {
    const auto* zone = std::get_if<ZoneLoss>(&action);
    const auto* region = std::get_if<RegionLoss>(&action);
    return std::holds_alternative<Crash>(action) || std::holds_alternative<ProcessKill>(action) ||
           std::holds_alternative<Wipe>(action) || std::holds_alternative<RollingRestart>(action) ||
           (zone != nullptr && zone->of == PlaceLoss::power) ||
           (region != nullptr && region->of == PlaceLoss::power);
  }
  /// Faults of one quality exclude each other on a host.
  static std::size_t quality(const FaultAction& action) {
    return is_down(action) ? FaultAction(Crash{}).index() : action.index();
  }
  /// None for faults of the load, which multiply, and for cuts between hosts.
  static std::vector<std::uint32_t> hosts_struck(const FaultAction& action) {
    return std::visit(
        [](const auto& fault) -> std::vector<std::uint32_t> {
          if constexpr (requires { fault.hosts; }) {
            return fault.hosts.hosts;
          } else {
            return {};
          }
        },
        action);
  }

  const Fault* fault_ = nullptr;  ///< whose targets are being looked at
};

}  // namespace

void check_faults(const Check& check) {
  FaultsCheck(check).run();
}

}  // namespace wavetank::scenarios::validation
