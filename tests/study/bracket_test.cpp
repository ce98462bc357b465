#include "sim/run/bracket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace wavetank::sim {
namespace {

using testing::ElementsAre;

/// Asks until the end; `capacity` is the greatest value that is near. Gives what was tried.
std::vector<double> search(Bracket& bracket, double capacity) {
  std::vector<double> tried;
  for (auto value = bracket.next(); value; value = bracket.next()) {
    tried.push_back(*value);
    bracket.tell(*value <= capacity);
  }
  return tried;
}

TEST(Bracket, DoublesAndThenBisects) {
  Bracket bracket({100, 10'000, 0.1, false});
  EXPECT_THAT(search(bracket, 700), ElementsAre(100, 200, 400, 800, 600, 700, 750));
  EXPECT_EQ(bracket.near(), 700);
  EXPECT_EQ(bracket.far(), 750);
}

TEST(Bracket, EndsBetweenNeighboursWhereOnlyWholeNumbersAre) {
  Bracket bracket({1, 64, 0.001, true});
  EXPECT_THAT(search(bracket, 5), ElementsAre(1, 2, 4, 8, 6, 5));
  EXPECT_EQ(bracket.near(), 5);
  EXPECT_EQ(bracket.far(), 6);
}

TEST(Bracket, TriesTheEndOfItsRangeAndNothingBeyond) {
  Bracket bracket({1, 9, 0.1, true});
  EXPECT_THAT(search(bracket, 100), ElementsAre(1, 2, 4, 8, 9));
  EXPECT_EQ(bracket.near(), 9);
  EXPECT_FALSE(bracket.far());
}

TEST(Bracket, EndsAtOnceIfNotEvenTheLeastHolds) {
  Bracket bracket({5, 9, 0.1, false});
  EXPECT_THAT(search(bracket, 1), ElementsAre(5));
  EXPECT_FALSE(bracket.near());
  EXPECT_EQ(bracket.far(), 5);
}

TEST(Bracket, LooksWhereASimilarSearchHasEnded) {
  Bracket bracket({100, 10'000, 0.1, false}, Bracket::Hint{700, 750});
  EXPECT_THAT(search(bracket, 720), ElementsAre(700, 750));
}

TEST(Bracket, GoesUpFromAHintThatIsTooLow) {
  Bracket bracket({100, 10'000, 0.1, false}, Bracket::Hint{700, 750});
  EXPECT_THAT(search(bracket, 1'100), ElementsAre(700, 750, 850, 1'050, 1'450, 1'250, 1'150));
  EXPECT_EQ(bracket.near(), 1'050);
}

TEST(Bracket, GoesDownFromAHintThatIsTooHigh) {
  Bracket bracket({100, 10'000, 0.1, false}, Bracket::Hint{700, 750});
  const std::vector<double> tried = search(bracket, 300);
  EXPECT_EQ(tried.front(), 700);
  EXPECT_LE(*bracket.near(), 300);
  EXPECT_GT(*bracket.far(), 300);
}

TEST(Bracket, FindsTheSameBoundaryWithAnyHint) {
  for (const double near : {100.0, 400.0, 3'000.0, 9'000.0}) {
    for (const double capacity : {150.0, 1'234.0, 8'000.0}) {
      Bracket bracket({100, 10'000, 0.05, false}, Bracket::Hint{near, near * 1.05});
      search(bracket, capacity);
      ASSERT_TRUE(bracket.near() && bracket.far()) << near << " " << capacity;
      EXPECT_LE(*bracket.near(), capacity);
      EXPECT_GT(*bracket.far(), capacity);
      EXPECT_LE(*bracket.far() - *bracket.near(), 0.05 * 1.05 * capacity);
    }
  }
}

TEST(Bracket, GivesUpAfterItsBoundOfProbes) {
  Bracket bracket({1, 1e12, 1e-15, false});
  EXPECT_EQ(search(bracket, 12345.678).size(), std::size_t{Bracket::kMaxProbes});
}

}  // namespace
}  // namespace wavetank::sim
