#pragma once

// What replicas need now and then, whatever comes in: leaders look whether followers lag, what
// retention has passed goes, and logs that a topic wants forced to the disk are.

#include <algorithm>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class ReplicaUpkeep {
 public:
  /// REQUIRES: all that it is given outlives it.
  ReplicaUpkeep(const BrokerConfig& config, const Topology& topology, ReplicaTable& replicas)
      : config_(config), topology_(topology), replicas_(replicas) {}

  /// The logs are recovered: it begins to look.
  void start(Time now);
  /// Does what is due.
  void run(const Step& step);
  [[nodiscard]] Time next_deadline() const {
    return std::min({next_lag_check_, next_retention_check_, next_flush_check_});
  }
  /// For who looks: when it looks again.
  void describe(port::Description& out) const;

 private:
  void check_lag(const Step& step);
  void check_retention(const Step& step);
  void check_flushes(const Step& step);

  const BrokerConfig& config_;
  const Topology& topology_;
  ReplicaTable& replicas_;
  Time next_lag_check_ = Time::never();
  Time next_retention_check_ = Time::never();
  Time next_flush_check_ = Time::never();  ///< never, unless a topic asks for it
};

}  // namespace wavetank::log
