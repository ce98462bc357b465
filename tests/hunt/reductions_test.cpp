#include "sim/hunt/reductions.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

std::vector<std::string> texts(const std::vector<scenarios::Value>& candidates) {
  std::vector<std::string> texts;
  for (const scenarios::Value& candidate : candidates) {
    texts.push_back(canonical_text(candidate));
  }
  return texts;
}
scenarios::Value document(const char* text) {
  return *scenarios::parse_document(text, "test");
}

TEST(Reductions, LeaveOutOneThingEach) {
  const auto candidates = texts(reductions(document(
      R"({"workload": [{"rate": "200/s", "producers": 4, "producer": {"linger": "5ms", "acks": "1"}}]})")));
  for (const char* expected :
       {R"({"workload":[{"producer":{"acks":"1","linger":"5ms"},"producers":4,"rate":100.0}]})",
        R"({"workload":[{"producer":{"acks":"1","linger":"5ms"},"producers":1,"rate":"200/s"}]})",
        R"({"workload":[{"producer":{"acks":"1"},"producers":4,"rate":"200/s"}]})",
        R"({"workload":[{"producers":4,"rate":"200/s"}]})"}) {
    EXPECT_NE(std::ranges::find(candidates, expected), candidates.end()) << expected;
  }
}

TEST(Reductions, OfFaultsMakeThemShorterAndStrikeFewer) {
  const auto candidates = texts(milder_faults(document(
      R"({"faults": [{"at": "1s", "process_kill": "broker-1, broker-2", "for": "800ms"}]})")));
  EXPECT_EQ(candidates,
            (std::vector<std::string>{
                R"({"faults":[{"at":"1s","for":"400ms","process_kill":"broker-1, broker-2"}]})",
                R"({"faults":[{"at":"1s","for":"800ms","process_kill":"broker-1"}]})",
                R"({"faults":[{"at":"1s","for":"800ms","process_kill":"broker-2"}]})"}));
}

TEST(Reductions, NeverGoBelowOne) {
  EXPECT_TRUE(
      reductions(document(R"({"services": {"log": {"topics": [{"partitions": 1}]}}})")).size() ==
      1);  // without the topic
}

}  // namespace
}  // namespace wavetank::sim
