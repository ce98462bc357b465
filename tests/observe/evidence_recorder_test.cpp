#include "sim/observe/evidence_recorder.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

Time at_ms(std::int64_t ms) {
  return Time() + milliseconds(ms);
}

TEST(EvidenceRecorder, CountsARecordInTheSecondInWhichItIsCompleted) {
  EvidenceRecorder recorder;
  recorder.accepted(at_ms(999), 100);
  recorder.accepted(at_ms(1000), 20);
  recorder.published(at_ms(1001), milliseconds(2));
  recorder.delivered(at_ms(2500), milliseconds(1501));
  const auto windows = recorder.finish(at_ms(3000)).windows;
  ASSERT_EQ(windows.size(), 3u);
  EXPECT_EQ(windows[0].records_in, 1u);
  EXPECT_EQ(windows[0].bytes_in, 100u);
  EXPECT_EQ(windows[1].records_in, 1u);
  EXPECT_EQ(windows[1].bytes_in, 20u);
  EXPECT_EQ(windows[1].publish.count(), 1u);
  EXPECT_EQ(windows[1].publish.max(), milliseconds(2));
  EXPECT_EQ(windows[1].records_out, 0u);
  EXPECT_EQ(windows[2].publish.count(), 0u);
  EXPECT_EQ(windows[2].records_out, 1u);
  EXPECT_EQ(windows[2].e2e.max(), milliseconds(1501));
}

TEST(EvidenceRecorder, HasAWindowForEverySecondInWhichNothingHappened) {
  EvidenceRecorder recorder;
  recorder.lag_sampled(at_ms(500), 7);
  recorder.delivered(at_ms(4200), milliseconds(1));
  const auto windows = recorder.finish(at_ms(5000)).windows;
  ASSERT_EQ(windows.size(), 5u);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    EXPECT_EQ(windows[i].from, Time() + seconds(static_cast<std::int64_t>(i)));
    EXPECT_EQ(windows[i].to, windows[i].from + kWindow);
    EXPECT_EQ(windows[i].lag_records, i == 0 ? 7u : 0u);
    EXPECT_EQ(windows[i].records_out, i == 4 ? 1u : 0u);
  }
}

TEST(EvidenceRecorder, LeavesOutTheLatencyOfWhatWasDueInTheWarmUp) {
  EvidenceRecorder recorder(at_ms(2000));
  recorder.delivered(at_ms(1500), milliseconds(900));
  recorder.delivered(at_ms(2500), milliseconds(501));
  recorder.delivered(at_ms(2500), milliseconds(500));
  recorder.published(at_ms(2600), milliseconds(601));
  const auto windows = recorder.finish(at_ms(3000)).windows;
  EXPECT_EQ(windows.at(1).e2e.count(), 1u) << "the warm-up shows what it is";
  EXPECT_EQ(windows.at(2).records_out, 2u) << "both come out in that second";
  EXPECT_EQ(windows.at(2).e2e.count(), 1u);
  EXPECT_EQ(windows.at(2).e2e.max(), milliseconds(500));
  EXPECT_EQ(windows.at(2).publish.count(), 0u);
  EXPECT_EQ(windows.at(2).records_acknowledged, 1u) << "likewise";
}

TEST(EvidenceRecorder, EndsTheLastWindowWithTheRun) {
  EvidenceRecorder recorder;
  recorder.accepted(at_ms(1100), 10);
  const auto windows = recorder.finish(at_ms(1250)).windows;
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[1].from, at_ms(1000));
  EXPECT_EQ(windows[1].to, at_ms(1250));
  EXPECT_EQ(windows[1].records_in, 1u);
}

TEST(EvidenceRecorder, AddsNoEmptyWindowWhereTheRunEndsWithASecond) {
  EvidenceRecorder recorder;
  recorder.accepted(at_ms(100), 10);
  EXPECT_EQ(recorder.finish(at_ms(2000)).windows.size(), 2u);
}

TEST(EvidenceRecorder, KeepsTheGreatestBacklogOfASecond) {
  EvidenceRecorder recorder;
  recorder.lag_sampled(at_ms(100), 5);
  recorder.lag_sampled(at_ms(200), 9);
  recorder.lag_sampled(at_ms(300), 1);
  recorder.lag_sampled(at_ms(1100), 2);
  const auto windows = recorder.finish(at_ms(2000)).windows;
  EXPECT_EQ(windows.at(0).lag_records, 9u);
  EXPECT_EQ(windows.at(1).lag_records, 2u);
}

}  // namespace
}  // namespace wavetank::sim
