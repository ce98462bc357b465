#pragma once

// What a fault can be bound to besides a date and names of hosts: an event of the run, and the part
// that a host plays at the moment when the fault begins.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace wavetank::log {
struct TopicConfig;
}

namespace wavetank::scenarios {

struct Scenario;

enum class RunEvent : std::uint8_t {
  between_append_and_fsync,  ///< a leader has records in its page cache; nobody else knows of them
  truncated,                 ///< a broker has cut the end of a log
  leader_elected,
  partition_offline,
  controller_elected,
  broker_registered,
  broker_fenced,
  rebalance_started,
  rebalance_finished,
  transaction_committing,  ///< the outcome is with the replicas; no marker is sent yet
  transaction_aborting,
};
inline constexpr std::size_t kRunEvents = 11;

/// Whose event it is.
enum class EventSubject : std::uint8_t { partition, host, group, transaction };

std::string_view name(RunEvent event);
EventSubject subject_of(RunEvent event);

/// An event of the run that a fault waits for.
struct When {
  RunEvent event = RunEvent::leader_elected;
  std::string
      of;  ///< a topic, a partition, a host, a group or a transactional id; empty: anybody's
  std::uint32_t occurrence = 1;  ///< the how manieth, counted from `not_before` on
  Time not_before;
  Duration after{};  ///< from the event to the fault
};
/// "transaction_committing of load-1, the 3rd"
std::string to_text(const When& when);

/// Who plays a part when a fault begins.
enum class Part : std::uint8_t {
  leader,               ///< of a partition
  follower,             ///< the first in-sync one of a partition
  controller,           ///< the active one
  kv_leader,            ///< of the key-value service
  coordination_leader,  ///< of the ensemble
  host_of_event,        ///< where the event has happened that the fault is bound to
};
struct Role {
  Part part = Part::leader;
  std::string of;  ///< the partition
};
/// The part that a selector speaks of ("leader_of: orders-0", "follower_of: orders-0",
/// "controller: active", "kv: leader", "coordination: leader", "host_of: event"); nothing if it
/// speaks of hosts.
std::optional<Role> parse_role(std::string_view selector);
/// Whether it is of a service that may have nobody in it for a while, which is what faults of its
/// leader are about.
inline bool leads_a_service(Part part) {
  return part == Part::kv_leader || part == Part::coordination_leader;
}
/// Whether a selector speaks of a part, known or not: names of hosts have no colon.
inline bool speaks_of_a_part(std::string_view selector) {
  return selector.find(':') != std::string_view::npos;
}

/// Whether `name` is "orders-3" and topic "orders" has it.
bool is_partition_of(std::string_view name, const log::TopicConfig& topic);

/// What is wrong with it in a scenario whose services and load are known.
struct Complaint {
  std::string key;  ///< of the object that is complained about; empty: the whole
  std::string message;
  std::string expected;
};
std::optional<Complaint> complaint_about(const When& when, const Scenario& scenario);
/// `when`: what the fault is bound to, or null.
std::optional<Complaint> complaint_about(const Role& role, const When* when,
                                         const Scenario& scenario);

}  // namespace wavetank::scenarios
