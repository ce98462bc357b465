#include "engine/base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/base/ensure.h"

namespace wavetank {

namespace {

constexpr int kHalfBits = Histogram::kSubBucketBits - 1;
constexpr std::uint64_t kHalf = 1ULL << kHalfBits;
constexpr std::uint64_t kMask = (1ULL << Histogram::kSubBucketBits) - 1;

std::size_t index_of(std::uint64_t value) {
  const int bucket = std::bit_width(value | kMask) - Histogram::kSubBucketBits;
  const std::uint64_t sub = value >> bucket;
  return (static_cast<std::size_t>(bucket + 1) << kHalfBits) + sub - kHalf;
}

}  // namespace

Duration Histogram::value_at(std::size_t index) {
  const auto raw_bucket = static_cast<int>(index >> kHalfBits) - 1;
  const std::uint64_t within = index & (kHalf - 1);
  const std::uint64_t highest = raw_bucket < 0 ? within : ((within + kHalf + 1) << raw_bucket) - 1;
  return Duration(static_cast<std::int64_t>(highest));
}

void Histogram::record(Duration value, std::uint64_t count) {
  ENSURE(value.ns() >= 0, "a latency is not negative");
  const std::size_t index = index_of(static_cast<std::uint64_t>(value.ns()));
  if (index >= counts_.size()) {
    counts_.resize(index + 1);
  }
  counts_[index] += count;
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  count_ += count;
  sum_ns_ += static_cast<unsigned __int128>(value.ns()) * count;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) {
    return;
  }
  counts_.resize(std::max(counts_.size(), other.counts_.size()));
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
}

void Histogram::merge(const PackedHistogram& other) {
  if (other.count_ == 0) {
    return;
  }
  counts_.resize(std::max<std::size_t>(counts_.size(), other.buckets_.back().index + 1));
  for (const PackedHistogram::Bucket& bucket : other.buckets_) {
    counts_[bucket.index] += bucket.count;
  }
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
}

PackedHistogram::PackedHistogram(const Histogram& from)
    : count_(from.count_), min_(from.min_), max_(from.max_), sum_ns_(from.sum_ns_) {
  constexpr std::uint64_t kFull = std::numeric_limits<std::uint32_t>::max();
  for (std::size_t i = 0; i < from.counts_.size(); ++i) {
    for (std::uint64_t left = from.counts_[i]; left > 0; left -= std::min(left, kFull)) {
      buckets_.push_back(
          {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(std::min(left, kFull))});
    }
  }
  buckets_.shrink_to_fit();
}

double Histogram::mean_ns() const {
  return count_ == 0 ? 0.0 : static_cast<double>(sum_ns_) / static_cast<double>(count_);
}

Duration Histogram::quantile(double quantile) const {
  ENSURE(quantile >= 0.0 && quantile <= 1.0, "a quantile lies in [0, 1]");
  if (count_ == 0) {
    return {};
  }
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) {
      return std::min(value_at(i), max_);
    }
  }
  return max_;
}

}  // namespace wavetank
