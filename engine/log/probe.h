#pragma once

// What the log lets an observer see. The engine has no logger: a host that wants to draw, measure
// or check gets these calls, at the moment the state changes. They must not change anything.

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/log/types.h"

namespace wavetank::log {

enum class ApiKey : std::uint8_t;  // protocol/envelope.h
enum class Outcome : std::int8_t;  // storage/control_batch.h

class Probe {
 public:
  virtual ~Probe() = default;
  /// For what nobody is to see.
  static Probe& none() {
    static Probe probe;
    return probe;
  }

  // replicas
  virtual void appended(NodeId /*broker*/, PartitionId /*p*/, Offset /*base*/, Offset /*last*/,
                        LeaderEpoch /*epoch*/, bool /*as_leader*/) {}
  /// The leader's high watermark moved up to `high_watermark`.
  virtual void high_watermark_advanced(NodeId /*leader*/, PartitionId /*p*/,
                                       Offset /*high_watermark*/) {}
  virtual void truncated(NodeId /*broker*/, PartitionId /*p*/, Offset /*old_end*/,
                         Offset /*new_end*/) {}
  /// Retention has thrown away what was before.
  virtual void log_start_advanced(NodeId /*broker*/, PartitionId /*p*/, Offset /*start*/) {}
  /// A pass of the cleaner is over: below `up_to` only the latest record of each key is left.
  virtual void log_cleaned(NodeId /*broker*/, PartitionId /*p*/, Offset /*up_to*/,
                           std::uint64_t /*bytes_before*/, std::uint64_t /*bytes_after*/) {}
  virtual void became_leader(NodeId /*broker*/, PartitionId /*p*/, LeaderEpoch /*epoch*/,
                             Offset /*end*/) {}
  virtual void became_follower(NodeId /*broker*/, PartitionId /*p*/, NodeId /*leader*/,
                               LeaderEpoch /*epoch*/) {}
  virtual void log_recovered(NodeId /*broker*/, PartitionId /*p*/, Offset /*end*/,
                             std::uint64_t /*bytes_scanned*/) {}

  /// Its partition has moved away: what the broker had of it is gone.
  virtual void replica_removed(NodeId /*broker*/, PartitionId /*p*/) {}
  /// A replica that is being added has stored so much of what the others had.
  virtual void replica_learned(NodeId /*broker*/, PartitionId /*p*/, std::uint64_t /*bytes*/) {}

  /// A partition of a request was refused with this error, by a broker or a controller.
  virtual void request_refused(NodeId /*by*/, PartitionId /*p*/, ErrorCode /*error*/) {}
  /// A whole request was: one of a fetch session, or one among brokers and controllers.
  virtual void whole_request_refused(NodeId /*by*/, ErrorCode /*error*/) {}

  /// A client has asked for more than its quota, and must keep still for so long.
  virtual void client_throttled(NodeId /*broker*/, std::string_view /*client*/,
                                Duration /*throttle*/) {}

  // controller
  /// A controller no longer hears the active one, and asks for votes; or a broker runs for
  /// controller, since the ensemble has none.
  virtual void controller_stands(NodeId /*controller*/) {}
  /// A controller of a quorum has read its files: the term it knows, whom it voted for in it
  /// (kNoNode: nobody), and the last entry of the metadata log.
  virtual void controller_recovered(NodeId /*controller*/, std::uint64_t /*term*/,
                                    NodeId /*voted_for*/, std::uint64_t /*last*/) {}
  /// A controller leads the quorum; or has been elected in the ensemble and has read its state.
  virtual void controller_activated(NodeId /*controller*/) {}
  // What follows is said when it holds; and again by every controller that has read it from an
  // ensemble. Upon one, a broker is said to be fenced before that is written, too.
  virtual void broker_registered(NodeId /*broker*/, BrokerEpoch /*epoch*/) {}
  virtual void broker_fenced(NodeId /*broker*/) {}
  virtual void leader_elected(PartitionId /*p*/, NodeId /*leader*/, LeaderEpoch /*epoch*/) {}
  /// A replica that is not in sync will lead: what only the others held is lost.
  virtual void unclean_election(PartitionId /*p*/, NodeId /*leader*/) {}
  /// No replica of the in-sync set is alive.
  virtual void partition_offline(PartitionId /*p*/) {}
  virtual void in_sync_set_changed(PartitionId /*p*/, LeaderEpoch /*epoch*/,
                                   std::span<const NodeId> /*in_sync*/) {}

  /// The partition has moved to other brokers (KIP-455), or that was given up.
  virtual void reassignment_ended(PartitionId /*p*/, bool /*completed*/) {}

  // coordinators of consumer groups
  /// Its members are asked to join again.
  virtual void rebalance_started(NodeId /*coordinator*/, std::string_view /*group*/) {}
  /// The assignment of this generation is stored, and handed out.
  virtual void group_assigned(NodeId /*coordinator*/, std::string_view /*group*/,
                              Generation /*generation*/) {}
  /// The session of a member has ended.
  virtual void group_member_expired(std::string_view /*group*/, std::string_view /*member*/) {}
  /// The replicas have the commit.
  virtual void offset_committed(std::string_view /*group*/, NodeId /*by*/, PartitionId /*p*/,
                                Offset /*offset*/) {}
  /// A request of a group has been answered with this error.
  virtual void group_request_refused(std::string_view /*group*/, NodeId /*asker*/,
                                     ApiKey /*request*/, ErrorCode /*error*/) {}

  // coordinators of transactions
  /// A request of a producer has been answered with this error.
  virtual void transaction_request_refused(NodeId /*asker*/, ErrorCode /*error*/) {}
  /// The replicas have the outcome of a transaction; nobody is told yet, and no marker is sent.
  virtual void transaction_decided(NodeId /*coordinator*/, std::string_view /*transactional_id*/,
                                   Outcome /*outcome*/) {}

  /// Every controller applies every change of the metadata log; who applies it first tells of it.
  /// True once for each `change`; changes are numbered upwards.
  bool tells_first(std::uint64_t change) {
    const bool first = change > told_;
    told_ = first ? change : told_;
    return first;
  }

 private:
  std::uint64_t told_ = 0;
};

}  // namespace wavetank::log
