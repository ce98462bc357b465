#include "engine/log/transactions/marker_sender.h"

#include <algorithm>
#include <utility>

#include "engine/log/limits.h"

namespace wavetank::log {

void MarkerSender::drop(PartitionId coordinator) {
  const auto dropped = [&](const Job& job) { return job.coordinator == coordinator; };
  std::erase_if(waiting_, dropped);
  std::erase_if(backing_off_, [&](const BackOff& it) { return dropped(it.job); });
  for (auto& [broker, request] : in_flight_) {
    // Its answers are told by their place: what is dropped keeps its own, and nobody listens.
    for (Job& job : request.jobs) {
      if (dropped(job)) {
        job.transactional_id.clear();
      }
    }
  }
}

void MarkerSender::pump(const Step& step, CorrelationId& next_correlation) {
  const Time now = step.now.monotonic;
  for (auto it = in_flight_.begin(); it != in_flight_.end();) {
    if (it->second.deadline <= now) {
      step.ports.close(it->first);
      back_off(now, std::move(it->second.jobs));
      it = in_flight_.erase(it);
    } else {
      ++it;
    }
  }
  for (; !backing_off_.empty() && backing_off_.front().until <= now; backing_off_.pop_front()) {
    waiting_.push_back(std::move(backing_off_.front().job));
  }
  if (waiting_.empty()) {
    return;
  }
  std::map<NodeId, WriteTxnMarkersRequest> requests;
  std::deque<Job> kept;
  for (Job& job : waiting_) {
    const PartitionState& state = cluster_.partition(job.partition);
    if (state.leader == kNoNode) {
      backing_off_.push_back({now + config_.retry_backoff, std::move(job)});
      continue;
    }
    const bool open = requests.contains(state.leader);
    Request& request = in_flight_[state.leader];
    if ((!open && !request.jobs.empty()) || request.jobs.size() >= limits::kMarkersPerRequest) {
      kept.push_back(std::move(job));
      continue;
    }
    requests[state.leader].markers.push_back({job.partition, state.leader_epoch,
                                              job.marker.producer, job.marker.epoch,
                                              job.marker.outcome, job.marker.coordinator_epoch});
    request.jobs.push_back(std::move(job));
  }
  waiting_ = std::move(kept);
  for (const auto& [broker, request] : requests) {
    in_flight_[broker].correlation = next_correlation;
    in_flight_[broker].deadline = now + config_.request_timeout;
    step.meter().charge(port::Work::partition, request.markers.size());
    step.ask(broker, next_correlation++, request);
  }
}

void MarkerSender::on_reset(const Step& step, NodeId peer) {
  if (const auto found = in_flight_.find(peer); found != in_flight_.end()) {
    back_off(step.now.monotonic, std::move(found->second.jobs));
    in_flight_.erase(found);
  }
}

void MarkerSender::back_off(Time now, std::vector<Job> jobs) {
  for (Job& job : jobs) {
    if (!job.transactional_id.empty()) {
      backing_off_.push_back({now + config_.retry_backoff, std::move(job)});
    }
  }
}

Time MarkerSender::next_deadline() const {
  Time next = backing_off_.empty() ? Time::never() : backing_off_.front().until;
  for (const auto& [broker, request] : in_flight_) {
    next = std::min(next, request.deadline);
  }
  return next;
}

}  // namespace wavetank::log
