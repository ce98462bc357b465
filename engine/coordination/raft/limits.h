#pragma once

// The bounds of a quorum: nothing in it grows without one. Entries in memory are bounded by the
// configuration (snapshot_entries, retained_entries) and kUnapplied.

#include <cstddef>
#include <cstdint>

namespace wavetank::raft::limits {

/// Servers of a quorum.
inline constexpr std::size_t kServers = 9;
/// Entries that a leader takes on before those ahead of them are committed; beyond, it takes none.
inline constexpr std::uint64_t kUnapplied = 100'000;
/// Entries in one message.
inline constexpr std::uint64_t kEntriesPerAppend = 4'096;
/// Greatest command.
inline constexpr std::uint64_t kCommandBytes = 16ULL << 20;
/// Bytes of a snapshot in one message (thesis, section 5).
inline constexpr std::uint64_t kSnapshotChunkBytes = 1ULL << 20;
/// Greatest snapshot; what would be greater is refused by who receives it.
inline constexpr std::uint64_t kSnapshotBytes = 1ULL << 30;
/// Bytes read at once while a log is loaded.
inline constexpr std::uint64_t kLoadBytes = 1ULL << 20;
/// Reads that wait for a leader to hear its majority.
inline constexpr std::size_t kWaitingReads = 65'536;

static_assert(kServers % 2 == 1, "an even server adds no tolerance");
static_assert(kCommandBytes < kSnapshotBytes, "a state holds a command");

}  // namespace wavetank::raft::limits
