#include "engine/base/bytes.h"

#include <limits>
#include <new>

#include "engine/base/buffer_pool.h"
#include "engine/base/ensure.h"

namespace wavetank {

namespace {
std::uint64_t live = 0;
constinit BufferPool pool;
}  // namespace

Bytes Bytes::allocate(std::size_t size) {
  ENSURE(size <= std::numeric_limits<std::uint32_t>::max(), "a buffer is smaller than 4 GiB");
  Bytes bytes;
  if (size == 0) {
    return bytes;
  }
  void* memory = pool.take(sizeof(Block) + size);
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
    pool.give_back(block_, sizeof(Block) + block_->size);
  }
}

std::uint64_t Bytes::live_bytes() {
  return live;
}

}  // namespace wavetank
