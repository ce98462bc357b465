#include "engine/coordination/broadcast/leader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"

namespace wavetank::coordination {

void Leader::begin(const Step& step) {
  try_new_epoch(step);
}

bool Leader::quorum(std::size_t voters) const {
  return voters >= parts_.ensemble.quorum();
}

std::size_t Leader::voters_at(Progress progress) const {
  return 1 + static_cast<std::size_t>(std::ranges::count_if(learners_, [&](const auto& it) {
           const Learner& learner = it.second;
           return learner.votes && learner.progress >= progress &&
                  (learner.counts || progress != Progress::promised);
         }));
}

// ------------------------------------------------------------------------------------ messages

void Leader::on_message(const Step& step, NodeId from, Api api, std::uint32_t number,
                        const port::Message& message) {
  if (api == Api::follower_info) {
    if (const Result<FollowerInfo> info = port::decode<FollowerInfo>(message)) {
      came(step, from, *info);
    }
    return;
  }
  const auto found = learners_.find(from);
  if (found == learners_.end()) {
    return;
  }
  // Every message of the stream begins with its connection: sequence and sender are judged first.
  port::FieldReader reader(message);
  reader.reader().raw(port::kEnvelopeBytes);
  std::uint32_t connection = 0;
  reader(connection);
  switch (found->second.in.judge(connection, number)) {
    case Inbound::Verdict::foreign:
      return;
    case Inbound::Verdict::gap:
      learners_.erase(found);
      return;
    case Inbound::Verdict::next:
      found->second.heard = step.now.monotonic;
      hear(step, from, found->second, api, message);
  }
}

void Leader::hear(const Step& step, NodeId from, Learner& learner, Api api,
                  const port::Message& message) {
  switch (api) {
    case Api::ack_epoch:
      if (const auto ack = port::decode<AckEpoch>(message)) {
        promised(step, learner, *ack);
      }
      break;
    case Api::ack_new_leader:
      learner.progress = Progress::follows;
      if (established()) {
        learner.out.stream(step, UpToDate{});
      } else {
        try_establish(step);
      }
      break;
    case Api::ack:
      if (const auto ack = port::decode<Ack>(message); ack && learner.votes) {
        learner.acked = std::max(learner.acked, ack->zxid);
        try_commit(step);
      }
      break;
    case Api::ping_reply:
      if (const auto reply = port::decode<PingReply>(message)) {
        parts_.user.touched(step, reply->touched);
      }
      break;
    case Api::forward:
      if (const auto request = port::decode<Forward>(message); request && established()) {
        parts_.user.forwarded(step, from, *request);
      }
      break;
    case Api::revalidate:
      if (const auto asked = port::decode<Revalidate>(message); asked && established()) {
        const bool valid = parts_.user.revalidate(step, from, asked->session);
        learner.out.stream(step, Revalidated{0, asked->session, valid});
      }
      break;
    default:
      break;
  }
}

// ----------------------------------------------------------------------------------- discovery

void Leader::came(const Step& step, NodeId from, const FollowerInfo& info) {
  Learner learner;
  learner.out = Outbound(from, port::Lane::response, info.connection);
  learner.in = Inbound(info.connection);
  (void)learner.in.judge(info.connection, 0);
  learner.votes = parts_.ensemble.votes(from);
  learner.accepted = info.accepted;
  learner.heard = step.now.monotonic;
  Learner& it = learners_.insert_or_assign(from, std::move(learner)).first->second;
  if (phase_ != Phase::discovery) {
    it.out.stream(step, LeaderInfo{0, epoch_});
  } else {
    try_new_epoch(step);
  }
}

/// A quorum has come: the new epoch is later than any of theirs.
void Leader::try_new_epoch(const Step& step) {
  if (!quorum(voters_at(Progress::came))) {
    return;
  }
  Epoch latest = parts_.store.accepted_epoch();
  for (const auto& [node, learner] : learners_) {
    if (learner.votes) {
      latest = std::max(latest, learner.accepted);
    }
  }
  epoch_ = latest + 1;
  phase_ = Phase::promise;
  parts_.store.accept_epoch(step, epoch_);
  for (auto& [node, learner] : learners_) {
    learner.out.stream(step, LeaderInfo{0, epoch_});
  }
}

void Leader::promised(const Step& step, Learner& learner, const AckEpoch& ack) {
  learner.progress = Progress::promised;
  learner.counts = ack.counts;
  learner.last = ack.last;
  const bool ahead = std::pair(ack.current, ack.last) >
                     std::pair(parts_.store.current_epoch(), parts_.store.log().last());
  if (phase_ == Phase::promise && learner.votes && ahead) {
    SOMETIMES("zab/follower-knows-more-than-its-leader");
    give_up();  // it knows more than this server: let it be elected
  } else if (phase_ == Phase::promise) {
    try_history(step);
  } else {
    catch_up(step, learner);
  }
}

void Leader::try_history(const Step& step) {
  if (!epoch_promised_ || !quorum(voters_at(Progress::promised))) {
    return;
  }
  phase_ = Phase::history;
  parts_.store.enter_epoch(step, epoch_);
  for (auto& [node, learner] : learners_) {
    if (learner.progress == Progress::promised) {
      catch_up(step, learner);
    }
  }
}

// ----------------------------------------------------------------------------- synchronisation

/// Brings the learner's history to this one's: by what it lacks, by cutting what was never
/// committed, or by the whole tree. Then come the proposals under way.
void Leader::catch_up(const Step& step, Learner& learner) {
  const Zxid committed = parts_.store.tree().last_zxid();
  const RecentEntries& recent = parts_.store.recent();
  if (learner.last == committed) {
    learner.out.stream(step, SyncBegin{0, SyncMode::diff, committed});
  } else if (learner.last > committed) {
    learner.out.stream(step, SyncBegin{0, SyncMode::truncate, committed});
  } else if (!recent.empty() && learner.last >= recent.front().first) {
    send_diff(step, learner, learner.last);
  } else {
    send_snapshot(step, learner);
  }
  learner.out.stream(step, NewLeader{0, epoch_});
  learner.progress = Progress::catching_up;
  learner.gets_proposals = true;
  if (learner.votes) {
    for (const Logged& logged : parts_.store.pending()) {
      learner.out.stream(step, Proposal{0, logged.entry});
    }
  }
}

void Leader::send_diff(const Step& step, Learner& learner, Zxid after) {
  const RecentEntries& recent = parts_.store.recent();
  auto next = std::ranges::upper_bound(recent, after, {}, &RecentEntries::value_type::first);
  const Zxid shared = std::prev(next)->first;
  learner.out.stream(step,
                     SyncBegin{0, shared == after ? SyncMode::diff : SyncMode::truncate, shared});
  for (; next != recent.end(); ++next) {
    learner.out.stream(step, Proposal{0, next->second});
  }
}

void Leader::send_snapshot(const Step& step, Learner& learner) {
  const DataTree& tree = parts_.store.tree();
  learner.out.stream(step, SyncBegin{0, SyncMode::snapshot, tree.last_zxid()});
  Bytes part = tree.snapshot_head();
  std::string after;
  while (true) {
    const bool last = DataTree::snapshot_ends(part);
    step.meter().charge(port::Work::bytes_copied, part.size());
    step.meter().charge(port::Work::bytes_checksummed, part.size());
    learner.out.stream(step, SnapshotPart{0, std::move(part)});
    if (last) {
      return;
    }
    part = tree.snapshot_chunk(after);
  }
}

/// The leader counts for the quorum like any other: once its history and its epoch are on disk.
void Leader::try_establish(const Step& step) {
  if (phase_ != Phase::history || !epoch_entered_ ||
      parts_.store.log().durable() != parts_.store.log().last() ||
      !quorum(voters_at(Progress::follows))) {
    return;
  }
  phase_ = Phase::broadcast;
  half_ticks_ = 0;
  parts_.probe.established(parts_.self, epoch_, parts_.store.log().last());
  for (auto& [node, learner] : learners_) {
    if (learner.progress == Progress::follows) {
      learner.out.stream(step, UpToDate{});
    }
  }
  parts_.user.serve(step);
}

void Leader::on_done(const Step& step, Store::Done done) {
  if (done == Store::Done::epoch && phase_ == Phase::promise) {
    epoch_promised_ = true;
    try_history(step);
  } else if (done == Store::Done::epoch && phase_ == Phase::history) {
    epoch_entered_ = true;
    try_establish(step);
  } else if (done == Store::Done::log) {
    try_establish(step);
    try_commit(step);
  }
}

// ----------------------------------------------------------------------------------- broadcast

void Leader::propose(const Step& step, Transaction transaction) {
  ENSURE(established(), "only an established leader proposes");
  if (counter_ == std::numeric_limits<std::uint32_t>::max()) {
    give_up();  // the next epoch begins to count anew
    return;
  }
  transaction.zxid = next_zxid();
  ++counter_;
  Bytes entry = encode_entry(transaction);
  step.meter().charge(port::Work::batch);
  step.meter().charge(port::Work::bytes_checksummed, entry.size());
  parts_.probe.proposed(parts_.self, transaction.zxid);
  for (auto& [node, learner] : learners_) {
    if (learner.gets_proposals && learner.votes) {
      learner.out.stream(step, Proposal{0, entry});
    }
  }
  parts_.store.append(step, {std::move(transaction), std::move(entry)});
}

void Leader::try_commit(const Step& step) {
  while (established() && !parts_.store.pending().empty()) {
    const Zxid next = parts_.store.pending().front().transaction.zxid;
    const std::size_t others = static_cast<std::size_t>(std::ranges::count_if(
        learners_, [&](const auto& it) { return it.second.votes && it.second.acked >= next; }));
    if (!quorum(others + (parts_.store.log().durable() >= next ? 1 : 0))) {
      return;
    }
    const Bytes entry = parts_.store.pending().front().entry;
    for (auto& [node, learner] : learners_) {
      if (learner.gets_proposals && learner.votes) {
        learner.out.stream(step, Commit{0, next});
      } else if (learner.gets_proposals) {
        learner.out.stream(step, Inform{0, entry});
      }
    }
    parts_.user.delivered(step, parts_.store.commit_next(step));
    answer_syncs(step);
  }
}

void Leader::sync(const Step& step, NodeId learner, SessionId session, Xid xid) {
  const std::deque<Logged>& pending = parts_.store.pending();
  const WaitingSync waiting{pending.empty() ? Zxid() : pending.back().transaction.zxid, learner,
                            session, xid};
  if (pending.empty()) {
    answer_sync(step, waiting);
  } else {
    syncs_.push_back(waiting);
  }
}

void Leader::answer_syncs(const Step& step) {
  const Zxid committed = parts_.store.tree().last_zxid();
  auto at = syncs_.begin();
  for (; at != syncs_.end() && at->behind <= committed; ++at) {
    answer_sync(step, *at);
  }
  syncs_.erase(syncs_.begin(), at);
}

void Leader::answer_sync(const Step& step, const WaitingSync& waiting) {
  if (waiting.learner == parts_.self) {
    parts_.user.synced(step, waiting.session, waiting.xid);
  } else if (const auto found = learners_.find(waiting.learner); found != learners_.end()) {
    found->second.out.stream(step, Synced{0, waiting.session, waiting.xid});
  }
}

// --------------------------------------------------------------------------------------- ticks

void Leader::on_half_tick(const Step& step) {
  ++half_ticks_;
  const Time now = step.now.monotonic;
  const Duration patience = parts_.config.tick_time *
                            (established() ? parts_.config.sync_limit : parts_.config.init_limit);
  std::erase_if(learners_, [&](const auto& it) { return now - it.second.heard > patience; });
  for (auto& [node, learner] : learners_) {
    if (learner.gets_proposals) {
      learner.out.stream(step, Ping{});
    }
  }
  const bool waited_long = half_ticks_ > 2 * parts_.config.init_limit;
  if (established() ? half_ticks_ % 2 == 0 && !quorum(voters_at(Progress::follows)) : waited_long) {
    SOMETIMES("zab/leader-without-quorum-gives-up");
    give_up();
  }
}

}  // namespace wavetank::coordination
