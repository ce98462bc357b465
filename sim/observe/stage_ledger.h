#pragma once

// Why a latency is what it is: for every sampled record the time between its intended send and its
// delivery is taken apart into the legs of its way (reports/record_way.h), so that a percentile can
// be split into causes. The legs of a record sum to its latency exactly.
//
// Runs of few records have every one of them in the sample. When it is full, it is thinned to half,
// and half as many are taken from then on: which ones, a hash of the event decides, so that no
// rhythm of the load (a partition that every eighth record goes to) shows in the sample.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/log/types.h"
#include "reports/record_way.h"
#include "reports/result.h"
#include "sim/check/record_ledger.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

/// The sample is thinned when it holds this many records, delivered or not.
inline constexpr std::size_t kMostSampled = std::size_t{1} << 17;

class StageLedger {
 public:
  /// Records that were due before `measured_from` are not split.
  StageLedger(std::uint32_t partitions, Time measured_from)
      : appends_(partitions), measured_from_(measured_from) {}

  void accepted(EventId id, Time at);
  /// The record's batch went into a request: the first attempt ends the wait for its batch, the
  /// later ones are retries.
  void sent(EventId id, Time at);
  /// A leader stored a batch in the step that is being served.
  void appended(log::PartitionId partition, log::Offset base, log::Offset last, const Step& step);
  void step_ended(Duration cost);
  /// `disk_asked`: what a disk did brought it about, asked for then.
  void high_watermark_advanced(log::PartitionId partition, log::Offset high_watermark, Time at,
                               Time disk_asked = Time::never());
  /// The consumer got the record in the step that is being served.
  void delivered(EventId id, Time intended, log::PartitionId partition, log::Offset offset,
                 const Step& step);

  /// Steps of the golden ratio fall evenly into every share of the range (three-distance theorem).
  [[nodiscard]] bool sampled(EventId id) const {
    return ((id.value() * 0x9e3779b97f4a7c15ULL) & thinned_) == 0;
  }
  [[nodiscard]] reports::Attribution attribution() const;
  /// Of the measured records of the sample, in the order of delivery.
  [[nodiscard]] const std::vector<reports::RecordWay>& ways() const { return ways_; }

 private:
  struct Send {
    EventId id;
    Time accepted;
    Time first_sent = Time::never();
  };
  /// What happened to a stored batch until the high watermark passed it.
  struct Append {
    log::Offset base;
    log::Offset last;
    Time request_step_begun;
    Time released;
    Time arrived;
    Time begun;
    Time finished;
    NodeId leader;
    Time visible = Time::never();
    Time disk_asked = Time::never();  ///< what made it visible, if a disk did
  };
  struct Partition {
    std::deque<Append> appends;  ///< ascending; those read past are dropped
    std::size_t visible = 0;     ///< appends below this index are below the high watermark
  };

  Send& send_of(EventId id);
  void thin();
  /// Null if it is not known, or forgotten.
  [[nodiscard]] const Append* append_of(log::PartitionId partition, log::Offset offset);

  std::vector<Partition> appends_;
  std::vector<log::PartitionId> in_step_;  ///< partitions appended to in the step being served
  std::vector<std::vector<Send>> sends_;   ///< by instance; ascending by number
  std::size_t sent_ = 0;                   ///< in all of them
  std::uint64_t thinned_ = 0;              ///< bits that the hash of a sampled record has not
  std::vector<reports::RecordWay> ways_;
  Time measured_from_;
};

}  // namespace wavetank::sim
