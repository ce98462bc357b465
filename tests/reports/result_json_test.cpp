#include "reports/result_json.h"

#include <gtest/gtest.h>

#include <clocale>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using Json = nlohmann::ordered_json;

Json written() {
  return Json::parse(write_result(sample::concluded()));
}

std::string error_of(const Json& json) {
  const auto result = read_result(json.dump());
  return result ? "" : result.error().message;
}

TEST(ResultJson, ReadsWhatItWrote) {
  const RunResult run = sample::concluded();
  const auto read = read_result(write_result(run));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, run);
}

TEST(ResultJson, ReadsWhatItWroteOfAnEmptyAndOfAPartialRun) {
  RunResult run;
  EXPECT_EQ(read_result(write_result(run)), run);
  run.partial = Partial{ExitCode::terminated, "terminated at 1 s"};
  run.lost = {{17, "order-5", "orders-7", 991, Time() + nanoseconds(119'900'000'001)}};
  run.faults = {FaultReport{}};
  EXPECT_EQ(read_result(write_result(run)), run);
}

TEST(ResultJson, KeepsEveryNanosecondAndEveryBitOfTheSeed) {
  RunResult run;
  run.ended_at = Time(1'209'600'123'456'789);  // two weeks
  run.metrics.e2e.all.p9999 = Duration(987'654'321'987);
  run.provenance.seed = 18'446'744'073'709'551'615U;
  EXPECT_EQ(read_result(write_result(run)), run);
}

TEST(ResultJson, IsTheSameToTheByteAndInAnyLocale) {
  const std::string first = write_result(sample::concluded());
  EXPECT_EQ(write_result(sample::concluded()), first);
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, locale) != nullptr) {
      EXPECT_EQ(write_result(sample::concluded()), first) << locale;
    }
  }
  std::setlocale(LC_ALL, "C");
  EXPECT_EQ(write_result(*read_result(first)), first);
}

TEST(ResultJson, KeepsTheOrderOfItsKeys) {
  const Json json = written();
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) {
    keys.push_back(key);
  }
  EXPECT_EQ(keys, (std::vector<std::string>{
                      "schema_version", "verdict",     "exit_code", "exit_codes", "summary",
                      "meant_to_fail",  "as_meant",    "title",     "regime",     "partial",
                      "warmup_s",       "ended_s",     "slos",      "invariants", "ledger",
                      "lost",           "faults",      "phases",    "metrics",    "attribution",
                      "utilisation",    "figures",     "series",    "curves",     "heat",
                      "tails",          "naive_curve", "spared",    "schedule",   "config",
                      "provenance"}));
}

TEST(ResultJson, HasTheNamesThatToolsRelyOn) {
  const Json json = written();
  EXPECT_EQ(json.at("/verdict"_json_pointer), "fail");
  EXPECT_EQ(json.at("/exit_code"_json_pointer), 99);
  EXPECT_EQ(json.at("/slos/1/expr"_json_pointer), "e2e.p99 < 4s during fault");
  EXPECT_EQ(json.at("/slos/1/ok"_json_pointer), false);
  EXPECT_EQ(json.at("/slos/4/ok"_json_pointer), nullptr);
  EXPECT_EQ(json.at("/invariants/0/name"_json_pointer), "log/lost-write");
  EXPECT_EQ(json.at("/invariants/0/first"_json_pointer), nullptr);
  EXPECT_EQ(json.at("/ledger/lost"_json_pointer), 0);
  EXPECT_EQ(json.at("/faults/0/at_s"_json_pointer), 120.0);
  EXPECT_EQ(json.at("/faults/0/recovered_s"_json_pointer), 45.25);
  EXPECT_EQ(json.at("/faults/0/phases/detect"_json_pointer), 9.1);
  EXPECT_EQ(json.at("/faults/0/phases/replay"_json_pointer), nullptr);
  EXPECT_EQ(json.at("/metrics/e2e/unit"_json_pointer), "ms");
  EXPECT_EQ(json.at("/metrics/e2e/phases/steady/max"_json_pointer), 6.0);
  EXPECT_EQ(json.at("/metrics/throughput_in/unit"_json_pointer), "records/s");
  EXPECT_EQ(json.at("/attribution/p99/replication"_json_pointer), 380.0);
  EXPECT_EQ(json.at("/figures/1/knee"_json_pointer), 81'250.0);
  EXPECT_EQ(json.at("/config/seed"_json_pointer), 7);
  EXPECT_EQ(json.at("/provenance/digest"_json_pointer), "a1b2c3d4e5f60718");
}

TEST(ResultJson, SaysWhatIsNoResult) {
  EXPECT_EQ(read_result("{").error().message, "not a result: not JSON, at byte 2");
  EXPECT_EQ(read_result("").error().message, "not a result: not JSON, at byte 1");
  EXPECT_EQ(read_result("[]").error().message, "not a result: no /schema_version");
  EXPECT_EQ(read_result("{\"a\": 1e999}").error().message,
            "not a result: a number is out of range");
}

TEST(ResultJson, ReadsWhatAnOlderProgramWroteWhichTookNoTailsApart) {
  Json json = written();
  json.erase("tails");
  json.erase("naive_curve");
  EXPECT_EQ(error_of(json), "");
}

TEST(ResultJson, RefusesAnotherSchemaVersion) {
  Json json = written();
  json["schema_version"] = 2;
  EXPECT_EQ(error_of(json), "result of schema version 2; this program reads version 1");
  json["schema_version"] = "1";
  EXPECT_EQ(error_of(json), "result of schema version string; this program reads version 1");
}

TEST(ResultJson, NamesThePlaceOfAMistake) {
  Json json = written();
  json["faults"][0].erase("at_s");
  EXPECT_EQ(error_of(json), "not a valid result: /faults/0/at_s: missing");

  json = written();
  json["faults"][0]["at_s"] = "120";
  EXPECT_EQ(error_of(json), "not a valid result: /faults/0/at_s: expected a time, found string");

  json = written();
  json["verdict"] = "green";
  EXPECT_EQ(error_of(json),
            "not a valid result: /verdict: expected \"pass\" or \"fail\" or \"unknown\", found "
            "string");

  json = written();
  json["ledger"]["lost"] = -1;
  EXPECT_EQ(error_of(json),
            "not a valid result: /ledger/lost: expected a whole number, not negative, found -1");

  json = written();
  json["metrics"]["e2e"]["unit"] = "s";
  EXPECT_EQ(error_of(json), "not a valid result: /metrics/e2e/unit: expected \"ms\", found string");

  json = written();
  json["series"]["count"].push_back(1);
  EXPECT_EQ(error_of(json),
            "not a valid result: /series/count: expected an array of 302 values, found array");
}

TEST(ResultJson, SurvivesEveryKeyBeingGoneOrOfAnotherType) {
  Json good = written();
  for (const char* long_one : {"series", "curves", "heat"}) {
    good[long_one] = Json::parse(write_result({}))[long_one];  // short: it is read many times
  }
  const Json flat = good.flatten();
  const Json other = Json::parse(R"({"of": "another type"})");
  for (const auto& [pointer, value] : flat.items()) {
    if (pointer.starts_with("/config") || pointer.starts_with("/series")) {
      continue;
    }
    Json json = good;
    json[Json::json_pointer(pointer)] = other;
    EXPECT_NE(error_of(json), "") << pointer;
  }
}

TEST(ResultJson, RefusesDepthWithoutOverflowingTheStack) {
  const std::string deep(200'000, '[');
  EXPECT_FALSE(read_result("{\"schema_version\":1,\"config\":" + deep));
  EXPECT_FALSE(
      read_result("{\"schema_version\":1,\"config\":" + deep + std::string(200'000, ']') + "}"));
}

TEST(ResultJson, SkipsKeysThatALaterProgramMayAdd) {
  Json json = written();
  json["news"] = 1;
  json["ledger"]["stale"] = 2;
  EXPECT_EQ(error_of(json), "");
}

TEST(ResultJson, ReplacesBytesThatAreNoUtf8) {
  RunResult run;
  run.title =
      "a\xff"
      "b\x1b[31m";
  const std::string text = write_result(run);
  EXPECT_NE(text.find("a\xef\xbf\xbd"
                      "b\\u001b[31m"),
            std::string::npos);
}

TEST(RunMeta, HoldsWhatDependsOnTheMachine) {
  RunMeta meta;
  meta.command = "wavetank run x.json --seed 7";
  meta.wall_s = 30;
  meta.simulated_s = 300;
  meta.speedup = 10;
  meta.host_cores = 2;
  const Json json = Json::parse(write_meta(meta));
  for (const char* key : {"command", "wall_s", "simulated_s", "speedup", "events_per_s",
                          "records_per_s", "peak_rss_bytes", "host"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["host"]["cores"], 2);
}

}  // namespace
}  // namespace wavetank::reports
