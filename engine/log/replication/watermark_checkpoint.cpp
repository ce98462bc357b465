#include "engine/log/replication/watermark_checkpoint.h"

#include <algorithm>
#include <string_view>

#include "engine/base/codec.h"
#include "engine/base/hash.h"

namespace wavetank::log {

namespace {

constexpr std::string_view kFile = "replication-offset-checkpoint";
constexpr std::uint8_t kVersion = 1;

}  // namespace

Bytes encode_watermarks(const Watermarks& watermarks) {
  ByteWriter to;
  to.fixed(kVersion);
  to.unsigned_varint(watermarks.size());
  for (const auto& [partition, offset] : watermarks) {
    to.unsigned_varint(partition.value());
    to.varint(offset.value());
  }
  to.fixed(crc32c(to.view()));
  return to.share();
}

std::optional<Watermarks> decode_watermarks(ByteView file) {
  if (file.size() < sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  const ByteView content = file.first(file.size() - sizeof(std::uint32_t));
  if (crc32c(content) != load_be<std::uint32_t>(content.data() + content.size())) {
    return std::nullopt;
  }
  ByteReader from(content);
  const bool known = from.fixed<std::uint8_t>() == kVersion;
  Watermarks watermarks;
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    const PartitionId partition(static_cast<std::uint32_t>(from.unsigned_varint()));
    watermarks.emplace_back(partition, Offset(from.varint()));
  }
  if (!known || !from.ok() || from.remaining() > 0) {
    return std::nullopt;
  }
  return watermarks;
}

void WatermarkCheckpoint::restore(const Step& step) {
  due_ = step.now.monotonic + interval_;
  written_ = step.storage().load(kFile);
  const std::optional<Watermarks> watermarks = decode_watermarks(written_);
  if (!watermarks) {
    return;  // none yet, or damaged: the leaders will tell
  }
  step.meter().charge(port::Work::file_operation);
  for (const auto& [partition, offset] : *watermarks) {
    if (Replica* replica = replicas_.find(partition)) {
      replica->restore_high_watermark(offset);
    }
  }
}

void WatermarkCheckpoint::pump(const Step& step) {
  if (due_ > step.now.monotonic) {
    return;
  }
  due_ = step.now.monotonic + interval_;
  Watermarks watermarks;
  replicas_.for_each([&](const Replica& replica) {
    watermarks.emplace_back(replica.partition(), replica.high_watermark());
  });
  Bytes content = encode_watermarks(watermarks);
  if (std::ranges::equal(content.view(), written_.view())) {
    return;
  }
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::bytes_copied, content.size());
  step.storage().replace(kFile, content, port::kNoNotify);
  written_ = std::move(content);
}

}  // namespace wavetank::log
