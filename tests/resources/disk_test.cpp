#include "sim/resources/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/random.h"

namespace wavetank::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class DiskTest : public testing::Test, public DiskClient {
 protected:
  /// 1 us latency, a byte a nanosecond, 5 us fsync.
  static DiskSpec simple(std::uint32_t depth) {
    return {.latency = microseconds(1),
            .read_bytes_per_second = 1'000'000'000,
            .write_bytes_per_second = 500'000'000,
            .fsync_latency = microseconds(5),
            .queue_depth = depth,
            .capacity_bytes = 1'000};
  }

  void disk_done(std::uint64_t token) override { done.emplace_back(token, kernel.now().ns()); }
  void disk_writable() override { ++told_of_room; }
  void run_to(std::int64_t ns) { kernel.run_until(Time(ns)); }

  Kernel kernel;
  std::vector<std::pair<std::uint64_t, std::int64_t>> done;
  int told_of_room = 0;
};

TEST_F(DiskTest, TakesLatencyThenTransfer) {
  Disk disk(kernel, simple(1));
  disk.submit(DiskWork::read, 100, *this, 1);
  disk.submit(DiskWork::write, 100, *this, 2);
  disk.submit(DiskWork::fsync, 0, *this, 3);
  run_to(1'000'000);
  EXPECT_THAT(done, ElementsAre(Pair(1, 1'100), Pair(2, 2'300), Pair(3, 7'300)));
}

TEST_F(DiskTest, OverlapsLatenciesUpToTheQueueDepthButSharesTheChannel) {
  Disk disk(kernel, simple(2));
  for (const std::uint64_t token : {1, 2, 3}) {
    disk.submit(DiskWork::read, 400, *this, token);
  }
  EXPECT_EQ(disk.in_service(), 2U);
  EXPECT_EQ(disk.queued(), 1U);
  run_to(1'000'000);
  // The third enters at 1400 and is ready at 2400, when the channel is long free.
  EXPECT_THAT(done, ElementsAre(Pair(1, 1'400), Pair(2, 1'800), Pair(3, 2'800)));
}

TEST_F(DiskTest, MovesNoMoreThanItsBandwidth) {
  Disk disk(kernel, simple(8));
  for (std::uint64_t token = 0; token < 100; ++token) {
    disk.submit(DiskWork::write, 10'000, *this, token);
  }
  run_to(100'000'000);
  EXPECT_EQ(done.back().second, 1'000 + 100 * 10'000 * 2) << "one latency, then the channel";
  EXPECT_EQ(disk.finished_bytes(DiskWork::write), 1'000'000U);
  EXPECT_EQ(disk.busy_time(), Duration(done.back().second));
}

TEST_F(DiskTest, MakesNoMoreOperationsThanDepthOverLatency) {
  Disk disk(kernel, simple(4));
  for (std::uint64_t token = 0; token < 400; ++token) {
    disk.submit(DiskWork::read, 0, *this, token);
  }
  run_to(100'000'000);
  EXPECT_EQ(done.back().second, 100 * 1'000);
}

TEST_F(DiskTest, ASlowDiskTakesLongerByTheFactor) {
  Disk disk(kernel, simple(1));
  disk.set_slowdown(10);
  disk.submit(DiskWork::read, 100, *this, 1);
  disk.submit(DiskWork::fsync, 0, *this, 2);
  run_to(100'000);
  EXPECT_THAT(done, ElementsAre(Pair(1, 11'000), Pair(2, 61'000)));
  disk.set_slowdown(1);
  disk.submit(DiskWork::read, 100, *this, 3);
  run_to(200'000);
  EXPECT_EQ(done.back(), std::pair(std::uint64_t{3}, std::int64_t{101'100}));
}

TEST_F(DiskTest, AStuckDiskFinishesNothingUntilReleased) {
  Disk disk(kernel, simple(2));
  disk.submit(DiskWork::read, 0, *this, 1);
  disk.set_stuck(true);
  for (const std::uint64_t token : {2, 3}) {
    disk.submit(DiskWork::read, 0, *this, token);
  }
  run_to(50'000);
  EXPECT_THAT(done, IsEmpty());
  disk.set_stuck(false);
  EXPECT_THAT(done, ElementsAre(Pair(1, 50'000), Pair(2, 50'000)));
  run_to(60'000);
  EXPECT_EQ(done.back(), std::pair(std::uint64_t{3}, std::int64_t{51'000}));
}

TEST_F(DiskTest, TellsTheTimeThatBytesMovedFromTheTimeThatItWasBusy) {
  Disk disk(kernel, simple(2));
  disk.submit(DiskWork::read, 400, *this, 1);
  disk.submit(DiskWork::write, 100, *this, 2);
  disk.submit(DiskWork::fsync, 0, *this, 3);
  run_to(1'000'000);
  EXPECT_EQ(disk.channel_time(), nanoseconds(400 + 200));
  EXPECT_EQ(disk.busy_time(), nanoseconds(1'400 + 5'000));
  EXPECT_EQ(disk.service_time(), nanoseconds(1'400 + 1'600 + 5'000));
}

TEST_F(DiskTest, IsFullBeyondItsCapacityOrByFaultAndTellsWhoWaits) {
  Disk disk(kernel, simple(1));
  disk.allocate(1'000);
  EXPECT_TRUE(disk.writable());
  disk.allocate(1);
  EXPECT_FALSE(disk.writable());
  disk.wait_for_room(*this);
  disk.release(1);
  EXPECT_EQ(told_of_room, 1);
  disk.set_full(true);
  EXPECT_FALSE(disk.writable());
  disk.wait_for_room(*this);
  disk.release(1'000);
  EXPECT_EQ(told_of_room, 1);
  disk.set_full(false);
  EXPECT_EQ(told_of_room, 2);
}

TEST_F(DiskTest, ForgetsAClientWithoutFreeingTheDeviceEarly) {
  Disk disk(kernel, simple(1));
  disk.submit(DiskWork::read, 0, *this, 1);
  disk.submit(DiskWork::read, 0, *this, 2);
  disk.forget(*this);
  disk.submit(DiskWork::read, 0, *this, 3);
  run_to(100'000);
  EXPECT_THAT(done, ElementsAre(Pair(3, 2'000)));
}

/// Poisson arrivals of equal reads at a disk of depth 1.
class RandomReader final : public DiskClient, private EventTarget {
 public:
  RandomReader(Kernel& kernel, Disk& disk, double mean_gap_ns, std::uint64_t reads)
      : kernel_(kernel), disk_(disk), gap_(mean_gap_ns), reads_(reads) {
    fire(0);
  }
  void disk_done(std::uint64_t token) override {
    response_ns_ += static_cast<double>((kernel_.now() - asked_[token]).ns());
  }
  [[nodiscard]] double mean_response_ns() const {
    return response_ns_ / static_cast<double>(reads_);
  }

 private:
  void fire(std::uint64_t read) override {
    asked_.push_back(kernel_.now());
    disk_.submit(DiskWork::read, 4096, *this, read);
    if (read + 1 < reads_) {
      const auto gap = static_cast<std::int64_t>(random_.exponential(gap_));
      kernel_.schedule(kernel_.now() + Duration(gap), *this, read + 1);
    }
  }

  Kernel& kernel_;
  Disk& disk_;
  Random random_{11, "md1"};
  double gap_;
  std::uint64_t reads_;
  std::vector<Time> asked_;
  double response_ns_ = 0;
};

TEST(DiskQueue, AtDepthOneIsAnMD1Queue) {
  Kernel kernel;
  Disk disk(kernel,
            {.latency = microseconds(80), .read_bytes_per_second = 204'800'000, .queue_depth = 1});
  constexpr double kServiceNs = 80'000 + 20'000;
  constexpr double kLoad = 0.8;
  RandomReader reader(kernel, disk, kServiceNs / kLoad, 1'000'000);
  kernel.run_until(Time() + seconds(1'000));
  // Pollaczek-Khinchine for constant service: W = rho * S / (2 * (1 - rho)).
  const double expected = kServiceNs + kLoad * kServiceNs / (2 * (1 - kLoad));
  EXPECT_NEAR(reader.mean_response_ns() / expected, 1.0, 0.02);
}

}  // namespace
}  // namespace wavetank::sim
