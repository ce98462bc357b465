#include <variant>

#include "tests/import/imported.h"

namespace wavetank::scenarios {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Three brokers, a controller and two clients, for a minute.
constexpr const char* kGround = R"({
  "title": "Ground", "duration": "60s", "warmup": "5s",
  "cluster": { "hosts": [ { "name": "broker", "count": 3, "type": "m5.large" },
                          { "name": "controller", "type": "m5.large" },
                          { "name": "client", "count": 2, "type": "m5.large" } ] },
  "services": { "log": { "brokers": "broker[*]", "controller": "controller",
                         "topics": [ { "name": "events", "partitions": 3, "replication": 3 } ] } },
  "workload": [ { "name": "load", "topic": "events", "on": "client-1", "rate": "100/s" } ],
  "consumers": [ { "group": "readers", "topic": "events", "on": "client-2" } ],
  "faults": [ { "at": "50s", "pause": "client-2", "for": "1s" } ]
})";

Imported import(Dialect dialect, const std::string& text, ImportOptions options = {}) {
  const Loaded ground = load_text(kGround, "ground.json");
  EXPECT_TRUE(ground.scenario);
  return import_faults(dialect, {{ImportSource{"chaos.yaml", text}}}, *ground.scenario, options);
}

/// The faults behind the ground's own.
std::vector<Fault> faults_of(const Imported& imported) {
  const Scenario scenario = loaded(imported);
  EXPECT_FALSE(scenario.faults.empty());
  return scenario.faults.empty()
             ? scenario.faults
             : std::vector<Fault>(scenario.faults.begin() + 1, scenario.faults.end());
}

template <class Action>
const Action& as(const Fault& fault) {
  return std::get<Action>(fault.action);
}

ImportOptions kafka_is_the_brokers() {
  ImportOptions options;
  options.hosts["app=kafka"] = "broker[*]";
  options.hosts["kafka"] = "broker[*]";
  options.at = seconds(10);
  return options;
}

// ------------------------------------------------------------------------------------- Chaos Mesh

Imported mesh(const std::string& text) {
  return import(Dialect::chaosmesh, text, kafka_is_the_brokers());
}

/// A document of this kind upon all pods of app=kafka.
std::string chaos(const std::string& kind, const std::string& spec) {
  return "apiVersion: chaos-mesh.org/v1alpha1\nkind: " + kind +
         "\nmetadata:\n  name: a-test\n  namespace: chaos-testing\nspec:\n  mode: all\n"
         "  selector:\n    namespaces: [streaming]\n    labelSelectors:\n      app: kafka\n" +
         spec;
}

TEST(ImportChaosMesh, LaysFaultsBehindThoseOfTheScenario) {
  const Imported imported = mesh(chaos("PodChaos", "  action: pod-failure\n  duration: 30s\n"));
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].at, Time() + seconds(10));
  EXPECT_EQ(faults[0].lasts, seconds(30));
  EXPECT_EQ(as<ProcessKill>(faults[0]).hosts.text, "broker[1..3]");
  // Nothing is said but of the namespace.
  EXPECT_EQ(imported.notes.size(), 1u) << said(imported);
  EXPECT_THAT(said(imported), HasSubstr("9: /spec/selector/namespaces/0: not carried over"));
}

TEST(ImportChaosMesh, KillsPodsThatAreStartedAgain) {
  const Imported imported = mesh(
      "kind: PodChaos\nspec:\n  action: pod-kill\n  mode: one\n  gracePeriod: 5\n"
      "  selector:\n    labelSelectors: {app: kafka}\n");
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(as<ProcessKill>(faults[0]).hosts.text, "broker-1");
  EXPECT_EQ(faults[0].lasts, seconds(10));
  EXPECT_THAT(said(imported), HasSubstr("4: /spec/mode: carried over as something else: always "
                                        "broker-1"));
  EXPECT_THAT(said(imported), HasSubstr("5: /spec/gracePeriod: not carried over"));
}

TEST(ImportChaosMesh, KnowsPodsOfAStatefulSetByTheirNumbers) {
  const std::vector<Fault> faults =
      faults_of(mesh("kind: PodChaos\nspec:\n  action: pod-failure\n  mode: all\n  duration: 5s\n"
                     "  selector:\n    pods:\n      streaming: [kafka-2]\n"));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(as<ProcessKill>(faults[0]).hosts.text, "broker-3");
}

/// Pods killed for five seconds, by a selector in one line.
std::string failed_pods(const std::string& selector, const std::string& mode = "all") {
  return "kind: PodChaos\nspec:\n  action: pod-failure\n  mode: " + mode +
         "\n  duration: 5s\n  selector: " + selector + "\n";
}

