#include "engine/log/storage/checkpoint.h"

#include "engine/base/codec.h"
#include "engine/base/hash.h"

namespace wavetank::log {

namespace {

constexpr std::uint8_t kVersion = 2;

}  // namespace

Bytes Checkpoint::encode() const {
  ByteWriter to;
  to.fixed(kVersion);
  to.fixed(recovery_point.value());
  epochs.encode(to);
  producers.encode(to);
  to.fixed(crc32c(to.view()));
  return to.share();
}

std::optional<Checkpoint> Checkpoint::decode(ByteView file) {
  if (file.size() < sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  const ByteView content = file.first(file.size() - sizeof(std::uint32_t));
  if (crc32c(content) != load_be<std::uint32_t>(content.data() + content.size())) {
    return std::nullopt;
  }
  ByteReader from(content);
  Checkpoint read;
  const bool known = from.fixed<std::uint8_t>() == kVersion;
  read.recovery_point = Offset(from.fixed<std::int64_t>());
  if (!known || !read.epochs.decode(from) || !read.producers.decode(from) || from.remaining() > 0) {
    return std::nullopt;
  }
  return read;
}

}  // namespace wavetank::log
