#pragma once

// The replicas of one broker by partition, and the storage tokens that name them.

#include <memory>
#include <vector>

#include "engine/log/replication/replica.h"

namespace wavetank::log {

class ReplicaTable {
 public:
  explicit ReplicaTable(std::uint32_t partition_count) : replicas_(partition_count) {}

  /// Null if this broker has none; for any id.
  [[nodiscard]] Replica* find(PartitionId p) {
    return p.value() < replicas_.size() ? replicas_[p.value()].get() : nullptr;
  }
  [[nodiscard]] const Replica* find(PartitionId p) const {
    return p.value() < replicas_.size() ? replicas_[p.value()].get() : nullptr;
  }
  Replica& put(std::unique_ptr<Replica> replica) {
    auto& place = replicas_[replica->partition().value()];
    place = std::move(replica);
    return *place;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& replica : replicas_) {
      if (replica) {
        visit(*replica);
      }
    }
  }

 private:
  std::vector<std::unique_ptr<Replica>> replicas_;
};

/// Why this broker cannot serve a client or follower that knows this leader epoch (-1: none).
inline ErrorCode leader_refusal(const Replica* replica, LeaderEpoch known) {
  if (replica == nullptr || !replica->leads()) {
    return ErrorCode::not_leader_or_follower;
  }
  if (known != kNoLeaderEpoch && known != replica->epoch()) {
    return known < replica->epoch() ? ErrorCode::fenced_leader_epoch
                                    : ErrorCode::unknown_leader_epoch;
  }
  return ErrorCode::none;
}

/// What a broker waits for from its files; the token's high half. The low half is the partition.
enum class StorageWait : std::uint32_t {
  durable = 1,
  recovery,
  fetch,
  truncation,
  offset_load,
  transaction_load,
  time_lookup,
  cleaning,
  flush
};

constexpr port::StorageToken token_of(StorageWait wait, PartitionId p) {
  return port::StorageToken((static_cast<std::uint64_t>(wait) << 32) | p.value());
}
constexpr StorageWait wait_of(port::StorageToken token) {
  return static_cast<StorageWait>(token.value() >> 32);
}
constexpr PartitionId partition_of(port::StorageToken token) {
  return PartitionId(static_cast<std::uint32_t>(token.value()));
}

}  // namespace wavetank::log
