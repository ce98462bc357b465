#include "scenarios/event.h"

#include <gtest/gtest.h>

#include "scenario_texts.h"

namespace wavetank::scenarios {
namespace {

Loaded with_fault(const std::string& fault) {
  return load_small({"faults=[" + fault + "]"});
}
std::string complaint(const std::string& fault) {
  const Loaded loaded = with_fault(fault);
  EXPECT_FALSE(loaded.scenario);
  return all_texts(loaded);
}
bool says(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(BoundFault, SaysTheEventItWaitsFor) {
  const Loaded loaded = with_fault(
      R"({"when": {"event": "leader_elected", "of": "events-3", "occurrence": 3, "not_before": "4s",
                   "after": "250ms"}, "crash": "broker-1"})");
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  const Fault& fault = loaded.scenario->faults.at(0);
  ASSERT_TRUE(fault.when);
  EXPECT_EQ(fault.when->event, RunEvent::leader_elected);
  EXPECT_EQ(to_text(*fault.when), "leader_elected of events-3, the 3rd from 4s on, and 250ms more");
}

TEST(BoundFault, HasADateOrAnEventAndNotBoth) {
  EXPECT_TRUE(says(complaint(R"({"crash": "broker-1"})"), "\"at\" is missing"));
  EXPECT_TRUE(
      says(complaint(R"({"at": "5s", "when": {"event": "truncated"}, "crash": "broker-1"})"),
           "both say when it begins"));
}

TEST(BoundFault, MustBeAbleToHappen) {
  const auto when = [](const std::string& what) {
    return complaint(R"({"when": {)" + what + R"(}, "crash": "broker-1"})");
  };
  EXPECT_TRUE(says(when(R"("event": "leader_electd")"), "did you mean \"leader_elected\""));
  EXPECT_TRUE(says(when(R"("event": "truncated", "of": "events-6")"), "events-0 to events-5"));
  EXPECT_TRUE(says(when(R"("event": "broker_fenced", "of": "broker-9")"), "did you mean"));
  EXPECT_TRUE(says(when(R"("event": "rebalance_started", "of": "reader")"), "\"readers\""));
  EXPECT_TRUE(says(when(R"("event": "transaction_committing")"), "it can never happen"));
  EXPECT_TRUE(says(when(R"("event": "truncated", "not_before": "20s")"), "until the run is over"));
}

TEST(FaultOfAPart, IsReadFromTheSelector) {
  EXPECT_EQ(parse_role("leader_of: orders-0")->of, "orders-0");
  EXPECT_EQ(parse_role("leader_of:orders-0")->part, Part::leader);
  EXPECT_EQ(parse_role("follower_of: orders-0")->part, Part::follower);
  EXPECT_EQ(parse_role("controller: active")->part, Part::controller);
  EXPECT_EQ(parse_role("host_of: event")->part, Part::host_of_event);
  EXPECT_FALSE(parse_role("broker-1"));
  EXPECT_FALSE(parse_role("controller: second"));
}

TEST(FaultOfAPart, MustBeAPartThatSomebodyCanPlay) {
  EXPECT_TRUE(says(complaint(R"({"at": "5s", "crash": "leeder_of: events-0"})"), "no part"));
  EXPECT_TRUE(says(complaint(R"({"at": "5s", "crash": "leader_of: events"})"), "is no partition"));
  EXPECT_TRUE(says(complaint(R"({"at": "5s", "crash": "host_of: event"})"), "bound to a date"));
  EXPECT_TRUE(
      says(complaint(R"({"when": {"event": "partition_offline"}, "crash": "host_of: event"})"),
           "goes offline nowhere"));
  EXPECT_TRUE(says(complaint(R"({"at": "5s", "rolling_restart": "leader_of: events-0"})"),
                   "hosts by their names"));
}

TEST(MoveOfPartitions, MustBePossible) {
  const auto move = [](const std::string& what, const std::string& to) {
    return complaint(R"({"at": "5s", "reassign": ")" + what + R"(", "to": ")" + to + "\"}");
  };
  EXPECT_TRUE(says(move("event", "broker[*]"), "neither a topic nor a partition"));
  EXPECT_TRUE(says(move("events-99", "broker[*]"), "neither a topic nor a partition"));
  EXPECT_TRUE(says(move("events", "client-1, broker-1"), "client-1 runs no broker"));
  EXPECT_TRUE(says(move("events", "broker-1"), "cannot hold 3 replicas"));
}

}  // namespace
}  // namespace wavetank::scenarios
