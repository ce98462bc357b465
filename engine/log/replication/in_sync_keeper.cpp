#include "engine/log/replication/in_sync_keeper.h"

#include <algorithm>

#include "engine/log/limits.h"

namespace wavetank::log {

void InSyncKeeper::request(PartitionId p) {
  if (!queued_[p.value()]) {
    queued_[p.value()] = true;
    queue_.push_back(p);
  }
}

void InSyncKeeper::pump(const Step& step, NodeId controller, BrokerEpoch self_epoch,
                        CorrelationId& next_correlation) {
  const Time now = step.now.monotonic;
  if (in_flight_ && (deadline_ <= now || controller_ != controller)) {
    ask_again();
  }
  controller_ = controller;
  if (in_flight_ || queue_.empty() || now < not_before_) {
    return;
  }
  AlterPartitionRequest request;
  request.broker_epoch = self_epoch;
  while (!queue_.empty() && request.partitions.size() < limits::kPartitionsPerAlter) {
    const PartitionId p = queue_.front();
    queue_.pop_front();
    queued_[p.value()] = false;
    if (auto change = replicas_.find(p)->wanted_change(self_epoch)) {
      asked_.push_back({p, change->partition_epoch});
      request.partitions.push_back(std::move(*change));
    }
  }
  if (asked_.empty()) {
    return;
  }
  in_flight_ = next_correlation++;
  deadline_ = now + config_.request_timeout;
  step.meter().charge(port::Work::partition, asked_.size());
  step.ask(controller_, *in_flight_, request);
}

bool InSyncKeeper::on_response(CorrelationId correlation) {
  if (in_flight_ != correlation) {
    return false;
  }
  in_flight_.reset();
  return true;
}

void InSyncKeeper::settled(const AlterPartitionResponse& response, const Step& step) {
  if (response.error != ErrorCode::none) {
    // We are not registered as we thought, or not there; the heartbeat finds that out, too.
    not_before_ = step.now.monotonic + config_.retry_backoff;
    ask_again();
    return;
  }
  for (const Asked& asked : asked_) {
    replicas_.find(asked.partition)->change_answered(asked.builds_on, step.now.monotonic);
  }
  asked_.clear();
}

void InSyncKeeper::on_reset(const Step& step, NodeId peer) {
  if (in_flight_ && peer == controller_) {
    not_before_ = step.now.monotonic + config_.retry_backoff;
    ask_again();
  }
}

void InSyncKeeper::ask_again() {
  in_flight_.reset();
  for (const Asked& asked : asked_) {
    request(asked.partition);
  }
  asked_.clear();
}

Time InSyncKeeper::next_deadline() const {
  if (in_flight_) {
    return deadline_;
  }
  return queue_.empty() ? Time::never() : not_before_;
}

}  // namespace wavetank::log
