#pragma once

// An application that produces: records become due at their intended times, whatever the system
// does (open loop), and are handed to the producer beside it, in order. What the producer does not
// take waits, and its latency goes on counting.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "engine/log/client/producer.h"
#include "models/arrivals.h"
#include "models/record_source.h"
#include "sim/cluster/cluster.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

/// Bound on the records of one application that are due and not taken. More means that the run can
/// never catch up; it ends with an error.
inline constexpr std::size_t kMaxDueRecords = 50'000'000;

/// How an application that works in transactions ends them.
struct TransactionPlan {
  Duration every;
  std::uint32_t records = 0;  ///< or after so many; 0: by time only
  double abort_share = 0;
};

struct LoadSpec {
  std::uint32_t instance = 0;  ///< of all producers of the run: the high part of its event ids
  std::unique_ptr<models::RecordSource> source;
  models::Arrivals arrivals;
  Time stop;  ///< no record is due at or after this
  std::optional<TransactionPlan> transactions = std::nullopt;
};

class LoadGenerator final : public log::ProducerListener, private EventTarget, private Application {
 public:
  LoadGenerator(Cluster& cluster, Observer& observer, LoadSpec spec);

  /// The node that runs the producer; known once the node has been added. REQUIRES: before `start`.
  void run_on(NodeId node) { node_ = node; }
  /// A new producer process begins: what the last one had not settled is given up. REQUIRES:
  /// `producer` lives as long as the process.
  void process_starts(log::Producer& producer);
  /// Schedules the first record.
  void start();

  [[nodiscard]] std::uint32_t instance() const { return spec_.instance; }

 private:
  void fire(std::uint64_t what) override;  // a record becomes due, or a look
  [[nodiscard]] std::string describe(std::uint64_t what) const override;
  void on_step(port::Now now, port::Ports& ports) override;  // hand over what is due
  void on_batch_sent(log::PartitionId p, std::span<const log::RecordHandle> records,
                     int attempt) override;
  void on_acknowledged(log::PartitionId p, log::Offset base,
                       std::span<const log::RecordHandle> records) override;
  void on_failed(log::PartitionId p, std::span<const log::RecordHandle> records,
                 log::ErrorCode error, bool maybe_stored) override;

  void on_transaction_ready() override { call_soon(); }
  void on_transaction_failed(log::ErrorCode /*error*/) override { call_soon(); }
  void on_transaction_ended(log::Outcome outcome) override;
  void on_fatal(log::ErrorCode error) override;

  void schedule_next();
  /// Begins and ends transactions; false if no record can be handed over now.
  bool steer(log::Producer& producer, port::Now now, port::Ports& ports);
  void begin(log::Producer& producer);
  void end(log::Producer& producer, port::Now now, port::Ports& ports);
  /// The open transaction is over, as far as its producer will ever know.
  void settle(TransactionFate fate);
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
  log::Producer* producer_ = nullptr;  ///< of the process that runs, or ran last
  std::uint64_t next_number_ = 0;
  models::Record record_;
  bool prepared_ = false;
  bool called_ = false;  ///< a step is on its way to the node
  /// Of a record that is stored, while its transaction is not over.
  struct Stored {
    log::PartitionId partition;
    log::Offset base;
    std::vector<log::RecordHandle> records;
  };
  Random outcomes_;
  std::vector<Stored> stored_;
  std::optional<TransactionNumber> transaction_;
  std::uint32_t sent_ = 0;  ///< in it
  bool due_to_end_ = false;
  bool looking_ = false;  ///< a look at a producer that does not know its cluster is scheduled
};

}  // namespace wavetank::sim
