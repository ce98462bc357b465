#pragma once

// The leader's watch over sessions: which are open, which server each belongs to, and when each
// expires unless something is heard of it. Expiry is rounded up to the next tick, so that sessions
// expire in groups, never early.

#include <map>
#include <set>
#include <vector>

#include "engine/base/time.h"
#include "engine/coordination/types.h"

namespace wavetank::port {
class Description;  // port/description.h
}

namespace wavetank::coordination {

class SessionTracker {
 public:
  explicit SessionTracker(Duration tick) : tick_(tick) {}

  void open(SessionId session, Duration timeout, NodeId owner, Time now);
  void close(SessionId session);
  /// Something was heard of it. Unknown and closing sessions are not revived.
  void touch(SessionId session, Time now);
  /// False if it is not open (any more).
  bool give_to(SessionId session, NodeId owner, Time now);
  /// Whom it was last given to; kNoServer owns what nobody claimed since this leader began.
  [[nodiscard]] NodeId owner(SessionId session) const;
  /// Sessions that expired by now, by their ids within a tick: from here on they are closing.
  std::vector<SessionId> expire(Time now);
  /// Its end is on the way: nothing more is accepted from it.
  void begin_close(SessionId session);
  /// Open, and its end is not on the way.
  [[nodiscard]] bool alive(SessionId session) const;
  /// For who looks: every open session, and when it expires.
  void describe(port::Description& out) const;

 private:
  struct Session {
    Duration timeout{};
    Time expires;
    NodeId owner = kNoServer;
    bool closing = false;
  };

  void schedule(SessionId id, Session& session, Time now);
  void unschedule(SessionId id, const Session& session);

  Duration tick_;
  std::map<SessionId, Session> sessions_;
  std::map<Time, std::set<SessionId>> by_expiry_;
};

}  // namespace wavetank::coordination
