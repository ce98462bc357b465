#include "models/payloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace wavetank::models {

namespace {

bool fits(std::uint64_t keys, std::uint32_t key_bytes) {
  return key_bytes >= 8 || keys - 1 < (std::uint64_t{1} << (8 * key_bytes));
}

void write_key(std::uint64_t rank, std::uint32_t key_bytes, ByteWriter& out) {
  static constexpr std::array<std::uint8_t, kKeyBytesMax> kZeros{};
  std::array<std::uint8_t, 8> digits;
  store_be(digits.data(), rank);
  const std::size_t low = std::min<std::size_t>(key_bytes, digits.size());
  out.clear();
  out.raw(ByteView(kZeros).first(key_bytes - low));
  out.raw(ByteView(digits).last(low));
}

}  // namespace

Result<PlainSource> PlainSource::make(PlainConfig config, Random random) {
  if (!(config.random_share >= 0.0 && config.random_share <= 1.0)) {
    return fail(fmt::format("random share is {}, expected 0 to 1", config.random_share));
  }
  if (config.key_bytes < 1 || config.key_bytes > kKeyBytesMax) {
    return fail(fmt::format("keys of {} bytes, expected 1 to {}", config.key_bytes, kKeyBytesMax));
  }
  if (config.keys ? !fits(config.keys->keys(), config.key_bytes) : config.key_bytes < 8) {
    return fail(fmt::format("so many keys do not fit in {} bytes", config.key_bytes));
  }
  const double median = config.value_bytes.quantile(0.5);
  if (median < static_cast<double>(kEventIdBytes) || median > static_cast<double>(kValueBytesMax)) {
    return fail(fmt::format("values of {} bytes in the middle, expected {} to {}", median,
                            kEventIdBytes, kValueBytesMax));
  }
  if (Status status = config.instance.check(); !status) {
    return tl::unexpected(status.error());
  }
  return PlainSource(std::move(config), random);
}

std::uint64_t PlainSource::choose_key(std::uint64_t number) {
  return config_.keys ? config_.keys->draw(random_)
                      : number * config_.instance.of + config_.instance.index;
}

void PlainSource::next(Time /*intended*/, Record& out) {
  const std::uint64_t number = made_++;
  out.event_id = make_event_id(config_.instance.index, number);
  write_key(choose_key(number), config_.key_bytes, out.key);
  out.headers.clear();
  out.value.clear();
  out.value.fixed(out.event_id);
  const std::uint64_t bytes = std::clamp<std::uint64_t>(config_.value_bytes.draw_count(random_),
                                                        kEventIdBytes, kValueBytesMax);
  fill(static_cast<std::size_t>(bytes - kEventIdBytes), out.value);
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
