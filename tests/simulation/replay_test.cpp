// Runs that are looked into: the state at a known moment, and the history of records.

#include "sim/replay/replay.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scenarios/load.h"
#include "sim/replay/show.h"
#include "sim/run/child_process.h"
#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTruncation = "scenarios/log/truncate-to-high-watermark.json";

/// What a replay has seen, as its document; `{"failure": why}` if it was refused.
json replayed(const std::string& path, sim::ReplayRequest request, const std::string& at = "",
              const std::vector<std::string>& overrides = {}) {
  if (!at.empty()) {
    request.at = *sim::parse_moment(at);
  }
  sim::ChildProcess child([&] {
    const scenarios::Loaded loaded =
        scenarios::load_file(std::string(WAVETANK_SOURCE_DIR "/") + path, {overrides, {}, {}});
    if (!loaded.scenario) {
      return std::string(R"({"failure": "the scenario does not load"})");
    }
    const Result<sim::Replayed> seen = sim::replay(*loaded.scenario, request, {});
    return seen ? sim::replay_json(*seen) : json{{"failure", seen.error().message}}.dump();
  });
  return json::parse(child.wait().value_or(R"({"failure": "no answer"})"));
}

sim::ReplayRequest of(std::vector<std::string> nodes) {
  sim::ReplayRequest request;
  request.nodes = std::move(nodes);
  return request;
}

std::string failure(const json& document) {
  return document.value("failure", "none");
}

const json& row(const json& list, const std::string& name) {
  static const json kNone;
  const auto found = std::ranges::find_if(list, [&](const json& it) { return it["name"] == name; });
  return found == list.end() ? kNone : *found;
}

/// What happened to the first record, in words.
std::vector<std::string> steps(const json& document, std::size_t record = 0) {
  std::vector<std::string> all;
  for (const json& step : document["records"][record]["steps"]) {
    all.push_back(step["what"]);
  }
  return all;
}

TEST(Replay, ShowsWhoLedAndWhoFollowedAtAMoment) {
  sim::ReplayRequest request;
  request.nodes = {"broker-1", "broker-2"};
  const json before = replayed(kTruncation, request, "7s");
  const json& leader = row(before["nodes"][0]["state"]["role"]["partitions"], "events-0");
  EXPECT_EQ(leader["role"], "leader");
  EXPECT_EQ(leader["leader epoch"], 0);
  EXPECT_THAT(leader["in sync"], ElementsAre("broker-1", "broker-2", "broker-3"));
  EXPECT_LE(leader["followers"][0]["behind"], 10);
  const json& follower = row(before["nodes"][1]["state"]["role"]["partitions"], "events-0");
  EXPECT_EQ(follower["role"], "follower");
  EXPECT_EQ(follower["leader"], "broker-1");

  const json after = replayed(kTruncation, request, "9.2s");
  EXPECT_EQ(after["nodes"][0]["state"]["process"]["running"], false) << "it has crashed";
  EXPECT_EQ(after["nodes"][0]["state"].count("role"), 0U);
  const json& next = row(after["nodes"][1]["state"]["role"]["partitions"], "events-0");
  EXPECT_EQ(next["role"], "leader");
  EXPECT_EQ(next["leader epoch"], 1);
}

TEST(Replay, ChangesNothing) {
  const reports::RunResult result = run_scenario(kTruncation);
  sim::ReplayRequest request;
  request.nodes = {"broker-1", "broker-2", "controller@controller", "load/producer-1",
                   "readers/consumer-1"};
  request.digest = result.provenance.digest;
  request.events = "events-0@2930..2940";
  const json seen = replayed(kTruncation, request, "9.2s");
  EXPECT_EQ(failure(seen), "none");
  EXPECT_EQ(seen["digest_checked"], true);
  EXPECT_EQ(seen["digest"], result.provenance.digest);
}

TEST(Replay, RefusesARunThatIsNotTheOneThatWas) {
  sim::ReplayRequest request;
  request.nodes = {"broker-1"};
  request.digest = "0123456789abcdef";
  EXPECT_THAT(failure(replayed(kTruncation, request, "7s")), HasSubstr("is not the one that was"));
  EXPECT_THAT(failure(replayed(kTruncation, request, "first-failure")),
              HasSubstr("is not the one that was"));
}

TEST(Replay, FindsTheMomentOfTheFirstFailure) {
  sim::ReplayRequest request;
  request.nodes = {"broker-3"};
  const json seen = replayed(kTruncation, request, "first-failure");
  EXPECT_EQ(seen["moment"], "log/committed-stays breaks");
  EXPECT_EQ(seen["broken"][0]["name"], "log/committed-stays");
  const json& transitions = seen["nodes"][0]["transitions"];
  const auto led = std::ranges::find_if(transitions, [&](const json& it) {
    return it["at_s"] == seen["at_s"] && it["kind"] == "leads" && it["subjects"][0] == "events-0";
  });
  EXPECT_NE(led, transitions.end()) << "it leads with a log that is too short";
  EXPECT_THAT(failure(replayed(kQuickstart, of({"broker-1"}), "first-failure")),
              HasSubstr("no rule is broken"));
}

