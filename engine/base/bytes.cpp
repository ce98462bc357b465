#include "engine/base/bytes.h"

#include <limits>
#include <new>

#include "engine/base/buffer_pool.h"
#include "engine/base/ensure.h"

namespace wavetank {

namespace {
std::uint64_t live = 0;
constinit BufferPool pool;

// Sanitizers watch the general allocator only.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

void* take(std::size_t bytes) {
  return kPooled ? pool.take(bytes) : ::operator new(bytes);
}
void give_back(void* memory, std::size_t bytes) noexcept {
  kPooled ? pool.give_back(memory, bytes) : ::operator delete(memory);
}

}  // namespace

Bytes Bytes::allocate(std::size_t size) {
  ENSURE(size <= std::numeric_limits<std::uint32_t>::max(), "a buffer is smaller than 4 GiB");
  Bytes bytes;
  if (size == 0) {
    return bytes;
  }
  void* memory = take(sizeof(Block) + size);
  bytes.block_ = new (memory) Block{1, static_cast<std::uint32_t>(size)};
  bytes.data_ = static_cast<std::uint8_t*>(memory) + sizeof(Block);
  bytes.size_ = static_cast<std::uint32_t>(size);
  live += size;
  return bytes;
}

Bytes Bytes::copy_of(ByteView source) {
  return build(source.size(), [&](std::uint8_t* to) {
    if (!source.empty()) {
      std::memcpy(to, source.data(), source.size());
    }
  });
}

Bytes Bytes::slice(std::size_t from, std::size_t count) const {
  ENSURE(from <= size_ && count <= size_ - from, "a slice lies within its buffer");
  Bytes part;
  if (count > 0) {
    part = *this;
    part.data_ += from;
    part.size_ = static_cast<std::uint32_t>(count);
  }
  return part;
}

void Bytes::release() noexcept {
  if (block_ != nullptr && --block_->references == 0) {
    live -= block_->size;
    give_back(block_, sizeof(Block) + block_->size);
  }
}

std::uint64_t Bytes::live_bytes() {
  return live;
}

}  // namespace wavetank
