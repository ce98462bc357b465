#pragma once

// Between the members of a group and its coordinator.

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

struct CommittedOffset {
  PartitionId partition;
  Offset offset;
};
struct OffsetCommitRequest {
  static constexpr ApiKey api = ApiKey::offset_commit;
  std::string group;
  std::vector<CommittedOffset> offsets;
};
struct OffsetCommitResponse {
  static constexpr ApiKey api = ApiKey::offset_commit;
  ErrorCode error = ErrorCode::none;
};
struct OffsetFetchRequest {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  std::string group;
};
struct OffsetFetchResponse {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  ErrorCode error = ErrorCode::none;
  std::vector<CommittedOffset> offsets;  ///< ascending by partition; absent: never committed
};

}  // namespace wavetank::log
