#pragma once

// Private to sim/resources: what NodeFiles keeps of a file and of an operation on the disk.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/resources/files.h"

namespace wavetank::sim {

/// Invariant: durable <= issued <= target <= size.
struct NodeFiles::File {
  struct Unit {
    Bytes bytes;
    std::uint64_t end = 0;  ///< position after its last byte
    [[nodiscard]] std::uint64_t begin() const { return end - bytes.size(); }
  };
  static_assert(sizeof(Unit) <= kUnitBookkeepingBytes);
  struct Sync {
    std::uint64_t up_to = 0;
    port::StorageToken token;
    Time asked;
  };
  enum class Queue : std::uint8_t { none, writeback, urgent };

  // What an extent's byte holds: one of these, and perhaps kReferenced.
  static constexpr std::uint8_t kAbsent = 0;
  static constexpr std::uint8_t kPartial = 1;  ///< cached from `partial_begin` on
  static constexpr std::uint8_t kCached = 2;
  static constexpr std::uint8_t kReferenced = 0x80;  ///< read since the hand passed
  static constexpr std::uint8_t kStateMask = 0x7f;

  const std::string* name = nullptr;  ///< the key it is filed under
  std::uint32_t handle = 0;           ///< 0: not open

  std::deque<Unit> units;
  std::uint64_t size = 0;
  std::uint64_t durable = 0;  ///< a power failure leaves at least this
  std::uint64_t issued = 0;   ///< handed to the disk
  std::uint64_t target = 0;   ///< write-back decided
  Time dirty_since;           ///< of the first byte beyond target
  Queue queue = Queue::none;
  std::uint32_t epoch = 0;  ///< counts truncations amid write-back: earlier writes do not count
  std::vector<Sync> syncs;  ///< by rising up_to

  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::vector<Range> unwritten;  ///< ascending: clean by the system's book, not on the medium
  bool write_failed = false;     ///< not yet reported to a sync
  std::optional<std::uint64_t> refused_from;  ///< there was no room for what begins here

  // While a replacement is not durable: what a crash brings back (empty: no such file).
  std::optional<Bytes> on_disk;
  std::uint32_t replacing = 0;
  std::uint32_t version = 0;
  std::uint32_t durable_version = 0;

  std::vector<std::uint8_t> extents;
  std::uint64_t partial_begin = 0;

  [[nodiscard]] std::uint8_t state(std::uint64_t extent) const {
    return extents[extent] & kStateMask;
  }
  /// Index of the unit that begins at `position`. Searches from the end, where most readers are.
  [[nodiscard]] std::size_t unit_at(std::uint64_t position) const;
  /// The bytes [0, end) in one slice.
  [[nodiscard]] Bytes prefix(std::uint64_t end) const;
  /// Makes `content` all there is, durable.
  void become(Bytes content);
};

struct NodeFiles::Operation {
  enum class Kind : std::uint8_t { write, sync, load, replacement_write, replacement_flush };
  Kind kind = Kind::write;
  File* file = nullptr;     ///< null: removed or gone meanwhile
  std::uint64_t first = 0;  ///< load: extents [first, last]; write: its end is `last`
  std::uint64_t last = 0;
  std::uint32_t version = 0;  ///< write: the file's epoch; replacement: its version
  Bytes content{};            ///< of a replacement
  std::vector<port::StorageToken> tokens{};
  Time asked{};  ///< for it, by whoever waits
};

}  // namespace wavetank::sim
