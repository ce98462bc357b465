#pragma once

// The bounds of the coordination service: nothing in it grows without one. What is not named here
// is bounded by the ensemble (one entry a server) or by the data that clients keep in it.

#include <cstddef>
#include <cstdint>

namespace wavetank::coordination::limits {

/// Greatest data of one znode, and of one request with all its parts (jute.maxbuffer).
inline constexpr std::size_t kRequestBytes = 0xfffff;
inline constexpr std::size_t kPathBytes = 4096;
/// Parts of one multi.
inline constexpr std::size_t kMultiParts = 1000;
/// Bytes of a snapshot that are encoded in one step, and sent in one message.
inline constexpr std::size_t kSnapshotChunkBytes = 256 << 10;
/// Read at once while a server recovers.
inline constexpr std::uint64_t kRecoveryReadBytes = 1ULL << 20;
/// Requests of clients that a server holds back beyond its global outstanding limit; a client that
/// sends more loses its connection.
inline constexpr std::size_t kHeldRequests = 65'536;
/// Watches of one session on one server.
inline constexpr std::size_t kWatchesPerSession = 200'000;
/// Paths of one request that sets watches again (ZOOKEEPER-706); what is more goes in the next.
inline constexpr std::size_t kWatchedPathsBytes = 128 << 10;
static_assert(kPathBytes < kWatchedPathsBytes && kWatchedPathsBytes < kRequestBytes);
static_assert(kPathBytes < kRequestBytes);

}  // namespace wavetank::coordination::limits
