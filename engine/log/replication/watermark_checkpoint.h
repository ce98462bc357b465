#pragma once

// The file in which a broker keeps the high watermarks of its replicas (format.md, "High
// watermarks"; Kafka's replication-offset-checkpoint): written now and then, read at start. A
// restarted broker shows its consumers what they had seen before, and one that truncates by high
// watermark cuts there.
//
// What it holds may be old, never ahead of what was committed.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

/// Ascending by partition.
using Watermarks = std::vector<std::pair<PartitionId, Offset>>;

Bytes encode_watermarks(const Watermarks& watermarks);
/// Nothing if the bytes are damaged or no such file.
std::optional<Watermarks> decode_watermarks(ByteView file);

class WatermarkCheckpoint {
 public:
  WatermarkCheckpoint(const BrokerConfig& config, ReplicaTable& replicas)
      : interval_(config.high_watermark_checkpoint_interval), replicas_(replicas) {}

  /// Gives the replicas what the file says. Once all logs have been recovered.
  void restore(const Step& step);
  /// Writes if it is time and something has changed.
  void pump(const Step& step);
  [[nodiscard]] Time next_deadline() const { return due_; }

 private:
  Duration interval_;
  ReplicaTable& replicas_;
  Time due_ = Time::never();
  Bytes written_;
};

}  // namespace wavetank::log
