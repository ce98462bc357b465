#pragma once

// What the controller decides and remembers: which brokers are alive, and every partition's leader
// and in-sync set. Plain data with the rules of election; knows nothing of messages, time or files,
// except that it can be written and read as bytes (format.md, "Controller state").
//
// Rules (Kafka's clean leader election):
//  - A leader is the first replica, in the order of assignment, that is in sync and alive.
//  - A dead broker leaves the in-sync sets, unless nobody alive would be left in one: then the set
//    stays as it is, the partition is offline, and the first of its members to return leads.
//  - Only if its topic allows an unclean election: then the first living replica leads, and is the
//    whole in-sync set. What it lacks is lost.
//  - A broker that is about to end (KIP-631, controlled shutdown) leads, and is in sync, only where
//    nobody else alive is in sync; as soon as somebody is, it gives way.
//  - A partition that moves (reassignment.h) is done when all its new replicas are in sync. While
//    any partition moves, what replicas learn may be throttled.
//  - Every change of a partition counts its partition epoch up, a change of its leader the leader
//    epoch, too.
//
// Invariants: the in-sync set is not empty and lies within the replicas; the leader, if there is
// one, is alive and in sync.

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/codec.h"
#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::port {
class Description;  // port/description.h
}

namespace wavetank::log {

class ClusterRegistry {
 public:
  struct Broker {
    NodeId node = kNoNode;
    std::uint64_t incarnation = 0;
    BrokerEpoch epoch{-1};  ///< -1: never registered
    bool alive = false;
    bool leaving = false;  ///< alive, and about to end
  };

  ClusterRegistry(const Topology& topology, Probe& probe);

  /// From now on changes are told to `probe`, which outlives the registry.
  void report_to(Probe& probe) { probe_ = &probe; }

  // --- brokers
  // --------------------------------------------------------------------------------------

  [[nodiscard]] const std::vector<Broker>& brokers() const { return brokers_; }
  /// Null if it is no broker of the topology.
  [[nodiscard]] const Broker* broker(NodeId node) const;
  [[nodiscard]] std::vector<NodeId> alive() const;
  /// Admits a process of a broker. An earlier process of it that was thought alive has ended: it is
  /// fenced first. The same process asking again while alive changes nothing. REQUIRES: a broker of
  /// the topology.
  BrokerEpoch admit(NodeId node, std::uint64_t incarnation);
  /// The same, where somebody else has given the process its epoch: that is its incarnation.
  void admit(NodeId node, BrokerEpoch epoch);
  /// It is about to end: others lead and are in sync in its place, where there are others.
  /// REQUIRES: alive.
  void retire(NodeId node);
  /// Leads a partition of which another replica is alive, and may yet come into sync to lead it.
  [[nodiscard]] bool is_needed(NodeId node) const;
  /// They are dead, all at once.
  void fence(const std::vector<NodeId>& nodes);

  // --- partitions
  // -----------------------------------------------------------------------------------

  [[nodiscard]] bool created() const { return !partitions_.empty(); }
  /// Assigns replicas and elects the first leaders among the living. REQUIRES: not created.
  void create_partitions();
  /// Empty before they are created.
  [[nodiscard]] const std::vector<PartitionState>& partitions() const { return partitions_; }
  /// A leader's change of its in-sync set. REQUIRES: created.
  ErrorCode alter(NodeId leader, const AlterPartitionRequest::Partition& change);
  /// All changes of a request, and what became of them.
  AlterPartitionResponse alter(NodeId leader, const AlterPartitionRequest& request);
  /// Begins, changes or cancels moves of partitions.
  AlterPartitionReassignmentsResponse reassign(const AlterPartitionReassignmentsRequest& request);
  /// Bytes/s that a broker may send, and fetch, for replicas that are being added; 0: no bound.
  [[nodiscard]] std::uint64_t throttle() const { return throttle_; }
  /// Gives leadership back to preferred leaders that are alive and in sync.
  void elect_preferred_leaders();

  // --- versions
  // -------------------------------------------------------------------------------------

  /// Counts changes of any kind.
  [[nodiscard]] std::int64_t version() const { return version_; }
  /// What has changed after `version`.
  [[nodiscard]] MetadataDelta since(std::int64_t version) const;

  /// Takes over what an earlier controller left: these brokers are taken for alive, the others are
  /// not. All partitions, or none; all of them count as changed by `version`. Elects nobody, and
  /// tells the probe of all that is so, which may know it: the earlier one may not have lived to.
  void restore(const std::vector<Broker>& living, std::vector<PartitionState> partitions,
               std::uint64_t throttle, std::int64_t version);

  void encode(ByteWriter& to) const;
  /// Takes what `encode` wrote; false, with the registry of no use, if it is not that or belongs to
  /// another topology.
  bool decode(ByteView bytes);
  /// For who looks: brokers and partitions as they are decided.
  void describe(port::Description& out) const;

 private:
  Broker* find(NodeId node);
  void enter(Broker& it, std::uint64_t incarnation, BrokerEpoch epoch);
  [[nodiscard]] bool alive(NodeId node) const;
  [[nodiscard]] bool stays(NodeId node) const;
  [[nodiscard]] std::vector<NodeId> eligible(const PartitionState& state) const;
  std::vector<NodeId> assign(std::size_t topic, std::uint32_t index) const;
  ErrorCode reassign(const AlterPartitionReassignmentsRequest::Partition& wanted);
  void complete_if_all_are_in_sync(PartitionState& state);
  void replicas_changed(PartitionState& state);
  void set_throttle(std::uint64_t bytes_per_second);
  void elect(PartitionState& state);
  bool elect_unclean(PartitionState& state);
  void set_leader(PartitionState& state, NodeId leader);
  void set_in_sync(PartitionState& state, std::vector<NodeId> in_sync);
  void touch(PartitionState& state);
  void tell_all() const;
  void read_brokers(ByteReader& from);
  void read_partitions(ByteReader& from);

  const Topology& topology_;
  Probe* probe_;
  std::int64_t version_ = 0;
  BrokerEpoch next_epoch_{1};
  std::vector<Broker> brokers_;     ///< as in the topology
  std::vector<NodeId> rack_order_;  ///< brokers, neighbours in different racks where possible
  std::vector<PartitionState> partitions_;
  std::vector<std::int64_t> changed_at_;  ///< version of each partition's last change
  std::uint64_t throttle_ = 0;            ///< of what is learned; 0 while nothing moves
};

}  // namespace wavetank::log
