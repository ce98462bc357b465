#include <gtest/gtest.h>

#include "scenarios/load.h"
#include "sim/run/bracket.h"
#include "sim/run/knee.h"

namespace wavetank::sim {
namespace {

scenarios::Knee between(double from, double to, double precision = 0.05) {
  scenarios::Knee knee;
  knee.from = from;
  knee.to = to;
  knee.precision = precision;
  return knee;
}
/// A system that carries up to `capacity`.
auto carries(double capacity) {
  return [capacity](double rate) {
    return Probe{rate, rate <= capacity, "broker-1 cpu 100 %", {}};
  };
}

TEST(KneeSearch, BracketsTheLoadWhereItBreaks) {
  const KneeResult found = search_knee(between(1000, 1'000'000), carries(37'000));
  ASSERT_TRUE(found.sustained && found.broken);
  EXPECT_LE(*found.sustained, 37'000);
  EXPECT_GT(*found.broken, 37'000);
  EXPECT_LE(*found.broken - *found.sustained, 0.05 * 37'000 * 1.05);
  EXPECT_EQ(found.bound_by, "broker-1 cpu 100 %");
}

TEST(KneeSearch, SaysThatTheUpperBoundWasCarried) {
  const KneeResult found = search_knee(between(1000, 5000), carries(1e9));
  EXPECT_EQ(found.sustained, 5000);
  EXPECT_FALSE(found.broken.has_value());
}

TEST(KneeSearch, SaysThatNotEvenTheLowerBoundWasCarried) {
  const KneeResult found = search_knee(between(1000, 5000), carries(10));
  EXPECT_FALSE(found.sustained.has_value());
  EXPECT_EQ(found.probes, 1);
}

TEST(KneeSearch, EndsWithoutAVerdictWhenAProbeDies) {
  const KneeResult found = search_knee(between(1000, 1'000'000), [](double rate) {
    return rate < 3000 ? Probe{rate, true, {}, {}} : Probe{rate, false, {}, "the probe died"};
  });
  EXPECT_EQ(found.failure, "the probe died");
  EXPECT_FALSE(found.broken.has_value());
  EXPECT_EQ(found.probes, 3);
}

TEST(KneeSearch, GivesUpAfterItsBoundOfProbes) {
  const KneeResult found = search_knee(between(1, 1e12, 1e-15), carries(12345.678));
  EXPECT_LE(found.probes, Bracket::kMaxProbes);
}

}  // namespace
}  // namespace wavetank::sim
