#pragma once

// What leader and learners have in common, and what they tell the server above them.

#include <vector>

#include "engine/coordination/broadcast/store.h"
#include "engine/coordination/protocol/connection.h"
#include "engine/coordination/protocol/peer_messages.h"

namespace wavetank::coordination {

/// The server above. Calls come within a step, in the order of the transactions.
class BroadcastUser {
 public:
  virtual ~BroadcastUser() = default;

  /// Leader: a quorum follows. Learner: up to date with such a leader. Clients may be served.
  virtual void serve(const Step& step) = 0;
  /// Committed and applied.
  virtual void delivered(const Step& step, const Delivered& delivered) = 0;

  // at the leader
  virtual void forwarded(const Step& step, NodeId learner, const Forward& request) = 0;
  virtual bool revalidate(const Step& step, NodeId learner, SessionId session) = 0;
  virtual void touched(const Step& step, const std::vector<SessionId>& sessions) = 0;

  // at a learner
  virtual void revalidated(const Step& step, SessionId session, bool valid) = 0;
  virtual void synced(const Step& step, SessionId session, Xid xid) = 0;
  /// Sessions heard of here since the last call, ascending.
  virtual std::vector<SessionId> take_touched() = 0;
};

/// What a server's broadcast works with; all outlive it.
struct BroadcastParts {
  NodeId self;
  const Ensemble& ensemble;
  const ServerConfig& config;
  Store& store;
  Probe& probe;
  BroadcastUser& user;
};

}  // namespace wavetank::coordination