TEST(ImportChaosMesh, StrikesAllPodsThatAreNamed) {
  const std::string pods = "{pods: {streaming: [broker-3, kafka-0], other: [controller]}}";
  const auto struck = [&](const std::string& mode) {
    return as<ProcessKill>(faults_of(mesh(failed_pods(pods, mode))).front()).hosts.text;
  };
  EXPECT_EQ(struck("all"), "broker-3, broker-1, controller");
  EXPECT_EQ(struck("one"), "broker-3");
  const Imported unknown = mesh(failed_pods("{pods: {streaming: [broker-1, broker-9]}}"));
  EXPECT_FALSE(unknown.scenario);
  EXPECT_THAT(said(unknown), HasSubstr("6: /spec/selector/pods/streaming/1: the scenario has no "
                                       "hosts called broker-9"));
  const Imported beside =
      mesh(failed_pods("{pods: {streaming: [broker-1]}, labelSelectors: {app: kafka}}"));
  EXPECT_EQ(as<ProcessKill>(faults_of(beside).front()).hosts.text, "broker-1");
  EXPECT_THAT(said(beside), HasSubstr("/spec/selector/labelSelectors: not carried over: pods are"));
}

TEST(ImportChaosMesh, StrikesWhomAllLabelsMean) {
  const std::string both = "{labelSelectors: {app: kafka, role: leader}}";
  const Imported unsaid = mesh(failed_pods(both));
  EXPECT_EQ(as<ProcessKill>(faults_of(unsaid).front()).hosts.text, "broker[1..3]");
  EXPECT_THAT(said(unsaid), HasSubstr("/spec/selector/labelSelectors/role: not carried over: the "
                                      "scenario has no hosts called role=leader, leader"));
  ImportOptions options = kafka_is_the_brokers();
  options.hosts["role=leader"] = "broker[2..3]";
  EXPECT_EQ(
      as<ProcessKill>(faults_of(import(Dialect::chaosmesh, failed_pods(both), options)).front())
          .hosts.text,
      "broker[2..3]");
  options.hosts["role=leader"] = "client-1";
  EXPECT_THAT(said(import(Dialect::chaosmesh, failed_pods(both), options)),
              HasSubstr("no host is app=kafka, role=leader at once"));
}

TEST(ImportChaosMesh, StrikesANamespaceIfNothingElseIsNamed) {
  ImportOptions options;
  options.hosts["streaming"] = "broker[*]";
  options.hosts["tools"] = "client-1";
  const std::string two = failed_pods("{namespaces: [streaming, tools]}");
  EXPECT_EQ(as<ProcessKill>(faults_of(import(Dialect::chaosmesh, two, options)).front()).hosts.text,
            "broker[1..3], client-1");
  options.hosts["app=kafka"] = "broker[*]";
  options.hosts["streaming"] = "broker-2";
  const std::string within = failed_pods("{namespaces: [streaming], labelSelectors: {app: kafka}}");
  EXPECT_EQ(
      as<ProcessKill>(faults_of(import(Dialect::chaosmesh, within, options)).front()).hosts.text,
      "broker-2");
  EXPECT_THAT(said(mesh(failed_pods("{namespaces: [a, b], labelSelectors: {app: kafka}}"))),
              HasSubstr("/spec/selector/namespaces: not carried over: of several namespaces"));
}

TEST(ImportChaosMesh, RefusesSelectorsThatAreNone) {
  const auto refused = [](const std::string& selector) {
    const Imported imported = mesh(failed_pods(selector));
    EXPECT_FALSE(imported.scenario) << selector;
    return said(imported);
  };
  EXPECT_THAT(refused("{pods: [broker-1]}"), HasSubstr("/spec/selector/pods: found a list"));
  EXPECT_THAT(refused("{pods: {streaming: [7]}}"), HasSubstr("/pods/streaming/0: found 7"));
  EXPECT_THAT(refused("{labelSelectors: {app: 7}}"), HasSubstr("/labelSelectors/app: found 7"));
  EXPECT_THAT(refused("{labelSelectors: app}"), HasSubstr("labelSelectors: found"));
  EXPECT_THAT(refused("{namespaces: streaming}"), HasSubstr("/namespaces: found"));
  EXPECT_THAT(refused("{}"), HasSubstr("it names nobody"));
}

