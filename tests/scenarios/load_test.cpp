#include "scenarios/load.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario_texts.h"
#include "scenarios/limits.h"
#include "scenarios/quantity.h"
#include "scenarios/templates.h"

namespace wavetank::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Scenario small(std::vector<std::string> overrides = {}) {
  Loaded loaded = load_small(std::move(overrides));
  EXPECT_TRUE(loaded.scenario) << all_texts(loaded);
  return loaded.scenario.value_or(Scenario{});
}
/// The message of the only error.
std::string refusal(std::vector<std::string> overrides) {
  const Loaded loaded = load_small(std::move(overrides));
  EXPECT_FALSE(loaded.scenario);
  EXPECT_EQ(loaded.diagnostics.size(), 1U) << all_texts(loaded);
  return loaded.diagnostics.empty() ? "" : loaded.diagnostics.front().message;
}

TEST(Load, EveryScenarioThatComesAlongIsRightAndWithoutWarnings) {
  constexpr std::string_view kMeansToOverload = "published/kafka-openmessaging-2020-saturation";
  for (const Template& t : all_templates()) {
    const Loaded loaded = load_file(scenario_path(t.name));
    EXPECT_TRUE(loaded.scenario) << all_texts(loaded);
    EXPECT_EQ(loaded.diagnostics.empty(), t.name != kMeansToOverload) << all_texts(loaded);
  }
}

TEST(Load, TextsHaveAnEnd) {
  std::string greatest;  // in characters, of two bytes each
  for (std::size_t i = 0; i < kMaxTextCharacters; ++i) {
    greatest += "ü";
  }
  EXPECT_EQ(small({"title=" + greatest}).title, greatest);
  EXPECT_EQ(refusal({"title=" + greatest + "x"}),
            "it is longer than 1000 characters (limit text characters)");
  const std::string blanks(kMaxTextCharacters, ' ');
  EXPECT_THAT(refusal({R"(slos=["lost )" + blanks + R"(== 0"])"}), HasSubstr("limit text"));
}

