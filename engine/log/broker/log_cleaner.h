#pragma once

// Compacts the logs of one broker that ask for it, one at a time, in the background: the dirtiest
// first, a piece of work a step, no faster than the settings allow (Kafka's log cleaner with one
// thread).
//
// Simplification: a piece is done by the broker's own steps, between its requests; Kafka's cleaner
// has a thread of its own. So pieces are small (`cleaner_io_buffer_bytes`).

#include <optional>

#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class LogCleaner {
 public:
  /// Config, replicas and probe outlive it.
  LogCleaner(NodeId self, const BrokerConfig& config, ReplicaTable& replicas, Probe& probe)
      : self_(self), config_(config), replicas_(replicas), probe_(probe) {}

  /// The logs are recovered.
  void start(Time now);
  /// Does the next piece if it is time.
  void run(const Step& step);
  /// What the pass on this partition waits for has come.
  void loaded(const Step& step, PartitionId p);
  [[nodiscard]] Time next_deadline() const { return awaiting_ ? Time::never() : next_; }

 private:
  struct Pass {
    PartitionId partition;
    std::uint64_t bytes_before = 0;
  };
  void choose(const Step& step);
  void work(const Step& step);

  NodeId self_;
  const BrokerConfig& config_;
  ReplicaTable& replicas_;
  Probe& probe_;
  std::optional<Pass> pass_;
  bool awaiting_ = false;  ///< of its partition, even if the pass has been abandoned since
  Time next_ = Time::never();
};

}  // namespace wavetank::log
