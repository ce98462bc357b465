#pragma once

// What crosses the network: real bytes. A message is an encoded head and a body of shared slices,
// so that a record batch is sent without being copied; on the wire it is their concatenation.

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"

namespace wavetank::port {

/// The two directions of a connection. A connection is opened by the node that asks; its requests
/// are delivered in the order sent, and so are its responses, but the two do not wait for each
/// other (and a request from A to B travels on another connection than an answer of A to B).
enum class Lane : std::uint8_t { request, response };

struct Message {
  Bytes head;
  std::vector<Bytes> body;

  /// Bytes on the wire, framing included (a 4-byte length, as in the Kafka protocol).
  [[nodiscard]] std::uint64_t wire_bytes() const {
    std::uint64_t total = 4 + head.size();
    for (const Bytes& part : body) {
      total += part.size();
    }
    return total;
  }
};

}  // namespace wavetank::port
