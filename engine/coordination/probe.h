#pragma once

// What the ensemble lets an observer see. The engine has no logger: a host that wants to draw,
// measure or check gets these calls, at the moment the state changes. They must not change
// anything.

#include <cstdint>
#include <string_view>

#include "engine/coordination/types.h"

namespace wavetank::coordination {

/// How a server stands to the ensemble.
enum class Standing : std::uint8_t {
  recovering,  ///< reads its files
  looking,     ///< for a leader
  following,
  leading,
  observing,
  failed  ///< its log is corrupt: it takes no part until it is wiped
};

class Probe {
 public:
  virtual ~Probe() = default;

  virtual void standing_changed(NodeId /*server*/, Standing /*standing*/) {}
  /// Elected by votes; it leads for good only once `established`.
  virtual void elected(NodeId /*leader*/) {}
  /// A quorum has accepted `epoch` and holds the leader's history, which ends with `history`.
  virtual void established(NodeId /*leader*/, Epoch /*epoch*/, Zxid /*history*/) {}
  virtual void gave_up(NodeId /*leader*/, Epoch /*epoch*/) {}
  virtual void proposed(NodeId /*leader*/, Zxid /*zxid*/) {}
  /// The transaction, whose bytes have this hash, is known here to be committed, and applied.
  virtual void delivered(NodeId /*server*/, Zxid /*zxid*/, std::uint64_t /*hash*/) {}
  /// The server's tree was replaced: by a snapshot of the leader, by its own files read again, or
  /// by all that it has logged, committed or not, before it votes.
  /// It has promised `accepted` to a leader, and will follow none of an earlier epoch.
  virtual void reloaded(NodeId /*server*/, Zxid /*last*/, Epoch /*accepted*/) {}
  virtual void snapshot_taken(NodeId /*server*/, Zxid /*zxid*/) {}
  virtual void session_opened(SessionId /*session*/) {}
  /// By its client, or because it was silent for its timeout.
  virtual void session_closed(SessionId /*session*/, bool /*expired*/) {}
};

}  // namespace wavetank::coordination
