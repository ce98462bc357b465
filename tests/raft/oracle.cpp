#include "tests/raft/oracle.h"

namespace wavetank::raft::test {

std::string written(const Entry& entry) {
  return std::to_string(entry.term.value()) + "/" + std::string(as_text(entry.command));
}

void Oracle::elected(NodeId leader, Term term) {
  const auto [found, first] = leaders_.emplace(term.value(), leader);
  if (!first && found->second != leader) {
    violations_.push_back("election safety: two leaders in term " + std::to_string(term.value()));
  }
}

void Oracle::applied(NodeId server, LogIndex index, const Entry& entry) {
  std::uint64_t& last = applied_[server];
  if (index.value() != last + 1) {
    violations_.push_back("a server skipped or repeated index " + std::to_string(index.value()));
  }
  last = index.value();
  const auto [found, first] = history_.emplace(index.value(), written(entry));
  if (!first && found->second != written(entry)) {
    violations_.push_back("state machine safety: index " + std::to_string(index.value()) + " is " +
                          found->second + " and " + written(entry));
  }
}

void Oracle::restored(NodeId server, LogIndex last, Term term) {
  applied_[server] = last.value();
  const auto found = history_.find(last.value());
  if (found == history_.end() ||
      found->second.substr(0, found->second.find('/')) != std::to_string(term.value())) {
    violations_.push_back("a snapshot ends with what was never applied");
  }
}

void Oracle::leads_with(NodeId /*leader*/, std::uint64_t first,
                        const std::vector<std::string>& commands) {
  for (const auto& [index, entry] : history_) {
    const bool holds =
        index < first || (index - first < commands.size() &&
                          commands[static_cast<std::size_t>(index - first)] == entry);
    if (!holds) {
      violations_.push_back("leader completeness: index " + std::to_string(index) + " is missing");
      return;
    }
  }
}

}  // namespace wavetank::raft::test
