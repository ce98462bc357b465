#include "engine/log/storage/batch_compression.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/log/storage/compression.h"

namespace wavetank::log {

namespace {

void charge_unpacking(Compression codec, std::size_t bytes, port::Meter& meter) {
  meter.charge(
      codec == Compression::lz4 ? port::Work::bytes_lz4_unpacked : port::Work::bytes_zstd_unpacked,
      bytes);
}

}  // namespace

void charge_packing(Compression codec, std::size_t bytes, port::Meter& meter) {
  if (codec != Compression::none) {
    meter.charge(
        codec == Compression::lz4 ? port::Work::bytes_lz4_packed : port::Work::bytes_zstd_packed,
        bytes);
  }
}

std::optional<BatchView> unpacked(const BatchView& batch, Bytes& room, port::Meter& meter) {
  if (batch.plain_records().data() != nullptr) {
    return batch;
  }
  std::optional<Bytes> plain = decompress(batch.compression(), batch.stored_records());
  if (!plain) {
    return std::nullopt;
  }
  charge_unpacking(batch.compression(), plain->size(), meter);
  room = std::move(*plain);
  return batch.with_plain_records(room);
}

Bytes recoded(const BatchView& batch, Compression codec, port::Meter& meter) {
  ByteWriter room;
  const ByteView records = codec == Compression::none
                               ? batch.plain_records()
                               : compress(codec, batch.plain_records(), room);
  charge_packing(codec, batch.plain_records().size(), meter);
  const std::size_t size = kBatchHeaderBytes + records.size();
  meter.charge(port::Work::bytes_checksummed, size);
  return Bytes::build(size, [&](std::uint8_t* to) {
    std::copy_n(batch.bytes().begin(), kBatchHeaderBytes, to);
    std::ranges::copy(records, to + kBatchHeaderBytes);
    const int others = load_be<std::int16_t>(to + kAttributesAt) & ~kCompressionBits;
    store_be(to + kLengthAt, static_cast<std::int32_t>(size - kUncountedBytes));
    store_be(to + kAttributesAt, static_cast<std::int16_t>(others | static_cast<int>(codec)));
    store_be(to + kChecksumAt, crc32c({to + kAttributesAt, size - kAttributesAt}));
  });
}

}  // namespace wavetank::log
