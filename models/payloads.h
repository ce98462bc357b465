#pragma once

// Plain workloads: keys from a law, values of given sizes with filler that compresses well, badly
// or not at all.

#include <cstdint>
#include <optional>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "models/distribution.h"
#include "models/instance.h"
#include "models/keys.h"
#include "models/record_source.h"

namespace wavetank::models {

/// Bounds of the parts of a plain record.
inline constexpr std::uint32_t kKeyBytesMax = 1024;
inline constexpr std::uint64_t kValueBytesMax = 16U << 20U;

struct PlainConfig {
  /// None: keys count up, and no two records, of whatever instance, share one.
  std::optional<KeyLaw> keys;
  /// A key is its rank, big-endian, in this many bytes.
  std::uint32_t key_bytes = 16;
  /// Bytes of a value, event id included. What is drawn outside [kEventIdBytes, kValueBytesMax] is
  /// moved to the bound.
  Distribution value_bytes = Distribution::constant(200);
  /// Share of the filler that is random bytes; the rest repeats it, so that a compressor finds
  /// about this share. 1: incompressible. 0: zeros.
  double random_share = 1.0;
  Instance instance;
};

/// Records without meaning: "fixed-size" where `value_bytes` is constant.
class PlainSource final : public RecordSource {
 public:
  /// Fails on a random share outside [0, 1], on keys that do not fit key_bytes (1 to kKeyBytesMax;
  /// at least 8 for keys that count up), and on values whose median is out of bounds.
  static Result<PlainSource> make(PlainConfig config, Random random);

  void next(Time intended, Record& out) override;

 private:
  PlainSource(PlainConfig config, Random random) : config_(std::move(config)), random_(random) {}
  std::uint64_t choose_key(std::uint64_t number);
  void fill(std::size_t bytes, ByteWriter& out);

  PlainConfig config_;
  Random random_;
  std::uint64_t made_ = 0;
};

}  // namespace wavetank::models
