#pragma once

// How many bytes/s a broker may move for replicas that are being added, or for all that are not in
// sync (KIP-73): one quota for what it sends as a leader, one for what it fetches as a follower.
// What replicas in sync are sent never waits.
//
// Bytes are counted when they have been moved; while more has been moved than the rate allows, no
// more is. What was not used for up to kWindow may be made up for.
//
// Simplifications. Kafka measures the rate over eleven windows of a second, so that it may move
// some seconds' worth at once. And it counts what replicas in sync are sent of a throttled
// partition, so that with a rate below that traffic nobody catches up any more: here only what
// those behind are sent is counted, and the rate is what they get.

#include <algorithm>
#include <cstdint>

#include "engine/base/time.h"

namespace wavetank::log {

class ReplicationQuota {
 public:
  static constexpr Duration kWindow = seconds(1);  // replication.quota.window.size.seconds

  /// 0: without bound.
  void set_rate(std::uint64_t bytes_per_second) {
    if (bytes_per_second != bytes_per_second_) {
      bytes_per_second_ = bytes_per_second;
      free_at_ = Time();
    }
  }
  /// REQUIRES: no more bytes than a fetch answer carries (limits.h).
  void record(std::uint64_t bytes, Time now) {
    if (bytes_per_second_ > 0) {
      const auto second = static_cast<std::uint64_t>(seconds(1).ns());
      const bool first = free_at_ == Time();
      free_at_ = (first ? now : std::max(free_at_, now - kWindow)) +
                 nanoseconds(static_cast<std::int64_t>(bytes * second / bytes_per_second_));
    }
  }
  [[nodiscard]] bool exceeded(Time now) const { return bytes_per_second_ > 0 && now < free_at_; }
  /// When it is not exceeded any more, if nothing is moved.
  [[nodiscard]] Time free_at() const { return free_at_; }

 private:
  std::uint64_t bytes_per_second_ = 0;
  Time free_at_;  ///< what was moved has been paid for by then
};

}  // namespace wavetank::log
