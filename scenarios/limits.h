#pragma once

// How much a scenario may ask for. What exceeds a limit is refused before anything runs, by an
// error that names the limit.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/time.h"

namespace wavetank::scenarios {

struct Limits {
  std::uint32_t hosts = 1'000;
  std::uint32_t partitions = 110'000;        ///< over all topics, without the offsets topic
  std::uint32_t replicas = 120'000;          ///< over all topics, the offsets topic included
  std::uint32_t producers = 1'000;           ///< over all workloads
  std::uint32_t consumers = 1'000;           ///< over all groups
  std::uint32_t faults = 1'000;              ///< as written
  std::uint64_t records = 1'000'000'000;     ///< expected: rate x duration, spikes included
  std::uint64_t memory_bytes = 16ULL << 30;  ///< estimated by `estimated_memory_bytes`
  std::uint64_t events = 20'000'000'000;     ///< estimated by `estimated_events`
  Duration duration = seconds(30LL * 24 * 3600);
};

/// What a scenario file itself may be.
inline constexpr std::size_t kMaxFileBytes = 4U << 20;
inline constexpr std::size_t kMaxNesting = 64;
/// Of a title, a reason, an objective: they stand in every report.
inline constexpr std::size_t kMaxTextCharacters = 1'000;
inline constexpr std::size_t kMaxExtends = 8;        ///< files in a chain of `extends`
inline constexpr std::size_t kMaxDiagnostics = 100;  ///< findings reported for one scenario

/// Whether a text exceeds its limit. Code points count, as they do for a schema's maxLength.
constexpr bool is_too_long(std::string_view text) {
  std::size_t characters = 0;
  for (const char c : text) {
    characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  }
  return characters > kMaxTextCharacters;
}

}  // namespace wavetank::scenarios
