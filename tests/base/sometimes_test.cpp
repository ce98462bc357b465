#include "engine/base/sometimes.h"

#include <gtest/gtest.h>

namespace wavetank {
namespace {

void take_a_branch(int which) {
  if (which == 1) {
    SOMETIMES("test/first");
  } else if (which == 2) {
    SOMETIMES("test/second");
  } else if (which == 3) {
    SOMETIMES("test/first");
  }
}

const Mark* mark(std::string_view name) {
  const std::vector<const Mark*> all = Mark::all();
  EXPECT_EQ(std::ranges::count(all, name, &Mark::name), 1) << name;
  return *std::ranges::find(all, name, &Mark::name);
}

TEST(Mark, IsKnownBeforeItIsReached) {
  EXPECT_FALSE(mark("test/first")->reached());
  EXPECT_FALSE(mark("test/second")->reached());
  take_a_branch(0);
  EXPECT_FALSE(mark("test/first")->reached());
}

TEST(Mark, IsReachedByAnyBranchOfItsName) {
  take_a_branch(3);
  EXPECT_TRUE(mark("test/first")->reached());
  EXPECT_FALSE(mark("test/second")->reached());
}

TEST(Mark, StandsByItsName) {
  EXPECT_TRUE(std::ranges::is_sorted(Mark::all(), {}, &Mark::name));
}

}  // namespace
}  // namespace wavetank