TEST(ImportChaosMesh, SlowsEachKindOfMachineByItsOwnMeasure) {
  std::string ground = kGround;
  const std::string client = R"("client", "count": 2, "type": "m5.large")";
  ground.replace(ground.find(client), client.size(),
                 R"("client", "count": 2, "type": "m5.2xlarge")");
  const Loaded onto = load_text(ground, "ground.json");
  ASSERT_TRUE(onto.scenario);
  const Imported imported =
      import_faults(Dialect::chaosmesh,
                    {{ImportSource{"chaos.yaml",
                                   "kind: NetworkChaos\nspec:\n  action: bandwidth\n  mode: all\n"
                                   "  bandwidth: {rate: 1mbps}\n"
                                   "  selector: {pods: {a: [broker-1, client-2, broker-2]}}\n"}}},
                    *onto.scenario, {});
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<SlowLink>(faults[0]).hosts.text, "broker[1..2]");
  EXPECT_EQ(as<SlowLink>(faults[1]).hosts.text, "client-2");
  EXPECT_GT(as<SlowLink>(faults[1]).factor, as<SlowLink>(faults[0]).factor * 2);
}

TEST(ImportChaosMesh, StrikesAShareOfThem) {
  std::string some = chaos("PodChaos", "  action: pod-failure\n  duration: 5s\n  value: \"67\"\n");
  some.replace(some.find("mode: all"), 9, "mode: fixed-percent");
  EXPECT_EQ(as<ProcessKill>(faults_of(mesh(some)).front()).hosts.text, "broker[1..2]");
}

TEST(ImportChaosMesh, KeepsRoundTripsAsLong) {
  const Imported imported = mesh(
      chaos("NetworkChaos",
            "  action: delay\n  duration: 40s\n  delay:\n    latency: 90ms\n    correlation: '25'\n"
            "    jitter: 10ms\n"));
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Delay>(faults[0]).added + as<Jitter>(faults[1]).mean, milliseconds(45));
  EXPECT_THAT(said(imported), HasSubstr("half of the delay in each direction"));
  EXPECT_THAT(said(imported), HasSubstr("/spec/delay/correlation: not carried over"));
  const Imported both = mesh(chaos("NetworkChaos",
                                   "  action: delay\n  direction: both\n  delay:\n"
                                   "    latency: 90ms\n"));
  EXPECT_EQ(as<Delay>(faults_of(both).front()).added, milliseconds(90));
}

/// Of messages that were to take from 100 ms less to 100 ms more than the latency, as the case may
/// be.
std::vector<Fault> faults_of_jitter(const std::string& latency) {
  return faults_of(mesh(chaos(
      "NetworkChaos", "  action: delay\n  direction: both\n  delay:\n    latency: " + latency +
                          "\n    jitter: 100ms\n")));
}

