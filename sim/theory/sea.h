#pragma once

// Hosts of one zone, and the network between them.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/network/network.h"
#include "sim/theory/law.h"

namespace wavetank::sim::theory {

/// Of a card on which messages of a few bytes take no time worth counting, in bytes per second.
inline constexpr std::uint64_t kFastCard = 100'000'000'000;

struct Sea {
  /// A host for each card, in their order.
  Sea(const Trial& trial, const std::vector<std::uint64_t>& card_bytes_per_s, Duration latency);

  Kernel kernel;
  std::unique_ptr<Platform> platform;
  std::unique_ptr<Network> network;
};

/// Where messages arrive that are never lost for good.
class Inbox final : public Receiver {
 public:
  std::function<void(std::uint64_t message)> takes;

 private:
  void delivered(std::uint64_t message) override { takes(message); }
  void dropped(std::uint64_t message) override;
};

}  // namespace wavetank::sim::theory
