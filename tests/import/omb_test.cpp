#include "tests/import/imported.h"

namespace wavetank::scenarios {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kWorkload = R"(name: 1 topic, 16 partitions, 1 KB

topics: 1
partitionsPerTopic: 16
keyDistributor: "NO_KEY"
messageSize: 1024
payloadFile: "payload/payload-1Kb.data"
subscriptionsPerTopic: 2
consumerPerSubscription: 3
producersPerTopic: 4
producerRate: 500
consumerBacklogSizeGB: 0
testDurationMinutes: 5
)";

constexpr const char* kDriver = R"(# Settings as they are published for a fault-tolerant log.
name: Kafka
driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver

replicationFactor: 3
reset: true

topicConfig: |
  min.insync.replicas=2
  flush.messages=1

commonConfig: |
  bootstrap.servers=10.0.0.1:9092
  request.timeout.ms=120000

producerConfig: |
  acks=all
  linger.ms=1
  # as great as it gets
  batch.size=1048576
  compression.type=gzip

consumerConfig: |
  auto.offset.reset=earliest
  enable.auto.commit=false
  max.partition.fetch.bytes=10485760
)";

Imported import(const std::vector<std::string>& texts, const ImportOptions& options = {}) {
  std::vector<ImportSource> sources;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    sources.push_back({"file" + std::to_string(i) + ".yaml", texts[i]});
  }
  return import_omb(sources, options);
}

TEST(ImportOmb, MakesALoadOfAWorkload) {
  const Scenario s = loaded(import({kWorkload, kDriver}));
  EXPECT_EQ(s.title, "1 topic, 16 partitions, 1 KB, on Kafka");
  EXPECT_EQ(s.duration, seconds(6 * 60));  // a minute of warm-up is the benchmark's default
  EXPECT_EQ(s.warmup, seconds(60));
  ASSERT_EQ(s.workloads.size(), 1u);
  EXPECT_EQ(s.workloads[0].rate, 500);
  EXPECT_EQ(s.workloads[0].producers, 4u);
  EXPECT_EQ(s.workloads[0].record_bytes.mean(), 1024);
  EXPECT_EQ(s.workloads[0].arrivals.spacing, models::Spacing::constant);
  ASSERT_EQ(s.consumers.size(), 2u);
  EXPECT_EQ(s.consumers[0].members, 3u);
}

