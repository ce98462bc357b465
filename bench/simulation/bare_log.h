#pragma once

// The log of a scenario without a simulator: the same roles with the same settings and records, in
// one process with virtual time, where a step takes no time, a message a fixed delay, and files are
// memory. Nobody observes, counts or judges.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/probe.h"
#include "models/payloads.h"
#include "scenarios/scenario.h"
#include "tests/support/bare_host.h"

namespace wavetank::bench {

class BareLog {
 public:
  /// REQUIRES: one controller, one workload of one producer at a constant rate, groups of one
  /// member; and that the scenario outlives it.
  explicit BareLog(const scenarios::Scenario& scenario);

  /// Produces for so long, and goes on until all of it has been read. False if it never is.
  bool run_for(Duration span);

  /// Records taken by the producer.
  [[nodiscard]] std::uint64_t produced() const { return produced_; }
  [[nodiscard]] std::uint64_t delivered() const { return reader_.delivered; }

 private:
  struct Writer final : log::ProducerListener {
    void on_acknowledged(log::PartitionId, log::Offset,
                         std::span<const log::RecordHandle>) override {}
    void on_failed(log::PartitionId, std::span<const log::RecordHandle>, log::ErrorCode,
                   bool) override {}
  };
  /// Reads every record, as an application would.
  struct Reader final : log::ConsumerListener {
    void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override;
    std::uint64_t delivered = 0;
    std::uint64_t of_values = 0;  ///< what is read must be used for something
  };

  void add_servers();
  void add_clients();
  void send();

  const scenarios::Scenario& scenario_;
  log::Topology topology_;
  log::Probe nobody_;
  Writer writer_;
  Reader reader_;
  models::PlainSource source_;
  models::Record record_;
  NodeId producer_;
  std::uint64_t produced_ = 0;
  test::BareHost host_;
};

}  // namespace wavetank::bench
