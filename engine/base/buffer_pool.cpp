#include "engine/base/buffer_pool.h"

#include <bit>
#include <cstdlib>
#include <new>

namespace wavetank {

namespace {

void* general(std::size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

BufferPool::SizeClass BufferPool::class_of(std::size_t bytes) {
  if (bytes <= kFineBytes) {
    const std::size_t grains = (bytes + kGrain - 1) / kGrain;
    return {grains - 1, grains * kGrain};
  }
  const auto doubling = static_cast<std::size_t>(std::bit_width((bytes - 1) / kFineBytes)) - 1;
  const std::size_t base = kFineBytes << doubling;
  const std::size_t step = base / kClassesPerDoubling;
  const std::size_t steps = (bytes - base + step - 1) / step;
  return {kFineClasses + doubling * kClassesPerDoubling + steps - 1, base + steps * step};
}

void* BufferPool::take(std::size_t bytes) {
  if (bytes > kMaxPooledBytes) {
    return general(bytes);
  }
  const SizeClass it = class_of(bytes);
  Free* place = free_[it.index];
  if (place == nullptr) {
    return carve(it.bytes);
  }
  free_[it.index] = place->next;
  return place;
}

void BufferPool::give_back(void* memory, std::size_t bytes) noexcept {
  if (bytes > kMaxPooledBytes) {
    std::free(memory);
    return;
  }
  Free*& first = free_[class_of(bytes).index];
  first = new (memory) Free{first};
}

/// What is left of a region that a place does not fit into stays unused: 2 % of it at most.
void* BufferPool::carve(std::size_t bytes) {
  if (region_left_ < bytes) {
    region_ = static_cast<std::uint8_t*>(general(kRegionBytes));
    region_left_ = kRegionBytes;
  }
  void* place = region_;
  region_ += bytes;
  region_left_ -= bytes;
  return place;
}

}  // namespace wavetank
