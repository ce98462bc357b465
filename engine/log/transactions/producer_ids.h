#pragma once

// The producer ids that a broker gives out: they begin with its broker epoch, which no other
// registration has, and so need no further agreement.

#include <cstdint>
#include <optional>

#include "engine/log/limits.h"
#include "engine/log/types.h"

namespace wavetank::log {

class ProducerIds {
 public:
  /// The controller has admitted this broker under this epoch.
  void registered(BrokerEpoch epoch) { epoch_ = epoch; }
  /// Nothing before the first registration, or when all are given out.
  std::optional<ProducerId> next() {
    if (epoch_ < BrokerEpoch(0) || given_ >> limits::kProducerIdBits != 0) {
      return std::nullopt;
    }
    return ProducerId((epoch_.value() << limits::kProducerIdBits) |
                      static_cast<std::int64_t>(given_++));
  }

 private:
  BrokerEpoch epoch_{-1};
  std::uint64_t given_ = 0;
};

}  // namespace wavetank::log
