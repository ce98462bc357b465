#pragma once

// An application that consumes: it looks at every record it gets, and keeps nothing.

#include "engine/log/client/consumer.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

class Reader final : public log::ConsumerListener {
 public:
  /// `judged`: its group is the one that the verdict speaks of; other groups are load and no more.
  Reader(Observer& observer, bool judged) : observer_(observer), judged_(judged) {}

  void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override {
    if (judged_) {
      observer_.delivered(p, batch, from);
    }
  }
  void on_position(log::PartitionId p, log::Offset offset) override {
    if (judged_) {
      observer_.position_set(p, offset);
    }
  }

 private:
  Observer& observer_;
  bool judged_;
};

}  // namespace wavetank::sim
