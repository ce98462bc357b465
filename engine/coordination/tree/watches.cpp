#include "engine/coordination/tree/watches.h"

#include "engine/coordination/limits.h"

namespace wavetank::coordination {

bool WatchTable::add(WatchKind kind, const std::string& path, SessionId session) {
  std::set<Place>& own = by_session_[session];
  if (own.size() >= limits::kWatchesPerSession && !own.contains({kind, path})) {
    return false;
  }
  own.insert({kind, path});
  watchers_[{kind, path}].insert(session);
  return true;
}

std::vector<SessionId> WatchTable::fire(const TreeEvent& event) {
  std::set<SessionId> concerned;
  if (watchers_.empty()) {
    return {};
  }
  if (event.type != EventType::children_changed) {
    take(WatchKind::data, event.path, concerned);
  }
  if (event.type == EventType::children_changed || event.type == EventType::deleted) {
    take(WatchKind::children, event.path, concerned);
  }
  return {concerned.begin(), concerned.end()};
}

void WatchTable::take(WatchKind kind, const std::string& path, std::set<SessionId>& into) {
  const auto found = watchers_.find({kind, path});
  if (found == watchers_.end()) {
    return;
  }
  for (const SessionId session : found->second) {
    into.insert(session);
    by_session_[session].erase(found->first);
  }
  watchers_.erase(found);
}

void WatchTable::forget(SessionId session) {
  const auto own = by_session_.find(session);
  if (own == by_session_.end()) {
    return;
  }
  for (const Place& place : own->second) {
    const auto found = watchers_.find(place);
    found->second.erase(session);
    if (found->second.empty()) {
      watchers_.erase(found);
    }
  }
  by_session_.erase(own);
}

std::size_t WatchTable::size() const {
  std::size_t total = 0;
  for (const auto& [session, own] : by_session_) {
    total += own.size();
  }
  return total;
}

}  // namespace wavetank::coordination
