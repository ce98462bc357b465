// How the log spreads: the leader's side (paper, 5.3, 5.4.2, 7; thesis, 6.4, 10.2.1), then the
// follower's.

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"
#include "engine/coordination/raft/consensus.h"
#include "engine/coordination/raft/limits.h"

namespace wavetank::raft {

// --- the leader ----------------------------------------------------------------------------------

Time Consensus::next_heartbeat(const port::Step& step) const {
  return config_.counts_ticks ? tick_after(step.now.monotonic, 1)
                              : step.now.monotonic + config_.heartbeat_interval;
}

void Consensus::heartbeat(const port::Step& step) {
  ++round_;
  heartbeat_at_ = peers_.empty() ? Time::never() : next_heartbeat(step);
  for (Peer& to : peers_) {
    if (to.pace == Peer::Pace::snapshot &&
        step.now.monotonic - to.snapshot_sent >= config_.election_timeout_min) {
      send_chunk(step, to);
    }
    send_append(step, to, false);
  }
}

void Consensus::begin_round(const port::Step& step) {
  reads_in_round_ = asked_reads_;
  heartbeat(step);
  read_round_ = round_;
  settle_reads(step);
}

/// A majority has answered what was sent after the reads were asked for: nobody else led then.
void Consensus::settle_reads(const port::Step& step) {
  if (!read_round_) {
    return;
  }
  const auto answered =
      1 + static_cast<std::size_t>(std::ranges::count_if(
              peers_, [&](const Peer& it) { return it.answered >= read_round_; }));
  if (answered < majority()) {
    return;
  }
  read_round_.reset();
  confirmed_reads_ = reads_in_round_;
  if (asked_reads_ > confirmed_reads_) {
    begin_round(step);
  }
}

void Consensus::replicate(const port::Step& step) {
  if (standing_ == Standing::leader) {
    for (Peer& to : peers_) {
      replicate(step, to);
    }
  }
}

void Consensus::replicate(const port::Step& step, Peer& to) {
  const auto may_send = [&] {
    return log_.last() >= to.next &&
           (to.pace == Peer::Pace::probe
                ? !to.probing
                : to.pace == Peer::Pace::stream && to.in_flight.size() < config_.appends_in_flight);
  };
  while (may_send()) {
    send_append(step, to, true);
  }
}

void Consensus::send_append(const port::Step& step, Peer& to, bool with_entries) {
  AppendEntries request;
  request.term = term();
  request.round = round_;
  request.committed = committed_;
  if (to.pace != Peer::Pace::snapshot) {
    const std::optional<Term> previous = term_at(to.next - 1);
    if (!previous || (to.next < log_.first())) {
      SOMETIMES("raft/snapshot-is-sent");
      to.pace = Peer::Pace::snapshot;
      to.snapshot_offset = 0;
      send_chunk(step, to);
      return;
    }
    request.previous_index = to.next - 1;
    request.previous_term = *previous;
  }
  if (with_entries) {
    std::uint64_t bytes = 0;
    for (LogIndex i = to.next; i <= log_.last() && bytes < config_.append_max_bytes &&
                               request.entries.size() < limits::kEntriesPerAppend;
         ++i) {
      request.entries.push_back(log_.at(i));
      bytes += request.entries.back().command.size();
    }
    if (to.pace == Peer::Pace::probe) {
      to.probing = true;
    } else {
      to.next = to.next + request.entries.size();
      to.in_flight.push_back(to.next - 1);
    }
    step.meter().charge(port::Work::record_encoded, request.entries.size());
  }
  say(step, to.node, port::Lane::request, request);
}

void Consensus::send_chunk(const port::Step& step, Peer& to) {
  const Snapshot& snapshot = snapshot_.current();
  if (to.snapshot != snapshot.last_index) {
    to.snapshot = snapshot.last_index;
    to.snapshot_offset = 0;
  }
  to.snapshot_sent = step.now.monotonic;
  InstallSnapshot request;
  request.term = term();
  request.last_index = snapshot.last_index;
  request.last_term = snapshot.last_term;
  request.offset = to.snapshot_offset;
  request.size = snapshot.state.size();
  request.chunk = snapshot.state.slice(
      to.snapshot_offset,
      std::min(limits::kSnapshotChunkBytes, snapshot.state.size() - to.snapshot_offset));
  say(step, to.node, port::Lane::request, request);
}

void Consensus::on_appended(const port::Step& step, Peer& from, const Appended& answer) {
  note_term(step, answer.term);
  if (standing_ != Standing::leader || answer.term != term()) {
    return;
  }
  from.heard = step.now.monotonic;
  from.answered = std::max(from.answered, answer.round);
  settle_reads(step);
  if (answer.matches) {
    advance_peer(from, answer.index);
  } else if (answer.index > from.match && from.pace != Peer::Pace::snapshot &&
             (from.pace == Peer::Pace::stream || answer.index + 1 == from.next)) {
    from.pace = Peer::Pace::probe;
    from.probing = false;
    from.in_flight.clear();
    from.next = std::max(from.match + 1, std::min(answer.index, answer.hint + 1));
  }
}

void Consensus::advance_peer(Peer& peer, LogIndex match) {
  peer.match = std::max(peer.match, match);
  if (peer.pace == Peer::Pace::snapshot && peer.match < peer.snapshot) {
    return;
  }
  peer.pace = Peer::Pace::stream;
  peer.probing = false;
  peer.next = std::max(peer.next, peer.match + 1);
  std::erase_if(peer.in_flight, [&](LogIndex last) { return last <= peer.match; });
}

void Consensus::on_installed(const port::Step& step, Peer& from, const SnapshotInstalled& answer) {
  note_term(step, answer.term);
  if (standing_ != Standing::leader || answer.term != term()) {
    return;
  }
  from.heard = step.now.monotonic;
  if (from.pace != Peer::Pace::snapshot || answer.last_index != from.snapshot) {
    return;
  }
  const Snapshot& snapshot = snapshot_.current();
  const bool same = from.snapshot == snapshot.last_index;
  if (same && answer.next_offset < snapshot.state.size()) {
    from.snapshot_offset = answer.next_offset;
    send_chunk(step, from);
  } else if (same) {
    advance_peer(from, answer.last_index);
  } else {
    SOMETIMES("raft/snapshot-is-overtaken");
    send_chunk(step, from);  // a newer one has taken its place
  }
}

/// Only entries of one's own term are committed by counting; with them goes all before (5.4.2).
void Consensus::advance_commit() {
  if (standing_ != Standing::leader) {
    return;
  }
  std::vector<LogIndex> holds{log_.durable()};
  for (const Peer& it : peers_) {
    holds.push_back(it.match);
  }
  std::ranges::sort(holds, std::greater<>());
  const LogIndex safe = holds[majority() - 1];
  if (safe > committed_ && term_at(safe) == term()) {
    committed_ = safe;
  } else if (safe > committed_) {
    SOMETIMES("raft/entry-of-an-older-term-waits");
  }
}

// --- the follower --------------------------------------------------------------------------------

bool Consensus::accept_leader(const port::Step& step, NodeId from, Term term) {
  note_term(step, term);
  if (term < ballot_.term() || standing_ == Standing::leader) {
    SOMETIMES("raft/zombie-leader-sends");
    return false;
  }
  if (standing_ == Standing::candidate) {
    SOMETIMES("raft/election-is-lost");
  }
  if (standing_ != Standing::follower || leader_ != from) {
    follow(step, from);
  }
  leader_heard_ = step.now.monotonic;
  draw_election_deadline(step);
  return true;
}

void Consensus::on_append(const port::Step& step, NodeId from, AppendEntries&& request) {
  Appended answer;
  answer.round = request.round;
  answer.index = request.previous_index;
  answer.hint = log_.last();
  const bool accepted = accept_leader(step, from, request.term);
  answer.term = term();
  if (!accepted) {
    say(step, from, port::Lane::response, answer);
    return;
  }
  // What is committed is everywhere the same, though its terms may be forgotten.
  const LogIndex previous = request.previous_index;
  if (previous > committed_ && term_at(previous) != request.previous_term) {
    if (log_.has(previous)) {
      SOMETIMES("raft/logs-disagree");
      const Term wrong = log_.at(previous).term;
      answer.hint = previous - 1;
      while (answer.hint > committed_ && term_at(answer.hint) == wrong) {
        answer.hint = answer.hint - 1;
      }
    }
    say(step, from, port::Lane::response, answer);
    return;
  }
  const LogIndex end = previous + request.entries.size();
  const LogIndex committed = request.committed;
  const bool empty = request.entries.empty();
  take_entries(step, std::move(request));
  agreed_ = std::max(agreed_, end);
  committed_ = std::max(committed_, std::min(committed, agreed_));
  if (empty || end <= log_.durable()) {
    answer.matches = true;
    answer.index = std::min(agreed_, log_.durable());
    say(step, from, port::Lane::response, answer);
  } else {
    owes_answer_ = true;
    owed_round_ = answer.round;
  }
}

void Consensus::take_entries(const port::Step& step, AppendEntries&& request) {
  LogIndex index = request.previous_index;
  step.meter().charge(port::Work::record_decoded, request.entries.size());
  for (Entry& entry : request.entries) {
    ++index;
    if (index <= committed_ || (log_.has(index) && log_.at(index).term == entry.term)) {
      continue;
    }
    if (log_.has(index)) {
      SOMETIMES("raft/follower-truncates");
      log_.truncate_from(step, index);
    }
    log_.append(std::move(entry));
  }
}

/// What the leader sent is durable, or a part of it.
void Consensus::acknowledge(const port::Step& step) {
  if (!owes_answer_ || standing_ != Standing::follower || !leader_) {
    return;
  }
  owes_answer_ = agreed_ > log_.durable();
  Appended answer;
  answer.term = term();
  answer.round = owed_round_;
  answer.matches = true;
  answer.index = std::min(agreed_, log_.durable());
  say(step, *leader_, port::Lane::response, answer);
}

void Consensus::on_install(const port::Step& step, NodeId from, const InstallSnapshot& request) {
  if (!accept_leader(step, from, request.term) || request.size > limits::kSnapshotBytes) {
    say(step, from, port::Lane::response, SnapshotInstalled{term(), request.last_index, 0});
    return;
  }
  if (request.last_index <= committed_) {
    answer_install(step, request.last_index, request.size);
    return;
  }
  Snapshot& coming = incoming_.snapshot;
  if (coming.last_index != request.last_index || coming.last_term != request.last_term ||
      incoming_.size != request.size) {
    incoming_ = Incoming{{request.last_index, request.last_term, {}}, {}, request.size};
  }
  const std::uint64_t after = request.offset + request.chunk.size();
  if (snapshot_.writing() && after >= request.size) {
    return;  // one file at a time: the leader sends the last chunk again
  }
  if (request.offset == incoming_.bytes.size() && after <= request.size) {
    incoming_.bytes.insert(incoming_.bytes.end(), request.chunk.view().begin(),
                           request.chunk.view().end());
    step.meter().charge(port::Work::bytes_copied, request.chunk.size());
  }
  if (incoming_.bytes.size() < request.size) {
    answer_install(step, request.last_index, incoming_.bytes.size());
    return;
  }
  coming.state = Bytes::copy_of(incoming_.bytes);
  snapshot_.write(step, std::move(coming));
  incoming_ = {};
}

/// A leader's snapshot is durable and ahead of this server: it takes the place of state and log.
void Consensus::adopt_snapshot(const port::Step& step) {
  const Snapshot& snapshot = snapshot_.current();
  if (!machine_.restore(snapshot.state)) {
    damaged_ = true;
    loaded_ = false;
    return;
  }
  if (term_at(snapshot.last_index) == snapshot.last_term && log_.has(snapshot.last_index)) {
    log_.roll();
    log_.drop_before(step, snapshot.last_index + 1);
  } else {
    SOMETIMES("raft/snapshot-replaces-log");
    log_.reset(step, snapshot.last_index + 1);
  }
  applied_ = snapshot.last_index;
  committed_ = std::max(committed_, applied_);
  agreed_ = std::max(agreed_, applied_);
  probe_.restored(membership_.self, snapshot.last_index, snapshot.last_term);
  if (standing_ == Standing::follower && leader_) {
    answer_install(step, snapshot.last_index, snapshot.state.size());
  }
}

void Consensus::answer_install(const port::Step& step, LogIndex last, std::uint64_t next_offset) {
  say(step, *leader_, port::Lane::response, SnapshotInstalled{term(), last, next_offset});
}

}  // namespace wavetank::raft
