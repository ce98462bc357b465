#include "reports/export/hdr_codec.h"

#include <fmt/format.h>
#include <nettle/base64.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/ensure.h"
#include "reports/bounds.h"

namespace wavetank::reports {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kInnerCookie = 0x1c849313;
constexpr std::uint32_t kOuterCookie = 0x1c849314;
constexpr std::uint32_t kSignificantDigits = 3;
constexpr std::uint64_t kLowest = 1;
constexpr std::uint64_t kHighest = INT64_MAX;
constexpr std::size_t kInnerHeader = 40;
constexpr std::size_t kOuterHeader = 8;
/// Buckets that values of 63 bits can fall into: 1024 an octave, and the first has twice as many.
constexpr std::size_t kBucketsMax = std::size_t{1024} * (63 - Histogram::kSubBucketBits + 2);
constexpr std::size_t kNumberBytesMax = 9;
constexpr std::size_t kInnerMax = kInnerHeader + kBucketsMax * kNumberBytesMax;
constexpr std::size_t kTextMax = 2 * kInnerMax;

void put_big_endian(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  return value;
}

/// The ninth byte carries eight bits.
void put_number(Bytes& out, std::int64_t number) {
  std::uint64_t rest =
      static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
  for (std::size_t i = 0; i + 1 < kNumberBytesMax && rest > 0x7f; ++i, rest >>= 7) {
    out.push_back(static_cast<std::uint8_t>(rest | 0x80));
  }
  out.push_back(static_cast<std::uint8_t>(rest));
}

/// Takes a number from the front of `bytes`; nothing if they end within it.
std::optional<std::int64_t> take_number(std::span<const std::uint8_t>& bytes) {
  std::uint64_t zigzag = 0;
  for (std::size_t i = 0; i < std::min(bytes.size(), kNumberBytesMax); ++i) {
    const bool is_ninth = i + 1 == kNumberBytesMax;
    zigzag |= static_cast<std::uint64_t>(bytes[i] & (is_ninth ? 0xff : 0x7f)) << (7 * i);
    if (is_ninth || (bytes[i] & 0x80) == 0) {
      bytes = bytes.subspan(i + 1);
      return static_cast<std::int64_t>(zigzag >> 1 ^ (0 - (zigzag & 1)));
    }
  }
  return std::nullopt;
}

Bytes payload_of(const Histogram& histogram) {
  Bytes payload;
  const std::vector<std::uint64_t>& counts = histogram.counts();
  std::size_t used = counts.size();
  while (used > 0 && counts[used - 1] == 0) {
    --used;
  }
  for (std::size_t i = 0; i < used;) {
    std::size_t next = i;
    while (counts[next] == 0) {
      ++next;
    }
    if (next > i) {
      put_number(payload, -static_cast<std::int64_t>(next - i));
    }
    put_number(payload, static_cast<std::int64_t>(counts[next]));
    i = next + 1;
  }
  if (payload.empty()) {
    put_number(payload, -1);
  }
  return payload;
}

/// Why a bucket cannot be taken into what has been read before it.
Status check_bucket(const Histogram& before, std::size_t index, std::uint64_t count) {
  if (index >= kBucketsMax) {
    return fail("there are more buckets than values");
  }
  if (count > 0 && static_cast<std::uint64_t>(Histogram::value_at(index).ns()) >= kMostTime_ns) {
    return fail(
        fmt::format("it has a value of {} ns; the most is 2^61", Histogram::value_at(index).ns()));
  }
  if (count > kMostRecords - before.count()) {
    return fail("it has more than 2^53 values");
  }
  return {};
}

Result<Histogram> from_payload(std::span<const std::uint8_t> payload) {
  Histogram histogram;
  std::size_t index = 0;
  while (!payload.empty()) {
    const std::optional<std::int64_t> number = take_number(payload);
    if (!number) {
      return fail("a count is cut off");
    }
    if (*number < 0) {
      if (*number < -static_cast<std::int64_t>(kBucketsMax)) {
        return fail("a run of empty buckets is too long");
      }
      index += static_cast<std::size_t>(-*number);
      continue;
    }
    const auto count = static_cast<std::uint64_t>(*number);
    if (Status good = check_bucket(histogram, index, count); !good) {
      return tl::unexpected<Error>(good.error());
    }
    if (count > 0) {
      histogram.record(Histogram::value_at(index), count);
    }
    ++index;
  }
  return histogram;
}

Result<Bytes> inflated(std::span<const std::uint8_t> deflated) {
  Bytes inner(kInnerMax);
  uLongf size = inner.size();
  if (uncompress(inner.data(), &size, deflated.data(), deflated.size()) != Z_OK) {
    return fail("it does not inflate");
  }
  inner.resize(size);
  return inner;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() > kTextMax) {
    return fail("it is longer than any histogram");
  }
  Bytes bytes(BASE64_DECODE_LENGTH(text.size()));
  std::size_t size = bytes.size();
  base64_decode_ctx context;
  base64_decode_init(&context);
  if (base64_decode_update(&context, &size, bytes.data(), text.size(), text.data()) == 0 ||
      base64_decode_final(&context) == 0) {
    return fail("it is no Base64");
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string encode_hdr(const Histogram& histogram) {
  const Bytes payload = payload_of(histogram);
  Bytes inner;
  put_big_endian(inner, kInnerCookie, 4);
  put_big_endian(inner, payload.size(), 4);
  put_big_endian(inner, 0, 4);  // offset by which the buckets are shifted
  put_big_endian(inner, kSignificantDigits, 4);
  put_big_endian(inner, kLowest, 8);
  put_big_endian(inner, kHighest, 8);
  put_big_endian(inner, std::bit_cast<std::uint64_t>(1.0), 8);  // values are as they are
  inner.insert(inner.end(), payload.begin(), payload.end());

  uLongf size = compressBound(inner.size());
  Bytes deflated(size);
  const int done =
      compress2(deflated.data(), &size, inner.data(), inner.size(), Z_DEFAULT_COMPRESSION);
  ENSURE(done == Z_OK, "the bound is zlib's own");
  deflated.resize(size);

  Bytes outer;
  put_big_endian(outer, kOuterCookie, 4);
  put_big_endian(outer, deflated.size(), 4);
  outer.insert(outer.end(), deflated.begin(), deflated.end());
  std::string text(BASE64_ENCODE_RAW_LENGTH(outer.size()), '\0');
  base64_encode_raw(text.data(), outer.size(), outer.data());
  return text;
}

Result<Histogram> decode_hdr(std::string_view text) {
  const Result<Bytes> outer = from_base64(text);
  if (!outer) {
    return fail(outer.error().message);
  }
  const std::span<const std::uint8_t> head(*outer);
  if (head.size() < kOuterHeader || big_endian(head.first(4)) != kOuterCookie ||
      big_endian(head.subspan(4, 4)) != head.size() - kOuterHeader) {
    return fail("it is no histogram of version 2");
  }
  const Result<Bytes> inner = inflated(head.subspan(kOuterHeader));
  if (!inner) {
    return fail(inner.error().message);
  }
  const std::span<const std::uint8_t> body(*inner);
  if (body.size() < kInnerHeader || big_endian(body.first(4)) != kInnerCookie ||
      big_endian(body.subspan(4, 4)) != body.size() - kInnerHeader) {
    return fail("it is no histogram of version 2");
  }
  if (big_endian(body.subspan(8, 4)) != 0 ||
      big_endian(body.subspan(12, 4)) != kSignificantDigits ||
      big_endian(body.subspan(16, 8)) != kLowest) {
    return fail(fmt::format("its values are not whole numbers from {} with {} significant digits",
                            kLowest, kSignificantDigits));
  }
  return from_payload(body.subspan(kInnerHeader));
}

}  // namespace wavetank::reports
