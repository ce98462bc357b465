#include "engine/log/broker/fetch_server.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/log/protocol/refusals.h"

namespace wavetank::log {

namespace {

/// Where the fetcher's log parts from the leader's, if it does: the greatest common epoch and where
/// the leader's copy of it ends (KIP-595).
std::optional<EpochEnd> divergence(const PartitionLog& log, Offset offset, LeaderEpoch last_epoch) {
  if (offset < log.start_offset()) {
    return std::nullopt;  // out of range, whatever it was
  }
  if (last_epoch == kNoLeaderEpoch) {
    // It compares no epochs; what it has beyond our end it cannot have from us.
    return offset > log.end_offset()
               ? std::optional(
                     EpochEnd{std::max(log.latest_epoch(), LeaderEpoch(0)), log.end_offset()})
               : std::nullopt;
  }
  EpochEnd end = log.end_of_epoch(last_epoch);
  if (end.epoch == kNoLeaderEpoch && end.end_offset >= offset) {
    return std::nullopt;  // all that the fetcher has lies before what we still know
  }
  if (end.epoch == last_epoch && end.end_offset >= offset) {
    return std::nullopt;
  }
  if (end.epoch == kNoLeaderEpoch) {
    end.epoch = last_epoch;  // nothing in common: all that the fetcher has ends where ours begins
  }
  return end;
}

/// Names the aborted transactions with records in what the answer carries.
void list_aborted(const PartitionLog& log, Offset from, FetchResponse::Partition& out) {
  std::vector<AbortedTransaction> aborted;
  log.aborted_in(from, out.last_stable, aborted);
  if (aborted.empty()) {
    return;
  }
  Offset end = from;
  for (ByteView rest = out.batches.back(); !rest.empty();) {
    const auto batch = BatchView::parse(rest);
    ENSURE(batch.has_value(), "what a log gives is whole batches");
    end = batch->last_offset() + 1;
    rest = rest.subspan(batch->size_bytes());
  }
  for (const AbortedTransaction& it : aborted) {
    if (it.first < end) {
      out.aborted.push_back({it.producer, it.first});
    }
  }
}

std::uint64_t bytes_of(const std::vector<Bytes>& slices) {
  std::uint64_t total = 0;
  for (const Bytes& slice : slices) {
    total += slice.size();
  }
  return total;
}

}  // namespace

// --- requests ------------------------------------------------------------------------------------

void FetchServer::on_request(const Step& step, NodeId from, CorrelationId correlation,
                             const FetchRequest& request) {
  FetchSession* session =
      request.session_epoch == 0 ? &open(step, from, request) : session_of(from, request);
  if (session == nullptr) {
    disown(step, from, correlation);
    return;
  }
  session->last_used = ++uses_;
  session->broker_epoch = request.broker_epoch;
  session->isolation = request.isolation;
  session->client =
      session->of_follower() ? ClientQuotas::kUnlimited : quotas_.client(request.client);
  step.meter().charge(port::Work::partition, request.partitions.size());
  for (const PartitionId p : request.forgotten) {
    forget(*session, p);
  }
  for (const FetchRequest::Partition& wanted : request.partitions) {
    if (wanted.partition.value() < watchers_.size()) {
      want(*session, wanted);
    }
  }
  if (session->of_follower()) {
    note_progress(step, *session, request);
  }
  await(step, *session, correlation, request);
  quotas_.served(session->client, step);
}

void FetchServer::await(const Step& step, FetchSession& session, CorrelationId correlation,
                        const FetchRequest& request) {
  const Time deadline = step.now.monotonic + request.max_wait;
  session.waiting = FetchSession::Waiting{
      correlation, deadline, request.min_bytes,
      std::min({request.max_bytes, limits::kFetchAnswerBytes, quotas_.fetch_bound(session.client)}),
      request.max_partition_bytes};
  if (!session.deadline_queued || *session.deadline_queued > deadline) {
    session.deadline_queued = deadline;
    deadlines_.push(deadline, {slot_of(session), session.id, deadline});
  }
  session.look = true;
  wake(session);
}

void FetchServer::note_progress(const Step& step, const FetchSession& session,
                                const FetchRequest& request) {
  cluster_.note_fetch(session.replica, step.now.monotonic);
  for (const FetchRequest::Partition& wanted : request.partitions) {
    Replica* replica = replicas_.find(wanted.partition);
    if (leader_refusal(replica, wanted.leader_epoch) != ErrorCode::none ||
        wanted.offset > replica->log().end_offset() ||
        wanted.offset < replica->log().start_offset() ||
        divergence(replica->log(), wanted.offset, wanted.last_epoch)) {
      continue;
    }
    replica->follower_fetched(session.replica, request.broker_epoch, wanted.offset,
                              step.now.monotonic);
  }
}

void FetchServer::on_hang_up(NodeId peer) {
  for (FetchSession& session : sessions_) {
    if (session.peer == peer) {
      session.waiting.reset();
    }
  }
}

// --- sessions ------------------------------------------------------------------------------------

FetchSession* FetchServer::session_of(NodeId from, const FetchRequest& request) {
  const auto found = by_id_.find(request.session);
  if (found == by_id_.end()) {
    return nullptr;
  }
  FetchSession& session = sessions_[found->second];
  if (session.peer != from || session.replica != request.replica ||
      session.next_epoch != request.session_epoch) {
    return nullptr;
  }
  session.next_epoch = session.next_epoch == std::numeric_limits<std::uint32_t>::max()
                           ? 1
                           : session.next_epoch + 1;  // 0 would open a session
  return &session;
}

FetchSession& FetchServer::open(const Step& step, NodeId from, const FetchRequest& request) {
  for (Slot slot = 0; slot < sessions_.size(); ++slot) {
    const FetchSession& old = sessions_[slot];
    const bool replaced = old.id != 0 && old.peer == from && old.replica == request.replica &&
                          (old.of_follower() || old.id == request.session);
    if (replaced) {
      close(slot);
    }
  }
  if (request.replica == kNoNode && ++consumer_sessions_ > limits::kConsumerSessions) {
    close_least_recently_used(step);
  }
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(sessions_.size()));
    sessions_.emplace_back();
  }
  const Slot slot = free_.back();
  free_.pop_back();
  FetchSession& session = sessions_[slot];
  for (int draw = 0; session.id == 0 || by_id_.contains(session.id); ++draw) {
    ENSURE(draw < limits::kSessionIdDraws, "a free session id is found");
    session.id = static_cast<std::uint32_t>(step.ports.random());
  }
  session.peer = from;
  session.replica = request.replica;
  by_id_[session.id] = slot;
  return session;
}

