#include "sim/check/raft_promises.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

using raft::Api;
using raft::LogIndex;
using raft::Term;

void RaftPromises::told(NodeId from, NodeId to, port::Lane lane, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope) {
    return;
  }
  const bool request = lane == port::Lane::request;
  const auto api = static_cast<Api>(envelope->api);
  // A candidate asks while its own vote is being written: it promises nothing.
  if (api == Api::request_vote && !request) {
    if (const auto it = port::decode<raft::Vote>(message)) {
      told_vote(from, to, *it);
    }
  } else if (api == Api::append_entries && request) {
    if (const auto it = port::decode<raft::AppendEntries>(message)) {
      told_entries(from, to, *it);
    }
  } else if (api == Api::append_entries) {
    if (const auto it = port::decode<raft::Appended>(message)) {
      told_appended(from, *it);
    }
  } else if (api == Api::install_snapshot && request) {
    if (const auto it = port::decode<raft::InstallSnapshot>(message)) {
      may_cut(to, it->last_index, it->term);
    }
  }
}

void RaftPromises::spoke(NodeId server, Term term) {
  Promise& promise = promises_[server];
  promise.term = std::max(promise.term, term);
}

void RaftPromises::told_vote(NodeId voter, NodeId candidate, const raft::Vote& vote) {
  if (vote.pre) {
    return;
  }
  spoke(voter, vote.term);
  if (vote.granted) {
    give_vote(voter, candidate, vote.term);
  }
}

void RaftPromises::give_vote(NodeId voter, NodeId candidate, Term term) {
  judgement_.look();
  Promise& promise = promises_[voter];
  if (promise.voted_in == term && promise.voted_for != candidate) {
    judgement_.breach(fmt::format("server {} voted for {} and for {} in term {}", voter.value(),
                                  promise.voted_for->value(), candidate.value(), term.value()));
  }
  if (term > promise.voted_in) {
    promise.voted_in = term;
    promise.voted_for = candidate;
  }
}

void RaftPromises::told_entries(NodeId leader, NodeId follower,
                                const raft::AppendEntries& request) {
  spoke(leader, request.term);
  give_vote(leader, leader, request.term);  // it has counted its own
  if (counted_itself(leader, request)) {
    hold(leader, request.committed, request.term);
  }
  if (!request.entries.empty()) {
    may_cut(follower, request.previous_index, request.term);
  }
}

/// A leader of a later term may have the server cut what it holds behind this.
void RaftPromises::may_cut(NodeId server, LogIndex index, Term term) {
  Promise& promise = promises_[server];
  if (term > promise.holds_of) {
    promise.holds = std::min(promise.holds, index);
  }
}

void RaftPromises::told_appended(NodeId follower, const raft::Appended& answer) {
  spoke(follower, answer.term);
  if (answer.matches) {
    hold(follower, answer.index, answer.term);
    LogIndex& said = leaderships_[answer.term].holds[follower];
    said = std::max(said, answer.index);
  }
}

void RaftPromises::hold(NodeId server, LogIndex index, Term term) {
  Promise& promise = promises_[server];
  promise.holds = std::max(promise.holds, index);
  promise.holds_of = std::max(promise.holds_of, term);
}

/// What a leader knows to be committed when it first speaks in its term, it has from those before
/// it: it need not have it on disk. Of what comes later it has counted itself where too few others
/// had said in this term that they hold it.
bool RaftPromises::counted_itself(NodeId leader, const raft::AppendEntries& request) {
  Leadership& its = leaderships_[request.term];
  if (!its.inherited) {
    its.inherited = request.committed;
  }
  const auto others = static_cast<std::size_t>(std::ranges::count_if(
      its.holds, [&](auto& it) { return it.first != leader && it.second >= request.committed; }));
  return request.committed > *its.inherited && others < servers_ / 2 + 1;
}

void RaftPromises::recovered(NodeId server, Term term, std::optional<NodeId> voted_for,
                             LogIndex last) {
  const auto found = promises_.find(server);
  if (found == promises_.end()) {
    return;
  }
  const Promise& promise = found->second;
  judgement_.look();
  if (term < promise.term) {
    judgement_.breach(fmt::format("server {} came back in term {}, and had spoken in term {}",
                                  server.value(), term.value(), promise.term.value()));
  } else if (term == promise.voted_in && voted_for != promise.voted_for) {
    judgement_.breach(fmt::format("server {} came back without its vote for {} in term {}",
                                  server.value(), promise.voted_for->value(), term.value()));
  } else if (last < promise.holds) {
    judgement_.breach(
        fmt::format("server {} came back with a log that ends at {}, and had said that it held {}",
                    server.value(), last.value(), promise.holds.value()));
  }
}

}  // namespace wavetank::sim
