#pragma once

// Between servers: votes, and Zab's phases (DSN 2011, section 4; Medeiros, "ZooKeeper's atomic
// broadcast protocol: theory and practice", 2012, for the phases as ZooKeeper has them).

#include <string>
#include <vector>

#include "engine/coordination/probe.h"
#include "engine/coordination/protocol/client_messages.h"

namespace wavetank::coordination {

/// Whom a server would have lead, and how far that one has got.
struct Vote {
  NodeId leader = kNoServer;
  Zxid zxid;
  Epoch epoch;

  friend bool operator==(const Vote&, const Vote&) = default;
};
void fields(auto& f, port::Is<Vote> auto& m) {
  f(m.leader), f(m.zxid), f(m.epoch);
}
/// The order of votes: by epoch, then by zxid, then by id.
bool better(const Vote& a, const Vote& b);

struct Notification {
  static constexpr Api api = Api::notification;
  std::uint64_t round = 0;
  Standing standing = Standing::looking;
  Vote vote;
};
void fields(auto& f, port::Is<Notification> auto& m) {
  f(m.round), f(m.standing), f(m.vote);
}

// ------------------------------------------------------------------------- a learner to its leader

struct FollowerInfo {
  static constexpr Api api = Api::follower_info;
  std::uint32_t connection = 0;
  Epoch accepted;
};
void fields(auto& f, port::Is<FollowerInfo> auto& m) {
  f(m.connection), f(m.accepted);
}

struct AckEpoch {
  static constexpr Api api = Api::ack_epoch;
  std::uint32_t connection = 0;
  /// False if the same epoch had been promised before: it may have been to another leader, and a
  /// promise counts once.
  bool counts = true;
  Epoch current;
  Zxid last;
};
void fields(auto& f, port::Is<AckEpoch> auto& m) {
  f(m.connection), f(m.counts), f(m.current), f(m.last);
}

/// The leader's history is on disk here.
struct AckNewLeader {
  static constexpr Api api = Api::ack_new_leader;
  std::uint32_t connection = 0;
};
void fields(auto& f, port::Is<AckNewLeader> auto& m) {
  f(m.connection);
}

/// The transaction, and all before it, is on disk here.
struct Ack {
  static constexpr Api api = Api::ack;
  std::uint32_t connection = 0;
  Zxid zxid;
};
void fields(auto& f, port::Is<Ack> auto& m) {
  f(m.connection), f(m.zxid);
}

struct PingReply {
  static constexpr Api api = Api::ping_reply;
  std::uint32_t connection = 0;
  std::vector<SessionId> touched;  ///< sessions heard of here since the last one, ascending
};
void fields(auto& f, port::Is<PingReply> auto& m) {
  f(m.connection), f(m.touched);
}

enum class ForwardKind : std::uint8_t { operation, multi, sync, create_session, close_session };

/// A client's request that changes something, or a sync.
struct Forward {
  static constexpr Api api = Api::forward;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;
  Xid xid;
  ForwardKind kind = ForwardKind::operation;
  Duration timeout{};  ///< of create_session
  std::vector<Operation> operations;
};
void fields(auto& f, port::Is<Forward> auto& m) {
  f(m.connection), f(m.session), f(m.xid), f(m.kind), f(m.timeout), f(m.operations);
}

/// A client came with this session: does it live? From now on it belongs to the asking server.
struct Revalidate {
  static constexpr Api api = Api::revalidate;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;
};
void fields(auto& f, port::Is<Revalidate> auto& m) {
  f(m.connection), f(m.session);
}

// ------------------------------------------------------------------------ a leader to its learners

struct LeaderInfo {
  static constexpr Api api = Api::leader_info;
  std::uint32_t connection = 0;
  Epoch epoch;
};
void fields(auto& f, port::Is<LeaderInfo> auto& m) {
  f(m.connection), f(m.epoch);
}

enum class SyncMode : std::uint8_t {
  diff,      ///< proposals follow that the learner lacks
  truncate,  ///< what lies behind `to` was never committed; proposals may follow
  snapshot,  ///< the whole tree follows, in parts
};

struct SyncBegin {
  static constexpr Api api = Api::sync_begin;
  std::uint32_t connection = 0;
  SyncMode mode = SyncMode::diff;
  Zxid to;
};
void fields(auto& f, port::Is<SyncBegin> auto& m) {
  f(m.connection), f(m.mode), f(m.to);
}

struct SnapshotPart {
  static constexpr Api api = Api::snapshot_part;
  std::uint32_t connection = 0;
  Bytes part;
};
void fields(auto& f, port::Is<SnapshotPart> auto& m) {
  f(m.connection), f(m.part);
}

struct Proposal {
  static constexpr Api api = Api::proposal;
  std::uint32_t connection = 0;
  Bytes entry;
};
void fields(auto& f, port::Is<Proposal> auto& m) {
  f(m.connection), f(m.entry);
}

/// That was the history of `epoch`'s leader.
struct NewLeader {
  static constexpr Api api = Api::new_leader;
  std::uint32_t connection = 0;
  Epoch epoch;
};
void fields(auto& f, port::Is<NewLeader> auto& m) {
  f(m.connection), f(m.epoch);
}

/// A quorum has it: serve clients.
struct UpToDate {
  static constexpr Api api = Api::up_to_date;
  std::uint32_t connection = 0;
};
void fields(auto& f, port::Is<UpToDate> auto& m) {
  f(m.connection);
}

struct Commit {
  static constexpr Api api = Api::commit;
  std::uint32_t connection = 0;
  Zxid zxid;
};
void fields(auto& f, port::Is<Commit> auto& m) {
  f(m.connection), f(m.zxid);
}

/// Proposal and commit in one, for observers.
struct Inform {
  static constexpr Api api = Api::inform;
  std::uint32_t connection = 0;
  Bytes entry;
};
void fields(auto& f, port::Is<Inform> auto& m) {
  f(m.connection), f(m.entry);
}

struct Ping {
  static constexpr Api api = Api::ping;
  std::uint32_t connection = 0;
};
void fields(auto& f, port::Is<Ping> auto& m) {
  f(m.connection);
}

struct Revalidated {
  static constexpr Api api = Api::revalidated;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;
  bool valid = false;
};
void fields(auto& f, port::Is<Revalidated> auto& m) {
  f(m.connection), f(m.session), f(m.valid);
}

/// A sync has come through: all that was committed when it was asked for is in this stream before.
struct Synced {
  static constexpr Api api = Api::synced;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;
  Xid xid;
};
void fields(auto& f, port::Is<Synced> auto& m) {
  f(m.connection), f(m.session), f(m.xid);
}

}  // namespace wavetank::coordination
