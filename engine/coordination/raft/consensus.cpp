#include "engine/coordination/raft/consensus.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/coordination/raft/limits.h"

namespace wavetank::raft {

namespace {

/// Storage tokens of a quorum: roles choose others.
constexpr port::StorageToken kBallotToken{0x5261'6674'0000'0001ULL};
constexpr port::StorageToken kSnapshotToken{0x5261'6674'0000'0002ULL};
constexpr port::StorageToken kLogTokens{0x5261'6675'0000'0000ULL};

}  // namespace

Consensus::Consensus(Membership membership, const Config& config, port::TimerId alarm,
                     StateMachine& machine, Probe& probe)
    : membership_(std::move(membership)),
      config_(config),
      machine_(machine),
      probe_(probe),
      alarm_(alarm),
      ballot_(kBallotToken),
      log_(kLogTokens),
      snapshot_(kSnapshotToken) {
  ENSURE(membership_.servers.size() <= limits::kServers, "a quorum has a bound");
  ENSURE(config_.election_timeout_min <= config_.election_timeout_max &&
             config_.heartbeat_interval < config_.election_timeout_min,
         "a leader is heard before anybody stands for election");
  for (const NodeId node : membership_.servers) {
    if (node != membership_.self) {
      peers_.emplace_back().node = node;
    }
  }
  ENSURE(peers_.size() + 1 == membership_.servers.size(), "a server is one of its quorum");
}

// --- life ----------------------------------------------------------------------------------------

void Consensus::start(const port::Step& step) {
  if (config_.counts_ticks) {  // a process starts at no particular time
    const auto phase =
        step.ports.random() % static_cast<std::uint64_t>(config_.heartbeat_interval.ns());
    first_tick_ = step.now.monotonic - Duration(static_cast<std::int64_t>(phase));
  }
  if (!ballot_.load(step) || !snapshot_.load(step)) {
    damaged_ = true;
    return;
  }
  load(step);
}

void Consensus::load(const port::Step& step) {
  switch (log_.load(step)) {
    case EntryLog::Loading::waiting:
      break;
    case EntryLog::Loading::damaged:
      damaged_ = true;
      break;
    case EntryLog::Loading::done:
      loaded(step);
      break;
  }
}

void Consensus::loaded(const port::Step& step) {
  const Snapshot& snapshot = snapshot_.current();
  if (log_.first() > snapshot.last_index + 1) {
    damaged_ = true;  // what the log builds on is gone
    return;
  }
  if (snapshot.last_index > LogIndex(0)) {
    const bool fits =
        log_.has(snapshot.last_index) && log_.at(snapshot.last_index).term == snapshot.last_term;
    if (!fits && log_.first() != snapshot.last_index + 1) {
      log_.reset(step, snapshot.last_index + 1);
    }
    if (!machine_.restore(snapshot.state)) {
      damaged_ = true;
      return;
    }
    probe_.restored(membership_.self, snapshot.last_index, snapshot.last_term);
  }
  committed_ = applied_ = snapshot.last_index;
  loaded_ = true;
  probe_.recovered(membership_.self, ballot_.term(), ballot_.voted_for(), log_.last());
  draw_election_deadline(step);
  if (peers_.empty()) {
    election_at_ = step.now.monotonic;
  }
  end(step);
}

bool Consensus::on_message(const port::Step& step, NodeId from, port::Lane lane,
                           const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope || envelope->api < static_cast<std::uint8_t>(Api::request_vote) ||
      envelope->api > static_cast<std::uint8_t>(kLastApi)) {
    return false;
  }
  Peer* known = peer(from);
  if (!loaded_ || known == nullptr) {
    return true;
  }
  step.charge_received(message);
  const bool request = lane == port::Lane::request;
  switch (static_cast<Api>(envelope->api)) {
    case Api::request_vote:
      if (request) {
        if (const auto it = port::decode<RequestVote>(message)) {
          on_request_vote(step, from, *it);
        }
      } else if (const auto it = port::decode<Vote>(message)) {
        on_vote(step, *known, *it);
      }
      break;
    case Api::append_entries:
      if (request) {
        if (auto it = port::decode<AppendEntries>(message)) {
          on_append(step, from, std::move(*it));
        }
      } else if (const auto it = port::decode<Appended>(message)) {
        on_appended(step, *known, *it);
      }
      break;
    case Api::install_snapshot:
      if (request) {
        if (const auto it = port::decode<InstallSnapshot>(message)) {
          on_install(step, from, *it);
        }
      } else if (const auto it = port::decode<SnapshotInstalled>(message)) {
        on_installed(step, *known, *it);
      }
      break;
  }
  end(step);
  return true;
}

bool Consensus::on_timer(const port::Step& step, port::TimerId timer) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  step.meter().charge(port::Work::timer);
  if (loaded_) {
    on_alarm(step);
    end(step);
  }
  return true;
}

void Consensus::on_alarm(const port::Step& step) {
  const Time now = step.now.monotonic;
  if (election_at_ <= now) {
    stand(step);
  }
  if (check_at_ <= now) {
    check_quorum(step);
  }
  if (heartbeat_at_ <= now) {
    heartbeat(step);
  }
}

bool Consensus::on_storage(const port::Step& step, port::StorageToken token) {
  if (log_.owns(token)) {
    if (!loaded_) {
      load(step);
      return true;
    }
    log_.on_storage(step, token);
    acknowledge(step);
  } else if (token == kBallotToken) {
    ballot_.on_written(step);
    release_held(step);
    count_votes(step);
  } else if (token == kSnapshotToken) {
    snapshot_written(step);
  } else {
    return false;
  }
  end(step);
  return true;
}

/// What was sent may be lost: it is found out again where the logs agree.
void Consensus::on_reset(const port::Step& step, NodeId node) {
  Peer* lost = peer(node);
  if (lost != nullptr && loaded_ && standing_ == Standing::leader) {
    lost->pace = Peer::Pace::probe;
    lost->probing = false;
    lost->in_flight.clear();
    lost->next = std::max(lost->match + 1, log_.first());
    end(step);
  }
}

/// What every event may have made possible.
void Consensus::end(const port::Step& step) {
  advance_commit();
  apply_committed(step);
  take_snapshot(step);
  replicate(step);
  log_.write(step);
  set_alarm(step);
}

void Consensus::set_alarm(const port::Step& step) {
  alarm_.want(std::min({election_at_, heartbeat_at_, check_at_}), step.ports);
}

// --- saying --------------------------------------------------------------------------------------

/// Answers wait for the ballot; requests for votes do not: what they promise is counted only when
/// it is durable.
template <class T>
void Consensus::say(const port::Step& step, NodeId to, port::Lane lane, const T& message) {
  port::Message encoded = port::encode(message, 0);
  if (lane == port::Lane::response && !ballot_.durable()) {
    held_.push_back({to, lane, std::move(encoded)});
  } else {
    step.send(to, lane, std::move(encoded));
  }
}
template void Consensus::say(const port::Step&, NodeId, port::Lane, const RequestVote&);
template void Consensus::say(const port::Step&, NodeId, port::Lane, const Vote&);
template void Consensus::say(const port::Step&, NodeId, port::Lane, const AppendEntries&);
template void Consensus::say(const port::Step&, NodeId, port::Lane, const Appended&);
template void Consensus::say(const port::Step&, NodeId, port::Lane, const InstallSnapshot&);
template void Consensus::say(const port::Step&, NodeId, port::Lane, const SnapshotInstalled&);

void Consensus::release_held(const port::Step& step) {
  if (!ballot_.durable()) {
    return;
  }
  for (HeldMessage& it : held_) {
    step.send(it.to, it.lane, std::move(it.message));
  }
  held_.clear();
}

Consensus::Peer* Consensus::peer(NodeId node) {
  const auto found = std::ranges::find(peers_, node, &Peer::node);
  return found == peers_.end() ? nullptr : &*found;
}

/// Nothing for an index that lies ahead, or whose entry is gone.
std::optional<Term> Consensus::term_at(LogIndex index) const {
  if (index == LogIndex(0)) {
    return Term(0);
  }
  if (log_.has(index)) {
    return log_.at(index).term;
  }
  const Snapshot& snapshot = snapshot_.current();
  return index == snapshot.last_index ? std::optional(snapshot.last_term) : std::nullopt;
}

// --- the state machine ---------------------------------------------------------------------------

void Consensus::apply_committed(const port::Step& step) {
  while (applied_ < committed_ && log_.has(applied_ + 1)) {
    ++applied_;
    const Entry& entry = log_.at(applied_);
    probe_.applied(membership_.self, applied_, entry);
    if (!entry.command.empty()) {
      machine_.apply(step, applied_, entry.command);
    }
  }
}

void Consensus::take_snapshot(const port::Step& step) {
  const LogIndex last = snapshot_.current().last_index;
  if (snapshot_.writing() || applied_ - last < config_.snapshot_entries) {
    return;
  }
  Bytes state = machine_.snapshot();
  step.meter().charge(port::Work::bytes_copied, state.size());
  snapshot_.write(step, {applied_, *term_at(applied_), std::move(state)});
}

void Consensus::snapshot_written(const port::Step& step) {
  snapshot_.on_written();
  const Snapshot& snapshot = snapshot_.current();
  if (snapshot.last_index > applied_) {
    adopt_snapshot(step);
    return;
  }
  const std::uint64_t kept = std::min(config_.retained_entries, snapshot.last_index.value());
  log_.roll();
  log_.drop_before(step, snapshot.last_index + 1 - kept);
}

// --- what the role asks --------------------------------------------------------------------------

std::optional<LogIndex> Consensus::propose(const port::Step& step, Bytes command) {
  ENSURE(!command.empty() && command.size() <= limits::kCommandBytes, "a command has a size");
  if (!active() || log_.last() - applied_ >= limits::kUnapplied) {
    return std::nullopt;
  }
  log_.append({term(), std::move(command)});
  const LogIndex index = log_.last();
  replicate(step);
  log_.write(step);
  return index;
}

std::uint64_t Consensus::read_index(const port::Step& step) {
  ENSURE(active(), "only a leader answers for the state");
  ++asked_reads_;
  if (!read_round_) {
    begin_round(step);
  }
  return asked_reads_;
}

}  // namespace wavetank::raft
