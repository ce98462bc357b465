#include "engine/log/broker/replica_upkeep.h"

namespace wavetank::log {

void ReplicaUpkeep::start(Time now) {
  next_lag_check_ = now + config_.replica_lag_max / 2;
  next_retention_check_ = now + config_.retention_check_interval;
  if (std::ranges::any_of(topology_.topics,
                          [](const TopicConfig& it) { return it.flush_interval.has_value(); })) {
    next_flush_check_ = now + config_.flush_check_interval;
  }
}

void ReplicaUpkeep::run(const Step& step) {
  check_lag(step);
  check_retention(step);
  check_flushes(step);
}

void ReplicaUpkeep::check_lag(const Step& step) {
  if (step.now.monotonic < next_lag_check_) {
    return;
  }
  next_lag_check_ = step.now.monotonic + config_.replica_lag_max / 2;
  replicas_.for_each([&](Replica& replica) {
    replica.consider_shrinking(step.now.monotonic);
    replica.consider_expanding(step.now.monotonic);
  });
}

void ReplicaUpkeep::check_retention(const Step& step) {
  if (step.now.monotonic < next_retention_check_) {
    return;
  }
  next_retention_check_ = step.now.monotonic + config_.retention_check_interval;
  replicas_.for_each([&](Replica& replica) { replica.expire(step.now.wall.ms(), step.meter()); });
}

void ReplicaUpkeep::check_flushes(const Step& step) {
  if (step.now.monotonic < next_flush_check_) {
    return;
  }
  next_flush_check_ = step.now.monotonic + config_.flush_check_interval;
  replicas_.for_each(
      [&](Replica& replica) { replica.log().flush_if_older(step.now.monotonic, step.meter()); });
}

}  // namespace wavetank::log