TEST(ImportChaosMesh, KeepsTheMeanOfAnEvenDelay) {
  const std::vector<Fault> faults = faults_of_jitter("200ms");
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Delay>(faults[0]).added, milliseconds(150));
  EXPECT_EQ(as<Jitter>(faults[1]).mean, milliseconds(50));
  // From -50 to 150 ms, of which a quarter is nothing and the rest 75 ms on average.
  const std::vector<Fault> cut = faults_of_jitter("50ms");
  ASSERT_EQ(cut.size(), 2u);
  EXPECT_EQ(as<Delay>(cut[0]).added, microseconds(6'250));
  EXPECT_EQ(as<Jitter>(cut[1]).mean, milliseconds(50));
  // From -100 to 100 ms.
  const std::vector<Fault> none = faults_of_jitter("0ms");
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(as<Jitter>(none[0]).mean, milliseconds(25));
}

TEST(ImportChaosMesh, SaysWhatBecomesOfJitter) {
  const Imported imported = mesh(chaos("NetworkChaos",
                                       "  action: delay\n  direction: both\n  delay:\n"
                                       "    latency: 100ms\n    jitter: 50ms\n"));
  EXPECT_THAT(said(imported),
              HasSubstr("/spec/delay/jitter: carried over as something else: an exponential time "
                        "of mean 25ms after 75ms: 100ms on average"));
}

TEST(ImportChaosMesh, EndsFaultsWithTheRun) {
  const Imported imported = mesh(chaos("PodChaos", "  action: pod-failure\n  duration: 2h\n"));
  EXPECT_EQ(faults_of(imported).front().lasts, seconds(50));
  EXPECT_THAT(said(imported), HasSubstr("50s of 2h: then the run ends"));
  ImportOptions late = kafka_is_the_brokers();
  late.at = seconds(60);
  const Imported after = import(Dialect::chaosmesh,
                                chaos("PodChaos", "  action: pod-failure\n  duration: 1s\n"), late);
  EXPECT_FALSE(after.scenario);
  EXPECT_THAT(said(after), HasSubstr("it begins at 1min, and the run ends at 1min"));
}

TEST(ImportChaosMesh, PartsHostsInOneDirectionOrBoth) {
  const std::string target =
      "  target:\n    mode: all\n    selector:\n      labelSelectors: {app: controller}\n";
  const auto partition_of = [&](const std::string& direction) {
    return as<Partition>(
        faults_of(mesh(chaos("NetworkChaos", "  action: partition\n  direction: " + direction +
                                                 "\n  duration: 10s\n" + target)))
            .front());
  };
  EXPECT_EQ(partition_of("to").side.text, "broker[1..3]");
  EXPECT_EQ(partition_of("to").from.text, "controller");
  EXPECT_TRUE(partition_of("to").one_way);
  EXPECT_EQ(partition_of("from").side.text, "controller");
  EXPECT_FALSE(partition_of("both").one_way);
  const std::vector<Fault> alone =
      faults_of(mesh(chaos("NetworkChaos", "  action: partition\n  duration: 10s\n")));
  EXPECT_EQ(as<Loss>(alone.front()).share, 1);
}

TEST(ImportChaosMesh, LosesAndSlowsWhatTheNetworkCarries) {
  EXPECT_EQ(
      as<Loss>(
          faults_of(mesh(chaos("NetworkChaos", "  action: loss\n  loss: {loss: '25'}\n"))).front())
          .share,
      0.25);
  EXPECT_EQ(as<Loss>(faults_of(mesh(chaos("NetworkChaos",
                                          "  action: corrupt\n  corrupt: {corrupt: '40'}\n")))
                         .front())
                .share,
            0.4);
  // An m5.large carries 0.75 Gbit/s; tc's "mbps" are megabytes.
  EXPECT_NEAR(
      as<SlowLink>(faults_of(mesh(chaos("NetworkChaos",
                                        "  action: bandwidth\n"
                                        "  bandwidth: {rate: 1mbps, limit: 2, buffer: 1}\n")))
                       .front())
          .factor,
      93.75, 1);
}

TEST(ImportChaosMesh, TurnsDisksAndClocks) {
  const auto first = [](const std::string& kind, const std::string& spec) {
    return faults_of(mesh(chaos(kind, spec))).front();
  };
  EXPECT_EQ(kind(first("IOChaos", "  action: fault\n  errno: 28\n  duration: 5s\n").action),
            "disk_full");
  EXPECT_EQ(kind(first("IOChaos", "  action: fault\n  errno: 5\n  duration: 5s\n").action),
            "failed_fsync");
  EXPECT_GT(as<SlowDisk>(first("IOChaos", "  action: latency\n  delay: 100ms\n  path: /data/**\n"))
                .factor,
            2);
  EXPECT_EQ(kind(first("IOChaos", "  action: mistake\n  mistake: {maxLength: 8}\n").action),
            "bit_rot");
  const Fault clock = first("TimeChaos", "  timeOffset: -10m100ns\n  duration: 10s\n");
  EXPECT_EQ(as<ClockStep>(clock).by, Duration() - seconds(600) - nanoseconds(100));
}

/// A schedule of killed processes that come back after their duration.
std::string schedule(const std::string& when, const std::string& duration) {
  return "kind: Schedule\nspec:\n  schedule: '" + when +
         "'\n  historyLimit: 2\n  concurrencyPolicy: Forbid\n  type: PodChaos\n  podChaos:\n"
         "    action: pod-failure\n    mode: one\n    duration: " +
         duration + "\n    selector: {labelSelectors: {app: kafka}}\n";
}
/// How often the fault comes, that the ground ends at 60 s and this begins at 10 s.
std::size_t times(const Imported& imported) {
  return faults_of(imported).size();
}

TEST(ImportChaosMesh, FollowsASchedule) {
  const Imported every = mesh(schedule("@every 12s", "5s"));
  const std::vector<Fault> faults = faults_of(every);
  ASSERT_EQ(faults.size(), 4u) << said(every);
  EXPECT_EQ(faults[3].at, Time() + seconds(10 + 3 * 12));
  EXPECT_EQ(faults[3].lasts, seconds(5));
  EXPECT_THAT(said(every), Not(HasSubstr("Schedule")));
  // Two documents: the second is none of the schedule.
  EXPECT_EQ(times(mesh(schedule("@every 12s", "5s") + "---\n" +
                       chaos("TimeChaos", "  timeOffset: 1s\n  duration: 5s\n"))),
            5u);
}

TEST(ImportChaosMesh, SaysWhyAScheduleStrikesOnce) {
  const auto once = [](const std::string& when, const std::string& duration) {
    const Imported imported = mesh(schedule(when, duration));
    EXPECT_EQ(times(imported), 1u) << said(imported);
    return said(imported);
  };
  EXPECT_THAT(once("@every 5s", "5s"), HasSubstr("once: it lasts 5s, and would come again"));
  EXPECT_THAT(once("*/2 * * * *", "5s"), HasSubstr("once: the run ends before it comes again, "
                                                   "every 2min"));
  EXPECT_THAT(once("30 */6 * * *", "5s"), HasSubstr("every 6h"));
  EXPECT_THAT(once("30 4 * * *", "5s"), HasSubstr("every 24h"));
  for (const char* odd : {"5 4 * * sun", "5/2 * * * *", "*/0 * * * *", "@every tomorrow", ""}) {
    EXPECT_THAT(once(odd, "5s"), HasSubstr("is none of @every")) << odd;
  }
}

TEST(ImportChaosMesh, SlowsProcessorsThatAreUnderStress) {
  const auto slowed = [](const std::string& cpu) {
    return as<SlowCpu>(
               faults_of(mesh(chaos("StressChaos", "  duration: 5s\n  stressors:\n    cpu: " + cpu +
                                                       "\n    memory: {size: 1GB}\n")))
                   .front())
        .factor;
  };
  // Of two processors, half of one; and never more than half of all.
  EXPECT_NEAR(slowed("{workers: 1, load: 50}"), 2 / 1.5, 1e-9);
  EXPECT_EQ(slowed("{workers: 8}"), 2);
  const Imported none = mesh(chaos("StressChaos", "  duration: 5s\n  stressors: {memory: {}}\n") +
                             "---\n" + chaos("PodChaos", "  action: pod-failure\n"));
  EXPECT_EQ(times(none), 1u) << "the pod's alone";
  EXPECT_THAT(said(none), HasSubstr("/spec/stressors/memory: not carried over: nothing here runs"));
}

TEST(ImportChaosMesh, SaysWhatItDoesNotKnow) {
  const std::string notes =
      said(mesh(chaos("PodChaos",
                      "  action: pod-failure\n  duration: 5s\n  scheduler: {cron: '@weekly'}\n"
                      "  remoteCluster: far\n") +
                "---\nkind: DNSChaos\nspec: {action: error}\n---\nkind: Schedule\n"
                "spec: {type: HTTPChaos, schedule: '@every 1s'}\n"));
  EXPECT_THAT(notes, HasSubstr("/spec/scheduler/cron: carried over as something else: once"));
  EXPECT_THAT(notes, HasSubstr("/spec/remoteCluster: not carried over"));
  EXPECT_THAT(notes, HasSubstr("nothing here is like a DNSChaos"));
  EXPECT_THAT(notes, HasSubstr("nothing here is like a HTTPChaos"));
}

TEST(ImportChaosMesh, AsksWhoIsMeantRatherThanGuess) {
  const Imported imported =
      import(Dialect::chaosmesh,
             "kind: PodChaos\nspec:\n  action: pod-kill\n  mode: one\n  selector:\n"
             "    labelSelectors: {app: zookeeper}\n");
  EXPECT_FALSE(imported.scenario);
  ASSERT_FALSE(imported.notes.empty());
  EXPECT_THAT(said(imported), HasSubstr("the scenario has no hosts called app=zookeeper"));
  EXPECT_THAT(imported.notes[0].expected,
              HasSubstr("--map 'app=zookeeper=HOSTS', of broker[*], controller, client[*]"));
  ImportOptions wrong;
  wrong.hosts["kafka"] = "brokers[*]";
  EXPECT_THAT(said(import(Dialect::chaosmesh, "kind: Schedule\n", wrong)),
              HasSubstr("--map kafka=brokers[*]: the scenario has no hosts called brokers[*]"));
  ImportOptions shadowed;  // by hosts that the scenario has under the same name
  shadowed.hosts["broker"] = "nobody";
  EXPECT_FALSE(import(Dialect::chaosmesh, "kind: Schedule\n", shadowed).scenario);
}

TEST(ImportChaosMesh, RefusesWhatIsWrongWithItsPlace) {
  const auto refused = [](const std::string& text) {
    const Imported imported = mesh(text);
    EXPECT_FALSE(imported.scenario) << text;
    return said(imported);
  };
  EXPECT_THAT(refused(chaos("PodChaos", "  action: pod-failure\n  duration: soon\n")),
              HasSubstr("13: /spec/duration: found \"soon\""));
  EXPECT_THAT(refused(chaos("PodChaos", "  action: pod-failure\n  duration: 0s\n")),
              HasSubstr("it lasts no time"));
  EXPECT_THAT(refused(chaos("NetworkChaos", "  action: loss\n  loss: {loss: '250'}\n")),
              HasSubstr("/spec/loss/loss: found \"250\""));
  EXPECT_THAT(refused(chaos("NetworkChaos", "  action: delay\n  delay: {latency: -5ms}\n")),
              HasSubstr("/spec/delay/latency: found -5ms"));
  EXPECT_THAT(refused("kind: PodChaos\nspec: 7\n"), HasSubstr("2: /spec: found a whole number"));
  EXPECT_THAT(refused("kind: [PodChaos\n"), HasSubstr("not YAML"));
  EXPECT_THAT(refused(""), HasSubstr("there is nothing in it"));
}

// ------------------------------------------------------------------------------------- Toxiproxy

TEST(ImportToxiproxy, TurnsToxicsIntoFaults) {
  const Imported imported = import(Dialect::toxiproxy, R"([
    { "name": "kafka", "listen": "[::]:19092", "upstream": "broker-2:9092", "enabled": true,
      "toxics": [
        { "name": "slow", "type": "latency", "stream": "downstream", "toxicity": 1,
          "attributes": { "latency": 100, "jitter": 20 } },
        { "name": "thin", "type": "bandwidth", "attributes": { "rate": 1000 } },
        { "name": "odd", "type": "slicer", "attributes": { "average_size": 64 } } ] },
    { "name": "controller", "listen": "[::]:1", "upstream": "localhost:2", "enabled": false }
  ])",
                                   [] {
                                     ImportOptions options;
                                     options.at = seconds(10);
                                     options.lasts = seconds(5);
                                     return options;
                                   }());
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 4u);
  EXPECT_EQ(as<Delay>(faults[0]).hosts.text, "broker-2");  // the proxy stands before it
  EXPECT_EQ(as<Delay>(faults[0]).added, milliseconds(45));
  EXPECT_EQ(as<Jitter>(faults[1]).mean, milliseconds(5));
  EXPECT_NEAR(as<SlowLink>(faults[2]).factor, 93.75, 1);
  EXPECT_EQ(as<Loss>(faults[3]).hosts.text, "controller");
  EXPECT_EQ(faults[3].lasts, seconds(5));
  EXPECT_THAT(said(imported),
              HasSubstr("/0/toxics/0/attributes/jitter: carried over as something"));
  EXPECT_THAT(said(imported), HasSubstr("nothing here is like the toxic slicer"));
  EXPECT_THAT(said(imported), HasSubstr("/0/toxics/2/attributes/average_size: not carried over"));
}

