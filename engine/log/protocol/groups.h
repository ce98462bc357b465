#pragma once

// Between the members of a group and its coordinator: the classic group protocol (JoinGroup,
// SyncGroup, Heartbeat, LeaveGroup) with member ids given before the join (KIP-394), static members
// (KIP-345) and joins that need no assignment (KIP-814), and the group's committed offsets, also
// those that are committed in a producer's transaction (KIP-98, KIP-447).

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/log/protocol/envelope.h"
#include "engine/log/types.h"

namespace wavetank::log {

struct FindCoordinatorRequest {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  std::string group;
};
struct FindCoordinatorResponse {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  ErrorCode error = ErrorCode::none;
  NodeId coordinator = kNoNode;
};

/// Who speaks, as the coordinator knows them.
struct MemberIdentity {
  std::string member;    ///< given by the coordinator; empty: none yet
  std::string instance;  ///< group.instance.id of a static member; empty: a dynamic one

  friend bool operator==(const MemberIdentity&, const MemberIdentity&) = default;
};

/// A way to share the partitions out that a member knows, and what its leader must know of the
/// member for it (groups/consumer_protocol.h). The coordinator does not read it.
struct GroupProtocol {
  std::string name;
  std::string metadata;

  friend bool operator==(const GroupProtocol&, const GroupProtocol&) = default;
};

struct JoinGroupRequest {
  static constexpr ApiKey api = ApiKey::join_group;
  std::string group;
  Duration session_timeout;
  Duration rebalance_timeout;
  MemberIdentity identity;
  std::vector<GroupProtocol> protocols;  ///< the one it prefers first
};
struct JoinGroupResponse {
  static constexpr ApiKey api = ApiKey::join_group;
  struct Member {
    MemberIdentity identity;
    std::string metadata;
  };
  ErrorCode error = ErrorCode::none;  ///< member_id_required: join again with `member`
  Generation generation = kNoGeneration;
  std::string protocol;
  std::string leader;
  std::string member;
  bool skip_assignment = false;  ///< the assignment stands, though the leader has come back
  std::vector<Member> members;   ///< for the leader alone
};

struct SyncGroupRequest {
  static constexpr ApiKey api = ApiKey::sync_group;
  struct Assigned {
    std::string member;
    std::string assignment;
  };
  std::string group;
  Generation generation = kNoGeneration;
  MemberIdentity identity;
  std::vector<Assigned> assignments;  ///< from the leader alone
};
struct SyncGroupResponse {
  static constexpr ApiKey api = ApiKey::sync_group;
  ErrorCode error = ErrorCode::none;
  std::string assignment;
};

struct HeartbeatRequest {
  static constexpr ApiKey api = ApiKey::heartbeat;
  std::string group;
  Generation generation = kNoGeneration;
  MemberIdentity identity;
};
struct HeartbeatResponse {
  static constexpr ApiKey api = ApiKey::heartbeat;
  ErrorCode error = ErrorCode::none;
};

struct LeaveGroupRequest {
  static constexpr ApiKey api = ApiKey::leave_group;
  std::string group;
  MemberIdentity identity;
};
struct LeaveGroupResponse {
  static constexpr ApiKey api = ApiKey::leave_group;
  ErrorCode error = ErrorCode::none;
};

struct CommittedOffset {
  PartitionId partition;
  Offset offset;

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};
struct OffsetCommitRequest {
  static constexpr ApiKey api = ApiKey::offset_commit;
  std::string group;
  Generation generation = kNoGeneration;  ///< kNoGeneration: of no member; the group must be empty
  MemberIdentity identity;
  std::vector<CommittedOffset> offsets;
};
struct OffsetCommitResponse {
  static constexpr ApiKey api = ApiKey::offset_commit;
  ErrorCode error = ErrorCode::none;
};
/// From a transactional producer: the offsets are the group's when its transaction is committed.
/// Who is no member of this generation is refused.
struct TxnOffsetCommitRequest {
  static constexpr ApiKey api = ApiKey::txn_offset_commit;
  std::string group;
  ProducerId producer;
  ProducerEpoch epoch;
  Generation generation = kNoGeneration;
  MemberIdentity identity;
  std::vector<CommittedOffset> offsets;
};
struct TxnOffsetCommitResponse {
  static constexpr ApiKey api = ApiKey::txn_offset_commit;
  ErrorCode error = ErrorCode::none;
};
struct OffsetFetchRequest {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  std::string group;
  std::vector<PartitionId> partitions;  ///< empty: all that the group has committed
  /// unstable_offset_commit while a transaction that may change them is open.
  bool require_stable = false;
};
struct OffsetFetchResponse {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  ErrorCode error = ErrorCode::none;
  std::vector<CommittedOffset> offsets;  ///< ascending by partition; absent: never committed
};

}  // namespace wavetank::log
