#include "scenarios/other_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario_texts.h"
#include "scenarios/scenario_shape.h"

namespace wavetank::scenarios {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> called(std::string_view name) {
  std::vector<std::string> keys;
  for (const OtherName& it : keys_called(name, scenario_type().schema)) {
    keys.push_back(it.path + "." + it.key);
  }
  return keys;
}
using Keys = std::vector<std::string>;

TEST(OtherNames, AreThoseOfKafka) {
  EXPECT_EQ(called("min.insync.replicas"),
            (Keys{"services.log.topics[].min_insync", "services.log.offsets_topic.min_insync"}));
  EXPECT_EQ(called("replica.lag.time.max.ms"),
            Keys{"services.log.broker_settings.replica_lag_max"});
  EXPECT_THAT(called("linger.ms"), testing::Contains("workload[].producer.linger"));
  EXPECT_THAT(called("max.in.flight.requests.per.connection"),
              testing::Contains("workload[].producer.max_in_flight"));
  EXPECT_THAT(called("max.poll.interval.ms"),
              testing::Contains("consumers[].consumer.rebalance_timeout"));
}

TEST(OtherNames, AreKnownWhateverSeparatesTheirWords) {
  EXPECT_EQ(called("min_insync_replicas"), called("min.insync.replicas"));
  EXPECT_EQ(called("minInsyncReplicas"), called("min.insync.replicas"));
}

TEST(OtherNames, AreThoseOfTopicsAlsoAsBrokersHaveThem) {
  EXPECT_EQ(called("log.retention.ms"), called("retention.ms"));
  EXPECT_FALSE(called("retention.ms").empty());
  EXPECT_FALSE(called("log.cleaner.backoff.ms").empty()) << "a name that really begins so";
}

TEST(OtherNames, OfNobodyAreNone) {
  EXPECT_TRUE(called("no.such.thing").empty());
  EXPECT_TRUE(called("").empty());
}

TEST(OtherNames, AreSaidWithAUnit) {
  EXPECT_EQ(called_here("linger.ms", "/workload/0/producer/linger.ms"),
            R"(it is "linger" here, as in "linger": "0s")");
}

TEST(OtherNames, AreSaidWithTheirPlaceWhereThatIsAnother) {
  EXPECT_THAT(called_here("min.insync.replicas", "/services/log/broker_settings/x"),
              HasSubstr(R"(it is "min_insync" of services.log.topics[])"));
}

TEST(OtherNames, AreTheAnswerToWhoUsesThem) {
  const Loaded loaded = load_small({R"(workload.producer={"linger.ms": 5})"});
  ASSERT_FALSE(loaded.diagnostics.empty());
  EXPECT_THAT(loaded.diagnostics.front().message,
              HasSubstr(R"(unknown key "linger.ms"; it is "linger" here)"));
}

}  // namespace
}  // namespace wavetank::scenarios
