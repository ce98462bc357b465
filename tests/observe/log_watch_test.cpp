#include "sim/observe/log_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP0{0};
constexpr log::PartitionId kP1{1};
constexpr NodeId kBroker{2};
constexpr NodeId kOther{0};

double figure(const LogWatch& watch, const std::string& name) {
  const auto all = watch.scalars();
  const auto found = std::ranges::find(all, name, &reports::ScalarMetric::name);
  return found == all.end() ? -1 : found->value;
}

TEST(LogWatch, CountsWhatARecoveryDidNotFindAgain) {
  LogWatch watch(2);
  watch.ends(kBroker, kP0, log::Offset(100));
  watch.ends(kBroker, kP1, log::Offset(40));
  watch.ends(kOther, kP0, log::Offset(100));
  watch.recovered(kBroker, kP0, log::Offset(70));
  watch.recovered(kBroker, kP1, log::Offset(40));
  EXPECT_EQ(figure(watch, "cut_by_recovery"), 30);
  watch.ends(kBroker, kP0, log::Offset(120));
  watch.recovered(kBroker, kP0, log::Offset(119));
  EXPECT_EQ(figure(watch, "cut_by_recovery"), 31);
}

TEST(LogWatch, DoesNotCountWhatAReplicaCutItselfNorWhatMovedAway) {
  LogWatch watch(1);
  watch.ends(kBroker, kP0, log::Offset(100));
  watch.ends(kBroker, kP0, log::Offset(60));
  watch.recovered(kBroker, kP0, log::Offset(60));
  watch.removed(kBroker, kP0);
  watch.recovered(kBroker, kP0, log::Offset(0));
  EXPECT_EQ(figure(watch, "cut_by_recovery"), 0);
}

TEST(LogWatch, CountsWhatRetentionRemovedOnceForAllReplicas) {
  LogWatch watch(2);
  watch.begins(kP0, log::Offset(10));
  watch.begins(kP0, log::Offset(30));
  watch.begins(kP0, log::Offset(20));
  watch.begins(kP1, log::Offset(5));
  EXPECT_EQ(figure(watch, "removed"), 35);
}

TEST(LogWatch, TellsHowFarTimestampsAreBehind) {
  LogWatch watch(1);
  watch.stamped(Time() + seconds(5), 5'000);
  watch.stamped(Time() + seconds(5), 6'000);
  EXPECT_EQ(figure(watch, "timestamp_behind"), 0);
  watch.stamped(Time() + seconds(6), -3'594'000);
  watch.stamped(Time() + seconds(6), 5'900);
  EXPECT_EQ(figure(watch, "timestamp_behind"), 3'600);
}

}  // namespace
}  // namespace wavetank::sim
