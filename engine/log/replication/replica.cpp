#include "engine/log/replication/replica.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"
#include "engine/log/node_list.h"

namespace wavetank::log {

Replica::Replica(PartitionId partition, const Settings& settings, PartitionLog log,
                 const ClusterMetadata& cluster, ReplicaEvents& events, Probe& probe)
    : partition_(partition),
      settings_(settings),
      log_(std::move(log)),
      cluster_(cluster),
      events_(events),
      probe_(probe) {}

void Replica::restore_high_watermark(Offset known) {
  ENSURE(partition_epoch_ < PartitionEpoch(0), "a watermark is restored before there is a leader");
  high_watermark_ = std::clamp(known, log_.start_offset(), log_.end_offset());
}

// --- transitions ---------------------------------------------------------------------------------

void Replica::adopt(const PartitionState& state, Time now) {
  ENSURE(state.partition_epoch > partition_epoch_, "states are adopted in their order");
  ENSURE(state.leader_epoch >= epoch_, "a leader epoch never goes back");
  ENSURE(std::ranges::all_of(state.in_sync, [&](NodeId n) { return contains(state.replicas, n); }),
         "the in-sync set lies within the replicas");
  partition_epoch_ = state.partition_epoch;
  held_ = true;
  const auto lags = [&](NodeId node) { return !contains(state.in_sync, node); };
  learners_.clear();
  std::ranges::copy_if(state.adding, std::back_inserter(learners_), lags);
  lagging_.clear();
  std::ranges::copy_if(state.replicas, std::back_inserter(lagging_), lags);
  const bool new_epoch = state.leader_epoch > epoch_;
  epoch_ = state.leader_epoch;
  if (!new_epoch && leads()) {
    ENSURE(state.leader == settings_.self, "a leader epoch has one leader");
    adopt_followers(state);
    adopt_in_sync(state.in_sync);
    advance_high_watermark(now);
    consider_expanding(now);
    return;
  }
  if (!new_epoch && part_ != Part::idle) {
    return;
  }
  events_.leadership_changed.push_back(partition_);
  high_watermark_ = std::max(high_watermark_, log_.start_offset());
  if (state.leader == settings_.self) {
    lead(state, now);
  } else {
    if (part_ == Part::leader && log_.end_offset() > high_watermark_) {
      SOMETIMES("log/deposed-leader-has-uncommitted-records");
    }
    follow(state);
  }
}

void Replica::lead(const PartitionState& state, Time now) {
  part_ = Part::leader;
  epoch_start_ = log_.end_offset();
  uncommitted_bytes_ = 0;
  unstable_bytes_ = 0;
  last_stable_ = log_.stable_up_to(high_watermark_);
  wanted_in_sync_.reset();
  next_change_ = Time();
  followers_.clear();
  adopt_followers(state);
  for (Follower& follower : followers_) {
    if (contains(state.in_sync, follower.broker)) {
      follower.caught_up = now;  // the benefit of the doubt, for one lag_max
    }
  }
  adopt_in_sync(state.in_sync);
  probe_.became_leader(settings_.self, partition_, epoch_, epoch_start_);
  advance_high_watermark(now);
}

/// Replicas come and go while a leader leads, when their partition moves.
void Replica::adopt_followers(const PartitionState& state) {
  std::erase_if(followers_,
                [&](const Follower& it) { return !contains(state.replicas, it.broker); });
  for (const NodeId broker : state.replicas) {
    if (broker != settings_.self &&
        std::ranges::find(followers_, broker, &Follower::broker) == followers_.end()) {
      followers_.emplace_back().broker = broker;
    }
  }
}

void Replica::give_up(port::Meter& meter) {
  part_ = Part::idle;
  held_ = false;
  learners_.clear();
  lagging_.clear();
  followers_.clear();
  in_sync_.clear();
  wanted_in_sync_.reset();
  events_.leadership_changed.push_back(partition_);
  log_.restart_at(Offset(0), meter);
  high_watermark_ = last_stable_ = Offset(0);
  probe_.replica_removed(settings_.self, partition_);
}

void Replica::follow(const PartitionState& state) {
  part_ = state.leader == kNoNode ? Part::idle : Part::follower;
  followers_.clear();
  in_sync_.clear();
  wanted_in_sync_.reset();
  if (part_ == Part::follower) {
    probe_.became_follower(settings_.self, partition_, state.leader, epoch_);
  }
}

void Replica::adopt_in_sync(const std::vector<NodeId>& in_sync) {
  in_sync_ = in_sync;
  wanted_in_sync_.reset();
  for (Follower& follower : followers_) {
    const bool member = contains(in_sync, follower.broker);
    if (follower.member && !member) {
      // The watermark does not wait for it, however lately it kept up: its process may be dead. Its
      // end stays known, since an idle session would not tell it again; if it is of an earlier
      // life, the controller refuses to let it join on the strength of it.
      follower.caught_up.reset();
    }
    follower.member = member;
    follower.joining = false;
  }
}

// --- leading -------------------------------------------------------------------------------------

tl::expected<AppendResult, ErrorCode> Replica::append(const Bytes& batch, Time now,
                                                      port::Meter& meter) {
  ENSURE(leads(), "only a leader takes a producer's batch");
  const Offset old_end = log_.end_offset();
  const std::uint64_t old_bytes = log_.size_bytes();
  auto appended = log_.append_as_leader(batch, epoch_, meter);
  if (appended && !appended->duplicate) {
    this->appended(*appended, old_end, log_.size_bytes() - old_bytes, now);
  }
  return appended;
}

tl::expected<AppendResult, ErrorCode> Replica::append_marker(const EndMarker& marker, port::Now now,
                                                             port::Meter& meter) {
  ENSURE(leads(), "only a leader ends transactions");
  const Offset old_end = log_.end_offset();
  const std::uint64_t old_bytes = log_.size_bytes();
  auto appended = log_.append_marker(marker, now.wall.ms(), epoch_, meter);
  if (appended) {
    this->appended(*appended, old_end, log_.size_bytes() - old_bytes, now.monotonic);
  }
  return appended;
}

void Replica::appended(const AppendResult& result, Offset old_end, std::uint64_t bytes, Time now) {
  for (Follower& follower : followers_) {
    if (follower.end == old_end) {
      // A session does not name a partition without news: it had everything at its last fetch.
      const Time seen = std::max(follower.last_fetch, cluster_.last_fetch(follower.broker));
      follower.caught_up = std::max(follower.caught_up.value_or(seen), seen);
    }
  }
  probe_.appended(settings_.self, partition_, result.base_offset, result.last_offset, epoch_, true);
  uncommitted_bytes_ += bytes;
  events_.appended.push_back({partition_, bytes});
  advance_high_watermark(now);
}

bool Replica::follower_fetched(NodeId broker, BrokerEpoch broker_epoch, Offset offset, Time now) {
  ENSURE(leads(), "only a leader knows its followers");
  const auto found = std::ranges::find(followers_, broker, &Follower::broker);
  if (found == followers_.end()) {
    return false;
  }
  Follower& follower = *found;
  const Offset end = log_.end_offset();
  const bool first = follower.end < Offset(0);
  if (offset >= end) {
    follower.caught_up = now;
  } else if (!first && offset >= follower.leader_end_at_last_fetch) {
    // It has what there was when it last asked: it was caught up then.
    follower.caught_up =
        std::max(follower.caught_up.value_or(follower.last_fetch), follower.last_fetch);
  }
  follower.end = offset;
  follower.broker_epoch = broker_epoch;
  follower.last_fetch = now;
  follower.leader_end_at_last_fetch = end;
  if (!follower.member) {
    consider_expanding(now);
  }
  advance_high_watermark(now);
  return true;
}

/// It has everything, or had it not too long ago.
bool Replica::keeps_up(const Follower& follower, Time now) const {
  return follower.end == log_.end_offset() ||
         (follower.caught_up && now - *follower.caught_up <= settings_.lag_max);
}

bool Replica::may_join(const Follower& follower) const {
  return !follower.member && follower.end >= high_watermark_ && follower.end >= epoch_start_ &&
         cluster_.alive(follower.broker);
}

void Replica::advance_high_watermark(Time now) {
  const Offset end = log_.end_offset();
  Offset reached = end;
  for (const Follower& follower : followers_) {
    // One that keeps up and is about to join is waited for, so that the watermark does not run
    // away from it.
    if (follower.end < reached && (follower.member || follower.joining ||
                                   (follower.end >= Offset(0) && keeps_up(follower, now) &&
                                    cluster_.alive(follower.broker)))) {
      reached = follower.end;
    }
  }
  if (reached <= high_watermark_) {
    return;
  }
  const auto whole = static_cast<std::uint64_t>(end - high_watermark_);
  const auto part = static_cast<std::uint64_t>(reached - high_watermark_);
  const std::uint64_t bytes = uncommitted_bytes_ * part / whole;  // as if records were equal
  uncommitted_bytes_ -= bytes;
  high_watermark_ = reached;
  events_.committed.push_back({partition_, std::max(bytes, part)});
  probe_.high_watermark_advanced(settings_.self, partition_, reached);
  advance_stable(bytes);
}

void Replica::advance_stable(std::uint64_t committed_bytes) {
  unstable_bytes_ += committed_bytes;
  const Offset reached = log_.stable_up_to(high_watermark_);
  if (reached <= last_stable_) {
    return;
  }
  const auto whole = static_cast<std::uint64_t>(high_watermark_ - last_stable_);
  const auto part = static_cast<std::uint64_t>(reached - last_stable_);
  const std::uint64_t bytes = unstable_bytes_ * part / whole;  // as if records were equal
  unstable_bytes_ -= bytes;
  last_stable_ = reached;
  events_.stable.push_back({partition_, std::max(bytes, part)});
}

void Replica::consider_expanding(Time now) {
  if (!leads() || wanted_in_sync_ || now < next_change_ ||
      std::ranges::none_of(followers_, [&](const Follower& f) { return may_join(f); })) {
    return;
  }
  std::vector<NodeId> in_sync = in_sync_;
  for (Follower& follower : followers_) {
    if (may_join(follower)) {
      follower.joining = true;
      in_sync.push_back(follower.broker);
    }
  }
  ask_for(std::move(in_sync));
}

void Replica::brokers_changed(Time now) {
  if (leads()) {
    consider_expanding(now);
    advance_high_watermark(now);
  }
}

void Replica::consider_shrinking(Time now) {
  if (!leads() || wanted_in_sync_ || now < next_change_) {
    return;
  }
  std::vector<NodeId> in_sync{settings_.self};
  for (const Follower& follower : followers_) {
    if (follower.member && keeps_up(follower, now)) {
      in_sync.push_back(follower.broker);
    }
  }
  if (in_sync.size() < in_sync_.size()) {
    ask_for(std::move(in_sync));
  }
}

void Replica::ask_for(std::vector<NodeId> in_sync) {
  std::ranges::sort(in_sync);
  wanted_in_sync_ = std::move(in_sync);
  events_.in_sync_change.push_back(partition_);
}

std::optional<AlterPartitionRequest::Partition> Replica::wanted_change(
    BrokerEpoch self_epoch) const {
  if (!leads() || !wanted_in_sync_) {
    return std::nullopt;
  }
  AlterPartitionRequest::Partition change;
  change.partition = partition_;
  change.leader_epoch = epoch_;
  change.partition_epoch = partition_epoch_;
  change.in_sync = *wanted_in_sync_;
  for (const NodeId member : change.in_sync) {
    const auto follower = std::ranges::find(followers_, member, &Follower::broker);
    change.broker_epochs.push_back(follower == followers_.end() ? self_epoch
                                                                : follower->broker_epoch);
  }
  return change;
}

void Replica::change_answered(PartitionEpoch builds_on, Time now) {
  if (!wanted_in_sync_ || partition_epoch_ != builds_on) {
    return;
  }
  SOMETIMES("log/in-sync-change-is-refused");
  wanted_in_sync_.reset();
  for (Follower& follower : followers_) {
    follower.joining = false;
  }
  next_change_ = now + settings_.retry_backoff;
  advance_high_watermark(now);
}

// --- following -----------------------------------------------------------------------------------

ErrorCode Replica::append_from_leader(const Bytes& batches, port::Meter& meter) {
  ENSURE(part_ == Part::follower, "only a follower copies a leader");
  const auto appended = log_.append_as_follower(batches, meter);
  if (!appended) {
    return appended.error();
  }
  probe_.appended(settings_.self, partition_, appended->base_offset, appended->last_offset, epoch_,
                  false);
  if (is_learner(settings_.self)) {
    probe_.replica_learned(settings_.self, partition_, batches.size());
  }
  return ErrorCode::none;
}

void Replica::leader_committed(Offset leader_high_watermark) {
  high_watermark_ = std::max(high_watermark_, std::min(leader_high_watermark, log_.end_offset()));
  last_stable_ = log_.stable_up_to(high_watermark_);
}

Offset Replica::divergence(LeaderEpoch epoch, Offset end) const {
  return std::min(log_.end_of_epoch(epoch).end_offset, end);
}

PartitionLog::Progress Replica::truncate(Offset to, port::StorageToken token, port::Meter& meter) {
  const Offset old_end = log_.end_offset();
  if (log_.truncate_to(to, token, meter) == PartitionLog::Progress::loading) {
    return PartitionLog::Progress::loading;
  }
  high_watermark_ = std::min(high_watermark_, log_.end_offset());
  last_stable_ = log_.stable_up_to(high_watermark_);
  if (log_.end_offset() < old_end) {
    SOMETIMES("log/follower-truncates");
    probe_.truncated(settings_.self, partition_, old_end, log_.end_offset());
  }
  return PartitionLog::Progress::done;
}

void Replica::leader_starts_at(Offset leader_start, port::Meter& meter) {
  ENSURE(part_ == Part::follower, "only a follower has a leader");
  if (leader_start > log_.end_offset()) {
    SOMETIMES("log/follower-begins-anew-behind-retention");
    log_.restart_at(leader_start, meter);
  } else if (!log_.advance_start(leader_start, meter)) {
    return;
  }
  high_watermark_ = std::max(high_watermark_, log_.start_offset());
  last_stable_ = log_.stable_up_to(high_watermark_);
  probe_.log_start_advanced(settings_.self, partition_, log_.start_offset());
}

// --- keeping -------------------------------------------------------------------------------------

void Replica::expire(std::int64_t now_ms, port::Meter& meter) {
  if (log_.expire(now_ms, high_watermark_, meter)) {
    probe_.log_start_advanced(settings_.self, partition_, log_.start_offset());
  }
}

}  // namespace wavetank::log