TEST(ImportToxiproxy, SaysWhoIsMeantWhereAProxyAndItsUpstreamAreOthers) {
  ImportOptions options;
  options.hosts["kafka"] = "broker-1";
  const Imported imported = import(Dialect::toxiproxy, R"([
    { "name": "kafka", "upstream": "broker-2:9092", "enabled": false }])",
                                   options);
  EXPECT_EQ(as<Loss>(faults_of(imported).front()).hosts.text, "broker-1");
  EXPECT_THAT(said(imported),
              HasSubstr("/0: not carried over: broker-2 would be broker-2: it is broker-1"));
}

TEST(ImportToxiproxy, SaysThatAProxyWithoutToxicsDoesNothing) {
  const Imported imported =
      import(Dialect::toxiproxy, R"([{"name": "x", "listen": "a:1", "upstream": "b:1"}])");
  EXPECT_TRUE(faults_of(imported).empty());
  EXPECT_THAT(said(imported), HasSubstr("nothing happens"));
}

TEST(ImportToxiproxy, RefusesWhatIsWrongWithItsPlace) {
  EXPECT_THAT(said(import(Dialect::toxiproxy, "[{\"name\": \"broker\",")), HasSubstr("1: "));
  EXPECT_THAT(said(import(Dialect::toxiproxy, "7")), HasSubstr("found a whole number"));
  const Imported imported = import(Dialect::toxiproxy, R"([
    {"name": "broker", "toxics": [{"type": "latency", "attributes": {"latency": "NaN"}}]}])");
  EXPECT_FALSE(imported.scenario);
  EXPECT_THAT(said(imported), HasSubstr("2: /0/toxics/0/attributes/latency: found \"NaN\""));
}

