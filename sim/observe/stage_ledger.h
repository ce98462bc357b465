#pragma once

// Why a latency is what it is: for every sampled record the time between its intended send and its
// delivery is taken apart into stages, so that a percentile can be split into causes.
//
// A record's way: it waits for its producer (queue), for company in its batch (batch), for requests
// that come to nothing (retry), travels to the leader (network, and queue at the processor), is
// appended (service), waits for the in-sync replicas (replication), for the consumer to ask and the
// broker to answer (queue, service), travels again (network, queue) and is handed over. The stages
// of a record sum to its latency exactly. Reads that wait for the disk are not told apart yet: they
// count as queue, and the stage `disk` is 0.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/log/types.h"
#include "models/record_source.h"
#include "reports/result.h"
#include "sim/check/record_ledger.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

/// Every kSampleEvery-th record carries a ledger of its stages.
inline constexpr std::uint64_t kSampleEvery = 32;

class StageLedger {
 public:
  StageLedger(std::uint32_t partitions, Time measured_from)
      : appends_(partitions), measured_from_(measured_from) {}

  void accepted(EventId id, Time at);
  /// The record's batch went into a request: the first attempt ends the wait for its batch, the
  /// later ones are retries.
  void sent(EventId id, Time at);
  /// A leader stored a batch in the step that is being served.
  void appended(log::PartitionId partition, log::Offset base, log::Offset last, const Step& step);
  void step_ended(Duration cost);
  void high_watermark_advanced(log::PartitionId partition, log::Offset high_watermark, Time at);
  /// The consumer got the record in the step that is being served.
  void delivered(EventId id, Time intended, log::PartitionId partition, log::Offset offset,
                 const Step& step);

  [[nodiscard]] static bool sampled(EventId id) {
    return models::event_number(id.value()) % kSampleEvery == 0;
  }
  [[nodiscard]] reports::Attribution attribution() const;

 private:
  struct Send {
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
    Time visible = Time::never();
  };
  struct Partition {
    std::deque<Append> appends;  ///< ascending; those read past are dropped
    std::size_t visible = 0;     ///< appends below this index are below the high watermark
  };

  Send& send_of(EventId id);
  /// Null if it is not known, or forgotten.
  [[nodiscard]] const Append* append_of(log::PartitionId partition, log::Offset offset);
  [[nodiscard]] std::optional<reports::LatencySplit> split_at(double quantile,
                                                              double half_width) const;

  std::vector<Partition> appends_;
  std::vector<log::PartitionId> in_step_;  ///< partitions appended to in the step being served
  std::vector<std::vector<Send>> sends_;   ///< by instance, and number / kSampleEvery
  std::vector<reports::LatencySplit> splits_;
  Time measured_from_;
};

}  // namespace wavetank::sim
