#pragma once

// Plain workloads: keys from a law, values of given sizes with filler that compresses well, badly
// or not at all.

#include <cstdint>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "models/distribution.h"
#include "models/instance.h"
#include "models/keys.h"
#include "models/record_source.h"

namespace wavetank::models {

/// A key is its rank, 8 bytes, big-endian; with secondary keys the rank of one follows it likewise.
inline constexpr std::uint64_t kPlainKeyBytes = 8;
/// Bounds of one record's key and value together. The least one has a key and an event id.
inline constexpr std::uint64_t kRecordBytesMin = kPlainKeyBytes + kEventIdBytes;
inline constexpr std::uint64_t kRecordBytesMax = 16U << 20U;

struct PlainConfig {
  KeyLaw keys;
  /// Key and value together, bytes. What is drawn outside the bounds above is moved to them.
  Distribution record_bytes;
  /// Share of the filler that is random bytes; the rest repeats it, so that a compressor finds
  /// about this share. 1: incompressible. 0: zeros.
  double random_share = 1.0;
  Instance instance;
  /// Each key has so many secondary keys (a customer's orders), drawn alike; 0: none.
  std::uint64_t secondary_keys = 0;
  /// Share of records without a value.
  double tombstone_share = 0;
};

/// Records without meaning: "fixed-size" where `record_bytes` is constant.
class PlainSource final : public RecordSource {
 public:
  /// Fails on a share outside [0, 1], on records whose median size is out of bounds, and on
  /// an instance outside its group.
  static Result<PlainSource> make(PlainConfig config, Random random);

  void next(Time intended, Record& out) override;

 private:
  PlainSource(PlainConfig config, Random random) : config_(std::move(config)), random_(random) {}
  void fill(std::size_t bytes, ByteWriter& out);

  PlainConfig config_;
  Random random_;
  std::uint64_t made_ = 0;
};

}  // namespace wavetank::models
