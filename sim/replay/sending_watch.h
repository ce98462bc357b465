#pragma once

// What producers make of records, second by second, for exports that speak of it: how long they
// kept records waiting before they took them, and how many they gave up.

#include <vector>

#include "reports/export/exported.h"
#include "sim/observe/observer.h"
#include "sim/replay/record_listener.h"

namespace wavetank::sim {

class SendingWatch final : public RecordListener {
 public:
  /// REQUIRES: both outlive it.
  SendingWatch(const Cluster& cluster, const RecordLedger& ledger)
      : cluster_(cluster), ledger_(ledger) {}

  void produced(EventId /*id*/) override {}
  void accepted(EventId id) override;
  void sent(log::PartitionId /*p*/, std::span<const std::uint64_t> /*ids*/,
            int /*attempt*/) override {}
  void acknowledged(log::PartitionId /*p*/, log::Offset /*base*/,
                    std::span<const std::uint64_t> /*ids*/) override {}
  void refused(std::span<const std::uint64_t> ids) override;
  void delivered(NodeId /*reader*/, log::PartitionId /*p*/, const log::BatchView& /*batch*/,
                 log::Offset /*from*/) override {}

  [[nodiscard]] reports::Sending sending();

 private:
  /// Goes on to the second that it is.
  void turn();

  const Cluster& cluster_;
  const RecordLedger& ledger_;
  reports::Sending sending_;
  reports::Sending::Second current_;
  Histogram delay_;  ///< of the current second
};

}  // namespace wavetank::sim
