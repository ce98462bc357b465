#include <gmock/gmock.h>

#include "reports/export/exported.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

TEST(Hgrm, HalvesWhatIsLeftInFiveSteps) {
  Histogram latencies;
  latencies.record(milliseconds(1), 90);
  latencies.record(milliseconds(2), 10);
  const std::string text = to_hgrm(latencies);
  EXPECT_THAT(text, HasSubstr("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"));
  EXPECT_THAT(text, HasSubstr("\n       1.000 0.000000000000         90           1.00\n"));
  EXPECT_THAT(text, HasSubstr("\n       1.000 0.100000000000         90           1.11\n"));
  EXPECT_THAT(text, HasSubstr("\n       1.000 0.550000000000         90           2.22\n"));
  EXPECT_THAT(text, HasSubstr("\n       1.000 0.900000000000         90          10.00\n"));
  EXPECT_THAT(text, HasSubstr("\n       2.001 1.000000000000        100\n"));
  EXPECT_THAT(text, HasSubstr("#[Max     =        2.001, Total count    =          100]\n"));
}

TEST(Hgrm, OfNothingHasNoLines) {
  EXPECT_EQ(to_hgrm({}),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
            "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
            "#[Max     =        0.000, Total count    =            0]\n"
            "#[Buckets =            1, SubBuckets     =         2048]\n");
}

}  // namespace
}  // namespace wavetank::reports
