#pragma once

// Requests that wait until the replicas have what they appended (Kafka's produce purgatory). A
// request waits for several partitions and is answered once all of them are decided; a partition
// keeps a list of who waits for it, in the order of offsets, so that a high watermark that moves
// touches only those it decides.

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/log/broker/deadline_queue.h"
#include "engine/log/groups/coordinator_writes.h"
#include "engine/log/limits.h"
#include "engine/log/protocol/protocol.h"
#include "engine/log/storage/control_batch.h"

namespace wavetank::log {

/// A request with acks=all, one whose records are being forced to the disk, or what a coordinator
/// of this broker writes to its topic.
struct DelayedProduce {
  NodeId from = kNoNode;
  CorrelationId correlation = 0;
  std::uint32_t client = 0;  ///< of ClientQuotas, which judge it when it is answered
  std::uint64_t request_bytes = 0;
  Time deadline;
  std::vector<ProduceResponse::Partition> partitions;  ///< the answer as it becomes known
  std::vector<EndMarker> markers;  ///< a coordinator of transactions has asked: one a partition
  WriteTicket ticket = 0;          ///< not 0: a coordinator's write; `partitions` holds one element
};

class DelayedProduces {
 public:
  explicit DelayedProduces(std::uint32_t partition_count)
      : committing_(partition_count), flushing_(partition_count) {}

  [[nodiscard]] bool full() const { return waiting_ >= limits::kWaitingProduces; }

  /// What a request waits for.
  enum class Until : std::uint8_t {
    committed,  ///< the replicas have it
    flushed,    ///< the leader has forced it to its disk
  };
  /// Where a request waits: up to `last` inclusive in partitions[index].
  struct Wait {
    std::uint32_t index = 0;
    Offset last;
    Until until = Until::committed;
  };
  /// Takes a request that waits for at least one partition. REQUIRES: not full.
  void add(DelayedProduce request, const std::vector<Wait>& waits);
  /// Takes a request that need not wait: it is decided already.
  void add_decided(DelayedProduce request) { decided_.push_back(std::move(request)); }

  /// Everything below `high_watermark` is decided: `verdict`.
  void committed(PartitionId p, Offset high_watermark, ErrorCode verdict);
  /// Everything below `offset` has been forced to the disk.
  void flushed(PartitionId p, Offset offset);
  /// Nothing that waits for this partition will be known to be committed.
  void fail(PartitionId p, ErrorCode error);
  /// What has waited too long: request_timed_out where undecided.
  void expire(Time now);
  [[nodiscard]] Time earliest_deadline() const { return deadlines_.earliest(); }

  /// Requests that are decided since the last call, in the order they were.
  std::vector<DelayedProduce> take_decided() { return std::exchange(decided_, {}); }
  [[nodiscard]] bool any_decided() const { return !decided_.empty(); }
  /// For who looks: the requests that wait.
  void describe(port::Description& out) const;

 private:
  struct Slot {
    DelayedProduce request;
    std::uint32_t undecided = 0;  ///< 0: the slot is free
    std::uint32_t life = 0;       ///< counts requests that the slot has held
  };
  struct SlotLife {
    std::uint32_t slot;
    std::uint32_t life;
  };
  struct Waiter {
    Offset last;
    std::uint32_t slot;
    std::uint32_t index;
  };
  /// A queue that keeps its memory.
  struct Waiters {
    std::vector<Waiter> queue;
    std::size_t head = 0;
  };

  static void enqueue(Waiters& waiters, const Waiter& waiter);
  void decide_below(Waiters& waiters, Offset offset, ErrorCode verdict);
  void time_out(Waiters& waiters, std::uint32_t slot);
  void decide(const Waiter& waiter, ErrorCode error);
  void time_out(std::uint32_t slot);
  [[nodiscard]] auto waits() const {
    return [this](SlotLife id) {
      return slots_[id.slot].undecided > 0 && slots_[id.slot].life == id.life;
    };
  }

  std::vector<Waiters> committing_;  ///< by partition
  std::vector<Waiters> flushing_;    ///< likewise
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t waiting_ = 0;
  DeadlineQueue<SlotLife> deadlines_;
  std::vector<DelayedProduce> decided_;
};

}  // namespace wavetank::log
