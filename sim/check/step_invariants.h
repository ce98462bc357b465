#pragma once

// What must hold at every step, judged from what the system shows of itself, with bookkeeping of
// its own: one leader an epoch, a high watermark that never goes back, consumers each
// of which gets every offset once and in order. The first breach of each is kept, with its
// circumstances.

#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "reports/result.h"
#include "sim/check/judgement.h"

namespace wavetank::sim {

class StepInvariants {
 public:
  explicit StepInvariants(std::uint32_t partitions)
      : leader_of_epoch_(partitions), high_watermark_(partitions), reading_(partitions) {}

  // replicas and controller
  void leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch);
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch, log::Offset end);
  void appended_as_leader(NodeId broker, log::PartitionId p, log::Offset base,
                          log::LeaderEpoch epoch);
  void high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset high_watermark);
  // the judged consumer group; `reader` is a member of it
  void position_set(NodeId reader, log::PartitionId p, log::Offset offset);
  void delivered(NodeId reader, log::PartitionId p, log::Offset offset);

  /// By partition: the offset that the judged group will be given next. Where a member that lost
  /// its partition reads on, the one that is further.
  [[nodiscard]] std::vector<log::Offset> positions() const;
  /// `consumed`: somebody reads, so that reading can be judged.
  [[nodiscard]] std::vector<reports::InvariantReport> reports(bool consumed = true) const;

 private:
  void claim_epoch(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch);

  std::vector<std::map<log::LeaderEpoch, NodeId>> leader_of_epoch_;
  struct HighWatermark {
    NodeId leader = log::kNoNode;
    log::Offset shown;     ///< by this leader; a new one may know less than its predecessor did
    log::Offset greatest;  ///< by any: what is below it is committed, and stays
  };
  std::vector<HighWatermark> high_watermark_;
  struct Reading {
    NodeId reader = log::kNoNode;
    log::Offset next;
  };
  Reading& reading(NodeId reader, log::PartitionId p);
  std::vector<std::vector<Reading>> reading_;  ///< by partition: all members that ever read it
  Judgement one_leader_{"log/one-leader-per-epoch"};
  Judgement monotonic_{"log/high-watermark-monotonic"};
  Judgement committed_stays_{"log/committed-stays"};
  Judgement poll_order_{"log/poll-order"};
};

}  // namespace wavetank::sim
