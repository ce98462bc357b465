#pragma once

// An application that reads one topic, works out what each record means, and writes that to
// another: a process with a consumer and a producer (two nodes of one machine, which die together).
// One whose producer is fenced ends itself, to be started anew.
//
//  - exactly once: it commits the positions of its group in the transaction that holds what it has
//    written (KIP-98, KIP-447). What comes between, a crash, a rebalance, a refusal, takes both
//    back.
//  - at least once: it commits its positions once all that it has written is acknowledged. What it
//    did after the last commit is done again after a crash.
//
// The effect of a record is its event id, and a digest of its key and value: enough for a checker
// to see whose effect it is, and that it is the right one (sim/check/exactly_one_effect.h).

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "sim/cluster/cluster.h"
#include "sim/load/reader.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

/// Bound on what an application has read and not written. More means that it can never catch up;
/// the run ends with an error.
inline constexpr std::size_t kMaxUnwrittenEffects = 10'000'000;

class Processor final : public log::ConsumerListener,
                        public log::ProducerListener,
                        private EventTarget {
 public:
  struct Spec {
    std::string group;
    bool exactly_once = true;
    Duration commit_every;
  };
  Processor(Cluster& cluster, Observer& observer, Spec spec, Reader reader)
      : cluster_(cluster),
        observer_(observer),
        spec_(std::move(spec)),
        reader_(std::move(reader)) {}

  /// The nodes that run its clients. REQUIRES: before they start.
  void run_on(NodeId consumer, NodeId producer) {
    consumer_node_ = consumer;
    producer_node_ = producer;
  }
  /// A new process begins: nothing is left of the last one. REQUIRES: the client lives as long as
  /// it.
  void process_starts(log::Consumer& consumer);
  void process_starts(log::Producer& producer);

 private:
  /// What a record means, not yet handed to the producer.
  struct Effect {
    log::PartitionId from;
    log::Offset offset;
    std::vector<std::uint8_t> key;
    std::array<std::uint8_t, 16> value;
  };
  enum class Stage : std::uint8_t {
    working,
    committing,  ///< nothing more is written until positions and effects are safe
    rewinding,   ///< the consumer is to go back to where the group has committed
  };
  /// One of its two threads.
  struct Thread final : Application {
    Thread(Processor& owner, void (Processor::*work)(port::Now, port::Ports&))
        : it(owner), work_of(work) {}
    void on_step(port::Now now, port::Ports& ports) override {
      called = false;
      (it.*work_of)(now, ports);
    }
    Processor& it;
    void (Processor::*work_of)(port::Now, port::Ports&);
    bool called = false;  ///< a step is on its way to the node
  };

  // the consumer's thread
  void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override;
  void on_hidden(log::PartitionId p, log::Offset offset) override { reader_.on_hidden(p, offset); }
  void on_out_of_range(log::PartitionId p, log::Offset position) override {
    reader_.on_out_of_range(p, position);
  }
  void on_corrupt(log::PartitionId p, log::Offset position) override {
    reader_.on_corrupt(p, position);
  }
  void on_position(log::PartitionId p, log::Offset offset) override;
  void on_assigned(log::Generation generation, const std::vector<log::PartitionId>& owned,
                   const std::vector<log::PartitionId>& added) override {
    reader_.on_assigned(generation, owned, added);
  }
  void on_revoked(const std::vector<log::PartitionId>& partitions) override { give_up(partitions); }
  void on_lost(const std::vector<log::PartitionId>& partitions) override {
    reader_.on_lost(partitions);
    give_up(partitions);
  }
  void consume(port::Now now, port::Ports& ports);
  void give_up(const std::vector<log::PartitionId>& partitions);

  // the producer's thread
  void on_acknowledged(log::PartitionId p, log::Offset base,
                       std::span<const log::RecordHandle> records) override;
  void on_failed(log::PartitionId p, std::span<const log::RecordHandle> records,
                 log::ErrorCode error, bool maybe_stored) override;
  void on_transaction_ready() override { call(producing_, producer_node_); }
  void on_transaction_failed(log::ErrorCode /*error*/) override {
    call(producing_, producer_node_);
  }
  void on_transaction_ended(log::Outcome outcome) override;
  void on_fatal(log::ErrorCode error) override;
  void produce(port::Now now, port::Ports& ports);
  /// False if nothing can be written now.
  bool steer(port::Now now, port::Ports& ports);
  void begin();
  void end(port::Now now, port::Ports& ports);
  /// Of an application without transactions: its positions, once all is acknowledged.
  void commit_if_all_stored();
  [[nodiscard]] std::vector<log::CommittedOffset> positions() const;

  // time
  void fire(std::uint64_t round) override;
  [[nodiscard]] std::string describe(std::uint64_t round) const override;
  void start_round();
  void look_soon();
  void end_process();
  void call(Thread& thread, NodeId node);
  void rewind();
  void settle(TransactionFate fate);
  void reset();

  Cluster& cluster_;
  Observer& observer_;
  Spec spec_;
  Reader reader_;
  NodeId consumer_node_;
  NodeId producer_node_;
  log::Consumer* consumer_ = nullptr;
  log::Producer* producer_ = nullptr;
  Thread consuming_{*this, &Processor::consume};
  Thread producing_{*this, &Processor::produce};

  Stage stage_ = Stage::working;
  std::deque<Effect> due_;
  std::map<log::PartitionId, log::Offset>
      committed_;  ///< of what it holds: where it would go back to
  std::map<log::PartitionId, log::Offset> written_;  ///< since the last commit: done up to here
  bool commits_positions_ = false;  ///< the consumer's thread is to commit what is written
  bool spoilt_ =
      false;  ///< something of this round may not be stored, or is another's business now
  std::optional<TransactionNumber> transaction_;
  std::uint64_t round_ =
      0;  ///< counts commits and processes: a timer of an earlier one means nothing
  bool round_open_ = false;
  bool looking_ = false;  ///< a look at a producer that does not know its cluster is scheduled
  log::RecordHandle next_handle_ = 0;
};

}  // namespace wavetank::sim
