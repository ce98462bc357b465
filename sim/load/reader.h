#pragma once

// An application that consumes: it looks at every record it gets, and keeps nothing.

#include "engine/log/client/consumer.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

class Reader final : public log::ConsumerListener {
 public:
  /// `judged`: its group is the one that the verdict speaks of; other groups are load and no more.
  Reader(Observer& observer, NodeId self, GroupIndex group, bool judged)
      : observer_(observer), self_(self), group_(group), judged_(judged) {}

  void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override {
    if (judged_) {
      observer_.delivered(self_, p, batch, from);
    }
    observer_.read_to(group_, judged_, p, batch.last_offset() + 1);
  }
  void on_hidden(log::PartitionId p, log::Offset offset) override {
    if (judged_) {
      observer_.position_set(self_, p, offset);
    }
    observer_.read_to(group_, judged_, p, offset);
  }
  void on_position(log::PartitionId p, log::Offset offset) override {
    if (judged_) {
      observer_.position_set(self_, p, offset);
    }
    observer_.begins_at(group_, p, offset);
  }
  void on_assigned(log::Generation generation, const std::vector<log::PartitionId>& owned,
                   const std::vector<log::PartitionId>& /*added*/) override {
    observer_.assigned(group_, self_, generation, owned);
  }

 private:
  Observer& observer_;
  NodeId self_;
  GroupIndex group_;
  bool judged_;
};

}  // namespace wavetank::sim
