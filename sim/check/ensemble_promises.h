#pragma once

// What the servers of an ensemble have told each other, held against what they find in their files
// when they come back (Junqueira, Reed and Serafini, "Zab", DSN 2011, section 4: histories and
// epochs are on stable storage before they are acknowledged):
//  - a server that comes back knows of every epoch that it has promised a leader;
//  - it has the transactions that it acknowledged, unless a leader had it cut them;
//  - it has those that it committed as a leader, unless a quorum of others had acknowledged them.
//
// Cannot see: what is lost and never read from disk again; votes of elections, which nobody has to
// remember.

#include <cstdint>
#include <map>
#include <utility>

#include "engine/coordination/config.h"
#include "engine/coordination/protocol/peer_messages.h"
#include "reports/result.h"
#include "sim/check/judgement.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

class EnsemblePromises final : public NodeWatch {
 public:
  /// REQUIRES: `ensemble` outlives it, and is complete before anything is told.
  explicit EnsemblePromises(const coordination::Ensemble& ensemble) : ensemble_(ensemble) {}

  // NodeWatch
  void told(NodeId from, NodeId to, port::Lane lane, const port::Message& message) override;
  void wiped(NodeId server) override { promises_.erase(server); }

  /// A server has read its files: its history ends with `last`.
  void recovered(NodeId server, coordination::Zxid last, coordination::Epoch accepted);

  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  struct Promise {
    coordination::Epoch accepted;
    coordination::Zxid holds;
  };

  void told_acknowledgement(NodeId server, coordination::Zxid zxid);
  void told_commit(NodeId leader, coordination::Zxid zxid);

  const coordination::Ensemble& ensemble_;
  std::map<NodeId, Promise> promises_;
  /// What each was last offered, by the number of the connection.
  std::map<std::pair<NodeId, std::uint32_t>, coordination::Epoch> offered_;
  Judgement judgement_{"coordination/promises"};
};

}  // namespace wavetank::sim
