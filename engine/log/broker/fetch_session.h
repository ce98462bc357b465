#pragma once

// What a broker remembers of one fetcher between its requests (KIP-227): the partitions it wants
// and from where, which of them may have something to say, and the request that waits, if any.

#include <tsl/robin_map.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

struct FetchSession {
  struct Partition {
    PartitionId partition;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;
    Offset offset;
    LeaderEpoch last_epoch = kNoLeaderEpoch;
    Offset sent_high_watermark{-1};
    bool wanted = false;
    bool listed = false;   ///< stands in `candidates`
    bool loading = false;  ///< a read has been started and not yet ended
  };
  struct Waiting {
    CorrelationId correlation = 0;
    Time deadline;
    std::uint32_t min_bytes = 1;
    std::uint64_t max_bytes = 0;
    std::uint64_t max_partition_bytes = 0;
  };

  std::uint32_t id = 0;  ///< 0: the slot is free
  NodeId peer = kNoNode;
  NodeId replica = kNoNode;  ///< the following broker; kNoNode: a consumer
  Isolation isolation = Isolation::read_uncommitted;
  BrokerEpoch broker_epoch{-1};
  std::uint32_t client = 0;  ///< of ClientQuotas
  std::uint32_t next_epoch = 1;
  std::uint64_t last_used = 0;

  std::vector<Partition> partitions;  ///< slots; those not wanted are reused
  std::vector<std::uint32_t> free;
  tsl::robin_map<std::uint32_t, std::uint32_t> slot_of;  ///< by partition id; for look-ups only
  /// Slots that may have something to say, those that waited longest first. The only ones looked at
  /// for an answer.
  std::vector<std::uint32_t> candidates;

  std::optional<Waiting> waiting;
  std::optional<Time> deadline_queued;  ///< one entry in the queue of deadlines at most
  bool look = false;                    ///< candidates must be looked at: bytes alone do not tell
  bool woken = false;                   ///< listed for the end of the step
  std::uint64_t ready_bytes = 0;        ///< about what an answer would carry

  [[nodiscard]] bool of_follower() const { return replica != kNoNode; }
  [[nodiscard]] bool reads_committed() const { return isolation == Isolation::read_committed; }
  void list(std::uint32_t slot) {
    if (!partitions[slot].listed) {
      partitions[slot].listed = true;
      candidates.push_back(slot);
    }
  }
};

}  // namespace wavetank::log