void FetchServer::close(Slot slot) {
  FetchSession& session = sessions_[slot];
  for (const FetchSession::Partition& partition : session.partitions) {
    if (partition.wanted) {
      std::erase_if(watchers_[partition.partition.value()],
                    [&](const Watcher& watcher) { return watcher.session == slot; });
    }
  }
  if (!session.of_follower()) {
    --consumer_sessions_;
  }
  by_id_.erase(session.id);
  const bool woken = session.woken;  // it stands in woken_ still
  session = FetchSession{};
  session.woken = woken;
  free_.push_back(slot);
}

void FetchServer::close_least_recently_used(const Step& step) {
  const FetchSession* oldest = nullptr;
  for (const FetchSession& session : sessions_) {
    if (session.id != 0 && !session.of_follower() &&
        (oldest == nullptr || session.last_used < oldest->last_used)) {
      oldest = &session;
    }
  }
  ENSURE(oldest != nullptr, "there is a session to close");
  if (oldest->waiting) {
    disown(step, oldest->peer, oldest->waiting->correlation);
  }
  close(slot_of(*oldest));
}

void FetchServer::disown(const Step& step, NodeId peer, CorrelationId correlation) const {
  FetchResponse unknown;
  unknown.error = ErrorCode::fetch_session_unknown;
  tell_refusals(probe_, self_, unknown);
  step.answer(peer, correlation, unknown);
}

