#include "reports/export/latency_log.h"

#include <gmock/gmock.h>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

LatencyLog sample_log() {
  Evidence evidence = sample::evidence();
  Histogram acknowledged;
  acknowledged.record(microseconds(250), 7);
  evidence.windows[3].publish = PackedHistogram(acknowledged);
  evidence.windows.back().to = evidence.windows.back().from + milliseconds(250);
  return latency_log("a1b2", evidence);
}

std::uint64_t count_of(const LatencyLog& log, PackedHistogram LatencyInterval::*kind) {
  return measured(log, kind, Duration()).count();
}

TEST(LatencyLog, IsReadAsItWasWritten) {
  const LatencyLog log = sample_log();
  const Result<LatencyLog> read = read_latency_log(write_latency_log(log));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->digest, "a1b2");
  ASSERT_EQ(read->intervals.size(), log.intervals.size());
  for (std::size_t i = 0; i < log.intervals.size(); ++i) {
    EXPECT_EQ(read->intervals[i].from, log.intervals[i].from);
    EXPECT_EQ(read->intervals[i].to, log.intervals[i].to);
  }
  EXPECT_EQ(count_of(*read, &LatencyInterval::e2e), count_of(log, &LatencyInterval::e2e));
  EXPECT_EQ(count_of(*read, &LatencyInterval::publish), count_of(log, &LatencyInterval::publish));
  EXPECT_EQ(read->intervals[3].publish.count(), 7u);
}

TEST(LatencyLog, ReadsTheSameUponAnotherDate) {
  const LatencyLog log = sample_log();
  const std::string dated = write_latency_log(log, 1'767'225'600);
  EXPECT_THAT(dated, HasSubstr("#[StartTime: 1767225600.000 (seconds since epoch), 2026-01-01"));
  const Result<LatencyLog> read = read_latency_log(dated);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->intervals[7].from, log.intervals[7].from);
}

TEST(LatencyLog, LeavesTheWarmUpOut) {
  const LatencyLog log = sample_log();
  EXPECT_EQ(count_of(log, &LatencyInterval::e2e) -
                measured(log, &LatencyInterval::e2e, seconds(30)).count(),
            30u * 100u);
}

TEST(LatencyLog, CountsWhatTheResultCounts) {
  const RunResult run = sample::concluded();
  const LatencyLog log = latency_log("", sample::evidence());
  EXPECT_EQ(measured(log, &LatencyInterval::e2e, run.warmup).count(), run.metrics.e2e.all.count);
  EXPECT_EQ(measured(log, &LatencyInterval::e2e, run.warmup).quantile(0.99),
            run.metrics.e2e.all.p99);
}

TEST(LatencyLog, NamesTheLineThatCannotBeRead) {
  const auto error_of = [](const std::string& lines) {
    const auto read = read_latency_log("#[Histogram log format version 1.3]\n" + lines);
    return read ? "" : read.error().message;
  };
  const std::string text = write_latency_log(sample_log());
  const std::size_t line = text.find("\n1.000,");
  const std::string good = text.substr(line + 1, text.find('\n', line + 1) - line);
  EXPECT_EQ(error_of(good), "");
  EXPECT_THAT(error_of(good + "rubbish\n"), HasSubstr("line 3: it has no start and length"));
  EXPECT_THAT(error_of("nan" + good.substr(5)), HasSubstr("line 2: it has no start"));
  EXPECT_THAT(error_of("1e300" + good.substr(5)), HasSubstr("line 2: it has no start"));
  EXPECT_THAT(error_of("-1.000" + good.substr(5)), HasSubstr("line 2: it has no start"));
  EXPECT_THAT(error_of(good.substr(0, good.size() - 9)), HasSubstr("line 2: its histogram"));
  EXPECT_THAT(error_of(good + good), HasSubstr("line 3: it begins before the last one ends"));
  EXPECT_THAT(error_of("Tag=publish," + good), HasSubstr("line 2: it has a tag and no line"));
}

TEST(LatencyLog, PassesOverTagsOfOthers) {
  const std::string text = write_latency_log(sample_log());
  const std::size_t line = text.find("\n0.000,");
  const std::string good = text.substr(line + 1, text.find('\n', line + 1) - line);
  const auto read = read_latency_log(good + "Tag=other," + good);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->intervals.size(), 1u);
}

}  // namespace
}  // namespace wavetank::reports
