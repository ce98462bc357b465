#include "sim/check/stored_intact.h"

#include <fmt/format.h>
#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace wavetank::sim {

namespace {

/// CRC-32C, eight bytes at a time (Kounavis and Berry, "A Systematic Approach to Building High
/// Performance Software-Based CRC Generators", 2005).
constexpr std::size_t kSlices = 8;
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, kSlices> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    }
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

std::uint32_t checksum(ByteView bytes) {
  std::uint32_t crc = ~0U;
  while (bytes.size() >= kSlices) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const std::uint32_t mixed = i < 4 ? (crc >> (8 * i)) & 0xff : 0;
      next ^= kTables[kSlices - 1 - i][mixed ^ bytes[i]];
    }
    crc = next;
    bytes = bytes.subspan(kSlices);
  }
  for (const std::uint8_t byte : bytes) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ byte) & 0xff];
  }
  return ~crc;
}

/// What is wrong with a unit of a file, in words; empty: nothing. Whatever does not look like a
/// batch counts only where `whole`: the file's end may be torn.
std::string damage_of(ByteView unit, bool whole) {
  constexpr std::size_t kChecksumAt = 17;
  constexpr std::size_t kCoveredFrom = 21;
  oracle::Batch batch;
  for (ByteView rest = unit; !rest.empty();) {
    const ByteView begins = rest;
    if (!oracle::take_batch(rest, batch)) {
      return whole ? "there is something that is no batch" : "";
    }
    const ByteView bytes = begins.first(begins.size() - rest.size());
    const auto stored =
        static_cast<std::uint32_t>(oracle::integer_at(bytes.data() + kChecksumAt, 4));
    if (stored != checksum(bytes.subspan(kCoveredFrom))) {
      return "a batch does not match its checksum";
    }
  }
  return "";
}

}  // namespace

void StoredIntact::look_at(const StoredPartition& partition) {
  tsl::robin_map<const std::uint8_t*, std::uint32_t> sharers;  // for look-ups only
  for (const StoredReplica& replica : partition.replicas) {
    for (const ByteView unit : replica.units) {
      ++sharers[unit.data()];
    }
  }
  for (const StoredReplica& replica : partition.replicas) {
    judgement_.look();
    const bool is_up = replica.epoch != log::kNoLeaderEpoch;
    for (std::size_t i = 0; i < replica.units.size() && judgement_.holds(); ++i) {
      const ByteView unit = replica.units[i];
      const bool shared = sharers[unit.data()] > 1;
      const std::string damage = shared ? "" : damage_of(unit, is_up);
      if (!damage.empty()) {
        const log::Offset from = stored_end(std::span(replica.units).first(i));
        judgement_.breach(fmt::format("the copy of {} on node {} has rotted: at offset {} {}",
                                      partition.name, replica.broker.value(),
                                      std::max(from, replica.start).value(), damage));
      }
    }
  }
}

}  // namespace wavetank::sim
