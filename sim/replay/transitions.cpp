#include "sim/replay/transitions.h"

#include <algorithm>
#include <array>

namespace wavetank::sim {

namespace {

struct Word {
  char glyph;
  std::string_view meaning;
};
/// By Change.
constexpr std::array<Word, kChanges> kWords{{
    {'S', "process began"},
    {'E', "process ended"},
    {'{', "fault began"},
    {'}', "fault ended"},
    {'^', "leads"},
    {'v', "follows"},
    {'?', "stands for election"},
    {'x', "log cut"},
    {'o', "read from files"},
    {'*', "leader elected"},
    {'0', "no leader"},
    {'=', "in-sync set"},
    {'+', "registered"},
    {'-', "fenced"},
    {'>', "retention or cleaning"},
    {'m', "moved"},
    {'g', "consumer group"},
    {'t', "transaction decided"},
    {'s', "session"},
    {'!', "refused"},
}};

}  // namespace

char glyph(Change change) {
  return kWords[static_cast<std::size_t>(change)].glyph;
}
std::string_view meaning(Change change) {
  return kWords[static_cast<std::size_t>(change)].meaning;
}

void Transitions::note(Time at, NodeId node, Change change, const std::string& subject,
                       const std::string& what) {
  Ring& ring = rings_[node];
  for (auto it = ring.kept.rbegin(); it != ring.kept.rend() && it->at == at; ++it) {
    if (it->change == change && it->what == what && !subject.empty() && it->times == 1) {
      if (std::ranges::find(it->subjects, subject) == it->subjects.end()) {
        it->subjects.push_back(subject);
      }
      return;
    }
  }
  const std::vector<std::string> subjects(subject.empty() ? 0 : 1, subject);
  if (!ring.kept.empty()) {
    Transition& newest = ring.kept.back();
    if (newest.change == change && newest.what == what && newest.subjects == subjects) {
      ++newest.times;
      newest.last = at;
      return;
    }
  }
  if (ring.kept.size() == kKept) {
    ring.kept.pop_front();
    ++ring.forgotten;
  }
  ring.kept.push_back({at, change, subjects, what, 1, at});
}

std::vector<Transition> Transitions::last(NodeId node, std::size_t most) const {
  const auto found = rings_.find(node);
  if (found == rings_.end()) {
    return {};
  }
  const std::deque<Transition>& kept = found->second.kept;
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, kept.size()));
  return {kept.end() - count, kept.end()};
}

std::uint64_t Transitions::forgotten(NodeId node) const {
  const auto found = rings_.find(node);
  return found == rings_.end() ? 0 : found->second.forgotten;
}

}  // namespace wavetank::sim
