#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/export/exported.h"
#include "scenarios/import/import.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Exported sample_of(RunResult run) {
  return {run, latency_log(run.provenance.digest, sample::evidence())};
}

std::string openmetrics(const Exported& subject) {
  return to_openmetrics({{subject}}, 1'000);
}

constexpr const char* kLabels =
    R"(run="a1b2c3d4e5f60718",scenario="A broker dies at peak",seed="7")";

TEST(OpenMetrics, CountsFromNothingAtTheStart) {
  const std::string text = openmetrics(sample_of(sample::concluded()));
  const std::string total = std::string("wavetank_records_produced_total{") + kLabels + "} ";
  EXPECT_THAT(text, HasSubstr("# TYPE wavetank_records_produced counter\n"));
  EXPECT_THAT(text, HasSubstr(total + "0 1000.000\n" + total + "100 1001.000\n" + total +
                              "200 1002.000\n"));
  EXPECT_THAT(text, HasSubstr(total + "30200 1302.000\n"));
}

TEST(OpenMetrics, HasCumulativeBucketsWithTheirBounds) {
  const std::string text = openmetrics(sample_of(sample::concluded()));
  const auto bucket = [&](const char* bound, const char* value) {
    return std::string("wavetank_e2e_latency_seconds_bucket{") + kLabels + ",le=\"" + bound +
           "\"} " + value + "\n";
  };
  // 4, 5 and 6 ms in turn; from 120 s on 5.1 s and less.
  EXPECT_THAT(text, HasSubstr(bucket("0.002", "0 1003.000")));
  EXPECT_THAT(text, HasSubstr(bucket("0.005", "100 1003.000")));
  EXPECT_THAT(text, HasSubstr(bucket("0.01", "300 1003.000")));
  EXPECT_THAT(text, HasSubstr(bucket("+Inf", "12090 1121.000")));
  EXPECT_THAT(text, HasSubstr(bucket("5", "12000 1121.000")));
}

TEST(OpenMetrics, TellsOfFaultsAndVerdicts) {
  const std::string text = openmetrics(sample_of(sample::concluded()));
  const std::string labels = kLabels;
  EXPECT_THAT(text, HasSubstr("faults_active{" + labels + ",kind=\"crash\"} 0 1119.000\n"));
  EXPECT_THAT(text, HasSubstr("faults_active{" + labels + ",kind=\"crash\"} 1 1120.000\n"));
  EXPECT_THAT(text, HasSubstr("faults_active{" + labels + ",kind=\"crash\"} 0 1160.000\n"));
  EXPECT_THAT(text, HasSubstr("slo_met{" + labels + ",slo=\"lost == 0\"} 1 1300.000\n"));
  EXPECT_THAT(text,
              HasSubstr("slo_met{" + labels + ",slo=\"e2e.p99 < 4s during fault\"} 0 1300.000\n"));
  EXPECT_THAT(text, Not(HasSubstr("baseline")));  // of which nobody knows
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_THAT(text, Not(HasSubstr("\n\n")));
}

TEST(OpenMetrics, IsNotBrokenOutOfByATitle) {
  RunResult run = sample::concluded();
  run.title = "a\"} 1 2\n# EOF\n\\";
  const std::string text = openmetrics(sample_of(run));
  EXPECT_THAT(text, HasSubstr(R"(scenario="a\"} 1 2\\n# EOF\\n\\",seed)"));
}

TEST(Exports, AreMadeOfAResultAndItsOwnLog) {
  const Exported subject = sample_of(sample::concluded());
  EXPECT_TRUE(together(subject.run, subject.latencies));
  LatencyLog other = subject.latencies;
  other.digest = "another";
  EXPECT_THAT(together(subject.run, other).error().message, HasSubstr("of another run"));
  LatencyLog longer = subject.latencies;
  longer.intervals.push_back(longer.intervals.back());
  longer.intervals.back().from = Time() + seconds(900'000'000);
  longer.intervals.back().to = longer.intervals.back().from + seconds(1);
  EXPECT_EQ(together(subject.run, longer).error().message,
            "it goes on at 900000000 s: the run was over at 302 s");
}

TEST(Exports, DoNotRepeatAnEndlessTitle) {
  RunResult run = sample::concluded();
  const std::size_t usual = openmetrics(sample_of(run)).size();
  const std::size_t lines = std::ranges::count(openmetrics(sample_of(run)), '\n');
  run.title = std::string(2'000'000, 'x');
  run.faults[0].kind = std::string(1'000'000, 'y');
  const Exported subject = sample_of(run);
  const std::size_t most = usual + lines * 2 * kRepeatedColumns;
  EXPECT_LT(openmetrics(subject).size(), most);
  EXPECT_LT(to_csv({{subject}}).size(), most);
  EXPECT_LT(to_gbench({{subject}}, 0).size(), most + 20'000'000);
  EXPECT_LT(to_junit({{subject}}).size(), most);
  EXPECT_LT(to_omb(subject, {}).size(), most);
}

TEST(Exports, OfARunWithoutAnythingAreWhole) {
  const Exported nothing{RunResult(), LatencyLog()};
  EXPECT_TRUE(openmetrics(nothing).ends_with("# EOF\n"));
  EXPECT_TRUE(json::accept(to_omb(nothing, {})));
  EXPECT_TRUE(json::accept(to_gbench({{nothing}}, 0)));
  EXPECT_EQ(std::ranges::count(to_csv({{nothing}}), '\n'), 1);
  EXPECT_THAT(to_junit({{nothing}}), HasSubstr("<testsuite "));
}

/// The benchmarks of this name, or whose name ends so.
std::vector<json> benchmarks(const json& document, const std::string& name) {
  std::vector<json> found;
  for (const json& it : document["benchmarks"]) {
    if (it["name"].get<std::string>().ends_with(name)) {
      found.push_back(it);
    }
  }
  return found;
}

TEST(GBench, TakesForRepetitionsRunsOfOneScenarioAndNoOthers) {
  RunResult run = sample::passing();
  run.provenance.scenario_sha256 = "0123456789abcdef";
  RunResult other_seed = run;
  other_seed.provenance.seed = 8;
  RunResult other_scenario = run;
  other_scenario.provenance.scenario_sha256 = "fedcba9876543210";
  const json document = json::parse(
      to_gbench({{sample_of(run), sample_of(other_seed), sample_of(other_scenario)}}, 0));
  const std::vector<json> p99 = benchmarks(document, "/e2e/p99");
  ASSERT_EQ(p99.size(), 3u);
  EXPECT_EQ(p99[0]["name"], "A broker dies at peak 01234567/e2e/p99");
  EXPECT_EQ(p99[0]["repetitions"], 2);
  EXPECT_EQ(p99[1]["name"], p99[0]["name"]);
  EXPECT_EQ(p99[1]["repetition_index"], 1);
  EXPECT_EQ(p99[2]["name"], "A broker dies at peak fedcba98/e2e/p99");
  EXPECT_EQ(p99[2]["repetitions"], 1);
  EXPECT_EQ(p99[2]["repetition_index"], 0);
}

TEST(GBench, CountsTheRecordsThatTheRateIsOf) {
  const json document = json::parse(to_gbench({{sample_of(sample::passing())}}, 0));
  // 100/s from the end of the warm-up at 30 s until the load ends at 300 s.
  EXPECT_EQ(benchmarks(document, "/produced").at(0)["iterations"], 27'000);
}

TEST(GBench, GivesRatesAsTheTimeOfARecord) {
  const json document = json::parse(to_gbench({{sample_of(sample::passing())}}, 0));
  const auto& all = document["benchmarks"];
  const auto rate = std::ranges::find_if(
      all, [](const json& it) { return it["name"] == "A broker dies at peak/produced"; });
  ASSERT_NE(rate, all.end());
  EXPECT_EQ((*rate)["real_time"], 10.0);
  EXPECT_EQ((*rate)["time_unit"], "ms");
  EXPECT_EQ((*rate)["items_per_second"], 100.0);
  EXPECT_EQ((*rate)["bytes_per_second"], 20'000.0);
}

/// A run exported of which only the scenario matters.
json omb_of(const std::string& config) {
  RunResult run = sample::concluded();
  run.config_json = config;
  return json::parse(to_omb(sample_of(run), {}));
}

TEST(Omb, CountsPerTopicAndSubscription) {
  const json even = omb_of(R"({
    "services": {"log": {"topics": [{"name": "t", "count": 3, "partitions": 6}]}},
    "workload": [{"producers": 4}, {"producers": 4}, {"producers": 4}],
    "consumers": [{"members": 2}, {"members": 2}, {"members": 2}]})");
  EXPECT_EQ(even["topics"], 3);
  EXPECT_EQ(even["partitions"], 6);
  EXPECT_EQ(even["producersPerTopic"], 4);
  EXPECT_EQ(even["consumersPerTopic"], 2);
  EXPECT_EQ(even["messageSize"], 200);
  const json uneven = omb_of(R"({
    "services": {"log": {"topics": [{"name": "a", "partitions": 6}, {"name": "b"}]}},
    "workload": [{"producers": 3}], "consumers": [{"members": 6}, {}]})");
  EXPECT_EQ(uneven["partitions"], 4);  // of 3.5
  EXPECT_EQ(uneven["producersPerTopic"], 2);
  EXPECT_EQ(uneven["consumersPerTopic"], 4);
  EXPECT_EQ(omb_of("{}")["partitions"], 0);
}

TEST(Omb, SaysOfAnImportedBenchmarkWhatItsFileSays) {
  const scenarios::Imported imported = scenarios::import_omb(
      {{scenarios::ImportSource{
          "load.yaml",
          "topics: 5\npartitionsPerTopic: 3\nproducersPerTopic: 2\nsubscriptionsPerTopic: 2\n"
          "consumerPerSubscription: 4\nmessageSize: 200\nproducerRate: 100\n"}}},
      {});
  ASSERT_TRUE(imported.scenario);
  const json document = omb_of(scenarios::canonical_text(*imported.scenario));
  EXPECT_EQ(document["topics"], 5);
  EXPECT_EQ(document["partitions"], 3);
  EXPECT_EQ(document["producersPerTopic"], 2);
  EXPECT_EQ(document["consumersPerTopic"], 4);
}

TEST(Omb, HasNoSamplesForTimeOfWhichNothingIsKnown) {
  Exported subject = sample_of(sample::concluded());
  const std::size_t samples = json::parse(to_omb(subject, {}))["publishRate"].size();
  LatencyInterval far = subject.latencies.intervals.back();
  far.from = Time() + seconds(900'000'000);
  far.to = far.from + seconds(1);
  subject.latencies.intervals.push_back(far);
  EXPECT_EQ(json::parse(to_omb(subject, {}))["publishLatencyMax"].size(), samples + 1);
}

TEST(Omb, GivesTheDelayInMicroseconds) {
  Histogram delays;
  delays.record(milliseconds(2), 10);
  Sending sending;
  sending.seconds.push_back({Time() + seconds(29), PackedHistogram(delays), 70});  // the warm-up
  sending.seconds.push_back({Time() + seconds(30), PackedHistogram(delays), 40});
  const json document = json::parse(to_omb(sample_of(sample::concluded()), sending));
  EXPECT_EQ(document["publishDelayLatencyMax"][0], 2'000);
  EXPECT_EQ(document["publishDelayLatencyMax"][1], 0);
  EXPECT_EQ(document["aggregatedPublishDelayLatency99pct"], 2'000);
  EXPECT_EQ(document["publishErrorRate"][0], 4);
}

}  // namespace
}  // namespace wavetank::reports
