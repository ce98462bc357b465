#pragma once

// A load is shared by several producers. What they must never share (orders, event ids, instants of
// an even load) is dealt out by these two numbers, without any word between them.

#include <cstdint>

#include "engine/base/result.h"

namespace wavetank::models {

/// Bound on the producers of one workload.
inline constexpr std::uint32_t kInstancesMax = 4096;

/// Producer k of n.
struct Instance {
  std::uint32_t index = 0;
  std::uint32_t of = 1;

  /// Fails unless index < of <= kInstancesMax.
  [[nodiscard]] Status check() const;
};

}  // namespace wavetank::models
