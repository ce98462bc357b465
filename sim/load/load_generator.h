#pragma once

// An application that produces: records become due at their intended times, whatever the system
// does (open loop), and are handed to the producer beside it, in order. What the producer does not
// take waits, and its latency goes on counting.

#include <cstdint>
#include <deque>
#include <memory>

#include "engine/log/client/producer.h"
#include "models/arrivals.h"
#include "models/record_source.h"
#include "sim/cluster/cluster.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

/// Bound on the records of one application that are due and not taken. More means that the run can
/// never catch up; it ends with an error.
inline constexpr std::size_t kMaxDueRecords = 50'000'000;

struct LoadSpec {
  std::uint32_t instance = 0;  ///< of all producers of the run: the high part of its event ids
  std::unique_ptr<models::RecordSource> source;
  models::Arrivals arrivals;
  Time stop;  ///< no record is due at or after this
};

class LoadGenerator final : public log::ProducerListener, private EventTarget, private Application {
 public:
  LoadGenerator(Cluster& cluster, Observer& observer, LoadSpec spec);

  /// The node that runs the producer; known once the node has been added. REQUIRES: before `start`.
  void run_on(NodeId node) { node_ = node; }
  /// A new producer process begins: what the last one had not settled is given up.
  void process_starts();
  /// Schedules the first record.
  void start();

  [[nodiscard]] std::uint32_t instance() const { return spec_.instance; }

 private:
  void fire(std::uint64_t what) override;                    // a record becomes due, or a look
  void on_step(port::Now now, port::Ports& ports) override;  // hand over what is due
  void on_batch_sent(log::PartitionId p, std::span<const log::RecordHandle> records,
                     int attempt) override;
  void on_acknowledged(log::PartitionId p, log::Offset base,
                       std::span<const log::RecordHandle> records) override;
  void on_failed(log::PartitionId p, std::span<const log::RecordHandle> records,
                 log::ErrorCode error, bool maybe_stored) override;

  void schedule_next();
  void call_soon();
  void look_soon();
  /// Goes on handing over once the producer can take a record.
  void look();
  /// Makes the next due record, unless one has been made and not been taken.
  void prepare(Time intended);

  Cluster& cluster_;
  Observer& observer_;
  LoadSpec spec_;
  Random random_;
  NodeId node_;
  std::deque<Time> due_;
  std::uint64_t next_number_ = 0;
  models::Record record_;
  bool prepared_ = false;
  bool called_ = false;   ///< a step is on its way to the node
  bool looking_ = false;  ///< a look at a producer that does not know its cluster is scheduled
};

}  // namespace wavetank::sim