TEST(Replay, StopsWhereFaultsBeginAndEnd) {
  sim::ReplayRequest request;
  request.nodes = {"broker-2"};
  const json begun = replayed(kTruncation, request, "fault-3");
  EXPECT_EQ(begun["at_s"], 9.5);
  EXPECT_EQ(begun["nodes"][0]["state"]["process"]["power"], false);
  const json ended = replayed(kTruncation, request, "fault-3-end");
  EXPECT_EQ(ended["nodes"][0]["state"]["process"]["power"], true);
  EXPECT_THAT(failure(replayed(kTruncation, request, "fault-9")), HasSubstr("there is no fault 9"));
}

TEST(Replay, NamesTheFaultThatHoldsAMessage) {
  sim::ReplayRequest request;
  request.nodes = {"broker-3"};
  const json seen = replayed(kTruncation, request, "9.2s");
  const json& messages = seen["nodes"][0]["messages"];
  const auto held =
      std::ranges::find_if(messages, [](const json& it) { return it["held by"].is_string(); });
  ASSERT_NE(held, messages.end());
  EXPECT_EQ((*held)["name"], "fetch");
  EXPECT_EQ((*held)["held by"], "fault 2, partition of broker-2 | broker-3");
  EXPECT_GT((*held)["expected in"], 0.0) << "the retransmission";
}

TEST(Replay, TellsTheHistoryOfALostRecord) {
  const reports::RunResult result = run_scenario(kTruncation);
  ASSERT_FALSE(result.lost.empty());
  sim::ReplayRequest request;
  request.events = std::to_string(result.lost[0].event_id);
  const json seen = replayed(kTruncation, request);
  const std::vector<std::string> told = steps(seen);
  const auto place = [&](const std::string& what) {
    return std::ranges::find_if(
               told,
               [&](const std::string& step) { return step.find(what) != std::string::npos; }) -
           told.begin();
  };
  const auto end = static_cast<std::ptrdiff_t>(told.size());
  const std::string offset = "offset " + std::to_string(result.lost[0].offset);
  EXPECT_EQ(place("due"), 0);
  EXPECT_LT(place("handed to load/producer-1"), place("sent to events-0"));
  EXPECT_LT(place("sent to events-0"), place("appended by broker-1, the leader of epoch 0"));
  EXPECT_LT(place("appended by broker-1"), place("copied by broker-3"));
  EXPECT_LT(place("copied by broker-3"), place("committed: the high watermark of broker-1"));
  EXPECT_LT(place("committed"), place("acknowledged as events-0 " + offset));
  EXPECT_LT(place("acknowledged"), place("cut by broker-3"));
  EXPECT_LT(place("cut by broker-3"), place("broker-3 leads epoch 2"));
  EXPECT_LT(place("broker-3 leads epoch 2"), end);
  EXPECT_EQ(place("delivered"), end) << "nobody ever read it";
}

TEST(Replay, TellsTheHistoryOfAnOffsetThatHeldTwoRecords) {
  const reports::RunResult result = run_scenario(kTruncation);
  ASSERT_FALSE(result.lost.empty());
  sim::ReplayRequest request;
  request.events = result.lost[0].partition + "@" + std::to_string(result.lost[0].offset);
  const json seen = replayed(kTruncation, request);
  ASSERT_EQ(seen["records"].size(), 2U) << "the lost one, and the one in its place";
  EXPECT_EQ(seen["records"][0]["event"], result.lost[0].event_id);
  EXPECT_EQ(steps(seen, 1).front(), "due");
  EXPECT_THAT(steps(seen, 1), testing::Contains(HasSubstr("delivered to readers/consumer-1")));
}

TEST(Replay, RefusesWhatThereIsNot) {
  EXPECT_THAT(failure(replayed(kQuickstart, of({"brocker-2"}), "3s")),
              HasSubstr("did you mean \"broker-2\""));
  EXPECT_THAT(failure(replayed(kQuickstart, of({"broker-2"}), "500s")),
              HasSubstr("is beyond the end"));
  sim::ReplayRequest request;
  request.events = "events-0@99999999";
  EXPECT_THAT(failure(replayed(kQuickstart, request)), HasSubstr("nothing was ever written at"));
  request.events = "99999999";
  EXPECT_THAT(failure(replayed(kQuickstart, request)), HasSubstr("no record has the number"));
}

TEST(Replay, ShowsTheClientsOfALog) {
  const json seen = replayed(kQuickstart, of({"load/producer-1", "readers/consumer-1"}), "6s");
  EXPECT_EQ(seen["nodes"][0]["state"]["role"]["topic"], "events");
  EXPECT_EQ(seen["nodes"][0]["state"]["role"]["connections"].size(), 3U);
  const json& consumer = seen["nodes"][1]["state"]["role"];
  EXPECT_EQ(consumer["membership"]["stage"], "in");
  EXPECT_EQ(consumer["partitions"].size(), 6U);
  EXPECT_GT(row(consumer["partitions"], "events-1")["position"], 0);
}

TEST(Replay, ShowsEnsemblesAndKeyValueServices) {
  const json ensemble =
      replayed("scenarios/coordination/election.json", of({"server@server-1"}), "fault-1");
  EXPECT_EQ(failure(ensemble), "none");
  EXPECT_FALSE(ensemble["nodes"][0]["transitions"].empty());
  const json kv =
      replayed("scenarios/coordination/kv-leader-crash.json", of({"kv@server-1"}), "3s");
  EXPECT_EQ(failure(kv), "none");
  EXPECT_GT(kv["nodes"][0]["state"]["role"]["quorum"]["applied"], 0);
}

}  // namespace
}  // namespace wavetank::test
