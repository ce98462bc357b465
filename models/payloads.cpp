#include "models/payloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace wavetank::models {

Result<PlainSource> PlainSource::make(PlainConfig config, Random random) {
  if (!(config.random_share >= 0.0 && config.random_share <= 1.0)) {
    return fail(fmt::format("random share is {}, expected 0 to 1", config.random_share));
  }
  if (!(config.tombstone_share >= 0.0 && config.tombstone_share <= 1.0)) {
    return fail(fmt::format("tombstone share is {}, expected 0 to 1", config.tombstone_share));
  }
  const double median = config.record_bytes.quantile(0.5);
  if (median < static_cast<double>(kRecordBytesMin) ||
      median > static_cast<double>(kRecordBytesMax)) {
    return fail(fmt::format("records of {} bytes in the middle, expected {} to {}", median,
                            kRecordBytesMin, kRecordBytesMax));
  }
  if (Status status = config.instance.check(); !status) {
    return tl::unexpected(status.error());
  }
  return PlainSource(std::move(config), random);
}

void PlainSource::next(Time /*intended*/, Record& out) {
  out.event_id = make_event_id(config_.instance.index, made_++);
  out.key.clear();
  out.key.fixed(config_.keys.draw(random_));
  if (config_.secondary_keys > 0) {
    out.key.fixed(random_.below(config_.secondary_keys));
  }
  out.headers.clear();
  out.value.clear();
  out.tombstone = config_.tombstone_share > 0 && random_.chance(config_.tombstone_share);
  if (out.tombstone) {
    out.headers.raw(kEventHeader);
    out.headers.fixed(out.event_id);
    return;
  }
  out.value.fixed(out.event_id);
  const std::uint64_t least = out.key.size() + kEventIdBytes;
  const std::uint64_t bytes =
      std::clamp(config_.record_bytes.draw_count(random_), least, kRecordBytesMax);
  fill(static_cast<std::size_t>(bytes - least), out.value);
}

void PlainSource::fill(std::size_t bytes, ByteWriter& out) {
  std::uint8_t* const filler = out.extend(bytes);
  const auto fresh =
      static_cast<std::size_t>(std::ceil(config_.random_share * static_cast<double>(bytes)));
  for (std::size_t i = 0; i < fresh; i += 8) {
    std::array<std::uint8_t, 8> word;
    store_be(word.data(), random_.next());
    std::copy_n(word.data(), std::min<std::size_t>(8, fresh - i), filler + i);
  }
  for (std::size_t i = fresh; i < bytes; ++i) {
    filler[i] = fresh > 0 ? filler[i - fresh] : 0;
  }
}

}  // namespace wavetank::models
