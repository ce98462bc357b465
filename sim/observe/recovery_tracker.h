#pragma once

// Recovery taken apart: when a fault of a broker was noticed, when its partitions had leaders
// again, when clients used them, when the broker was back with its log, when it had caught up, and
// when the backlog was gone. Learns all of it from what the system does, never from the schedule.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "reports/result.h"

namespace wavetank::sim {

/// The backlog is looked at this often.
inline constexpr Duration kLagSampleInterval = milliseconds(100);

class RecoveryTracker {
 public:
  /// `loaded`: by partition, whether producers write to it (only those show that service is back).
  /// `warm`: what had piled up before is no usual backlog.
  explicit RecoveryTracker(std::vector<bool> loaded, Time warm = Time())
      : loaded_(std::move(loaded)), warm_(warm), leaders_(loaded_.size(), log::kNoNode) {}

  // what is done to the system; brokers and controllers: those that the fault strikes, none for
  // other hosts
  /// May begin several times, host by host. Brokers that are asked to end lead until they have
  /// handed over: only what they still lead when they are gone is without a leader.
  void fault_begins(std::size_t fault, Time now, std::vector<NodeId> brokers,
                    std::span<const NodeId> controllers = {}, bool asked_to_end = false);
  /// Of the host where it began first and has not ended.
  void fault_ends(std::size_t fault, Time now);

  // what the system does
  void controller_stands(Time now, NodeId controller);
  void controller_activated(Time now, NodeId controller);
  void broker_fenced(Time now, NodeId broker);
  void broker_registered(Time now, NodeId broker);
  void leader_elected(Time now, log::PartitionId partition, NodeId leader);
  void partition_offline(log::PartitionId partition);
  void in_sync_set_changed(Time now, log::PartitionId partition, std::span<const NodeId> in_sync);
  void replica_appended(Time now, log::PartitionId partition, NodeId leader);
  void lag_sampled(Time now, std::uint64_t lag_records);
  /// Producers gave records up. A backlog that goes this way does not tell of service: only an
  /// acknowledgement after the last of them does.
  void records_refused(Time now);
  void records_acknowledged(Time now);

  /// kNoNode: nobody does. As far as the controller has said so.
  [[nodiscard]] NodeId leader(log::PartitionId partition) const {
    return leaders_[partition.value()];
  }
  [[nodiscard]] NodeId active_controller() const { return active_controller_; }
  /// From when one stood for controller until it acted as such, of all that did.
  [[nodiscard]] std::optional<Duration> slowest_takeover() const { return slowest_takeover_; }

  /// In-sync sets that still lack a broker which a fault struck and which is back.
  [[nodiscard]] std::size_t still_behind() const;
  /// Fills detected ... drained, phases and peak lag of fault `fault`: of the host where recovery
  /// took longest. Notes a broker that is back and has not caught up.
  void report(std::size_t fault, reports::FaultReport& out) const;

 private:
  struct Episode {
    std::size_t fault = 0;
    Time at;
    std::optional<Time> until;
    std::vector<NodeId> brokers;
    std::set<log::PartitionId> leaderless;   ///< led by a struck broker, no new leader yet
    std::set<log::PartitionId> unserved;     ///< and no write to a new leader yet
    std::set<log::PartitionId> out_of_sync;  ///< in-sync sets a struck broker has left
    bool affected = false;                   ///< a struck broker led some partition
    bool asked_to_end = false;               ///< and leads until it is gone
    std::optional<NodeId> controller;        ///< the active one, if it is struck
    std::optional<Time> detected, elected, served, registered, in_sync;
    bool refused = false;                    ///< producers gave records up
    std::optional<Time> acknowledged_again;  ///< first acknowledgement after the last of these
  };

  static void hand_over(Episode& earlier, const Episode& later);
  /// Sets that lack a broker of it which is back.
  [[nodiscard]] static std::size_t behind(const Episode& episode) {
    return episode.registered && !episode.brokers.empty() ? episode.out_of_sync.size() : 0;
  }
  [[nodiscard]] static bool strikes(const Episode& episode, NodeId broker);
  /// Others had to take over. A broker that nobody missed has kept its partitions: slow, or back
  /// before its session ran out; or it had handed them over.
  [[nodiscard]] static bool moved(const Episode& episode) {
    return episode.affected && episode.detected;
  }
  /// Of a fault after which nobody had to take over: when the backlog is gone, by service.
  [[nodiscard]] std::optional<Time> worked_off(const Episode& episode) const;
  [[nodiscard]] std::optional<Time> drained_after(const Episode& episode) const;
  [[nodiscard]] std::optional<Time> recovered_at(const Episode& episode) const;
  void describe(const Episode& episode, std::optional<Time> recovered,
                reports::FaultReport& out) const;
  /// Of the samples [from, to): the greatest backlog.
  [[nodiscard]] std::uint64_t most_between(std::size_t from, std::size_t to) const;
  /// When others begin after it, and at last the end of the run: never empty, ascending.
  [[nodiscard]] std::vector<Time> next_faults(const Episode& episode) const;
  void orphan(Episode& episode, NodeId broker) const;

  std::vector<bool> loaded_;
  Time warm_;
  std::vector<NodeId> leaders_;  ///< by partition
  NodeId active_controller_ = log::kNoNode;
  std::map<NodeId, Time> stood_;  ///< last, by controller
  std::optional<Duration> slowest_takeover_;
  std::vector<Episode> episodes_;   ///< in the order they began
  std::vector<std::uint64_t> lag_;  ///< every kLagSampleInterval from time 0
};

}  // namespace wavetank::sim
