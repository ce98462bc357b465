#pragma once

// What the active controller has decided at one moment, as one entry of the metadata log
// (format.md, "Metadata log"): requests of brokers, and its own decisions. Carried out in the order
// of the fields.

#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/log/types.h"

namespace wavetank::log {

struct MetadataCommand {
  /// A request as it came: api key, correlation id, fields.
  struct Request {
    NodeId from;
    Bytes head;
  };
  std::vector<NodeId> fenced;  ///< brokers that were silent for too long, or that may end
  std::vector<Request> requests;
  bool create = false;     ///< the partitions
  bool rebalance = false;  ///< give leadership back to preferred leaders

  [[nodiscard]] bool empty() const {
    return fenced.empty() && requests.empty() && !create && !rebalance;
  }
  [[nodiscard]] Bytes encode() const;
  /// Nothing if the bytes are no command of this version.
  static std::optional<MetadataCommand> decode(const Bytes& bytes);
};

}  // namespace wavetank::log
