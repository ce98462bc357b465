#include "reports/exit_code.h"

#include <gtest/gtest.h>

#include <vector>

namespace wavetank::reports {
namespace {

using Codes = std::vector<ExitCode>;

TEST(ExitCode, WithoutAnyIsOk) {
  EXPECT_EQ(most_serious({}), ExitCode::ok);
}

TEST(ExitCode, FollowsThePublishedPrecedence) {
  const Codes published{ExitCode::internal_error,   ExitCode::scenario_invalid,
                        ExitCode::invariant_broken, ExitCode::experiment_void,
                        ExitCode::slo_violated,     ExitCode::regression};
  for (std::size_t more = 0; more < published.size(); ++more) {
    for (std::size_t less = more + 1; less < published.size(); ++less) {
      EXPECT_EQ(most_serious({published[more], published[less]}), published[more]);
      EXPECT_EQ(most_serious({published[less], published[more]}), published[more]);
    }
  }
}

TEST(ExitCode, OfAnUnfinishedRunYieldsToABrokenInvariantOnly) {
  for (const ExitCode stopped :
       {ExitCode::interrupted, ExitCode::terminated, ExitCode::stopped_by_budget}) {
    EXPECT_EQ(most_serious({stopped, ExitCode::invariant_broken}), ExitCode::invariant_broken);
    EXPECT_EQ(most_serious({ExitCode::slo_violated, stopped}), stopped);
    EXPECT_EQ(most_serious({ExitCode::experiment_void, stopped}), stopped);
  }
}

TEST(ExitCode, ListsEachOnceMostSeriousFirst) {
  Codes codes{ExitCode::regression, ExitCode::slo_violated, ExitCode::ok,
              ExitCode::invariant_broken, ExitCode::slo_violated};
  sort_by_seriousness(codes);
  EXPECT_EQ(codes,
            (Codes{ExitCode::invariant_broken, ExitCode::slo_violated, ExitCode::regression}));
}

TEST(ExitCode, HasTheNumbersThatShellsRelyOn) {
  EXPECT_EQ(static_cast<int>(ExitCode::slo_violated), 99);
  EXPECT_EQ(static_cast<int>(ExitCode::invariant_broken), 12);
  EXPECT_EQ(static_cast<int>(ExitCode::scenario_invalid), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::internal_error), 70);
  EXPECT_STREQ(describe(ExitCode::slo_violated), "SLO violated");
  EXPECT_STREQ(describe(static_cast<ExitCode>(77)), "unknown exit code");
}

}  // namespace
}  // namespace wavetank::reports
