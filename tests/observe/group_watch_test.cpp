#include "sim/observe/group_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

constexpr NodeId kCoordinator{3};
constexpr NodeId kMember{4};
constexpr log::PartitionId kP{0};
constexpr log::PartitionId kQ{1};
constexpr log::PartitionId kQuiet{2};

Time at(std::int64_t s) {
  return Time() + seconds(s);
}

class GroupWatchTest : public testing::Test {
 protected:
  double scalar(const std::string& name) {
    const auto all = watch.scalars();
    return std::ranges::find(all, name, &reports::ScalarMetric::name)->value;
  }
  void read(std::int64_t s, log::PartitionId p) { watch.delivered(at(s), 0, true, p, next_++); }

  GroupWatch watch{{"readers"}, {true, true, false}, at(10)};

 private:
  struct Counter {
    log::Offset operator++(int) { return log::Offset(value++); }
    std::int64_t value = 1;
  } next_;
};

TEST_F(GroupWatchTest, MeasuresTheLongestTimeThatAPartitionWasNotRead) {
  for (const std::int64_t s : {1, 9, 11, 16, 17}) {
    read(s, kP);
  }
  for (const std::int64_t s : {1, 12, 13}) {
    read(s, kQ);
  }
  read(1, kQuiet);
  read(30, kQuiet);
  EXPECT_EQ(scalar("standstill_max"), 5) << "from 11 s to 16 s; nobody writes to the quiet one";
  EXPECT_EQ(scalar("standstill_median"), 5);
}

TEST_F(GroupWatchTest, CountsFromTheEndOfTheWarmUp) {
  read(1, kP);
  read(12, kP);
  EXPECT_EQ(scalar("standstill_max"), 2);
  watch.generation_stored(at(5), kCoordinator, "readers", log::Generation(1));
  watch.refused(at(5), log::ApiKey::offset_commit);
  EXPECT_EQ(scalar("rebalances"), 0);
  EXPECT_EQ(scalar("commits_refused"), 0);
  watch.generation_stored(at(15), kCoordinator, "readers", log::Generation(2));
  watch.refused(at(15), log::ApiKey::offset_commit);
  watch.refused(at(15), log::ApiKey::heartbeat);
  EXPECT_EQ(scalar("rebalances"), 1);
  EXPECT_EQ(scalar("commits_refused"), 1);
}

TEST_F(GroupWatchTest, HandsOnToTheInvariantsWhatTheyJudge) {
  watch.committed(kCoordinator, "readers", kMember, kP, log::Offset(7));
  const auto all = watch.reports();
  EXPECT_EQ(std::ranges::count(all, reports::Verdict::fail, &reports::InvariantReport::verdict), 1);
}

}  // namespace
}  // namespace wavetank::sim
