#pragma once

// What must never happen in a quorum (paper, figure 3), judged from what its servers show: it
// shares no code with them.

#include <map>
#include <string>
#include <vector>

#include "engine/coordination/raft/probe.h"

namespace wavetank::raft::test {

class Oracle final : public Probe {
 public:
  void elected(NodeId leader, Term term) override;
  void applied(NodeId server, LogIndex index, const Entry& entry) override;
  void restored(NodeId server, LogIndex last, Term term) override;
  /// A process begins with empty memory.
  void began(NodeId server) { applied_[server] = 0; }
  /// The log that a leader begins with, first to last.
  void leads_with(NodeId leader, std::uint64_t first, const std::vector<std::string>& commands);

  /// Empty: all is well.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  [[nodiscard]] std::size_t elections() const { return leaders_.size(); }
  /// What stands at each index, as the first server that applied it said.
  [[nodiscard]] const std::map<std::uint64_t, std::string>& history() const { return history_; }

 private:
  std::map<std::uint64_t, NodeId> leaders_;       ///< by term
  std::map<std::uint64_t, std::string> history_;  ///< "term/command" by index
  std::map<NodeId, std::uint64_t> applied_;       ///< last index
  std::vector<std::string> violations_;
};

/// How the oracle writes an entry.
std::string written(const Entry& entry);

}  // namespace wavetank::raft::test
