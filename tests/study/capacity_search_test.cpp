// The search, with a judge that has never seen a simulation.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/study/capacity.h"

namespace wavetank::sim {
namespace {

using reports::CapacityMetric;
using reports::CapacityReport;
using reports::LoadProbe;
using testing::ElementsAre;
using testing::HasSubstr;

CapacityOptions between(double from, double to) {
  CapacityOptions options;
  options.range = {"workload.rate", from, to, scenarios::Dimension::rate};
  return options;
}

/// A system that carries `capacity`, by point and seed.
ProbeLoad carries(std::function<double(std::size_t, std::uint64_t)> capacity,
                  CapacityMetric metric = CapacityMetric::capacity) {
  return [=](std::size_t point, std::uint64_t seed, double value) -> Result<LoadProbe> {
    LoadProbe probe;
    const double most = capacity(point, seed);
    probe.holds = metric == CapacityMetric::capacity ? value <= most : value >= most;
    probe.why = probe.holds ? "" : "the backlog grew";
    probe.bound_by = "broker-1 disk writes 104 %";
    probe.out_per_s = value;
    return probe;
  };
}

Result<CapacityReport> search(const CapacityOptions& options, const ProbeLoad& probe,
                              std::size_t jobs = 1) {
  const CapacityHooks hooks{[](std::uint64_t, const std::string&) {}, [] { return false; }};
  return search_capacity({}, options, probe, jobs, hooks);
}

TEST(CapacitySearch, FindsTheGreatestLoadAndWhatBindsIt) {
  const auto found =
      search(between(1'000, 1'000'000), carries([](auto, auto) { return 37'000.0; }));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->points.size(), 1U);
  const reports::CapacityPoint& point = found->points.front();
  ASSERT_TRUE(point.value);
  EXPECT_LE(point.value->value, 37'000);
  EXPECT_GT(point.value->value, 37'000 / 1.06);
  EXPECT_EQ(point.why, "the backlog grew");
  EXPECT_EQ(point.bound_by, "broker-1 disk writes 104 %");
  EXPECT_TRUE(found->is_bracketed());
}

TEST(CapacitySearch, FindsTheLeastThatSuffices) {
  CapacityOptions options = between(1, 64);
  options.range.dimension = scenarios::Dimension::count;
  options.metric = CapacityMetric::demand;
  const auto found = search(options, carries([](auto, auto) { return 6.0; }, options.metric));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->points.front().value->value, 6);
  EXPECT_EQ(found->points.front().seeds.front().breaks, 5);
}

TEST(CapacitySearch, GivesAnIntervalOverSeeds) {
  CapacityOptions options = between(1'000, 1'000'000);
  options.first_seed = 1;
  options.last_seed = 4;
  options.precision = 0.01;
  const auto found = search(
      options, carries([](auto, std::uint64_t seed) { return 40'000.0 + 1'000.0 * double(seed); }));
  ASSERT_TRUE(found);
  const reports::Estimate& value = *found->points.front().value;
  EXPECT_NEAR(value.value, 42'500, 500);
  EXPECT_NEAR(*value.high - value.value, 3.182 * 1'291 / 2, 500);
}

TEST(CapacitySearch, IsACurveOverAnotherParameter) {
  CapacityOptions options = between(1'000, 1'000'000);
  options.by = scenarios::Axis{"partitions", {"1", "2", "4"}};
  const auto found = search(options, carries([](std::size_t point, auto) {
                              return 10'000.0 * static_cast<double>(1U << point);
                            }));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->points.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(found->points[i].value->value, 10'000.0 * static_cast<double>(1U << i),
                600.0 * static_cast<double>(1U << i));
  }
  EXPECT_EQ(found->points[2].by, "4");
}

TEST(CapacitySearch, SaysTheSameWhateverTheNumberOfJobs) {
  CapacityOptions options = between(1'000, 1'000'000);
  options.by = scenarios::Axis{"partitions", {"1", "2"}};
  options.last_seed = 3;
  const ProbeLoad probe = carries([](std::size_t point, std::uint64_t seed) {
    return 10'000.0 + 7'777.0 * static_cast<double>(point) + 333.0 * static_cast<double>(seed);
  });
  const auto one = search(options, probe, 1);
  const auto five = search(options, probe, 5);
  ASSERT_TRUE(one && five);
  EXPECT_EQ(capacity_json(*one), capacity_json(*five));
}

TEST(CapacitySearch, SaysWhatToWidenIfEvenTheMostHolds) {
  const auto found = search(between(1'000, 5'000), carries([](auto, auto) { return 1e9; }));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_bracketed());
  EXPECT_EQ(found->points.front().widen,
            "workload.rate = 5k/s still holds: not bracketed; raise the end of the range "
            "(workload.rate=1k/s..5k/s)");
}

TEST(CapacitySearch, SaysWhatToWidenIfNotEvenTheLeastHolds) {
  const auto found = search(between(1'000, 5'000), carries([](auto, auto) { return 10.0; }));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_bracketed());
  EXPECT_THAT(found->points.front().widen,
              HasSubstr("1k/s does not hold: not bracketed; lower the start"));
  EXPECT_EQ(found->points.front().why, "the backlog grew");
}

TEST(CapacitySearch, SaysWhatToWidenIfNoResourceSuffices) {
  CapacityOptions options = between(1, 4);
  options.metric = CapacityMetric::demand;
  const auto found = search(options, carries([](auto, auto) { return 100.0; }, options.metric));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->points.front().widen,
              HasSubstr("does not hold: not bracketed; raise the end"));
}

TEST(CapacitySearch, EndsIfARunComesToNoResult) {
  const auto found = search(between(1'000, 5'000), [](auto, auto, auto) -> Result<LoadProbe> {
    return fail("no memory");
  });
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("1k/s with seed 1 came to no result: no memory"));
}

TEST(CapacitySearch, TellsABrokenInvariantFromALoadThatIsTooMuch) {
  const auto found = search(between(1'000, 50'000), [](auto, auto, double value) {
    LoadProbe probe;
    probe.holds = value < 10'000;
    probe.is_unsound = !probe.holds;
    return Result<LoadProbe>(probe);
  });
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->is_unsound());
}

}  // namespace
}  // namespace wavetank::sim
