#include "reports/counterfactual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A record a millisecond, each delivered after 5 ms.
RecordFates calm(std::size_t records) {
  RecordFates fates(1);
  for (std::size_t i = 0; i < records; ++i) {
    fates[0].push_back({milliseconds(static_cast<std::int64_t>(i)).ns(), milliseconds(5).ns()});
  }
  return fates;
}

void delay(RecordFates& fates, std::size_t from, std::size_t to, Duration by) {
  for (std::size_t i = from; i < to; ++i) {
    fates[0][i].took_ns += by.ns();
  }
}

TEST(Counterfactual, OfTheSameRunIsNothing) {
  const Counterfactual it = hold_against(calm(1'000), calm(1'000), Time());
  EXPECT_EQ(it.paired, 1'000U);
  EXPECT_EQ(it.delayed.count(), 0U);
  EXPECT_EQ(it.later[0], 0U);
  EXPECT_THAT(counterfactual_sentence(it, {sample::broker_crash()}),
              HasSubstr("crash broker-2 delayed none of 1,000 records by more than 1 ms"));
}

TEST(Counterfactual, TellsWhomAFaultDelayedAndByHowMuch) {
  RecordFates with = calm(1'000);
  delay(with, 400, 500, seconds(3));
  delay(with, 500, 800, milliseconds(2));  // chance, as it moves others the other way
  RecordFates without = calm(1'000);
  delay(without, 800, 900, milliseconds(3));
  const Counterfactual it = hold_against(without, with, Time());
  EXPECT_EQ(it.delayed.count(), 100U);
  EXPECT_NEAR(it.delayed.quantile(0.5).seconds(), 3, 0.01);
  EXPECT_EQ(it.delayed_sent, (Span{Time() + milliseconds(400), Time() + milliseconds(499)}));
  EXPECT_EQ(it.later, (std::array<std::uint64_t, 5>{400, 100, 100, 100, 0}));
  EXPECT_THAT(counterfactual_sentence(it, {sample::broker_crash()}),
              HasSubstr("delayed 100 of 1,000 records, by 3 s in the median"));
}

TEST(Counterfactual, DoesNotCountChanceAmongWhatTheFaultDelayed) {
  RecordFates with = calm(20'000);
  RecordFates without = calm(20'000);
  delay(with, 0, 900, seconds(3));
  delay(with, 10'000, 10'100, milliseconds(20));  // long after, and chance alone:
  delay(without, 15'000, 15'100, milliseconds(20));
  const Counterfactual it = hold_against(without, with, Time());
  EXPECT_EQ(it.delayed.count(), 900U);
  EXPECT_EQ(it.delayed_sent.to, Time() + milliseconds(899));
}

TEST(Counterfactual, IsNotFooledByTheFewThatAFaultMadeSooner) {
  RecordFates with = calm(20'000);
  RecordFates without = calm(20'000);
  delay(with, 0, 9'000, seconds(3));
  delay(without, 15'000, 15'005, seconds(4));
  EXPECT_EQ(hold_against(without, with, Time()).delayed.count(), 9'000U);
}

TEST(Counterfactual, TellsWhatCameSoonerToo) {
  RecordFates without = calm(1'000);
  delay(without, 0, 5, seconds(1));
  const Counterfactual it = hold_against(without, calm(1'000), Time());
  EXPECT_EQ(it.sooner[2], 5U);
  EXPECT_EQ(it.delayed.count(), 0U);
}

TEST(Counterfactual, PairsOnlyTheSameRecords) {
  RecordFates with = calm(1'000);
  with[0][7].intended_ns += 1;  // another record under the same number
  with[0].resize(900);
  const Counterfactual it = hold_against(calm(1'000), with, Time());
  EXPECT_EQ(it.paired, 899U);
  EXPECT_EQ(it.with, 900U);
  EXPECT_EQ(it.without, 1'000U);
}

TEST(Counterfactual, CountsWhatNeverCame) {
  RecordFates with = calm(1'000);
  with[0][1].took_ns = RecordFate::kNever;
  with[0][2].took_ns = RecordFate::kNever;
  RecordFates without = calm(1'000);
  without[0][2].took_ns = RecordFate::kNever;
  without[0][3].took_ns = RecordFate::kNever;
  const Counterfactual it = hold_against(without, with, Time());
  EXPECT_EQ(it.never_with, 1U);
  EXPECT_EQ(it.never_without, 1U);
  EXPECT_EQ(it.paired, 997U);
  EXPECT_THAT(counterfactual_sentence(it, {}), HasSubstr("; 1 more never came"));
}

TEST(Counterfactual, LeavesTheWarmUpOut) {
  RecordFates with = calm(1'000);
  delay(with, 0, 100, seconds(1));
  const Counterfactual it = hold_against(calm(1'000), with, Time() + milliseconds(100));
  EXPECT_EQ(it.paired, 900U);
  EXPECT_EQ(it.delayed.count(), 0U);
}

TEST(Counterfactual, OfNoRecordsComparesOnlyFigures) {
  const RunResult run = sample::passing();
  const Counterfactual none = hold_against({}, {}, Time());
  const std::string text = counterfactual_text(none, run, run, {});
  EXPECT_THAT(text, Not(HasSubstr("delayed")));
  EXPECT_THAT(text, HasSubstr("identical"));
}

TEST(Counterfactual, IsDataToo) {
  RecordFates with = calm(1'000);
  delay(with, 0, 10, seconds(3));
  const RunResult run = sample::passing();
  const auto json =
      nlohmann::json::parse(counterfactual_json(hold_against(calm(1'000), with, Time()), run, run));
  EXPECT_EQ(json["delayed"]["records"], 10);
  EXPECT_EQ(json["later"][3]["records"], 10);
  EXPECT_EQ(json["metrics"]["identical"], true);
}

}  // namespace
}  // namespace wavetank::reports
