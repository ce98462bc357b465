#pragma once

// Puts the replicated log and its clients on the hosts of a scenario: a node for every broker, for
// every controller, and for every producer and consumer, with the application beside it.

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/broker/broker.h"
#include "engine/log/config.h"
#include "scenarios/scenario.h"
#include "sim/check/event_keys.h"
#include "sim/check/exactly_one_effect.h"
#include "sim/check/stored_log.h"
#include "sim/load/load_generator.h"
#include "sim/load/operator.h"
#include "sim/load/processor.h"
#include "sim/load/reader.h"
#include "sim/observe/observer.h"
#include "sim/run/world.h"

namespace wavetank::sim {

/// Partitions whose replicas are shown to the step invariants at a time.
inline constexpr std::uint32_t kInspectedAtOnce = 32;

inline bool reads_committed(const scenarios::ConsumerGroup& group) {
  return group.consumer.isolation == log::Isolation::read_committed;
}

class LogSystem {
 public:
  /// REQUIRES: world and scenario outlive it.
  static Result<std::unique_ptr<LogSystem>> build(World& world,
                                                  const scenarios::Scenario& scenario);

  /// Where the brokers register, if there are no controllers. REQUIRES: nothing has been started.
  void use_ensemble(std::vector<NodeId> servers) { ensemble_ = std::move(servers); }
  /// What roles tell goes to `probe`, which passes it on to the observer. REQUIRES: nothing has
  /// been started, and it outlives the run.
  void tell(log::Probe& probe) { probe_ = &probe; }
  /// Starts the load. REQUIRES: all processes have been started.
  void start();

  [[nodiscard]] Observer& observer() { return *observer_; }
  [[nodiscard]] const log::Topology& topology() const { return topology_; }
  /// Broker nodes on these hosts (indices into the scenario's hosts).
  [[nodiscard]] std::vector<NodeId> brokers_on(const std::vector<std::uint32_t>& hosts) const;
  /// The same of controllers.
  [[nodiscard]] std::vector<NodeId> controllers_on(const std::vector<std::uint32_t>& hosts) const;
  /// Where a broker or controller runs, as an index into the scenario's hosts.
  [[nodiscard]] std::uint32_t host_of(NodeId server) const;
  /// The broker or controller that plays this part now, unless it is that of an event; kNoNode:
  /// nobody does. REQUIRES: the partition exists.
  [[nodiscard]] NodeId playing(const scenarios::Role& role) const;
  /// A partition of which nobody but brokers on these hosts has all that is committed, of those
  /// that run and that the controller takes for in sync; nothing: there is none.
  [[nodiscard]] std::optional<log::PartitionId> last_copy_on(
      const std::vector<std::uint32_t>& hosts) const;
  /// No partition that is led holds records of a transaction of which nobody knows yet how it ends.
  [[nodiscard]] bool transactions_are_decided() const;
  /// The operator has partitions moved; false if nobody is there to ask. `fault`: its number.
  bool reassign(const scenarios::Reassign& wanted, std::size_t fault);
  /// Gives up what of it is still under way.
  void cancel(const scenarios::Reassign& wanted, std::size_t fault);
  /// The workload that the producer of this instance serves.
  [[nodiscard]] const scenarios::Workload& workload_of(std::uint32_t instance) const {
    return scenario_.workloads[members_[instance].workload];
  }
  /// The group whose reading of the topic is judged; null: there is none.
  [[nodiscard]] const scenarios::ConsumerGroup* judged_group(std::size_t topic) const {
    return judged_[topic] ? &scenario_.consumers[*judged_[topic]] : nullptr;
  }
  /// The replicas as the disks hold them and the brokers see them, for the audit.
  [[nodiscard]] std::vector<StoredPartition> stored() const;
  /// What applications that read and write have dealt with.
  [[nodiscard]] std::vector<Processing> processings() const;
  /// The sampled ways of records, with the names of where they went.
  [[nodiscard]] reports::RecordWays ways() const;
  /// How the brokers let requests in, from here on.
  void begin_measuring();
  /// Of the broker where it was worst, each.
  [[nodiscard]] std::vector<reports::ScalarMetric> request_queues() const;
  /// Messages so far that were large enough to move as flows of the platform.
  [[nodiscard]] std::uint64_t bulk_transfers() const { return world_.network->bulk_transfers(); }
  /// Shows the next few partitions' replicas to the step invariants.
  void inspect_replicas();
  /// Fills in the keys of lost records, which exist nowhere any more: their sources make them
  /// again.
  void name_keys(std::vector<reports::LostRecord>& lost) const;
  /// Of all records of topics that are compacted, what they were about: their sources make them
  /// again.
  [[nodiscard]] EventKeys keys_of_compacted() const;
  /// A process that produced and is not running any more settles nothing: said at the end of a run.
  void bury_dead_producers();

 private:
  LogSystem(World& world, const scenarios::Scenario& scenario)
      : world_(world), scenario_(scenario) {}
  void lay_out();
  void promise();
  [[nodiscard]] bool chosen_by_key(std::size_t topic) const;
  void add_servers();
  [[nodiscard]] std::unique_ptr<log::Broker> make_broker(NodeId self) const;
  Status add_producers();
  void add_consumers();
  void add_processors();
  void add_operator();
  [[nodiscard]] std::vector<log::PartitionId> partitions_named(const std::string& name) const;
  void add_processor(std::size_t index, std::uint32_t member);
  void add_consumer(GroupIndex group, std::uint32_t member, bool judged);
  void judge_by(GroupIndex group);
  /// One producer of a workload.
  struct Member {
    std::size_t workload = 0;
    std::uint32_t index = 0;     ///< among the workload's producers
    std::uint32_t instance = 0;  ///< among all producers
  };
  void add_producer(const Member& member, LoadSpec load);
  [[nodiscard]] std::optional<TransactionPlan> transactions_of(const Member& member) const;
  [[nodiscard]] log::ProducerConfig producer_config(const Member& member) const;
  [[nodiscard]] Time load_end(const Member& member) const;
  [[nodiscard]] Result<models::Arrivals> arrivals_of(const Member& member) const;
  [[nodiscard]] Result<std::unique_ptr<models::RecordSource>> source_of(const Member& member) const;
  [[nodiscard]] MachineId machine(std::uint32_t host) const { return world_.machines[host]; }

  World& world_;
  const scenarios::Scenario& scenario_;
  log::Topology topology_;
  std::vector<NodeId> ensemble_;
  std::uint32_t next_inspected_ = 0;         ///< partition
  std::vector<std::uint32_t> broker_hosts_;  ///< parallel to topology_.brokers
  std::unique_ptr<Observer> observer_;
  log::Probe* probe_ = nullptr;                             ///< the observer, or who is before it
  std::vector<std::optional<GroupIndex>> judged_;           ///< by topic
  std::vector<Member> members_;                             ///< by instance
  std::vector<std::unique_ptr<LoadGenerator>> generators_;  ///< parallel to members_
  std::vector<NodeId> producer_nodes_;                      ///< parallel to members_
  std::vector<std::unique_ptr<Reader>> readers_;
  std::vector<std::unique_ptr<Processor>> processors_;
  std::unique_ptr<Operator> operator_;  ///< null: nothing is moved
};

}  // namespace wavetank::sim
