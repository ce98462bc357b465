#include "engine/log/replication/replica_fetchers.h"

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"

namespace wavetank::log {

ReplicaFetchers::ReplicaFetchers(NodeId self, const BrokerConfig& config, ReplicaTable& replicas,
                                 std::uint32_t partition_count)
    : self_(self), config_(config), replicas_(replicas), entries_(partition_count) {}

// --- which partitions ----------------------------------------------------------------------------

ReplicaFetchers::Fetcher& ReplicaFetchers::fetcher_of(NodeId leader) {
  const auto found = std::ranges::find(fetchers_, leader, &Fetcher::leader);
  if (found != fetchers_.end()) {
    return *found;
  }
  fetchers_.emplace_back().leader = leader;
  return fetchers_.back();
}

void ReplicaFetchers::follow(const Step& step, PartitionId p, NodeId leader) {
  unfollow(p);
  entry(p).leader = leader;
  entry(p).behind = true;
  if (by_epoch()) {
    enter(p);
  } else {
    cut_to_high_watermark(step, p);
  }
}

void ReplicaFetchers::cut_to_high_watermark(const Step& step, PartitionId p) {
  Replica& replica = *replicas_.find(p);
  const auto progress = replica.truncate(replica.high_watermark(),
                                         token_of(StorageWait::truncation, p), step.meter());
  if (progress == PartitionLog::Progress::loading) {
    entry(p).stage = Stage::truncating;
  } else {
    enter(p);
  }
}

void ReplicaFetchers::unfollow(PartitionId p) {
  if (entry(p).stage != Stage::idle) {
    leave(p, Stage::idle);
  }
}

void ReplicaFetchers::enter(PartitionId p) {
  Fetcher& fetcher = fetcher_of(entry(p).leader);
  entry(p).stage = Stage::fetching;
  ++fetcher.members;
  queue(fetcher, p);
}

void ReplicaFetchers::leave(PartitionId p, Stage next) {
  Entry& it = entry(p);
  if (it.stage == Stage::fetching) {
    Fetcher& fetcher = fetcher_of(it.leader);
    --fetcher.members;
    if (std::exchange(it.in_session, false)) {
      fetcher.forgotten.push_back(p);
    }
    if (std::exchange(it.queued, false)) {
      std::erase(fetcher.queued, p);
    }
  }
  it.named_epoch = kNoLeaderEpoch;  // what is on the way does not count any more
  it.stage = next;
}

void ReplicaFetchers::queue(Fetcher& fetcher, PartitionId p) {
  if (!std::exchange(entry(p).queued, true)) {
    fetcher.queued.push_back(p);
  }
}

void ReplicaFetchers::back_off(PartitionId p, Time now) {
  leave(p, Stage::backing_off);
  back_offs_.push_back({now + config_.retry_backoff, p, ++entry(p).back_offs});
}

void ReplicaFetchers::truncation_loaded(const Step& step, PartitionId p) {
  if (entry(p).stage != Stage::truncating) {
    return;
  }
  if (by_epoch()) {
    enter(p);
  } else {
    cut_to_high_watermark(step, p);
  }
}

void ReplicaFetchers::flushed(PartitionId p) {
  const PartitionLog& log = replicas_.find(p)->log();
  if (entry(p).stage == Stage::flushing && !log.holds_back(log.end_offset() - 1)) {
    enter(p);
  }
}

// --- throttling ----------------------------------------------------------------------------------

/// Those that are to be named with the next request.
void ReplicaFetchers::hold_back(Fetcher& fetcher, Time now) {
  if (!quota_.exceeded(now)) {
    return;
  }
  for (const PartitionId p : std::vector(fetcher.queued)) {
    if (may_throttle(p)) {
      leave(p, Stage::throttled);
      throttled_.push_back(p);
    }
  }
}

void ReplicaFetchers::let_go_on(Time now) {
  if (quota_.exceeded(now)) {
    return;
  }
  for (const PartitionId p : std::exchange(throttled_, {})) {
    if (entry(p).stage == Stage::throttled) {
      enter(p);
    }
  }
}

// --- requests ------------------------------------------------------------------------------------

void ReplicaFetchers::pump(const Step& step, BrokerEpoch self_epoch,
                           CorrelationId& next_correlation) {
  const Time now = step.now.monotonic;
  while (!back_offs_.empty() && back_offs_.front().until <= now) {
    const BackOff over = back_offs_.front();
    back_offs_.pop_front();
    if (entry(over.partition).stage == Stage::backing_off &&
        entry(over.partition).back_offs == over.number) {
      enter(over.partition);
    }
  }
  let_go_on(now);
  for (Fetcher& fetcher : fetchers_) {
    if (fetcher.in_flight && fetcher.deadline <= now) {
      SOMETIMES("log/replica-fetch-times-out");
      step.ports.close(fetcher.leader);
      give_up(fetcher, now + config_.retry_backoff);
    }
    if (!fetcher.in_flight) {
      hold_back(fetcher, now);
    }
    if (!fetcher.in_flight && fetcher.members > 0 && fetcher.not_before <= now) {
      send(step, fetcher, self_epoch, next_correlation++);
    }
  }
}

Time ReplicaFetchers::next_deadline() const {
  Time next = back_offs_.empty() ? Time::never() : back_offs_.front().until;
  if (!throttled_.empty()) {
    next = std::min(next, quota_.free_at());
  }
  for (const Fetcher& fetcher : fetchers_) {
    if (fetcher.in_flight) {
      next = std::min(next, fetcher.deadline);
    } else if (fetcher.members > 0) {
      next = std::min(next, fetcher.not_before);
    }
  }
  return next;
}

void ReplicaFetchers::send(const Step& step, Fetcher& fetcher, BrokerEpoch self_epoch,
                           CorrelationId correlation) {
  FetchRequest request;
  request.replica = self_;
  request.broker_epoch = self_epoch;
  request.max_wait = config_.replica_fetch_wait_max;
  request.min_bytes = config_.replica_fetch_min_bytes;
  request.max_bytes = config_.replica_fetch_response_max_bytes;
  request.max_partition_bytes = config_.replica_fetch_max_bytes;
  request.session = fetcher.session;
  request.session_epoch = fetcher.session_epoch;
  request.partitions.reserve(fetcher.queued.size());
  for (const PartitionId p : fetcher.queued) {
    Entry& it = entry(p);
    const Replica& replica = *replicas_.find(p);
    it.queued = false;
    it.in_session = true;
    it.named_epoch = replica.epoch();
    request.partitions.push_back({p, replica.epoch(), replica.log().end_offset(),
                                  by_epoch() ? replica.log().latest_epoch() : kNoLeaderEpoch});
  }
  for (const PartitionId p : fetcher.forgotten) {
    if (entry(p).leader != fetcher.leader || !entry(p).in_session) {
      request.forgotten.push_back(p);
    }
  }
  fetcher.queued.clear();
  fetcher.forgotten.clear();
  fetcher.in_flight = correlation;
  fetcher.deadline = step.now.monotonic + config_.request_timeout;
  step.meter().charge(port::Work::partition, request.partitions.size());
  step.ask(fetcher.leader, correlation, request);
}

void ReplicaFetchers::give_up(Fetcher& fetcher, Time not_before) {
  fetcher.in_flight.reset();
  fetcher.not_before = not_before;
  name_all_again(fetcher);
}

/// The session is gone, or shall be: the next request opens one.
void ReplicaFetchers::name_all_again(Fetcher& fetcher) {
  fetcher.session = 0;
  fetcher.session_epoch = 0;
  fetcher.forgotten.clear();
  for (std::uint32_t p = 0; p < entries_.size(); ++p) {
    Entry& it = entries_[p];
    if (it.leader == fetcher.leader && it.stage == Stage::fetching) {
      it.in_session = false;
      it.named_epoch = kNoLeaderEpoch;
      queue(fetcher, PartitionId(p));
    }
  }
}

void ReplicaFetchers::on_reset(const Step& step, NodeId peer) {
  const auto fetcher = std::ranges::find(fetchers_, peer, &Fetcher::leader);
  if (fetcher != fetchers_.end()) {
    give_up(*fetcher, step.now.monotonic + config_.retry_backoff);
  }
}

void ReplicaFetchers::reopen(const Step& step) {
  for (Fetcher& fetcher : fetchers_) {
    give_up(fetcher, step.now.monotonic);
  }
}

// --- answers -------------------------------------------------------------------------------------

void ReplicaFetchers::on_response(const Step& step, NodeId from, CorrelationId correlation,
                                  const FetchResponse& response) {
  const auto found = std::ranges::find(fetchers_, from, &Fetcher::leader);
  if (found == fetchers_.end() || found->in_flight != correlation) {
    return;  // to a request that was given up
  }
  Fetcher& fetcher = *found;
  fetcher.in_flight.reset();
  if (response.error != ErrorCode::none) {
    SOMETIMES("log/replica-fetch-session-is-forgotten");
    name_all_again(fetcher);
    return;
  }
  fetcher.session = response.session;
  ++fetcher.session_epoch;
  step.meter().charge(port::Work::partition, response.partitions.size());
  for (const FetchResponse::Partition& fetched : response.partitions) {
    on_partition(step, fetcher, fetched);
  }
}

void ReplicaFetchers::on_partition(const Step& step, Fetcher& fetcher,
                                   const FetchResponse::Partition& fetched) {
  Replica* replica = replicas_.find(fetched.partition);
  if (replica == nullptr) {
    return;
  }
  const Entry& it = entry(fetched.partition);
  if (it.leader != fetcher.leader || it.stage != Stage::fetching ||
      it.named_epoch != replica->epoch()) {
    return;
  }
  if (fetched.error == ErrorCode::offset_out_of_range &&
      fetched.log_start > replica->log().end_offset()) {
    replica->leader_starts_at(fetched.log_start, step.meter());
    queue(fetcher, fetched.partition);
  } else if (fetched.error != ErrorCode::none) {
    back_off(fetched.partition, step.now.monotonic);
  } else if (fetched.diverging_epoch >= LeaderEpoch(0)) {
    truncate(step, fetcher, *replica, fetched);
  } else {
    store(step, fetcher, *replica, fetched);
  }
}

void ReplicaFetchers::store(const Step& step, Fetcher& fetcher, Replica& replica,
                            const FetchResponse::Partition& fetched) {
  const bool counts = replica.may_be_throttled(self_);
  for (const Bytes& batches : fetched.batches) {
    if (counts) {
      quota_.record(batches.size(), step.now.monotonic);
    }
    const ErrorCode error = replica.append_from_leader(batches, step.meter());
    if (error != ErrorCode::none) {
      back_off(fetched.partition, step.now.monotonic);
      return;
    }
  }
  entry(fetched.partition).behind = replica.log().end_offset() < fetched.high_watermark;
  replica.leader_committed(fetched.high_watermark);
  replica.leader_starts_at(fetched.log_start, step.meter());
  if (replica.log().holds_back(replica.log().end_offset() - 1)) {
    leave(fetched.partition, Stage::flushing);
  } else if (!fetched.batches.empty()) {
    queue(fetcher, fetched.partition);
  }
}

void ReplicaFetchers::truncate(const Step& step, Fetcher& fetcher, Replica& replica,
                               const FetchResponse::Partition& fetched) {
  const PartitionId p = fetched.partition;
  const Offset cut = by_epoch() ? replica.divergence(fetched.diverging_epoch, fetched.diverging_end)
                                : std::min(replica.log().end_offset(), fetched.diverging_end);
  const auto progress = replica.truncate(cut, token_of(StorageWait::truncation, p), step.meter());
  if (progress == PartitionLog::Progress::loading) {
    leave(p, Stage::truncating);
  } else {
    queue(fetcher, p);
  }
}

}  // namespace wavetank::log
