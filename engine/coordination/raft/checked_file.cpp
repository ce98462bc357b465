#include "engine/coordination/raft/checked_file.h"

#include "engine/base/codec.h"
#include "engine/base/hash.h"

namespace wavetank::raft {

namespace {
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kVersionBytes = 1;
constexpr std::size_t kChecksumBytes = 4;
}  // namespace

void replace_checked(const port::Step& step, std::string_view name, ByteView content,
                     port::StorageToken token) {
  Bytes file = Bytes::build(kVersionBytes + content.size() + kChecksumBytes, [&](std::uint8_t* to) {
    *to = kVersion;
    std::copy(content.begin(), content.end(), to + kVersionBytes);
    const std::size_t checked = kVersionBytes + content.size();
    store_be(to + checked, crc32c(ByteView(to, checked)));
  });
  step.meter().charge(port::Work::bytes_copied, file.size());
  step.meter().charge(port::Work::bytes_checksummed, file.size());
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::fsync);
  step.storage().replace(name, std::move(file), token);
}

std::optional<ByteView> checked_content(ByteView file) {
  if (file.size() < kVersionBytes + kChecksumBytes || file.front() != kVersion) {
    return std::nullopt;
  }
  const ByteView checked = file.first(file.size() - kChecksumBytes);
  if (load_be<std::uint32_t>(checked.data() + checked.size()) != crc32c(checked)) {
    return std::nullopt;
  }
  return checked.subspan(kVersionBytes);
}

}  // namespace wavetank::raft
