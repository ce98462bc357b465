#pragma once

// What a log knows about its durable part: enough to take it up after a restart without reading it.
// Layout and use: format.md.

#include <optional>

#include "engine/base/bytes.h"
#include "engine/log/storage/leader_epochs.h"
#include "engine/log/storage/producer_state.h"
#include "engine/log/types.h"

namespace wavetank::log {

struct Checkpoint {
  Offset recovery_point;
  LeaderEpochs epochs;      ///< as they were when the log ended at the recovery point
  ProducerState producers;  ///< likewise

  [[nodiscard]] Bytes encode() const;
  /// Nothing if the bytes are damaged or no checkpoint.
  static std::optional<Checkpoint> decode(ByteView file);
};

}  // namespace wavetank::log
