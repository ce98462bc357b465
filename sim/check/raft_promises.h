#pragma once

// What the servers of a Raft quorum have told each other, held against what they find in their
// files when they come back (Ongaro and Ousterhout, 2014, figure 2: "updated on stable storage
// before responding to RPCs"):
//  - a server gives one vote a term;
//  - a server that comes back knows of every term in which it has spoken, and its vote in it;
//  - it has the entries that it said it held, or a later leader has had it cut them;
//  - it has those that it committed as a leader, unless a majority of others had said the same, or
//    a leader before it had committed them.
//
// Cannot see: what is lost and never read from disk again.

#include <cstdint>
#include <map>
#include <optional>

#include "engine/coordination/raft/messages.h"
#include "reports/result.h"
#include "sim/check/judgement.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

class RaftPromises final : public NodeWatch {
 public:
  /// Of so many servers.
  explicit RaftPromises(std::size_t servers) : servers_(servers) {}

  // NodeWatch
  void told(NodeId from, NodeId to, port::Lane lane, const port::Message& message) override;
  void wiped(NodeId server) override { promises_.erase(server); }

  /// A server has read its files.
  void recovered(NodeId server, raft::Term term, std::optional<NodeId> voted_for,
                 raft::LogIndex last);

  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  struct Promise {
    raft::Term term;      ///< the newest in which it spoke
    raft::Term voted_in;  ///< zero: it has not voted
    std::optional<NodeId> voted_for;
    raft::LogIndex holds;
    raft::Term holds_of;  ///< of the leader to whom it said so, or its own
  };

  /// One a term.
  struct Leadership {
    std::optional<raft::LogIndex> inherited;  ///< committed when the leader first spoke
    std::map<NodeId, raft::LogIndex> holds;   ///< what others said to it, wiped since or not
  };

  void spoke(NodeId server, raft::Term term);
  void told_vote(NodeId voter, NodeId candidate, const raft::Vote& vote);
  void give_vote(NodeId voter, NodeId candidate, raft::Term term);
  void told_entries(NodeId leader, NodeId follower, const raft::AppendEntries& request);
  void told_appended(NodeId follower, const raft::Appended& answer);
  void may_cut(NodeId server, raft::LogIndex index, raft::Term term);
  void hold(NodeId server, raft::LogIndex index, raft::Term term);
  [[nodiscard]] bool counted_itself(NodeId leader, const raft::AppendEntries& request);

  std::size_t servers_;
  std::map<NodeId, Promise> promises_;
  std::map<raft::Term, Leadership> leaderships_;
  Judgement judgement_{"raft/promises"};
};

}  // namespace wavetank::sim
