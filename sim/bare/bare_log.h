#pragma once

// The log of a scenario without a simulator: the same roles with the same settings and records, in
// one process on the bare host. Nobody observes, counts or judges.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/probe.h"
#include "models/payloads.h"
#include "scenarios/scenario.h"
#include "sim/bare/bare_host.h"

namespace wavetank::sim {

class BareLog {
 public:
  /// REQUIRES: one controller, one workload of one producer at a constant rate, members of groups
  /// without identities of their own; and that the scenario outlives it. Groups that do not start
  /// with the run are started by `read`.
  explicit BareLog(const scenarios::Scenario& scenario);

  /// Produces for so long, and goes on until all of it has been read. False if it never is.
  bool run_for(Duration span);

  /// Produces so many records, each as soon as there is room for it, until all are acknowledged.
  /// Making them is no part of it: a few that were made before are sent again and again. False if
  /// they are not acknowledged in time.
  bool send(std::uint64_t records);
  /// Starts the groups that wait, if any, and reads until everything has been delivered. False if
  /// it is not in time.
  bool read();

  [[nodiscard]] BareHost& host() { return host_; }
  /// Records taken by the producer.
  [[nodiscard]] std::uint64_t produced() const { return produced_; }
  [[nodiscard]] std::uint64_t delivered() const { return reader_.delivered; }

 private:
  struct Writer final : log::ProducerListener {
    explicit Writer(BareLog& owner) : log(owner) {}
    void on_acknowledged(log::PartitionId, log::Offset,
                         std::span<const log::RecordHandle> records) override {
      acknowledged += records.size();
      log.wake_application();
    }
    void on_failed(log::PartitionId, std::span<const log::RecordHandle>, log::ErrorCode,
                   bool) override {}
    BareLog& log;
    std::uint64_t acknowledged = 0;
  };
  /// The application beside the producer: its steps take turns with those of all roles.
  class Application;
  /// Reads every record, as an application would.
  struct Reader final : log::ConsumerListener {
    void on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) override;
    std::uint64_t delivered = 0;
    std::uint64_t of_values = 0;  ///< what is read must be used for something
  };

  void add_servers();
  void add_clients();
  void make_records();
  bool hand_over(const models::Record& record);
  /// Hands some records over; false if the producer is full, or there are no more.
  bool hand_some_over();
  void wake_application();

  const scenarios::Scenario& scenario_;
  log::Topology topology_;
  log::Probe nobody_;
  Writer writer_{*this};
  Reader reader_;
  models::PlainSource source_;
  std::vector<models::Record> records_;  ///< made before, for `send`
  NodeId producer_;
  NodeId application_;
  bool application_waits_ = true;
  std::uint64_t wanted_ = 0;          ///< to be produced in all
  std::vector<NodeId> late_readers_;  ///< ascending
  std::uint32_t node_count_ = 0;
  std::uint64_t produced_ = 0;
  BareHost host_;
};

}  // namespace wavetank::sim