void FetchServer::want(FetchSession& session, const FetchRequest::Partition& wanted) {
  const auto found = session.slot_of.find(wanted.partition.value());
  std::uint32_t slot = 0;
  if (found != session.slot_of.end()) {
    slot = found->second;
  } else {
    if (session.free.empty()) {
      session.free.push_back(static_cast<std::uint32_t>(session.partitions.size()));
      session.partitions.emplace_back();
    }
    slot = session.free.back();
    session.free.pop_back();
    session.slot_of[wanted.partition.value()] = slot;
    const bool listed = session.partitions[slot].listed;
    session.partitions[slot] = FetchSession::Partition{};
    session.partitions[slot].listed = listed;
    session.partitions[slot].partition = wanted.partition;
    session.partitions[slot].wanted = true;
    watchers_[wanted.partition.value()].push_back({slot_of(session), slot});
  }
  FetchSession::Partition& partition = session.partitions[slot];
  partition.leader_epoch = wanted.leader_epoch;
  partition.offset = wanted.offset;
  partition.last_epoch = wanted.last_epoch;
  session.list(slot);
}

void FetchServer::forget(FetchSession& session, PartitionId p) {
  const auto found = session.slot_of.find(p.value());
  if (found == session.slot_of.end()) {
    return;
  }
  session.partitions[found->second].wanted = false;
  session.free.push_back(found->second);
  session.slot_of.erase(found);
  std::erase_if(watchers_[p.value()],
                [&](const Watcher& watcher) { return watcher.session == slot_of(session); });
}

// --- news ----------------------------------------------------------------------------------------

void FetchServer::wake(FetchSession& session) {
  if (!session.woken) {
    session.woken = true;
    woken_.push_back(slot_of(session));
  }
}

void FetchServer::appended(const ReplicaEvents::Growth& growth) {
  for (const Watcher& watcher : watchers_[growth.partition.value()]) {
    FetchSession& session = sessions_[watcher.session];
    if (session.of_follower()) {
      session.list(watcher.partition);
      session.ready_bytes += growth.bytes;
      if (session.waiting && session.ready_bytes >= session.waiting->min_bytes) {
        wake(session);
      }
    }
  }
}

void FetchServer::committed(const ReplicaEvents::Growth& growth) {
  for (const Watcher& watcher : watchers_[growth.partition.value()]) {
    sessions_[watcher.session].list(watcher.partition);  // the watermark itself is news
  }
  grown(growth, Isolation::read_uncommitted);
}

void FetchServer::stable(const ReplicaEvents::Growth& growth) {
  grown(growth, Isolation::read_committed);
}

void FetchServer::grown(const ReplicaEvents::Growth& growth, Isolation isolation) {
  for (const Watcher& watcher : watchers_[growth.partition.value()]) {
    FetchSession& session = sessions_[watcher.session];
    if (!session.of_follower() && session.isolation == isolation) {
      session.ready_bytes += growth.bytes;
      if (session.waiting && session.ready_bytes >= session.waiting->min_bytes) {
        wake(session);
      }
    }
  }
}

void FetchServer::leadership_changed(PartitionId p) {
  for (const Watcher& watcher : watchers_[p.value()]) {
    FetchSession& session = sessions_[watcher.session];
    session.list(watcher.partition);
    session.look = true;
    wake(session);
  }
}

void FetchServer::loaded(PartitionId p) {
  for (const Watcher& watcher : watchers_[p.value()]) {
    FetchSession& session = sessions_[watcher.session];
    if (std::exchange(session.partitions[watcher.partition].loading, false)) {
      session.look = true;
      wake(session);
    }
  }
}

// --- answers -------------------------------------------------------------------------------------

void FetchServer::serve(const Step& step) {
  for (std::size_t i = 0; i < woken_.size(); ++i) {
    FetchSession& session = sessions_[woken_[i]];
    session.woken = false;
    answer_if_ready(step, session,
                    session.waiting && session.waiting->deadline <= step.now.monotonic);
  }
  woken_.clear();
}

