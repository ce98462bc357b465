// A load of some hundred records: that both worlds do the same work, not how long it takes.

#include "sim/calibrate/load.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

using port::Work;

/// Every unit of this work takes a microsecond, all else nothing.
models::MeasuredCosts costs_of(Work kind) {
  models::MeasuredCosts costs{"test", "none", "none", "none", "never", {}, {}};
  costs.picoseconds[static_cast<std::size_t>(kind)] = 1'000'000;
  return costs;
}

Load some_records() {
  Load load{"some records"};
  load.records = 500;
  load.brokers = 3;
  load.readers = 1;
  return load;
}

TEST(LoadOnTheBareHost, DoesTheWorkOfEveryRecord) {
  const Result<Timing> timing = measured(some_records());
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_EQ(timing->units, 500U);
  EXPECT_EQ(timing->work.units(Work::record_encoded), 500U);
  EXPECT_EQ(timing->work.units(Work::record_decoded), 500U);
  EXPECT_GT(timing->work.units(Work::batch), 0U);
  EXPECT_GT(timing->took, Duration());
}

TEST(LoadUnderTheSimulator, CostsWhatItsWorkIsPricedAt) {
  const Result<Timing> timing = simulated(some_records(), costs_of(Work::record_decoded));
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_EQ(timing->units, 500U);
  EXPECT_EQ(timing->took, microseconds(500));
}

TEST(LoadUnderTheSimulator, IsTimedFromWhereReadingBegins) {
  Load load = some_records();
  load.reads_later = true;
  const Result<Timing> written = simulated(load, costs_of(Work::record_encoded));
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_LT(written->took, microseconds(100))
      << "the group's offsets at most, and not what is sent";
  const Result<Timing> read = simulated(load, costs_of(Work::record_decoded));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->took, microseconds(500));
}

TEST(LoadOnTheBareHost, IsTimedFromWhereReadingBegins) {
  Load load = some_records();
  load.reads_later = true;
  const Result<Timing> timing = measured(load);
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_EQ(timing->work.units(Work::record_decoded), 500U);
  EXPECT_LT(timing->work.units(Work::record_encoded), 100U);
}

}  // namespace
}  // namespace wavetank::sim
