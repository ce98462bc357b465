#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/export/exported.h"
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

TEST(Exports, OfARunWithoutAnythingAreWhole) {
  const Exported nothing{RunResult(), LatencyLog()};
  EXPECT_TRUE(openmetrics(nothing).ends_with("# EOF\n"));
  EXPECT_TRUE(json::accept(to_omb(nothing, {})));
  EXPECT_TRUE(json::accept(to_gbench({{nothing}}, 0)));
  EXPECT_EQ(std::ranges::count(to_csv({{nothing}}), '\n'), 1);
  EXPECT_THAT(to_junit({{nothing}}), HasSubstr("<testsuite "));
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

TEST(Omb, TakesTheSetUpFromTheScenario) {
  RunResult run = sample::concluded();
  run.config_json = R"({
    "services": {"log": {"topics": [{"name": "a", "partitions": 6}, {"name": "b"}]}},
    "workload": [{"producers": 4}], "consumers": [{"members": 2}, {}]})";
  const json document = json::parse(to_omb(sample_of(run), {}));
  EXPECT_EQ(document["topics"], 2);
  EXPECT_EQ(document["partitions"], 7);
  EXPECT_EQ(document["producersPerTopic"], 4);
  EXPECT_EQ(document["consumersPerTopic"], 3);
  EXPECT_EQ(document["messageSize"], 200);
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