bool FetchServer::may_throttle(const FetchSession& session, PartitionId p) const {
  return session.of_follower() && replicas_.find(p) != nullptr &&
         replicas_.find(p)->may_be_throttled(session.replica);
}

void FetchServer::hold_back(const FetchSession& session) {
  if (std::ranges::find(held_back_, slot_of(session)) == held_back_.end()) {
    held_back_.push_back(slot_of(session));
  }
}

void FetchServer::throttle_catch_up(std::uint64_t bytes_per_second) {
  quota_.set_rate(bytes_per_second);
  wake_held_back();
}

void FetchServer::wake_held_back() {
  for (const Slot slot : std::exchange(held_back_, {})) {
    sessions_[slot].look = true;  // if it is another session now, it looks in vain
    wake(sessions_[slot]);
  }
}

void FetchServer::expire(const Step& step) {
  if (!quota_.exceeded(step.now.monotonic)) {
    wake_held_back();
  }
  deadlines_.serve(step.now.monotonic, waits(), [&](const Deadline& it) {
    FetchSession& session = sessions_[it.slot];
    session.deadline_queued.reset();
    if (!session.waiting) {
      return;
    }
    if (session.waiting->deadline <= step.now.monotonic) {
      answer_if_ready(step, session, true);
      return;
    }
    // That was the deadline of a request before this one.
    session.deadline_queued = session.waiting->deadline;
    deadlines_.push(session.waiting->deadline, {it.slot, session.id, session.waiting->deadline});
  });
}

void FetchServer::answer_if_ready(const Step& step, FetchSession& session, bool overdue) {
  if (!session.waiting ||
      !(overdue || session.look || session.ready_bytes >= session.waiting->min_bytes)) {
    return;
  }
  FetchResponse response;
  response.session = session.id;
  session.ready_bytes = collect(step, session, response);
  session.look = false;
  const bool urgent = std::ranges::any_of(
      looked_, [](const Looked& looked) { return looked.outcome == Outcome::urgent; });
  const bool answered = overdue || urgent || session.ready_bytes >= session.waiting->min_bytes;
  if (answered) {
    throttle(step, session, response);
  }
  settle(step, session, answered && response.throttle == Duration());
  if (answered) {
    const CorrelationId correlation = session.waiting->correlation;
    session.waiting.reset();
    step.answer(session.peer, correlation, response);
  }
}

/// A consumer that has had too much is told so instead; what it would have got stays listed.
void FetchServer::throttle(const Step& step, const FetchSession& session, FetchResponse& response) {
  const Time now = step.now.monotonic;
  response.throttle = quotas_.fetched(session.client, session.ready_bytes, now);
  if (response.throttle > Duration()) {
    response.partitions.clear();
    step.mute(session.peer, ApiKey::fetch, now + response.throttle);
  }
}

std::uint64_t FetchServer::collect(const Step& step, FetchSession& session,
                                   FetchResponse& response) {
  const FetchSession::Waiting& limits = *session.waiting;
  std::uint64_t bytes = 0;
  looked_.clear();
  for (const std::uint32_t slot : session.candidates) {
    if (bytes > 0 && bytes >= limits.max_bytes) {
      break;  // over by one batch at most: a partition's first batch is given whatever its size
    }
    FetchSession::Partition& partition = session.partitions[slot];
    Looked& looked = looked_.emplace_back(Looked{slot, Outcome::nothing, Offset()});
    if (!partition.wanted) {
      continue;
    }
    if (partition.loading) {
      looked.outcome = Outcome::loading;
      continue;
    }
    const std::uint64_t room = std::min(limits.max_partition_bytes, limits.max_bytes - bytes);
    FetchResponse::Partition out;
    looked.outcome = look_at(step, session, partition, room, out);
    looked.high_watermark = out.high_watermark;
    if (looked.outcome == Outcome::loading) {
      partition.loading = true;
    } else if (looked.outcome == Outcome::held_back) {
      hold_back(session);
    } else if (looked.outcome != Outcome::nothing) {
      looked.counted = may_throttle(session, out.partition) ? bytes_of(out.batches) : 0;
      if (out.error != ErrorCode::none) {
        probe_.request_refused(self_, out.partition, out.error);
      }
      bytes += bytes_of(out.batches);
      response.partitions.push_back(std::move(out));
    }
  }
  step.meter().charge(port::Work::partition, looked_.size());
  return bytes;
}

