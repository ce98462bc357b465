#include "engine/coordination/server/session_tracker.h"

#include "engine/base/sometimes.h"

namespace wavetank::coordination {

void SessionTracker::schedule(SessionId id, Session& session, Time now) {
  const Time due = now + session.timeout;
  session.expires = Time((due.ns() / tick_.ns() + 1) * tick_.ns());
  by_expiry_[session.expires].insert(id);
}

void SessionTracker::unschedule(SessionId id, const Session& session) {
  const auto bucket = by_expiry_.find(session.expires);
  if (bucket == by_expiry_.end()) {
    return;
  }
  bucket->second.erase(id);
  if (bucket->second.empty()) {
    by_expiry_.erase(bucket);
  }
}

void SessionTracker::open(SessionId id, Duration timeout, NodeId owner, Time now) {
  close(id);
  Session& session = sessions_[id];
  session.timeout = timeout;
  session.owner = owner;
  schedule(id, session, now);
}

void SessionTracker::close(SessionId id) {
  if (const auto found = sessions_.find(id); found != sessions_.end()) {
    unschedule(id, found->second);
    sessions_.erase(found);
  }
}

void SessionTracker::touch(SessionId id, Time now) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.closing) {
    return;
  }
  if (found->second.expires - found->second.timeout <= now) {  // else it is in the right tick
    unschedule(id, found->second);
    schedule(id, found->second, now);
  }
}

bool SessionTracker::give_to(SessionId id, NodeId owner, Time now) {
  if (!alive(id)) {
    return false;
  }
  NodeId& owned_by = sessions_[id].owner;
  if (owned_by != owner && owned_by != kNoServer) {
    SOMETIMES("session/moves");
  }
  owned_by = owner;
  touch(id, now);
  return true;
}

NodeId SessionTracker::owner(SessionId id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? kNoServer : found->second.owner;
}

std::vector<SessionId> SessionTracker::expire(Time now) {
  std::vector<SessionId> expired;
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    SOMETIMES("session/expires");
    for (const SessionId id : by_expiry_.begin()->second) {
      sessions_[id].closing = true;
      expired.push_back(id);
    }
    by_expiry_.erase(by_expiry_.begin());
  }
  return expired;
}

void SessionTracker::begin_close(SessionId id) {
  if (alive(id)) {
    Session& session = sessions_[id];
    session.closing = true;
    unschedule(id, session);
  }
}

bool SessionTracker::alive(SessionId id) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && !found->second.closing;
}

}  // namespace wavetank::coordination
