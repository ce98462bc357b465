#include "reports/tails.h"

#include <gtest/gtest.h>

#include "reports/conclude.h"
#include "reports/explain.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

/// A run of 100 s whose fault lasts from 50 s to 60 s, and 1000 records, one every tenth of a
/// second.
class Tails : public testing::Test {
 protected:
  Tails() {
    run.warmup = Duration();
    run.ended_at = Time() + seconds(100);
    FaultReport fault = sample::broker_crash();
    fault.at = Time() + seconds(50);
    fault.until = Time() + seconds(60);
    fault.recovered = fault.drained = seconds(10);
    run.faults = {fault};
    evidence.ways.partitions = {"t-0", "t-1"};
    evidence.ways.leaders = {"broker-1", "broker-2"};
    for (std::int64_t s = 0; s < 100; ++s) {
      evidence.windows.push_back(sample::second(s, milliseconds(1), 10));
    }
    for (std::int64_t i = 0; i < 1000; ++i) {
      RecordWay way;
      way.event = static_cast<std::uint64_t>(i);
      way.intended = Time() + milliseconds(100 * i);
      way[Leg::batch] = microseconds(i);
      evidence.ways.records.push_back(way);
    }
  }
  RecordWay& record(std::size_t i) { return evidence.ways.records[i]; }
  const Tail& tail(double quantile, std::optional<Phase> phase = std::nullopt) {
    conclude(run, evidence, {});
    return *find_tail(run, phase, quantile);
  }

  RunResult run;
  Evidence evidence;
};

TEST_F(Tails, AreTheRecordsAtOrBeyondThePercentile) {
  const Tail& p99 = tail(0.99);
  EXPECT_EQ(p99.of, 1000U);
  EXPECT_EQ(p99.latency, microseconds(989));
  EXPECT_EQ(p99.records, 11U);
}

TEST_F(Tails, OfTheMedianAreTheRecordsAroundIt) {
  run.faults.clear();
  const Tail& p50 = tail(0.5);
  EXPECT_EQ(p50.latency, microseconds(499));
  EXPECT_EQ(p50.records, 101U);
  EXPECT_EQ(p50.causes[0].mean, microseconds(499));
}

TEST_F(Tails, NameLegFaultLeaderAndPartitionOfTheGreatestCause) {
  for (std::size_t i = 520; i < 560; ++i) {
    record(i)[Leg::replication] = milliseconds(30);
    record(i)[Leg::accept] = milliseconds(10);
    record(i).leader = record(i).partition = i < 550 ? 1 : 0;
  }
  const Tail& p99 = tail(0.99);
  const TailCause& first = p99.causes.at(0);
  EXPECT_EQ(first.leg, Leg::replication);
  EXPECT_EQ(first.period, (TailPeriod{Phase::fault, 0}));
  EXPECT_NEAR(first.share, 0.74, 0.01);
  EXPECT_EQ(first.records, p99.records);
  EXPECT_EQ(first.mean, milliseconds(30));
  EXPECT_EQ(first.leaders.at(0).name, "broker-1") << "the slowest eleven are the last of the forty";
  EXPECT_EQ(first.partitions.at(0).name, "t-0");
  EXPECT_EQ(p99.causes.at(1).leg, Leg::accept);
  EXPECT_EQ(p99.causes.size(), 3U);
}

TEST_F(Tails, SayWhatThePercentileWouldBeWithoutACauseAndWithoutAFault) {
  for (std::size_t i = 520; i < 560; ++i) {
    record(i)[Leg::replication] = milliseconds(30);
  }
  const Tail& p99 = tail(0.99);
  EXPECT_GT(p99.latency, milliseconds(30));
  EXPECT_EQ(p99.causes.at(0).without, microseconds(989));
  ASSERT_EQ(p99.periods.size(), 1U);
  EXPECT_EQ(p99.periods[0].records, p99.records);
  EXPECT_EQ(p99.periods[0].without, microseconds(990)) << "of the 900 records of other periods";
}

TEST_F(Tails, OfAPhaseKnowOnlyItsRecords) {
  const auto asked = sample::slos({"e2e.p90 < 1s during fault"});
  conclude(run, evidence, {asked, {}, nullptr});
  const Tail* of_fault = find_tail(run, Phase::fault, 0.9);
  ASSERT_NE(of_fault, nullptr);
  EXPECT_EQ(of_fault->of, 100U);
  EXPECT_EQ(of_fault->periods.at(0).without, std::nullopt) << "there are no others";
}

TEST_F(Tails, AreKeptForWhatObjectivesAskFor) {
  const auto asked =
      sample::slos({"e2e.p97 < 1s", "e2e.p90 < 1s during fault", "publish.p98 < 1s"});
  conclude(run, evidence, {asked, {}, nullptr});
  EXPECT_NE(find_tail(run, std::nullopt, 0.97), nullptr);
  EXPECT_NE(find_tail(run, Phase::fault, 0.9), nullptr);
  EXPECT_EQ(find_tail(run, std::nullopt, 0.98), nullptr);
}

TEST_F(Tails, AreBoundedHoweverMuchIsAskedFor) {
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  for (int p = 51; p < 90; ++p) {
    texts.push_back("e2e.p" + std::to_string(p) + " < 1s");
  }
  views.assign(texts.begin(), texts.end());
  const auto asked = sample::slos(views);
  conclude(run, evidence, {asked, {}, nullptr});
  EXPECT_LE(run.tails.size(), kMaxTails);
  EXPECT_NE(find_tail(run, std::nullopt, 0.99), nullptr) << "what is always kept";
}

TEST_F(Tails, AreNotMadeOfTooFewRecords) {
  evidence.ways.records.resize(100);
  conclude(run, evidence, {});
  EXPECT_NE(find_tail(run, std::nullopt, 0.95), nullptr);
  EXPECT_EQ(find_tail(run, std::nullopt, 0.99), nullptr);
}

TEST_F(Tails, LeaveTheWarmUpOut) {
  run.warmup = seconds(10);
  EXPECT_EQ(tail(0.99).of, 900U);
}

TEST_F(Tails, StandBesideTheNaiveLatencyWhichIsBlindToWhatAClientHeldBack) {
  for (std::size_t i = 520; i < 560; ++i) {
    record(i)[Leg::accept] = seconds(3);
  }
  EXPECT_GT(tail(0.99).latency, seconds(3));
  const std::vector<CurvePoint>& naive = run.naive_curve.points;
  ASSERT_FALSE(naive.empty());
  EXPECT_LT(naive.back().latency, milliseconds(1));
}

TEST(Legs, SumToTheLatencyAndSoDoTheParts) {
  RecordWay way;
  Duration sum;
  for (const LegInfo& leg : all_legs()) {
    way[leg.leg] = microseconds(1 + static_cast<std::int64_t>(leg.leg));
    sum += way[leg.leg];
    EXPECT_EQ(&info(leg.leg), &leg) << "in the order of the enumeration";
  }
  const LatencySplit split = split_of(way);
  Duration parts;
  for (const PartInfo& part : all_parts()) {
    parts += split.*part.time;
  }
  EXPECT_EQ(split.total, sum);
  EXPECT_EQ(parts, sum);
}

}  // namespace
}  // namespace wavetank::reports
