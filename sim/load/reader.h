#pragma once

// An application that consumes: it looks at every record it gets, and keeps nothing.

#include <optional>
#include <vector>

#include "engine/log/client/consumer.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

class Reader final : public log::ConsumerListener {
 public:
  /// `judged`: its group is the one that the verdict speaks of; other groups are load and no more.
  /// `from_the_start`: its group wants every record; otherwise it may begin anywhere where nothing
  /// is committed.
  Reader(Observer& observer, NodeId self, GroupIndex group, bool judged, bool from_the_start,
         std::uint32_t partitions)
      : observer_(observer),
        self_(self),
        group_(group),
        judged_(judged),
        from_the_start_(from_the_start),
        may_jump_(partitions) {}

  void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override {
    if (judged_) {
      observer_.delivered(self_, p, batch, from);
    } else {
      std::uint64_t records = 0;
      batch.for_each_record(
          [&](const log::RecordView& record) { records += record.offset >= from ? 1 : 0; });
      observer_.delivered_beside(records);
    }
    observer_.read_to(group_, judged_, p, batch.last_offset() + 1);
  }
  void on_hidden(log::PartitionId p, log::Offset offset) override {
    if (judged_) {
      observer_.position_set(self_, p, offset, std::nullopt);
    }
    observer_.read_to(group_, judged_, p, offset);
  }
  void on_out_of_range(log::PartitionId p, log::Offset /*position*/) override {
    observer_.out_of_range_seen(judged_, p);
    may_jump_[p.value()] = PassedOver::Why::out_of_range;
  }
  void on_corrupt(log::PartitionId /*p*/, log::Offset /*position*/) override {
    observer_.corrupt_seen();
  }
  void on_position(log::PartitionId p, log::Offset offset) override {
    if (judged_) {
      observer_.position_set(self_, p, offset, may_jump_[p.value()]);
    }
    may_jump_[p.value()].reset();
    observer_.begins_at(group_, self_, p, offset);
  }
  void on_assigned(log::Generation generation, const std::vector<log::PartitionId>& owned,
                   const std::vector<log::PartitionId>& added) override {
    for (const log::PartitionId p : added) {
      may_jump_[p.value()] = from_the_start_ ? std::nullopt : std::optional(PassedOver::Why::began);
    }
    observer_.assigned(group_, self_, generation, owned);
  }

  void on_lost(const std::vector<log::PartitionId>& /*partitions*/) override { lost_all(); }
  /// Also where another process begins in its place.
  void lost_all() { observer_.lost_all(group_, self_); }

 private:
  Observer& observer_;
  NodeId self_;
  GroupIndex group_;
  bool judged_;
  bool from_the_start_;
  /// By partition: the next position is the group's own choice, and why it has one.
  std::vector<std::optional<PassedOver::Why>> may_jump_;
};

}  // namespace wavetank::sim