TEST(Load, TheMainScenarioSaysWhatThePaperClaims) {
  const Loaded loaded = load_file(scenario_path("orders/broker-failure"));
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  const Scenario& s = *loaded.scenario;
  EXPECT_EQ(s.duration, seconds(240));
  EXPECT_EQ(s.warmup, seconds(30));
  EXPECT_EQ(s.workloads[0].rate, 50'000);
  EXPECT_EQ(s.workloads[0].model, LoadModel::order_lifecycle);
  EXPECT_EQ(s.workloads[0].producer.acks, log::Acks::all);
  EXPECT_EQ(s.workloads[0].producer.linger, milliseconds(5));
  EXPECT_EQ(s.workloads[0].producer.request_timeout, seconds(30));
  EXPECT_EQ(s.log.topics[0].replication, 3U);
  EXPECT_EQ(s.log.topics[0].min_insync, 2U);
  EXPECT_EQ(s.log.brokers.hosts.size(), 3U);
  const auto& crash = std::get<Crash>(s.faults[0].action);
  EXPECT_EQ(crash.unsynced, Unsynced::lost);
  EXPECT_EQ(s.cluster.hosts[crash.hosts.hosts[0]].name, "broker-2");
  EXPECT_EQ(s.faults[0].until(), Time() + seconds(160));
  EXPECT_EQ(s.knees[0].workload, 0U);
  EXPECT_THAT(s.figures, ElementsAre("orders/broker-throughput", "orders/recovery-broker"));
}

TEST(Load, AnExtensionChangesOnlyWhatItSays) {
  const Loaded base = load_file(scenario_path("orders/broker-failure"));
  const Loaded loaded = load_file(scenario_path("orders/acks-1"));
  ASSERT_TRUE(base.scenario && loaded.scenario) << all_texts(loaded);
  EXPECT_EQ(loaded.scenario->workloads[0].producer.acks, log::Acks::leader);
  EXPECT_FALSE(loaded.scenario->workloads[0].producer.idempotent);
  EXPECT_EQ(loaded.scenario->workloads[0].producer.linger, milliseconds(5));
  EXPECT_EQ(loaded.scenario->faults.size(), base.scenario->faults.size());
  EXPECT_TRUE(loaded.scenario->knees.empty());
}

TEST(Load, SpreadsHostsOverZones) {
  const Scenario s = small();
  std::vector<std::string> places;
  for (const Host& host : s.cluster.hosts) {
    places.push_back(host.name + " in " + s.cluster.zones[host.zone].name);
  }
  EXPECT_THAT(places, ElementsAre("broker-1 in eu-1", "broker-2 in eu-2", "broker-3 in eu-3",
                                  "controller in eu-1", "client-1 in eu-2", "client-2 in eu-2"));
}

TEST(Load, SelectsHostsByGroupIntervalNameZoneAndList) {
  const auto chosen = [](const std::string& selector) {
    return small({"workload[0].on=" + selector}).workloads[0].on.hosts;
  };
  EXPECT_THAT(chosen("broker[*]"), ElementsAre(0, 1, 2));
  EXPECT_THAT(chosen("broker[2..3]"), ElementsAre(1, 2));
  EXPECT_THAT(chosen("broker-2"), ElementsAre(1));
  EXPECT_THAT(chosen("eu-2"), ElementsAre(1, 4, 5));
  EXPECT_THAT(chosen("*"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(chosen(R"(["client-2","client[*]"])"), ElementsAre(4, 5));
}

TEST(Load, TakesPlainNumbersInBaseUnits) {
  const Scenario s = small({"duration=30", "workload.rate=50", "workload.producer.batch_bytes=64"});
  EXPECT_EQ(s.duration, seconds(30));
  EXPECT_EQ(s.workloads[0].rate, 50);
  EXPECT_EQ(s.workloads[0].producer.batch_bytes, 64U);
}

TEST(Load, DefaultsAreTheEnginesOwn) {
  const Scenario s = small();
  const log::ProducerConfig producer;
  EXPECT_EQ(s.workloads[0].producer.batch_bytes, producer.batch_bytes);
  EXPECT_EQ(s.workloads[0].producer.delivery_timeout, producer.delivery_timeout);
  EXPECT_EQ(s.log.offsets.partitions, 8U);
  EXPECT_EQ(s.log.offsets.replication, 3U);
  EXPECT_EQ(s.log.offsets.name, log::kOffsetsTopic);
  EXPECT_EQ(s.consumers[0].consumer.group, "readers");
}

TEST(Load, ReadsLawsOfKeysSizesAndArrivals) {
  const Scenario s = small(
      {R"(workload.keys={"dist":"zipf","s":1.2,"n":"10k"})",
       R"(workload.record_bytes={"dist":"lognormal","p50":"200B","p99":"2kB"})",
       R"(workload.arrivals={"spacing":"constant","bursts":{"on":"1s","off":"3s","on_factor":4}})"});
  const Workload& w = s.workloads[0];
  EXPECT_EQ(w.keys.keys(), 10'000U);
  EXPECT_NEAR(w.record_bytes.quantile(0.5), 200, 1e-6);
  EXPECT_EQ(w.arrivals.spacing, models::Spacing::constant);
  ASSERT_TRUE(w.arrivals.bursts);
  EXPECT_NEAR(w.arrivals.bursts->mean_factor(), 1.0, 1e-9);
}

TEST(Load, KnowsEveryFault) {
  const Scenario s = small({R"(faults=[
    {"at":"3s","crash":"broker-1","for":"1s","unsynced":"torn"},
    {"at":"3s","pause":"broker-2","for":"1s"},
    {"at":"3s","partition":["broker-1"],"from":["broker-2","broker-3"],"for":"1s","one_way":true},
    {"at":"3s","slow_link":"broker-1","factor":5},
    {"at":"3s","delay":"broker[*]","by":"20ms","for":"1s"},
    {"at":"3s","slow_disk":"broker-1","factor":5,"for":"1s"},
    {"at":"3s","stuck_disk":"broker-1","for":"1s"},
    {"at":"3s","slow_cpu":"broker-1","factor":2,"for":"1s"},
    {"at":"3s","clock_step":"broker-1","by":"-2s"},
    {"at":"3s","clock_drift":"broker-1","ppm":-50},
    {"at":"3s","load_spike":"load","factor":3,"for":"1s"},
    {"at":"5s","process_kill":"broker-1","for":"1s"},
    {"at":"5s","wipe":"broker-2","for":"1s"},
    {"at":"3s","disk_full":"broker-1","for":"1s"},
    {"at":"3s","failed_fsync":"broker-1","for":"1s"},
    {"at":"3s","bit_rot":"broker-1","files":"events-0/*"},
    {"at":"7s","zone_loss":"eu-1","of":"power","for":"500ms"},
    {"at":"8s","region_loss":"eu","of":"network","for":"500ms"},
    {"at":"9s","rolling_restart":"broker[2..3]","down":"100ms","between":"200ms"},
    {"at":"3s","loss":"broker-1","share":0.1,"for":"1s"},
    {"at":"3s","jitter":"broker-1","mean":"5ms","for":"1s"},
    {"at":"3s","connection_reset":"broker-1","from":"client[*]"},
    {"at":"3s","reassign":"events-0","to":"broker[*]","throttle":"10MB/s"}])"});
  ASSERT_EQ(s.faults.size(), std::variant_size_v<FaultAction>);
  for (std::size_t i = 0; i < s.faults.size(); ++i) {
    EXPECT_EQ(s.faults[i].action.index(), i) << kind(s.faults[i].action);
  }
  EXPECT_EQ(target(s.faults[2].action), "broker-1 -> broker-2, broker-3");
  EXPECT_EQ(std::get<ClockStep>(s.faults[8].action).by, seconds(-2));
  EXPECT_EQ(s.faults[3].until(), std::nullopt);
  EXPECT_GT(std::get<ZoneLoss>(s.faults[16].action).hosts.hosts.size(), 1U)
      << "all that stands there";
  EXPECT_EQ(s.faults[18].until(), Time() + milliseconds(9000 + 100 + 200 + 100));
  EXPECT_EQ(std::get<Reassign>(s.faults[22].action).throttle_bits_per_s, 80'000'000U);
}

TEST(Load, RefusesALossOfWhatIsNoPlace) {
  EXPECT_THAT(refusal({R"(faults=[{"at":"3s","zone_loss":"broker-1"}])"}), HasSubstr("zone"));
  EXPECT_THAT(refusal({R"(faults=[{"at":"3s","region_loss":"eu-1"}])"}), HasSubstr("region"));
}

TEST(Load, RefusesACrashOfAHostThatIsDownForAnotherReason) {
  EXPECT_THAT(refusal({R"(faults=[{"at":"3s","wipe":"broker-1","for":"2s"},
                                  {"at":"4s","crash":"broker-1"}])"}),
              HasSubstr("broker-1 is already down"));
}

TEST(Load, EqualScenariosHaveEqualHashes) {
  const Scenario a = small();
  EXPECT_EQ(a.sha256.size(), 64U);
  EXPECT_EQ(a.sha256, small().sha256);
  EXPECT_NE(a.sha256, small({"workload.rate=2k/s"}).sha256);
}

TEST(Load, TheSeedIsNotPartOfTheHashButOfTheText) {
  LoadOptions options;
  options.seed = 99;
  const Loaded other = load_text(kSmall, "small.json", options);
  ASSERT_TRUE(other.scenario);
  EXPECT_EQ(other.scenario->seed, 99U);
  EXPECT_EQ(other.scenario->sha256, small().sha256);
  EXPECT_THAT(other.scenario->effective_json, HasSubstr("\"seed\":99"));
}

TEST(Load, TheEffectiveTextGivesTheSameScenarioAgain) {
  const Loaded loaded = load_file(scenario_path("orders/acks-1"));
  ASSERT_TRUE(loaded.scenario);
  const Loaded again = load_text(loaded.scenario->effective_json, "again.json");
  ASSERT_TRUE(again.scenario) << all_texts(again);
  EXPECT_EQ(again.scenario->sha256, loaded.scenario->sha256);
  EXPECT_EQ(again.scenario->effective_json, loaded.scenario->effective_json);
}

TEST(Load, AProbeHasItsRateAndNoFaults) {
  const Loaded loaded = load_file(scenario_path("orders/broker-failure"));
  ASSERT_TRUE(loaded.scenario);
  const Knee& knee = loaded.scenario->knees[0];
  const Scenario probe = at_rate(*loaded.scenario, knee, 80'000);
  EXPECT_EQ(probe.workloads[0].rate, 80'000);
  EXPECT_EQ(probe.duration, knee.duration);
  EXPECT_EQ(probe.warmup, knee.warmup);
  EXPECT_TRUE(probe.faults.empty());
  EXPECT_TRUE(probe.slos.empty());
}

TEST(Load, AnOverrideIsNamedInItsErrors) {
  const Loaded loaded = load_small({"workload.rate=-5/s"});
  ASSERT_EQ(loaded.diagnostics.size(), 1U) << all_texts(loaded);
  EXPECT_EQ(loaded.diagnostics[0].file, "--set workload.rate=-5/s");
  EXPECT_EQ(loaded.diagnostics[0].pointer, "/workload/0/rate");
  EXPECT_EQ(loaded.diagnostics[0].line, 0);
}

TEST(Load, AScenarioSaysWhichFailuresItIsThereToShow) {
  const Loaded loaded = load_small(
      {R"(meant_to_fail={"slos": ["lost == 0"], "invariants": ["log/lost-write"], "why": "x"})"});
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  EXPECT_EQ(loaded.scenario->meant_to_fail, (MeantToFail{{"log/lost-write"}, {"lost == 0"}, "x"}));
}

TEST(Load, WhatIsMeantToFailStandsAmongTheObjectives) {
  const std::string unknown =
      all_texts(load_small({R"(meant_to_fail={"slos": ["lost = 0"], "why": "x"})"}));
  EXPECT_NE(unknown.find("unknown objective \"lost = 0\"; did you mean \"lost == 0\"?"),
            std::string::npos)
      << unknown;
  EXPECT_NE(all_texts(load_small({R"(meant_to_fail={"why": "x"})"}))
                .find("it does not say what is to fail"),
            std::string::npos);
  EXPECT_FALSE(load_small({R"(meant_to_fail={"slos": ["lost == 0"]})"}).scenario) << "why?";
}

TEST(Load, EveryTemplateIsAScenarioWhereverItIsPut) {
  for (const Template& it : all_templates()) {
    const Loaded loaded = load_text(text_to_start_from(it), "/nowhere/mine.json");
    EXPECT_TRUE(loaded.scenario) << it.name << "\n" << all_texts(loaded);
  }
}

TEST(Load, EveryTemplateCanNameTheSchema) {
  for (const Template& it : all_templates()) {
    const std::string text = with_schema(text_to_start_from(it), "../wavetank.schema.json");
    EXPECT_NE(text.find("{\n  \"$schema\": \"../wavetank.schema.json\",\n"), std::string::npos)
        << text;
    const Loaded loaded = load_text(text, "/nowhere/mine.json");
    EXPECT_TRUE(loaded.scenario) << it.name << "\n" << all_texts(loaded);
  }
}

TEST(Load, AScenarioCanExtendOneThatComesWithTheProgram) {
  const Loaded loaded = load_text(
      R"({"extends": "template:log/acks-1", "title": "mine", "meant_to_fail": null})", "mine.json");
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  EXPECT_FALSE(loaded.scenario->meant_to_fail);
  const std::string unknown = all_texts(load_text(R"({"extends": "template:log/ack-1"})", "x"));
  EXPECT_NE(unknown.find("no such scenario comes with the program"), std::string::npos) << unknown;
}

TEST(Load, SuggestsTheFileThatWasMeant) {
  const std::string text = all_texts(load_file(scenario_path("log/quickstrat")));
  EXPECT_NE(text.find("did you mean "), std::string::npos) << text;
  EXPECT_NE(text.find("log/quickstart.json?"), std::string::npos) << text;
}

TEST(Load, AnOverrideByNullRemoves) {
  EXPECT_TRUE(small({"faults=null"}).faults.empty());
}

TEST(Load, RefusesOverridesThatLeadNowhere) {
  EXPECT_THAT(refusal({"workload[7].rate=1k/s"}), HasSubstr("there is no element 7"));
  EXPECT_THAT(refusal({"rate"}), HasSubstr("a path and a value"));
  EXPECT_EQ(refusal({"workload.rat=1k/s"}), "unknown key \"rat\"; did you mean \"rate\"?");
}

TEST(Load, MakesAsManyTopicsAsCounted) {
  const auto topics =
      small({"services.log.topics.count=3", "workload.topic=events-2", "consumers=[]"}).log.topics;
  ASSERT_EQ(topics.size(), 3U);
  EXPECT_EQ(topics[0].name, "events-1");
  EXPECT_EQ(topics[2].name, "events-3");
  EXPECT_EQ(topics[2].replication, topics[0].replication);
}

TEST(Load, RefusesWhatDoesNotFit) {
  EXPECT_EQ(refusal({"services.log.topics.replication=4"}),
            "4 copies need as many brokers, and there are 3");
  EXPECT_EQ(refusal({"services.log.topics.replication=1"}),
            "2 replicas in sync can never be, with 1 copy");
  EXPECT_EQ(refusal({"faults[0].crash=broker-9"}),
            "unknown host \"broker-9\"; did you mean "
            "\"broker-1\"?");
  EXPECT_EQ(refusal({"faults[0].crash=broker"}), "\"broker\" is a group of hosts");
  EXPECT_EQ(refusal({"workload.rate=0/s"}), "\"0/s\" is too little");
  EXPECT_EQ(refusal({"warmup=20s"}), "a warm-up of 20s leaves nothing of the duration of 20s");
  EXPECT_EQ(refusal({"workload.producer.idempotent=true", "workload.producer.acks=1"}),
            "an idempotent producer needs acks \"all\"");
  EXPECT_EQ(refusal({"workload.producer.idempotent=true", "workload.producer.max_in_flight=6"}),
            "a broker remembers five batches of an idempotent producer, no more");
  EXPECT_EQ(refusal({"faults[0].at=30s"}), "it would begin at 30s, when the run is over");
  EXPECT_EQ(refusal({"workload.start=30s"}), "it would begin at 30s, when the run is over");
  EXPECT_EQ(refusal({R"(services.coordination={"servers":"broker[*]"})",
                     R"(clients=[{"name":"c","on":"client[*]","start":"30s"}])"}),
            "it would begin at 30s, when the run is over");
  EXPECT_EQ(refusal({"faults[0].for=1h"}), "it would last until 3605s, and the run ends at 20s");
  EXPECT_EQ(refusal({"consumers=[]", R"(slos=["e2e.p99 < 1s"])"}),
            "e2e needs consumers, and there are none");
  EXPECT_EQ(refusal({"faults=[]", R"(slos=["recovery < 60s"])"}),
            "\"recovery < 60s\" speaks of a fault, and there is none");
  EXPECT_EQ(refusal({"workload.topic=event"}), "unknown topic \"event\"; did you mean \"events\"?");
  EXPECT_EQ(refusal({"workload.model=order-lifecycle", "workload.record_bytes=1kB"}),
            "\"record_bytes\" belongs to the model \"fixed\"");
  EXPECT_EQ(refusal({R"(faults=[{"at":"3s","crash":"broker-1"},{"at":"5s","crash":"broker-1"}])"}),
            "broker-1 is already down by fault 1 of the list");
}

TEST(Load, RefusesMoreThanItsLimitsAndNamesThem) {
  EXPECT_THAT(refusal({"services.log.topics.partitions=9999999"}), HasSubstr("whole number"));
  const auto limits_named = [](std::vector<std::string> overrides, const char* limit) {
    const Loaded loaded = load_small(std::move(overrides));
    EXPECT_FALSE(loaded.scenario);
    EXPECT_THAT(all_texts(loaded), HasSubstr(fmt::format("(limit {})", limit)));
  };
  limits_named({"services.log.topics.partitions=200000"}, "partitions");
  limits_named({"services.log.topics.count=200000"}, "partitions");
  limits_named({"services.log.topics.partitions=100000"}, "replicas");
  limits_named({"cluster.hosts[2].count=5000"}, "hosts");
  limits_named({"workload.rate=100M/s"}, "records");
  limits_named({"workload.rate=1M/s", "workload.record_bytes=100kB"}, "bytes of memory");
  limits_named({"workload.producers=2000"}, "producers");
  limits_named({"duration=10 weeks"}, "duration");
}

TEST(Load, WarnsWhereTheHardwareCannotCarryTheLoad) {
  const Loaded loaded = load_small({"workload.rate=2M/s"});
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  ASSERT_FALSE(loaded.diagnostics.empty());
  EXPECT_EQ(loaded.diagnostics[0].level, Level::warning);
  EXPECT_THAT(loaded.diagnostics[0].message, HasSubstr("utilisation"));
}

TEST(Load, WarnsWhereTheWarmUpEndsBeforeReadersHaveJoined) {
  const auto warned = [](const std::vector<std::string>& overrides) {
    const Loaded loaded = load_small(overrides);
    EXPECT_TRUE(loaded.scenario) << all_texts(loaded);
    return all_texts(loaded);
  };
  const std::string joins = "services.log.broker_settings.groups.initial_rebalance_delay=3s";
  EXPECT_THAT(warned({joins}), HasSubstr("group \"readers\" reads from 3s on"));
  EXPECT_THAT(warned({joins, "consumers.start=1s", "warmup=4s"}), HasSubstr("reads from 4s on"));
  EXPECT_EQ(warned({joins, "warmup=4s"}), "");
  EXPECT_EQ(warned({joins, "consumers.start=6s"}), "") << "whoever comes late is meant to";
  EXPECT_EQ(warned({joins, "faults=[]"}), "") << "nothing is lost that does not join";
  EXPECT_THAT(warned({joins, "faults=[]", "slos=[\"e2e.p99 < 1s\"]"}), HasSubstr("reads from"));
}

TEST(Load, WarnsOfSparingWhereNothingWouldBeLost) {
  const auto warned = [](const std::string& fault) {
    const Loaded loaded = load_small(
        {R"(faults=[{"at": "1s", "for": "1s", "spares_last_copy": true, )" + fault + "}]"});
    EXPECT_TRUE(loaded.scenario) << all_texts(loaded);
    return all_texts(loaded);
  };
  EXPECT_THAT(warned(R"("crash": "broker-1", "unsynced": "kept")"), HasSubstr("loses nothing"));
  EXPECT_THAT(warned(R"("zone_loss": "eu-1", "of": "network")"), HasSubstr("loses nothing"));
  EXPECT_THAT(warned(R"("crash": "client-1")"), HasSubstr("no broker is struck"));
  EXPECT_THAT(warned(R"("crash": "broker-1")"), testing::Not(HasSubstr("it changes nothing")));
}

TEST(Load, SaysWhenAFileCannotBeRead) {
  const Loaded missing = load_file("no/such/file.json");
  EXPECT_TRUE(missing.unreadable);
  ASSERT_EQ(missing.diagnostics.size(), 1U);
  EXPECT_THAT(missing.diagnostics[0].message, HasSubstr("No such file"));
  EXPECT_TRUE(load_file(WAVETANK_SOURCE_DIR).unreadable);
  const Loaded base = load_text(R"({"extends": "nowhere.json"})", "x.json");
  EXPECT_TRUE(base.unreadable);
  EXPECT_EQ(base.diagnostics[0].line, 1);
}

TEST(Load, AFaultThatRepeatsIsManyEachAtItsTime) {
  const Scenario scenario = small({R"(faults=[{ "at": "5s", "crash": "broker-2", "for": "1s",
                    "repeat": { "times": 4, "every": "3s", "spread": "500ms" } }])"});
  ASSERT_EQ(scenario.faults.size(), 4U);
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const Time earliest = Time() + seconds(5) + seconds(3) * static_cast<std::int64_t>(i);
    EXPECT_GE(scenario.faults[i].at, earliest);
    EXPECT_LT(scenario.faults[i].at, earliest + milliseconds(500));
    EXPECT_EQ(scenario.faults[i].lasts, seconds(1));
    EXPECT_FALSE(scenario.faults[i].repeat);
  }
  EXPECT_NE(scenario.faults[0].at - Time(), seconds(5)) << "spread";
}

TEST(Load, TheLeaderMayBeAnyServerOfTheService) {
  const Loaded loaded = load_text(R"({
    "title": "kv", "duration": "20s", "warmup": "2s",
    "cluster": { "hosts": [{ "name": "server", "count": 3, "type": "m5.large" },
                           { "name": "client", "type": "m5.large" }] },
    "services": { "kv": { "servers": "server[*]" } },
    "kv_clients": [{ "name": "load", "on": "client" }],
    "faults": [{ "at": "5s", "pause": "kv: leader", "for": "4s" }] })",
                                  "kv.json", {});
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  const Selector& struck = std::get<Pause>(loaded.scenario->faults[0].action).hosts;
  EXPECT_EQ(struck.role->part, Part::kv_leader);
  EXPECT_THAT(struck.hosts, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace wavetank::scenarios
