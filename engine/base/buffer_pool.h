#pragma once

// Memory for the buffers of Bytes. Batches come and go by the million, most of them of some hundred
// bytes, and while a log grows as many stay as go: a general allocator spends a fifth of a run on
// finding a place among what is left between those that stay. Here every size class has its own
// list of free places, so that a place is found in constant time and nothing is ever split or
// joined. What was given back serves the same class again; the system gets nothing back.

#include <array>
#include <cstddef>
#include <cstdint>

namespace wavetank {

class BufferPool {
 public:
  /// Greater ones come from the general allocator.
  static constexpr std::size_t kMaxPooledBytes = 64 << 10;

  /// Memory for `bytes`, aligned to 16. REQUIRES: bytes > 0.
  void* take(std::size_t bytes);
  /// REQUIRES: `memory` comes from take(bytes).
  void give_back(void* memory, std::size_t bytes) noexcept;

 private:
  // Classes are 16 bytes apart up to 1 KiB, and 32 to each doubling above it: what a place has too
  // much is less than 16 bytes, or 3 % of them.
  static constexpr std::size_t kGrain = 16;
  static constexpr std::size_t kFineBytes = 1 << 10;
  static constexpr std::size_t kFineClasses = kFineBytes / kGrain;
  static constexpr std::size_t kClassesPerDoubling = 32;
  static constexpr std::size_t kClasses = kFineClasses + 6 * kClassesPerDoubling;
  static constexpr std::size_t kRegionBytes = 4 << 20;

  struct Free {
    Free* next;
  };
  struct SizeClass {
    std::size_t index;
    std::size_t bytes;
  };
  static SizeClass class_of(std::size_t bytes);
  void* carve(std::size_t bytes);

  std::array<Free*, kClasses> free_{};
  std::uint8_t* region_ = nullptr;  ///< the rest of the last one
  std::size_t region_left_ = 0;
};

}  // namespace wavetank
