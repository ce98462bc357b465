#pragma once

// The bounds of the key-value service: nothing in it grows without one. What waits for the quorum
// is bounded by raft/limits.h; the store by what its clients keep in it.

#include <cstddef>
#include <cstdint>

#include "engine/coordination/raft/limits.h"

namespace wavetank::kv::limits {

/// Greatest request, all its keys and values together (etcd: --max-request-bytes).
inline constexpr std::size_t kRequestBytes = 3U << 19;
/// Operations of a transaction, comparisons included, and keys of a read (etcd: --max-txn-ops).
inline constexpr std::size_t kOperations = 128;
/// Sessions that the store remembers; a further one takes the place of the one unused for longest.
inline constexpr std::size_t kSessions = 20'000;
/// Transactions of a session that are not settled.
inline constexpr std::uint64_t kUnsettled = 10'000;
/// Requests that a follower has handed on; a further one takes the place of the oldest.
inline constexpr std::size_t kHandedOn = 10'000;
/// Requests of a client under way.
inline constexpr std::size_t kOpenRequests = 10'000;

static_assert(kOpenRequests <= kUnsettled, "what a client may ask, the store remembers");
static_assert(kRequestBytes < raft::limits::kCommandBytes, "a request is a command");

}  // namespace wavetank::kv::limits