// ------------------------------------------------------------------------------------- Chaos
// Toolkit

constexpr const char* kExperiment = R"({
  "version": "1.0.0", "title": "Do we survive?", "description": "A test", "tags": ["kafka"],
  "configuration": { "ns": "streaming" },
  "steady-state-hypothesis": { "title": "All is well", "probes": [] },
  "method": [
    { "type": "action", "name": "stop a machine", "pauses": { "after": 20 },
      "provider": { "type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances",
                    "arguments": { "instance_ids": ["broker-2"], "force": true } } },
    { "type": "probe", "name": "lag", "provider": { "type": "http", "url": "http://x" } },
    { "type": "action", "name": "kill a pod", "pauses": { "before": 5 },
      "provider": { "type": "python", "module": "chaosk8s.pod.actions", "func": "terminate_pods",
                    "arguments": { "label_selector": "app=client", "qty": 1, "rand": true } } },
    { "type": "action", "name": "by hand",
      "provider": { "type": "process", "path": "kubectl", "arguments": "drain node" } }
  ],
  "rollbacks": [
    { "type": "action", "name": "start it again",
      "provider": { "type": "python", "module": "chaosaws.ec2.actions", "func": "start_instances",
                    "arguments": { "instance_ids": ["broker-2"] } } }
  ]
})";

