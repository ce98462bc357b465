#pragma once

// A consumer's place in its group: finds the coordinator, joins, gets its share (and works it out
// for all, if it leads), sends heartbeats, and follows every rebalance (Kafka's
// ConsumerCoordinator).
//
//  - Eager assignors: when a rebalance begins, the member gives up all it holds, and then joins.
//  - Cooperative (KIP-429): it joins with what it holds and goes on reading; it gives up only what
//    the new assignment takes away, and joins once more so that somebody else can have it.
//
// What is given up is released by the owner first, who commits how far it has come. A member that
// the coordinator does not know any more has lost its partitions: there is nothing left to commit.

#include <optional>
#include <string>
#include <vector>

#include "engine/log/client/network_client.h"
#include "engine/log/config.h"
#include "engine/log/groups/assignors.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

/// The consumer that is a member. Calls come from within events handed to the membership.
class GroupMembershipOwner {
 public:
  virtual ~GroupMembershipOwner() = default;
  /// From now on it holds `owned` (ascending), of which `added` is new.
  virtual void on_assigned(const std::vector<PartitionId>& owned,
                           const std::vector<PartitionId>& added) = 0;
  /// Stop reading these, commit them, and call `released`.
  virtual void release(const std::vector<PartitionId>& partitions) = 0;
  /// These belong to others already.
  virtual void on_lost(const std::vector<PartitionId>& partitions) = 0;
};

class GroupMembership {
 public:
  /// `topics`: indices into the topology's, what it subscribes to. References outlive it.
  GroupMembership(const ConsumerConfig& config, const Topology& topology,
                  std::vector<std::uint32_t> topics, NetworkClient& network,
                  GroupMembershipOwner& owner);

  /// kNoBroker: none is known.
  [[nodiscard]] BrokerIndex coordinator() const { return coordinator_; }
  [[nodiscard]] Generation generation() const { return generation_; }
  [[nodiscard]] const MemberIdentity& identity() const { return identity_; }
  /// "orders-7".
  [[nodiscard]] std::string name_of(PartitionId p) const { return topology_.partition_name(p); }

  /// Does what is due.
  void pump(port::Now now, port::Ports& ports);
  /// When it wants to be pumped, at the latest.
  [[nodiscard]] Time next_due() const;
  /// The owner has released what it was asked to.
  void released(port::Now now);
  /// Gives everything up and leaves. A static member only falls silent: its place is kept for its
  /// session.
  void close(port::Now now);

  /// Whether answers to requests of this kind are for the membership.
  static bool serves(ApiKey api);
  void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                   const port::Message& message, port::Ports& ports);
  void on_request_lost(port::Now now, const PendingRequest& request);
  /// The coordinator has answered one of the owner's own requests with this error.
  void on_error(port::Now now, ErrorCode error);
  /// For who looks.
  void describe(port::Description& out) const;

 private:
  enum class Stage : std::uint8_t {
    out,        ///< to join
    joining,    ///< a JoinGroup or SyncGroup is under way
    in,         ///< holds its share of this generation
    releasing,  ///< the owner is giving partitions up; then it joins
    gone,       ///< has left, or was fenced by another process with its instance id
  };

  void ask_what_is_due(port::Now now, port::Ports& ports);
  void join(port::Now now, port::Ports& ports);
  void sync(port::Now now, const JoinGroupResponse& joined, port::Ports& ports);
  void beat(port::Now now, port::Ports& ports);
  void leave(port::Now now, port::Ports& ports);

  void on_found(port::Now now, const FindCoordinatorResponse& response);
  void on_joined(port::Now now, const JoinGroupResponse& response, port::Ports& ports);
  void on_synced(port::Now now, const SyncGroupResponse& response);
  void take(port::Now now, std::vector<PartitionId> assigned);
  [[nodiscard]] std::vector<SyncGroupRequest::Assigned> share_out(const JoinGroupResponse& joined,
                                                                  port::Ports& ports) const;
  [[nodiscard]] std::string subscription() const;

  void begin_rebalance(port::Now now);
  void begin_release(port::Now now, std::vector<PartitionId> partitions);
  void lose_all();
  void back_off(port::Now now);
  template <class Response, class Handle>
  void with(port::Now now, BrokerIndex from, const port::Message& message, port::Ports& ports,
            const Handle& handle);

  const ConsumerConfig& config_;
  const Topology& topology_;
  std::vector<std::uint32_t> topics_;
  NetworkClient& network_;
  GroupMembershipOwner& owner_;

  BrokerIndex coordinator_ = kNoBroker;
  Stage stage_ = Stage::out;
  MemberIdentity identity_;
  Generation generation_ = kNoGeneration;
  std::vector<PartitionId> owned_;  ///< ascending
  std::vector<PartitionId> releasing_;
  std::vector<PartitionId> last_owned_;  ///< for the eager sticky assignor: what it held last
  Generation last_generation_ = kNoGeneration;
  bool closing_ = false;
  bool leave_to_send_ = false;

  std::optional<CorrelationId> asking_;   ///< to find, join or sync: one at a time
  std::optional<CorrelationId> beating_;  ///< a heartbeat under way
  Time not_before_;                       ///< the back-off after an error
  Time beat_due_ = Time::never();
};

}  // namespace wavetank::log