TEST(ImportOmb, SetsTopicsAndClientsAsTheDriverDoes) {
  const Scenario s = loaded(import({kDriver, kWorkload}));
  ASSERT_EQ(s.log.topics.size(), 1u);
  EXPECT_EQ(s.log.topics[0].partitions, 16u);
  EXPECT_EQ(s.log.topics[0].replication, 3u);
  EXPECT_EQ(s.log.topics[0].min_insync, 2u);
  EXPECT_EQ(s.log.topics[0].flush_messages, 1u);
  const log::ProducerConfig& producer = s.workloads[0].producer;
  EXPECT_EQ(producer.acks, log::Acks::all);
  EXPECT_EQ(producer.linger, milliseconds(1));
  EXPECT_EQ(producer.batch_bytes, 1u << 20);
  EXPECT_EQ(producer.request_timeout, seconds(120));
  EXPECT_EQ(producer.delivery_timeout, milliseconds(120'001));  // as Kafka raises it
  EXPECT_EQ(producer.compression, log::Compression::zstd);
  EXPECT_EQ(producer.partitioning, log::Partitioning::sticky);
  EXPECT_EQ(s.consumers[0].consumer.max_partition_fetch_bytes, 10u << 20);
  EXPECT_EQ(s.consumers[0].consumer.request_timeout, seconds(120));
}

TEST(ImportOmb, SaysWhatItCannotCarryOverWithItsLine) {
  const std::string notes = said(import({kWorkload, kDriver}));
  EXPECT_THAT(notes, HasSubstr("7: /payloadFile: carried over as something else: random bytes"));
  EXPECT_THAT(notes,
              HasSubstr("13: /commonConfig/bootstrap.servers: not carried over: there is no"));
  EXPECT_THAT(notes, HasSubstr("21: /producerConfig/compression.type: carried over as something "
                               "else: zstd"));
  EXPECT_THAT(notes, HasSubstr("25: /consumerConfig/enable.auto.commit: not carried over"));
  EXPECT_THAT(notes, HasSubstr("6: /reset: not carried over"));
  EXPECT_THAT(notes, Not(HasSubstr("linger")));
  EXPECT_THAT(said(import({std::string(kWorkload) + "futureSetting: 7\n"})),
              HasSubstr("14: /futureSetting: not carried over"));
}

TEST(ImportOmb, SaysThatItShortensTheWarmUp) {
  const std::string text =
      "name: short\nmessageSize: 100\nproducerRate: 300\nwarmupDurationMinutes: 1\n"
      "testDurationMinutes: 1\n";
  const Imported imported = import({text});
  EXPECT_EQ(loaded(imported).warmup, seconds(24));
  EXPECT_THAT(said(imported), HasSubstr("4: /warmupDurationMinutes: carried over as something "
                                        "else: 24s of warm-up instead of 1min"));
  const std::string unwritten = text.substr(0, text.find("warmup")) + "testDurationMinutes: 1\n";
  EXPECT_THAT(said(import({unwritten})), HasSubstr("/warmupDurationMinutes: carried over as"));
  EXPECT_THAT(said(import({kWorkload})), Not(HasSubstr("warmup")));
}

TEST(ImportOmb, GivesConsumersTheTimeToJoinForWhichTheBenchmarkWaits) {
  const std::string none =
      "name: x\nmessageSize: 100\nproducerRate: 300\nsubscriptionsPerTopic: 1\n"
      "warmupDurationMinutes: 0\ntestDurationMinutes: 1\n";
  EXPECT_EQ(loaded(import({none})).warmup, seconds(5));
  EXPECT_THAT(said(import({none})),
              HasSubstr("5s of warm-up instead of 0s: the consumers join in it"));
  ImportOptions short_run;
  short_run.duration = seconds(6);
  EXPECT_EQ(loaded(import({none}, short_run)).warmup, seconds(3)) << "and half is measured";
}

TEST(ImportOmb, RefusesNamesThatMakeNoTitle) {
  const Imported imported = import({"name: " + std::string(990, 'x') + "\nproducerRate: 300\n"});
  EXPECT_FALSE(imported.scenario);
  EXPECT_THAT(said(imported), HasSubstr("/name: the names make a title that is too long"));
}

TEST(ImportOmb, HasATopicAWorkloadAndAGroupEach) {
  const Scenario s =
      loaded(import({"name: many\ntopics: 3\npartitionsPerTopic: 2\nmessageSize: 100\n"
                     "subscriptionsPerTopic: 1\nconsumerPerSubscription: 1\n"
                     "producersPerTopic: 1\nproducerRate: 300\n"
                     "keyDistributor: KEY_ROUND_ROBIN\ntestDurationMinutes: 1\n"}));
  EXPECT_EQ(s.log.topics.size(), 3u);
  ASSERT_EQ(s.workloads.size(), 3u);
  EXPECT_EQ(s.workloads[2].topic, "topic-3");
  EXPECT_EQ(s.workloads[2].rate, 100);
  EXPECT_EQ(s.workloads[2].producer.partitioning, log::Partitioning::hash);
  EXPECT_EQ(s.consumers.size(), 3u);
}

TEST(ImportOmb, ShortensWhatMemoryDoesNotHold) {
  std::string great = kWorkload;
  great.replace(great.find("producerRate: 500"), 17, "producerRate: 100000");
  const Imported imported = import({great, kDriver});
  const Scenario s = loaded(imported);
  EXPECT_EQ(s.duration, seconds(19));
  EXPECT_EQ(s.warmup, seconds(5));
  EXPECT_THAT(said(imported), HasSubstr("13: /testDurationMinutes: carried over as something else: "
                                        "19s of load, warm-up included, instead of 6min"));
  ImportOptions options;
  options.duration = seconds(12);
  EXPECT_EQ(loaded(import({great, kDriver}, options)).duration, seconds(12));
}

TEST(ImportOmb, AsksForTheGreatestRateByWords) {
  std::string search = kWorkload;
  search.replace(search.find("producerRate: 500"), 17, "producerRate: 0");
  const Imported imported = import({search});
  EXPECT_EQ(loaded(imported).workloads[0].rate, 10'000);
  EXPECT_THAT(said(imported), HasSubstr("/producerRate: carried over as something else: 10k/s"));
}

TEST(ImportOmb, CarriesTheLoadOfOtherDriversOver) {
  const Imported imported =
      import({kWorkload,
              "name: Pulsar\ndriverClass: io.openmessaging.benchmark.driver.pulsar.P\n"
              "client:\n  ioThreads: 8\n"});
  EXPECT_THAT(said(imported), HasSubstr("/driverClass: carried over as something else"));
  EXPECT_THAT(said(imported), HasSubstr("3: /client: not carried over"));
  EXPECT_EQ(loaded(imported).workloads.size(), 1u);
}

TEST(ImportOmb, RefusesWhatIsWrongWithItsPlace) {
  const auto refused = [](const std::string& text) {
    const Imported imported = import({text});
    EXPECT_FALSE(imported.scenario) << text;
    return said(imported);
  };
  EXPECT_THAT(refused("name: x\ntopics: many\n"), HasSubstr("2: /topics: found \"many\""));
  EXPECT_THAT(refused("name: x\ntopics: 0\n"), HasSubstr("2: /topics: found 0"));
  EXPECT_THAT(refused("name: x\nmessageSize: 1e99\n"), HasSubstr("2: /messageSize: found 1e+99"));
  EXPECT_THAT(refused("name: x\nproducerRate: -5\n"), HasSubstr("2: /producerRate: found -5"));
  EXPECT_THAT(refused("name: [x]\n"), HasSubstr("1: /name: found"));
  EXPECT_THAT(refused("name: x\nkeyDistributor: BY_HAND\n"), HasSubstr("found BY_HAND"));
  EXPECT_THAT(refused("- 1\n- 2\n"), HasSubstr("found a list"));
  EXPECT_THAT(refused(""), HasSubstr("there is nothing in it"));
  EXPECT_THAT(refused(std::string(kWorkload) + "---\n" + kWorkload),
              HasSubstr("second of its kind"));
  EXPECT_THAT(refused(kDriver), HasSubstr("there is no workload"));
  std::string driver = kDriver;
  driver.replace(driver.find("linger.ms=1"), 11, "linger.ms=x");
  const Imported imported = import({kWorkload, driver});
  EXPECT_FALSE(imported.scenario);
  EXPECT_THAT(said(imported), HasSubstr("18: /producerConfig/linger.ms: found x"));
}

}  // namespace
}  // namespace wavetank::scenarios