TEST(ImportChaosToolkit, FollowsTheMethodThroughItsPauses) {
  ImportOptions options;
  options.at = seconds(10);
  const Imported imported = import(Dialect::chaostoolkit, kExperiment, options);
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Crash>(faults[0]).hosts.text, "broker-2");
  EXPECT_EQ(faults[0].at, Time() + seconds(10));
  EXPECT_EQ(faults[0].lasts, seconds(25));  // until it is rolled back
  EXPECT_EQ(as<ProcessKill>(faults[1]).hosts.text, "client-1");
  EXPECT_EQ(faults[1].at, Time() + seconds(35));
}

TEST(ImportChaosToolkit, SaysWhatItCannotCarryOverWithItsLine) {
  const std::string notes = said(import(Dialect::chaostoolkit, kExperiment));
  EXPECT_THAT(notes, HasSubstr("9: /method/1: not carried over: a probe asks a real system"));
  EXPECT_THAT(notes, HasSubstr("13: /method/3: not carried over: a scenario calls no process"));
  EXPECT_THAT(notes, HasSubstr("3: /configuration: not carried over"));
  EXPECT_THAT(notes, HasSubstr("4: /steady-state-hypothesis: not carried over"));
  EXPECT_THAT(notes, HasSubstr("/method/2/provider/arguments/rand: not carried over"));
  EXPECT_THAT(notes, Not(HasSubstr("title")));
}

/// An action of a method, with a pause of three seconds behind it, or what else `more` says.
std::string act(const std::string& module, const std::string& name, const std::string& arguments,
                const std::string& more = "pauses: {after: 3}") {
  return "- type: action\n  name: " + name + "\n  " + more +
         "\n  provider: {type: python, module: " + module + ", func: " + name + ", arguments: {" +
         arguments + "}}\n";
}
std::string ec2(const std::string& name, const std::string& instances,
                const std::string& more = "pauses: {after: 3}") {
  return act("chaosaws.ec2.actions", name, "instance_ids: " + instances, more);
}
std::vector<Fault> faults_of_method(const std::string& method) {
  return faults_of(import(Dialect::chaostoolkit, "method:\n" + method));
}

TEST(ImportChaosToolkit, WaitsAsLongAsItsProbesDo) {
  const std::string probe =
      "- {type: probe, name: lag, pauses: {before: 1, after: 4}, provider: {type: http}}\n";
  const std::vector<Fault> faults =
      faults_of_method(ec2("restart_instances", "[broker-1]", "pauses: {}") + probe +
                       ec2("restart_instances", "[broker-2]", "pauses: {}"));
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[1].at - faults[0].at, seconds(5));
}

TEST(ImportChaosToolkit, DoesNotWaitForWhatIsInTheBackground) {
  const std::vector<Fault> faults = faults_of_method(
      ec2("restart_instances", "[broker-1]", "background: true\n  pauses: {before: 9}") +
      ec2("restart_instances", "[broker-2]"));
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].at - faults[1].at, seconds(9));
}

TEST(ImportChaosToolkit, DoesAgainWhatIsReferredTo) {
  ImportOptions options;
  options.restarts_after = seconds(1);
  const Imported imported =
      import(Dialect::chaostoolkit,
             "steady-state-hypothesis: {title: x, probes: [{type: probe, name: lag, pauses: "
             "{after: 2}}]}\n"
             "method:\n" +
                 ec2("restart_instances", "[broker-1]") + "- ref: lag\n- ref: restart_instances\n",
             options);
  const std::vector<Fault> faults = faults_of(imported);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Crash>(faults[1]).hosts.text, "broker-1");
  EXPECT_EQ(faults[1].at - faults[0].at, seconds(5));
  EXPECT_THAT(said(imported),
              HasSubstr("/steady-state-hypothesis/probes/0: not carried over: a probe"));
  EXPECT_THAT(said(import(Dialect::chaostoolkit, "method: [{ref: pizza}]")),
              HasSubstr("/method/0/ref: found \"pizza\""));
}

