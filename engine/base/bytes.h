#pragma once

// Immutable, shared bytes. A record batch that three replicas, a page cache and a fetch response
// hold exists once. Reference counts are plain integers: the engine is single-threaded by contract.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank {

using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A slice of a shared, immutable buffer. Copying it shares the buffer; the buffer is freed with
/// its last slice. An empty slice owns nothing.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes& other) noexcept
      : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) {
      ++block_->references;
    }
  }
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes other) noexcept {
    swap(other);
    return *this;
  }
  ~Bytes() { release(); }

  /// A buffer that holds a copy of `source`.
  static Bytes copy_of(ByteView source);
  static Bytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }

  /// A buffer of `size` bytes, filled once by `fill(std::uint8_t*)` before anyone shares it.
  template <class Fill>
  static Bytes build(std::size_t size, Fill&& fill) {
    Bytes bytes = allocate(size);
    std::forward<Fill>(fill)(const_cast<std::uint8_t*>(bytes.data_));
    return bytes;
  }

  [[nodiscard]] const std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] ByteView view() const { return {data_, size_}; }
  operator ByteView() const { return view(); }  // NOLINT: a slice is a view that also owns

  /// The part [from, from + count) of this slice. REQUIRES: it lies within.
  [[nodiscard]] Bytes slice(std::size_t from, std::size_t count) const;

  /// Bytes held by all live buffers of the process: what the payload costs, replicas included.
  static std::uint64_t live_bytes();

 private:
  struct Block {
    std::uint32_t references;
    std::uint32_t size;
  };

  static Bytes allocate(std::size_t size);
  void release() noexcept;
  void swap(Bytes& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Block* block_ = nullptr;
  const std::uint8_t* data_ = nullptr;
  std::uint32_t size_ = 0;
};

inline bool operator==(const Bytes& a, const Bytes& b) {
  return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace wavetank
