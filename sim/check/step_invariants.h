#pragma once

// What must hold at every step, judged from what the system shows of itself, with bookkeeping of
// its own: one leader an epoch (here), the high watermark, the in-sync set, replication, and the
// polls of the judged consumer group (each in its own file). The first breach of each is kept, with
// its circumstances.
//
// log/poll-gap: unless its log is compacted, a reader is given one record after the other; it is
// told of what it is not shown (markers, aborted records), and of what the log has no more. Other
// than log/poll-skip it needs no log to compare with, which by then may have forgotten what was
// skipped. log/one-leader-per-epoch cannot see a leader that neither announces itself nor writes.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "reports/result.h"
#include "sim/check/high_watermark.h"
#include "sim/check/in_sync_set.h"
#include "sim/check/judgement.h"
#include "sim/check/nonmonotonic_poll.h"
#include "sim/check/passed_over.h"
#include "sim/check/poll_skip.h"
#include "sim/check/replication.h"

namespace wavetank::sim {

class StepInvariants {
 public:
  explicit StepInvariants(std::uint32_t partitions)
      : leader_of_epoch_(partitions),
        high_watermark_(partitions),
        in_sync_set_(partitions),
        replication_(partitions),
        reading_(partitions),
        reached_(partitions),
        passed_over_(partitions),
        count_passed_over_(partitions),
        compacted_(partitions),
        skips_(partitions) {}

  /// Records of this partition may go that nobody has read, for it is compacted.
  void expect_gaps(log::PartitionId p) { compacted_[p.value()] = true; }

  // replicas and controller
  void leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch);
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch, log::Offset end);
  void appended_as_leader(NodeId broker, log::PartitionId p, log::Offset base,
                          log::LeaderEpoch epoch);
  [[nodiscard]] HighWatermark& high_watermark() { return high_watermark_; }
  [[nodiscard]] InSyncSet& in_sync_set() { return in_sync_set_; }
  [[nodiscard]] const InSyncSet& in_sync_set() const { return in_sync_set_; }
  [[nodiscard]] Replication& replication() { return replication_; }
  // the judged consumer group; `reader` is a member of it
  /// `chosen`: the group's settings let it pass over what lies between; otherwise a gap is a record
  /// that was kept from it.
  void position_set(NodeId reader, log::PartitionId p, log::Offset offset,
                    std::optional<PassedOver::Why> chosen = std::nullopt);
  void delivered(NodeId reader, log::PartitionId p, log::Offset offset, Time now);

  /// By partition: the offset that the judged group will be given next. Where a member that lost
  /// its partition reads on, the one that is further.
  [[nodiscard]] std::vector<log::Offset> positions() const;
  /// What readers were taken past so far, for the audit to judge.
  [[nodiscard]] const PollSkip& skips() const { return skips_; }
  /// By partition, ascending: what the judged group has passed over by its own choice.
  [[nodiscard]] const std::vector<std::vector<PassedOver>>& passed_over() const {
    return passed_over_;
  }
  /// Those, and what lay in gaps of logs that are compacted: of all partitions, and of one.
  [[nodiscard]] std::uint64_t records_passed_over() const { return records_passed_over_; }
  [[nodiscard]] std::uint64_t records_passed_over(log::PartitionId p) const {
    return count_passed_over_[p.value()];
  }
  /// What lies below has been delivered to the judged group, or was passed over.
  [[nodiscard]] log::Offset reached(log::PartitionId p) const { return reached_[p.value()]; }
  /// `consumed`: somebody reads, so that reading can be judged.
  [[nodiscard]] std::vector<reports::InvariantReport> reports(bool consumed = true) const;

 private:
  void claim_epoch(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch);

  std::vector<std::map<log::LeaderEpoch, NodeId>> leader_of_epoch_;
  HighWatermark high_watermark_;
  InSyncSet in_sync_set_;
  Replication replication_;
  struct Reading {
    NodeId reader = log::kNoNode;
    log::Offset next;
  };
  Reading& reading(NodeId reader, log::PartitionId p);
  /// REQUIRES: `to` is beyond what is reached.
  void pass_over(log::PartitionId p, log::Offset to);
  std::vector<std::vector<Reading>> reading_;  ///< by partition: all members that ever read it
  std::vector<log::Offset> reached_;           ///< by partition
  std::vector<std::vector<PassedOver>> passed_over_;
  std::vector<std::uint64_t> count_passed_over_;  ///< by partition
  std::vector<bool> compacted_;
  std::uint64_t records_passed_over_ = 0;  ///< of all
  Judgement one_leader_{"log/one-leader-per-epoch"};
  NonmonotonicPoll backwards_;
  PollSkip skips_;
  Judgement gaps_{"log/poll-gap"};
};

}  // namespace wavetank::sim
