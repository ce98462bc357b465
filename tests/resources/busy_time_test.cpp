#include "sim/resources/busy_time.h"

#include <gtest/gtest.h>

#include "sim/resources/ratio.h"

namespace wavetank::sim {
namespace {

TEST(BusyTime, IsTheIntegralOfServersAtWork) {
  BusyTime busy;
  busy.set(Time(100), 2);
  busy.set(Time(150), 3);
  busy.set(Time(160), 0);
  EXPECT_EQ(busy.total(Time(120)), Duration(50 * 2 + 10 * 3));
  EXPECT_EQ(busy.total(Time(1000)), Duration(50 * 2 + 10 * 3));
  busy.set(Time(1000), 1);
  EXPECT_EQ(busy.total(Time(1007)), Duration(137));
}

TEST(Ratio, ScalesDurationsExactlyAndRoundsUp) {
  EXPECT_EQ(Ratio().times(Duration(7)), Duration(7));
  EXPECT_EQ(Ratio::of(0.5).times(Duration(7)), Duration(4));
  EXPECT_EQ(Ratio::of(0.5).divide(Duration(7)), Duration(14));
  EXPECT_EQ(Ratio::of(3).divide(seconds(3'000'000)), seconds(1'000'000));
  EXPECT_THROW((void)Ratio::of(0), EnsureFailure);
}

TEST(Ratio, GivesTheTimeOfATransferRoundedUp) {
  EXPECT_EQ(transfer_time(1, 3), Duration(333'333'334));
  EXPECT_EQ(transfer_time(std::uint64_t{1} << 40, std::uint64_t{1} << 30), seconds(1024));
  EXPECT_EQ(transfer_time(0, 1), Duration());
}

}  // namespace
}  // namespace wavetank::sim
