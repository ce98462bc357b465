// Who leads: timeouts, votes, and giving up (paper, 5.2 and 5.4.1; thesis, 4.2.3, 6.2, 9.6).

#include <algorithm>

#include "engine/base/sometimes.h"
#include "engine/coordination/raft/consensus.h"

namespace wavetank::raft {

/// Another server is in this term: whatever one was before, one follows in it.
void Consensus::note_term(const port::Step& step, Term term) {
  if (term <= ballot_.term()) {
    return;
  }
  if (standing_ == Standing::leader) {
    SOMETIMES("raft/leader-is-deposed");
    stop_leading();
  }
  held_.clear();
  ballot_.enter(step, term, std::nullopt);
  follow(step, std::nullopt);
}

void Consensus::follow(const port::Step& step, std::optional<NodeId> leader) {
  standing_ = Standing::follower;
  leader_ = leader;
  agreed_ = LogIndex(0);
  owes_answer_ = false;
  if (election_at_ == Time::never()) {
    draw_election_deadline(step);
  }
}

void Consensus::stop_leading() {
  probe_.stepped_down(membership_.self, term());
  heartbeat_at_ = check_at_ = Time::never();
  read_round_.reset();
}

/// The date of the n-th tick after `at`.
Time Consensus::tick_after(Time at, std::int64_t ticks) const {
  const Duration tick = config_.heartbeat_interval;
  return first_tick_ + tick * ((at - first_tick_) / tick + ticks);
}

void Consensus::draw_election_deadline(const port::Step& step) {
  if (config_.counts_ticks) {
    const std::int64_t least = config_.election_timeout_min / config_.heartbeat_interval;
    const std::int64_t end = config_.election_timeout_max / config_.heartbeat_interval;
    const auto span = static_cast<std::uint64_t>(std::max(end - least, std::int64_t{1}));
    const auto drawn = static_cast<std::int64_t>(step.ports.random() % span);
    election_at_ = tick_after(step.now.monotonic, least + drawn);
    return;
  }
  const std::int64_t least = config_.election_timeout_min.ns();
  const auto span = static_cast<std::uint64_t>(config_.election_timeout_max.ns() - least);
  // Of 2^64 values so few are surplus that no draw differs from a uniform one.
  const std::uint64_t drawn = step.ports.random() % (span + 1);
  election_at_ = step.now.monotonic + Duration(least + static_cast<std::int64_t>(drawn));
}

bool Consensus::hears_leader(const port::Step& step) const {
  if (standing_ == Standing::leader || leader_heard_ == Time::never()) {
    return standing_ == Standing::leader;
  }
  if (config_.counts_ticks) {
    const std::int64_t ticks = config_.election_timeout_min / config_.heartbeat_interval;
    return step.now.monotonic < tick_after(leader_heard_, ticks);
  }
  return step.now.monotonic - leader_heard_ < config_.election_timeout_min;
}

// --- standing for election -----------------------------------------------------------------------

void Consensus::stand(const port::Step& step) {
  if (!config_.pre_vote || peers_.empty()) {
    campaign(step);
    return;
  }
  standing_ = Standing::pre_candidate;
  leader_.reset();
  draw_election_deadline(step);
  ask_for_votes(step, true);
}

void Consensus::campaign(const port::Step& step) {
  if (standing_ == Standing::candidate) {
    SOMETIMES("raft/election-comes-to-nothing");
  }
  standing_ = Standing::candidate;
  leader_.reset();
  held_.clear();
  ballot_.enter(step, term() + 1, membership_.self);
  probe_.stands_for_election(membership_.self, term());
  draw_election_deadline(step);
  ask_for_votes(step, false);
}

void Consensus::ask_for_votes(const port::Step& step, bool pre) {
  const RequestVote request{pre ? term() + 1 : term(), pre, log_.last(), last_term()};
  for (Peer& it : peers_) {
    it.granted = false;
    say(step, it.node, port::Lane::request, request);
  }
}

void Consensus::on_vote(const port::Step& step, Peer& from, const Vote& vote) {
  const bool for_this = vote.pre ? standing_ == Standing::pre_candidate && vote.term == term() + 1
                                 : standing_ == Standing::candidate && vote.term == term();
  if (vote.granted && for_this) {
    from.granted = true;
    count_votes(step);
  } else if (!vote.granted) {
    note_term(step, vote.term);
  }
}

void Consensus::count_votes(const port::Step& step) {
  const auto granted =
      1 + static_cast<std::size_t>(std::ranges::count(peers_, true, &Peer::granted));
  if (granted < majority()) {
    return;
  }
  if (standing_ == Standing::pre_candidate) {
    campaign(step);
  } else if (standing_ == Standing::candidate && ballot_.durable()) {
    lead(step);
  }
}

// --- voting --------------------------------------------------------------------------------------

void Consensus::on_request_vote(const port::Step& step, NodeId from, const RequestVote& request) {
  const bool settled = config_.check_quorum && hears_leader(step);
  if (settled && request.term > term() && !request.pre) {
    SOMETIMES("raft/candidate-is-ignored");
    return;  // it has been away; the leader that others hear is none of its business
  }
  const bool newer_log =
      std::pair(request.last_term, request.last_index) >= std::pair(last_term(), log_.last());
  if (request.pre) {
    const bool granted = request.term > term() && newer_log && !hears_leader(step);
    say(step, from, port::Lane::response, Vote{granted ? request.term : term(), true, granted});
    return;
  }
  note_term(step, request.term);
  const bool free = !ballot_.voted_for() || ballot_.voted_for() == from;
  const bool granted = request.term == term() && free && newer_log;
  if (granted) {
    if (!ballot_.voted_for()) {
      ballot_.vote(step, from);
    }
    draw_election_deadline(step);
  } else if (request.term == term() && standing_ == Standing::candidate) {
    SOMETIMES("raft/vote-is-split");
  } else if (request.term == term() && free) {
    SOMETIMES("raft/vote-refused-to-shorter-log");
  }
  say(step, from, port::Lane::response, Vote{term(), false, granted});
}

// --- leading -------------------------------------------------------------------------------------

void Consensus::lead(const port::Step& step) {
  standing_ = Standing::leader;
  leader_ = membership_.self;
  election_at_ = Time::never();
  for (Peer& it : peers_) {
    const NodeId node = it.node;
    it = Peer{};
    it.node = node;
    it.heard = step.now.monotonic;
    it.next = log_.last() + 1;
    it.answered = round_;
  }
  probe_.elected(membership_.self, term());
  log_.append({term(), {}});
  begun_at_ = log_.last();
  if (config_.check_quorum && !peers_.empty()) {
    check_at_ = step.now.monotonic + config_.election_timeout_min;
  }
  ++round_;
  if (!peers_.empty()) {
    heartbeat_at_ = next_heartbeat(step);
  }
}

void Consensus::check_quorum(const port::Step& step) {
  const Time since = step.now.monotonic - config_.election_timeout_max;
  const auto heard = 1 + static_cast<std::size_t>(std::ranges::count_if(
                             peers_, [&](const Peer& it) { return it.heard >= since; }));
  if (heard >= majority()) {
    check_at_ = step.now.monotonic + config_.election_timeout_min;
    return;
  }
  SOMETIMES("raft/leader-without-quorum-steps-down");
  stop_leading();
  follow(step, std::nullopt);
}

}  // namespace wavetank::raft
