#pragma once

// The state that the service's log drives: keys with their revisions, and what every session was
// last answered, so that a transaction that comes twice is done once (thesis, 6.3). The same
// commands in the same order give the same state, bytes of snapshots included.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/coordination/kv/command.h"
#include "engine/coordination/raft/types.h"

namespace wavetank::kv {

class Store {
 public:
  /// What applying a command gave.
  struct Applied {
    ErrorCode error = ErrorCode::ok;
    SessionId session = kNoSession;  ///< the one opened, or that of the change
    Bytes outcome;                   ///< of a change that was done, now or before
  };

  Applied apply(raft::LogIndex index, const Command& command);

  [[nodiscard]] Outcome read(const std::vector<std::string>& keys) const;
  /// Null if it is not there; valid until the next change.
  [[nodiscard]] const KeyValue* find(const std::string& key) const;

  [[nodiscard]] Revision revision() const { return revision_; }
  [[nodiscard]] std::size_t keys() const { return keys_.size(); }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

  [[nodiscard]] Bytes snapshot() const;
  /// Takes what `snapshot` gave; false, with the store as it was, if the bytes are none.
  bool restore(ByteView snapshot);

 private:
  struct Session {
    raft::LogIndex last_used;
    Sequence settled;
    std::map<Sequence, Bytes> outcomes;  ///< of what the client may ask for again
  };

  Applied open_session(raft::LogIndex index);
  Applied change(raft::LogIndex index, const Command& command);
  Outcome execute(const Transaction& transaction);
  [[nodiscard]] bool holds(const Compare& compare) const;
  KeyValue carry_out(const Operation& operation, Revision as, bool& changed);

  Revision revision_{1};
  std::map<std::string, KeyValue> keys_;
  std::map<SessionId, Session> sessions_;
};

}  // namespace wavetank::kv
