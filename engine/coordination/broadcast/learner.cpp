#include "engine/coordination/broadcast/learner.h"

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"

namespace wavetank::coordination {

void Learner::begin(const Step& step) {
  heard_ = step.now.monotonic;
  connect(step);
}

void Learner::connect(const Step& step) {
  const auto connection = static_cast<std::uint32_t>(step.ports.random());
  out_ = Outbound(leader_, port::Lane::request, connection);
  in_ = Inbound(connection);
  out_.stream(step, FollowerInfo{0, parts_.store.accepted_epoch()});
  retry_.want(step.now.monotonic + parts_.config.connect_retry, step.ports);
}

bool Learner::on_timer(const Step& step, port::TimerId timer) {
  if (!retry_.rang(timer)) {
    return false;
  }
  if (!answered_) {
    connect(step);
  }
  return true;
}

void Learner::on_message(const Step& step, Api api, std::uint32_t number,
                         const port::Message& message) {
  port::FieldReader reader(message);
  reader.reader().raw(port::kEnvelopeBytes);
  std::uint32_t connection = 0;
  reader(connection);
  const Inbound::Verdict verdict = in_.judge(connection, number);
  if (verdict == Inbound::Verdict::gap) {
    give_up();
  }
  if (verdict != Inbound::Verdict::next) {
    return;
  }
  heard_ = step.now.monotonic;
  answered_ = true;
  if (waits_ == Waits::no) {
    hear(step, api, message);
  } else {
    held_.push_back({api, message});
  }
}

void Learner::resume(const Step& step) {
  waits_ = Waits::no;
  while (waits_ == Waits::no && !held_.empty() && !over_) {
    const Held next = std::move(held_.front());
    held_.pop_front();
    hear(step, next.api, next.message);
  }
}

void Learner::hear(const Step& step, Api api, const port::Message& message) {
  switch (api) {
    case Api::leader_info:
      if (const auto info = port::decode<LeaderInfo>(message)) {
        hear_epoch(step, *info);
      }
      break;
    case Api::sync_begin:
      if (const auto sync = port::decode<SyncBegin>(message)) {
        hear_sync(step, *sync);
      }
      break;
    case Api::snapshot_part:
      if (auto part = port::decode<SnapshotPart>(message)) {
        hear_part(step, std::move(part->part));
      }
      break;
    case Api::proposal:
      if (const auto proposal = port::decode<Proposal>(message)) {
        hear_entry(step, proposal->entry, !history_);
      }
      break;
    case Api::inform:
      if (const auto inform = port::decode<Inform>(message)) {
        hear_entry(step, inform->entry, true);
      }
      break;
    case Api::new_leader:
      history_ = parts_.store.log().last();
      try_take_over(step);
      break;
    case Api::up_to_date:
      up_to_date_ = true;
      parts_.user.serve(step);
      break;
    case Api::commit:
      if (const auto commit = port::decode<Commit>(message)) {
        hear_commit(step, commit->zxid);
      }
      break;
    case Api::ping:
      out_.stream(step, PingReply{0, parts_.user.take_touched()});
      break;
    case Api::revalidated:
      if (const auto answer = port::decode<Revalidated>(message)) {
        parts_.user.revalidated(step, answer->session, answer->valid);
      }
      break;
    case Api::synced:
      if (const auto answer = port::decode<Synced>(message)) {
        parts_.user.synced(step, answer->session, answer->xid);
      }
      break;
    default:
      break;
  }
}

// ----------------------------------------------------------------------------------- discovery

void Learner::hear_epoch(const Step& step, const LeaderInfo& info) {
  if (info.epoch < parts_.store.accepted_epoch()) {
    SOMETIMES("zab/epoch-of-an-older-leader-refused");
    give_up();  // a promise to a later leader stands
    return;
  }
  promised_ = info.epoch;
  promised_before_ = info.epoch == parts_.store.accepted_epoch();
  waits_ = Waits::promise;
  parts_.store.accept_epoch(step, info.epoch);
}

// ----------------------------------------------------------------------------- synchronisation

void Learner::hear_sync(const Step& step, const SyncBegin& sync) {
  switch (sync.mode) {
    case SyncMode::diff:
      break;
    case SyncMode::truncate:
      SOMETIMES("zab/follower-truncates");
      waits_ = Waits::cut;
      on_done(step, parts_.store.load(step, sync.to));
      break;
    case SyncMode::snapshot:
      SOMETIMES("zab/follower-takes-a-snapshot");
      snapshot_.clear();
      break;
  }
}

void Learner::hear_part(const Step& step, Bytes part) {
  const bool last = DataTree::snapshot_ends(part);
  snapshot_.push_back(std::move(part));
  if (last) {
    waits_ = Waits::snapshot;
    if (!parts_.store.replace(step, std::exchange(snapshot_, {}))) {
      give_up();
    }
  }
}

/// All of the leader's history is here. It counts once it is on disk: first the log, then the
/// epoch, then the acknowledgement.
void Learner::try_take_over(const Step& step) {
  if (history_ && !entering_ && parts_.store.log().durable() >= *history_) {
    entering_ = true;
    parts_.store.enter_epoch(step, promised_);
  }
}

void Learner::on_done(const Step& step, Store::Done done) {
  switch (done) {
    case Store::Done::nothing:
      break;
    case Store::Done::loaded:
    case Store::Done::received_snapshot:
      if (parts_.store.corrupt()) {
        give_up();
      } else {
        resume(step);
      }
      break;
    case Store::Done::epoch:
      if (waits_ == Waits::promise) {
        out_.stream(step, AckEpoch{0, !promised_before_, parts_.store.current_epoch(),
                                   parts_.store.log().last()});
        resume(step);
      } else if (entering_ && !entered_) {
        entered_ = true;
        acked_ = *history_;
        out_.stream(step, AckNewLeader{});
        acknowledge(step);
      }
      break;
    case Store::Done::log:
      try_take_over(step);
      acknowledge(step);
      break;
  }
}

// ----------------------------------------------------------------------------------- broadcast

void Learner::hear_entry(const Step& step, const Bytes& entry, bool committed) {
  step.meter().charge(port::Work::bytes_checksummed, entry.size());
  Result<Transaction> transaction = decode_entry(entry);
  if (!transaction || transaction->zxid <= parts_.store.log().last()) {
    give_up();
    return;
  }
  parts_.store.append(step, {std::move(*transaction), entry});
  if (committed) {
    parts_.user.delivered(step, parts_.store.commit_next(step));
  }
}

void Learner::hear_commit(const Step& step, Zxid zxid) {
  const std::deque<Logged>& pending = parts_.store.pending();
  if (pending.empty() || pending.front().transaction.zxid != zxid) {
    give_up();
    return;
  }
  parts_.user.delivered(step, parts_.store.commit_next(step));
}

/// One acknowledgement for each proposal that has reached the disk.
void Learner::acknowledge(const Step& step) {
  if (!entered_ || !parts_.ensemble.votes(parts_.self)) {
    return;
  }
  const Zxid durable = parts_.store.log().durable();
  for (const Logged& logged : parts_.store.pending()) {
    const Zxid zxid = logged.transaction.zxid;
    if (zxid > durable) {
      break;
    }
    if (zxid > acked_) {
      acked_ = zxid;
      out_.stream(step, Ack{0, zxid});
    }
  }
}

void Learner::on_half_tick(const Step& step) {
  const std::uint32_t ticks = up_to_date_ ? parts_.config.sync_limit : parts_.config.init_limit;
  if (step.now.monotonic - heard_ > parts_.config.tick_time * ticks) {
    SOMETIMES("zab/leader-falls-silent");
    give_up();
  }
}

}  // namespace wavetank::coordination