TEST(ImportChaosToolkit, StopsAllInstancesAndStartsThoseThatAreNamed) {
  const std::vector<Fault> faults = faults_of_method(
      ec2("stop_instances", "[broker-1, broker-3]") + ec2("start_instances", "[broker-3]") +
      ec2("start_instances", "[broker-2, broker-1]"));
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Crash>(faults[0]).hosts.text, "broker-1");
  EXPECT_EQ(faults[0].lasts, seconds(6));
  EXPECT_EQ(as<Crash>(faults[1]).hosts.text, "broker-3");
  EXPECT_EQ(faults[1].lasts, seconds(3));
  EXPECT_THAT(said(import(Dialect::chaostoolkit,
                          "method:\n" + ec2("stop_instances", "[broker-1, broker-9]"))),
              HasSubstr("/instance_ids/1: the scenario has no hosts called broker-9"));
  EXPECT_THAT(said(import(Dialect::chaostoolkit, "method:\n" + ec2("start_instances", "broker-1"))),
              HasSubstr("nothing has begun that it would end"));
}

TEST(ImportChaosToolkit, KillsPodsThatMeetAllConditions) {
  const auto killed = [](const std::string& arguments) {
    return import(Dialect::chaostoolkit,
                  "method:\n" + act("chaosk8s.pod.actions", "terminate_pods", arguments),
                  kafka_is_the_brokers());
  };
  const Imported imported = killed("label_selector: 'app=kafka,tier=broker-2', ns: streaming");
  EXPECT_EQ(as<ProcessKill>(faults_of(imported).front()).hosts.text, "broker-2");
  EXPECT_THAT(said(imported), HasSubstr("/arguments/ns: not carried over: the scenario has no"));
  EXPECT_THAT(said(killed("ns: streaming")), HasSubstr("no hosts called streaming"));
}

TEST(ImportChaosToolkit, KnowsToxicsByTheirProxiesToo) {
  const auto slow = [](const std::string& name, const std::string& proxy) {
    return act("chaostoxi.toxic.actions", name,
               "for_proxy: " + proxy + ", toxic_name: slow" +
                   (name == "delete_toxic" ? "" : ", latency: 9"));
  };
  const std::vector<Fault> faults = faults_of_method(
      slow("create_latency_toxic", "broker-1") + slow("create_latency_toxic", "broker-2") +
      slow("delete_toxic", "broker-2") + slow("delete_toxic", "broker-1"));
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].lasts, seconds(9));
  EXPECT_EQ(faults[1].lasts, seconds(3));
}

TEST(ImportChaosToolkit, LeavesOutToxicsOfNoConnection) {
  const Imported imported = import(
      Dialect::chaostoolkit,
      "method:\n" +
          act("chaostoxi.toxic.actions", "create_toxic",
              "for_proxy: broker-1, toxic_name: no, toxic_type: latency, toxicity: 0, "
              "attributes: {latency: 9}") +
          act("chaostoxi.toxic.actions", "delete_toxic", "for_proxy: broker-1, toxic_name: no"));
  EXPECT_TRUE(faults_of(imported).empty());
  EXPECT_THAT(said(imported), HasSubstr("its toxicity is 0"));
  EXPECT_THAT(said(imported), Not(HasSubstr("nothing has begun")));
}

TEST(ImportChaosToolkit, EndsToxicsWhereTheyAreDeleted) {
  const std::vector<Fault> faults = faults_of(import(
      Dialect::chaostoolkit,
      "method:\n" +
          act("chaostoxi.toxic.actions", "create_latency_toxic",
              "for_proxy: broker-1, toxic_name: slow, latency: 200, jitter: 0") +
          act("chaostoxi.toxic.actions", "delete_toxic", "for_proxy: broker-1, toxic_name: slow") +
          act("chaostoxi.proxy.actions", "disable_proxy", "proxy_name: broker-3") +
          act("chaostoxi.proxy.actions", "enable_proxy", "proxy_name: broker-3")));
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(as<Delay>(faults[0]).added, milliseconds(100));
  EXPECT_EQ(faults[0].lasts, seconds(3));
  EXPECT_EQ(as<Loss>(faults[1]).hosts.text, "broker-3");
  EXPECT_EQ(faults[1].at - faults[0].at, seconds(6));
  EXPECT_EQ(faults[1].lasts, seconds(3));
}

TEST(ImportChaosToolkit, RefusesWhatIsWrong) {
  EXPECT_THAT(said(import(Dialect::chaostoolkit, "{}")), HasSubstr("it has no method"));
  EXPECT_THAT(said(import(Dialect::chaostoolkit, "method: [{type: dance}]")),
              HasSubstr("found \"dance\""));
  EXPECT_THAT(said(import(Dialect::chaostoolkit, "method: 3")), HasSubstr("/method: found 3"));
}

}  // namespace
}  // namespace wavetank::scenarios
