#include "reports/exit_code.h"

#include <gtest/gtest.h>

#include <vector>

namespace wavetank::reports {
namespace {

using Codes = std::vector<ExitCode>;

TEST(ExitCode, WithoutAnyIsOk) {
  EXPECT_EQ(most_serious({}), ExitCode::kOk);
}

TEST(ExitCode, FollowsThePublishedPrecedence) {
  const Codes published{ExitCode::kInternalError,   ExitCode::kScenarioInvalid,
                        ExitCode::kInvariantBroken, ExitCode::kExperimentVoid,
                        ExitCode::kSloViolated,     ExitCode::kRegression};
  for (std::size_t more = 0; more < published.size(); ++more) {
    for (std::size_t less = more + 1; less < published.size(); ++less) {
      EXPECT_EQ(most_serious({published[more], published[less]}), published[more]);
      EXPECT_EQ(most_serious({published[less], published[more]}), published[more]);
    }
  }
}

TEST(ExitCode, OfAnUnfinishedRunYieldsToABrokenInvariantOnly) {
  for (const ExitCode stopped :
       {ExitCode::kInterrupted, ExitCode::kTerminated, ExitCode::kStoppedByBudget}) {
    EXPECT_EQ(most_serious({stopped, ExitCode::kInvariantBroken}), ExitCode::kInvariantBroken);
    EXPECT_EQ(most_serious({ExitCode::kSloViolated, stopped}), stopped);
    EXPECT_EQ(most_serious({ExitCode::kExperimentVoid, stopped}), stopped);
  }
}

TEST(ExitCode, ListsEachOnceMostSeriousFirst) {
  Codes codes{ExitCode::kRegression, ExitCode::kSloViolated, ExitCode::kOk,
              ExitCode::kInvariantBroken, ExitCode::kSloViolated};
  sort_by_seriousness(codes);
  EXPECT_EQ(codes,
            (Codes{ExitCode::kInvariantBroken, ExitCode::kSloViolated, ExitCode::kRegression}));
}

TEST(ExitCode, HasTheNumbersThatShellsRelyOn) {
  EXPECT_EQ(static_cast<int>(ExitCode::kSloViolated), 99);
  EXPECT_EQ(static_cast<int>(ExitCode::kInvariantBroken), 12);
  EXPECT_EQ(static_cast<int>(ExitCode::kScenarioInvalid), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::kInternalError), 70);
  EXPECT_STREQ(describe(ExitCode::kSloViolated), "SLO violated");
  EXPECT_STREQ(describe(static_cast<ExitCode>(77)), "unknown exit code");
}

}  // namespace
}  // namespace wavetank::reports
