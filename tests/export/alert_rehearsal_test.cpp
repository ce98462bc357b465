#include "reports/export/alert_rehearsal.h"

#include <gmock/gmock.h>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

/// Of so many seconds, those in [from, to) take 300 ms, the others 5 ms.
Exported slow_from_to(std::int64_t from, std::int64_t to, std::int64_t seconds) {
  Exported subject{sample::facts(), {}};
  Evidence evidence;
  for (std::int64_t s = 0; s < seconds; ++s) {
    evidence.windows.push_back(sample::second(s, milliseconds(s >= from && s < to ? 300 : 5)));
  }
  subject.latencies = latency_log("a1b2", evidence);
  return subject;
}

AlertRehearsal rehearsed(const Exported& subject, std::int64_t over_s, std::int64_t hold_s,
                         Duration limit = milliseconds(100)) {
  auto rehearsal =
      rehearse_alert(subject, {seconds(over_s), seconds(hold_s), limit}, "alert.rules.yml");
  EXPECT_TRUE(rehearsal) << rehearsal.error().message;
  return std::move(*rehearsal);
}

TEST(AlertRehearsal, FiresOnceTheWindowHasBeenSlowForItsTime) {
  // From 61 s on there is a slow second among the last ten, until the one that ends at 80 s is left
  // out at 90 s or 91 s, as Prometheus' versions have it.
  const AlertRehearsal it = rehearsed(slow_from_to(60, 80, 120), 10, 5);
  const std::vector<AlertCheck> expected{{seconds(0), false},  {seconds(65), false},
                                         {seconds(66), true},  {seconds(88), true},
                                         {seconds(90), false}, {seconds(120), false}};
  EXPECT_EQ(it.checks, expected);
  EXPECT_THAT(it.test, HasSubstr("# HighLatency fires from 66 s until 90 s\n"));
  EXPECT_THAT(it.rules, HasSubstr("expr: histogram_quantile(0.99, "
                                  "rate(wavetank_e2e_latency_seconds_bucket[10s])) > 0.1\n"));
  EXPECT_THAT(it.rules, HasSubstr("for: 5s\n"));
}

TEST(AlertRehearsal, DoesNotFireWhereItIsSlowForTooShort) {
  const AlertRehearsal it = rehearsed(slow_from_to(60, 62, 120), 10, 30);
  EXPECT_EQ(it.checks, (std::vector<AlertCheck>{{seconds(0), false}, {seconds(120), false}}));
  EXPECT_THAT(it.test, HasSubstr("# HighLatency never fires\n"));
}

TEST(AlertRehearsal, LeavesOutWhatDependsOnRounding) {
  // One second in a hundred is slow: whether 99 % is within 99 % is for floating point to say.
  const AlertRehearsal it = rehearsed(slow_from_to(60, 61, 300), 100, 0);
  // While the window is shorter, one second is more than its hundredth; then just as much; then it
  // is behind.
  const std::vector<AlertCheck> expected{{seconds(0), false},   {seconds(60), false},
                                         {seconds(61), true},   {seconds(99), true},
                                         {seconds(161), false}, {seconds(300), false}};
  EXPECT_EQ(it.checks, expected);
}

TEST(AlertRehearsal, HasABucketForAnyLimit) {
  const AlertRehearsal it = rehearsed(slow_from_to(60, 80, 120), 10, 5, milliseconds(250));
  EXPECT_THAT(it.test, HasSubstr(R"(le=\"0.25\")"));
  EXPECT_THAT(it.test, HasSubstr("fires from 66 s"));
  EXPECT_THAT(rehearsed(slow_from_to(60, 80, 120), 10, 5, seconds(1000)).test,
              HasSubstr("never fires"));
}

TEST(AlertRehearsal, SaysWhyItCannotBe) {
  Exported subject = slow_from_to(0, 0, 1);
  EXPECT_FALSE(rehearse_alert(subject, {}, "r.yml"));
  subject = slow_from_to(0, 0, 10);
  subject.latencies.intervals.erase(subject.latencies.intervals.begin() + 5);
  EXPECT_FALSE(rehearse_alert(subject, {}, "r.yml"));
  for (LatencyInterval& interval : subject.latencies.intervals) {
    interval.to = interval.from = Time();  // of no length
  }
  EXPECT_FALSE(rehearse_alert(subject, {}, "r.yml"));
}

TEST(AlertRehearsal, SaysFromWhereOnItIsNotChecked) {
  Exported subject = slow_from_to(0, 0, 0);
  Evidence evidence;
  for (std::int64_t s = 0; s < 400; ++s) {
    evidence.windows.push_back(sample::second(s, milliseconds(s % 4 == 0 ? 300 : 5)));
  }
  subject.latencies = latency_log("a1b2", evidence);
  const AlertRehearsal it = rehearsed(subject, 2, 0);
  EXPECT_EQ(it.checks.size(), AlertRehearsal::kChecksMax);
  EXPECT_THAT(it.test, HasSubstr("s it is not checked\n"));
  EXPECT_THAT(it.test, testing::Not(HasSubstr("to the end")));
  EXPECT_THAT(rehearsed(slow_from_to(60, 80, 120), 10, 5).test,
              testing::Not(HasSubstr("not checked")));
}

}  // namespace
}  // namespace wavetank::reports