/// Takes those with nothing (more) to say off the list and moves those served to its end.
void FetchServer::settle(const Step& step, FetchSession& session, bool answered) {
  std::vector<std::uint32_t>& candidates = session.candidates;
  const std::size_t not_looked_at = candidates.size() - looked_.size();
  std::ranges::copy(candidates.begin() + static_cast<std::ptrdiff_t>(looked_.size()),
                    candidates.end(), candidates.begin());
  candidates.resize(not_looked_at);
  for (const bool served : {false, true}) {
    for (const Looked& looked : looked_) {
      FetchSession::Partition& partition = session.partitions[looked.slot];
      const bool waits = looked.outcome == Outcome::loading || looked.outcome == Outcome::held_back;
      const bool sent = answered && !waits;
      const bool stays = looked.outcome == Outcome::data || waits ||
                         (!answered && looked.outcome != Outcome::nothing);
      if (!stays) {
        partition.listed = false;
      }
      if (stays && sent == served) {
        candidates.push_back(looked.slot);
      }
      if (sent && (looked.outcome == Outcome::data || looked.outcome == Outcome::watermark)) {
        partition.sent_high_watermark = looked.high_watermark;
      }
      if (sent && served && looked.counted > 0) {
        quota_.record(looked.counted, step.now.monotonic);
      }
    }
  }
}

FetchServer::Outcome FetchServer::look_at(const Step& step, const FetchSession& session,
                                          const FetchSession::Partition& partition,
                                          std::uint64_t room, FetchResponse::Partition& out) {
  out.partition = partition.partition;
  const Replica* replica = replicas_.find(partition.partition);
  out.error = leader_refusal(replica, partition.leader_epoch);
  if (out.error != ErrorCode::none) {
    return Outcome::urgent;
  }
  const PartitionLog& log = replica->log();
  out.high_watermark = replica->high_watermark();
  out.last_stable = replica->last_stable();
  out.log_start = log.start_offset();
  // A consumer that knows no epoch is told offset_out_of_range instead.
  const auto diverging = session.of_follower() || partition.last_epoch != kNoLeaderEpoch
                             ? divergence(log, partition.offset, partition.last_epoch)
                             : std::nullopt;
  if (diverging) {
    out.diverging_epoch = diverging->epoch;
    out.diverging_end = diverging->end_offset;
    return Outcome::urgent;
  }
  const Offset up_to = session.of_follower()       ? log.end_offset()
                       : session.reads_committed() ? replica->last_stable()
                                                   : replica->high_watermark();
  if (quota_.exceeded(step.now.monotonic) && may_throttle(session, partition.partition)) {
    return Outcome::held_back;
  }
  switch (log.read(partition.offset, up_to, room, out.batches,
                   token_of(StorageWait::fetch, partition.partition), step.meter())) {
    case ReadStatus::loading:
      return Outcome::loading;
    case ReadStatus::out_of_range:
      out.error = ErrorCode::offset_out_of_range;
      return Outcome::urgent;
    case ReadStatus::corrupt:
      out.error = ErrorCode::corrupt_message;
      return Outcome::urgent;
    case ReadStatus::ok:
      break;
  }
  if (!out.batches.empty()) {
    if (session.reads_committed()) {
      list_aborted(log, partition.offset, out);
    }
    return Outcome::data;
  }
  return partition.sent_high_watermark == out.high_watermark ? Outcome::nothing
                                                             : Outcome::watermark;
}

}  // namespace wavetank::log
