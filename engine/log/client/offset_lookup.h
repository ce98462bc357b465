#pragma once

// Which partitions of a consumer wait to learn an offset (of a time, or of an end of their log),
// and the ListOffsets requests by which it asks their leaders: one at a time to each.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/log/client/network_client.h"

namespace wavetank::log {

class OffsetLookup {
 public:
  struct Answer {
    std::uint32_t index = 0;  ///< of the partition, as its owner counts
    ErrorCode error = ErrorCode::none;
    Offset offset{-1};  ///< -1: nothing is that late
  };

  explicit OffsetLookup(std::size_t brokers) : in_flight_(brokers) {}

  [[nodiscard]] bool empty() const { return wanted_.empty(); }
  [[nodiscard]] bool wants(std::uint32_t index) const { return wanted_.contains(index); }
  /// `timestamp_ms` as in ListOffsetsRequest. What was wanted for the partition before is not.
  void want(std::uint32_t index, PartitionId partition, std::int64_t timestamp_ms);
  /// Nothing is wanted for the partition any more; an answer that is under way tells nothing.
  void forget(std::uint32_t index) { wanted_.erase(index); }

  /// Asks for those with a known leader that are `ready`; metadata where none is known.
  void pump(port::Now now, NetworkClient& network, port::Ports& ports,
            const std::function<bool(std::uint32_t index)>& ready);
  /// What an answer tells of partitions that still want it. Those with an error go on wanting.
  std::vector<Answer> on_response(BrokerIndex from, const ListOffsetsResponse& response);
  /// Its request came to nothing: the partitions it was about go on wanting.
  std::vector<std::uint32_t> on_lost(BrokerIndex from);

 private:
  struct Wanted {
    PartitionId partition;
    std::int64_t timestamp_ms = 0;
    BrokerIndex asked = kNoBroker;  ///< a request is on its way there
  };

  std::map<std::uint32_t, Wanted> wanted_;  ///< by index
  std::vector<bool> in_flight_;             ///< by broker
};

}  // namespace wavetank::log
