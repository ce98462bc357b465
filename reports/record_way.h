#pragma once

// The way of one record from the moment it was meant to be sent to its delivery, leg by leg. The
// legs follow one another and sum to the record's end-to-end latency exactly.

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace wavetank::reports {

/// In the order in which a record takes them. A fetch that reads from the disk before the record
/// can be answered is `read`; reads before that one count as `fetch`.
enum class Leg : std::uint8_t {
  accept,       ///< due, and not taken by the producer: its buffer is full, its thread busy
  batch,        ///< in a batch that no request has taken: linger, requests in flight, no leader
  retry,        ///< in requests that came to nothing
  send,         ///< the producer's work for the request
  request,      ///< on the wire to the leader
  arrival,      ///< at the leader, which is busy
  append,       ///< being checked and stored
  sync,         ///< the leader's disk, before the record counts as stored
  replication,  ///< until the in-sync replicas have it
  fetch,        ///< readable, and not fetched: the consumer is behind, or the leader busy
  read,         ///< the leader's disk, before it can answer the fetch
  answer,       ///< the leader's work for the fetch
  response,     ///< on the wire to the consumer
  handover      ///< at the consumer, which is busy
};
inline constexpr std::size_t kLegCount = 14;

struct RecordWay {
  std::uint64_t event = 0;
  Time intended;
  std::uint32_t partition = 0;
  std::uint32_t leader = 0;  ///< the process that stored it
  std::array<Duration, kLegCount> legs;

  [[nodiscard]] Duration operator[](Leg leg) const { return legs[static_cast<std::size_t>(leg)]; }
  [[nodiscard]] Duration& operator[](Leg leg) { return legs[static_cast<std::size_t>(leg)]; }
  [[nodiscard]] Duration total() const {
    return std::accumulate(legs.begin(), legs.end(), Duration());
  }
  [[nodiscard]] Time delivered() const { return intended + total(); }
  /// As a client measures that starts its clock when it manages to send: blind to what it held back
  /// itself (Gil Tene calls it coordinated omission).
  [[nodiscard]] Duration naive() const { return total() - (*this)[Leg::accept]; }
};

/// A sample of the records delivered, the same share everywhere.
struct RecordWays {
  std::vector<RecordWay> records;       ///< in the order of delivery
  std::vector<std::string> partitions;  ///< names, by RecordWay::partition
  std::vector<std::string> leaders;     ///< names, by RecordWay::leader
};

}  // namespace wavetank::reports
