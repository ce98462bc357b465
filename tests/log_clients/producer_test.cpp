#include "engine/log/client/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log_clients/fake_cluster.h"

namespace wavetank::log::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Handles = std::vector<RecordHandle>;

class Application final : public ProducerListener {
 public:
  struct Acknowledged {
    PartitionId partition;
    Offset base;
    Handles records;
  };
  struct Failed {
    Handles records;
    ErrorCode error;
    bool maybe_stored;
  };

  void on_batch_sent(PartitionId, std::span<const RecordHandle>, int attempt) override {
    attempts = std::max(attempts, attempt);
  }
  void on_acknowledged(PartitionId p, Offset base, std::span<const RecordHandle> records) override {
    acknowledged.push_back({p, base, {records.begin(), records.end()}});
    count += records.size();
    if (on_answer) {
      on_answer();
    }
  }
  void on_failed(PartitionId, std::span<const RecordHandle> records, ErrorCode error,
                 bool maybe_stored) override {
    failed.push_back({{records.begin(), records.end()}, error, maybe_stored});
  }

  std::vector<Acknowledged> acknowledged;
  std::vector<Failed> failed;
  std::function<void()> on_answer;
  std::size_t count = 0;  ///< records acknowledged
  int attempts = 0;
};

class ProducerTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPartitions = 6;

  ProducerTest() {
    config.linger = milliseconds(5);
    config.request_timeout = seconds(2);
    config.delivery_timeout = seconds(20);
  }

  void start() {
    host.add(kClient, [this] {
      return std::make_unique<Producer>(kClient, config, cluster.topology(), 0, application);
    });
    host.start(kClient);
    host.run_for(milliseconds(1));
  }
  Producer& producer() { return host.role<Producer>(kClient); }

  /// A key that goes to this partition.
  std::string key_of(std::uint32_t partition) {
    for (int i = 0;; ++i) {
      std::string key = std::to_string(i);
      if (producer().partition_of(as_bytes(key)) == PartitionId(partition)) {
        return key;
      }
    }
  }
  bool send(std::uint32_t partition, const std::string& value) {
    return send_with_key(key_of(partition), value);
  }
  bool send_with_key(const std::string& key, const std::string& value) {
    return producer().send(host.clock(), as_bytes(key), as_bytes(value), {}, next_handle++,
                           host.ports(kClient));
  }
  /// Sends a record and lets it linger out.
  void send_batch(std::uint32_t partition, const std::string& value) {
    ASSERT_TRUE(send(partition, value));
    host.run_for(config.linger);
  }
  void expect_nothing_pending() {
    EXPECT_EQ(producer().pending_records(), 0U);
    EXPECT_THAT(application.failed, IsEmpty());
  }

  wavetank::test::BareHost host;
  FakeCluster cluster{host, kPartitions};
  Application application;
  ProducerConfig config;
  RecordHandle next_handle = 1;
};

TEST_F(ProducerTest, RefusesRecordsUntilTheClusterIsKnown) {
  cluster.silent = {kBrokerA, kBrokerB, kBrokerC};
  start();
  EXPECT_FALSE(producer().can_accept(10));
  EXPECT_FALSE(send_with_key("key", "value"));
}

TEST_F(ProducerTest, AcknowledgesRecordsWithTheirOffsets) {
  start();
  cluster.store(1, {"earlier"});
  send(1, "a");
  send(1, "b");
  EXPECT_EQ(producer().pending_records(), 2U);
  host.run_for(seconds(1));
  ASSERT_THAT(application.acknowledged, SizeIs(1));
  EXPECT_EQ(application.acknowledged[0].partition, PartitionId(1));
  EXPECT_EQ(application.acknowledged[0].base, Offset(1));
  EXPECT_THAT(application.acknowledged[0].records, ElementsAre(1, 2));
  EXPECT_THAT(cluster.log(1).values(), ElementsAre("earlier", "a", "b"));
  expect_nothing_pending();
}

TEST_F(ProducerTest, ClosesABatchWhenItHasLingered) {
  start();
  send(0, "a");
  host.run_for(milliseconds(4));
  EXPECT_THAT(cluster.produced, IsEmpty());
  send(0, "b");
  host.run_for(milliseconds(1) + microseconds(100));
  ASSERT_THAT(cluster.produced, SizeIs(1));
  EXPECT_EQ(cluster.produced[0].batches[0].records, 2);
}

TEST_F(ProducerTest, SendsAtOnceWithoutLinger) {
  config.linger = Duration();
  start();
  send(0, "a");
  send(0, "b");  // in the same step: goes along
  host.run_for(microseconds(100));
  ASSERT_THAT(cluster.produced, SizeIs(1));
  EXPECT_EQ(cluster.produced[0].batches[0].records, 2);
}

TEST_F(ProducerTest, ClosesABatchWhenItIsFull) {
  config.linger = seconds(10);
  config.batch_bytes = 300;
  start();
  for (int i = 0; i < 3; ++i) {
    send(0, std::string(100, 'x'));
  }
  host.run_for(microseconds(100));
  ASSERT_THAT(cluster.produced, SizeIs(1));
  EXPECT_EQ(cluster.produced[0].batches[0].records, 2);
  EXPECT_LE(cluster.produced[0].batches[0].bytes.size(), 300U);
}

TEST_F(ProducerTest, CarriesTheBatchesOfManyPartitionsInOneRequest) {
  start();
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    send(p, "v");
  }
  host.run_for(milliseconds(10));
  ASSERT_THAT(cluster.produced, SizeIs(3));  // one for each broker
  for (const SeenProduce& request : cluster.produced) {
    EXPECT_THAT(request.batches, SizeIs(2));
  }
  expect_nothing_pending();
}

TEST_F(ProducerTest, KeepsARequestWithinItsGreatestSizeAndTakesPartitionsByTurns) {
  config.max_request_bytes = 400;
  start();
  send(0, std::string(200, 'x'));
  send(3, std::string(200, 'y'));
  host.run_for(seconds(1));
  ASSERT_THAT(cluster.produced, SizeIs(2));
  EXPECT_EQ(cluster.produced[0].batches[0].partition, PartitionId(0));
  EXPECT_EQ(cluster.produced[1].batches[0].partition, PartitionId(3));
}

TEST_F(ProducerTest, SendsNothingToABrokerThatHasToldItToKeepStill) {
  start();
  cluster.produce_throttles = {milliseconds(700)};
  send(0, "a");
  host.run_for(milliseconds(10));
  ASSERT_THAT(cluster.produced, SizeIs(1));
  const Time told = host.now();
  send(0, "b");
  send(1, "c");  // another broker's
  host.run_for(seconds(2));
  ASSERT_THAT(cluster.produced, SizeIs(3));
  EXPECT_EQ(cluster.produced[1].broker, kBrokerB);
  EXPECT_LT(cluster.produced[1].at - told, milliseconds(20));
  EXPECT_GT(cluster.produced[2].at - told, milliseconds(680));
  EXPECT_LT(cluster.produced[2].at - told, milliseconds(710));
  EXPECT_EQ(application.count, 3u);
}

TEST_F(ProducerTest, StampsRecordsWithTheWallClockInMilliseconds) {
  start();
  host.run_for(milliseconds(76));
  send(0, "a");
  host.run_for(seconds(1));
  const Result<BatchView> batch = BatchView::parse(cluster.produced[0].batches[0].bytes);
  EXPECT_EQ(batch->base_timestamp_ms(), 77);
}

TEST_F(ProducerTest, KeepsRequestsInFlightWithinTheBound) {
  config.max_in_flight = 2;
  cluster.hold_produce_answers = true;
  start();
  // Alternating partitions of one broker, so that only the connection's bound counts.
  for (int i = 0; i < 4; ++i) {
    send_batch(i % 2 == 0 ? 0 : 3, std::to_string(i));
  }
  host.run_for(milliseconds(1));
  EXPECT_THAT(cluster.produced, SizeIs(2));
  cluster.release_produce_answers();
  host.run_for(seconds(1));
  expect_nothing_pending();
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "2"));
}

TEST_F(ProducerTest, HasFiveBatchesOfAPartitionInFlightAtMost) {
  config.max_in_flight = 20;
  start();
  send_batch(0, "first");  // goes alone
  host.run_for(milliseconds(1));
  cluster.hold_produce_answers = true;
  for (int i = 0; i < 8; ++i) {
    send_batch(0, "v");
  }
  host.run_for(milliseconds(1));
  EXPECT_THAT(cluster.produced, SizeIs(1 + 5));
  cluster.release_produce_answers();
  host.run_for(seconds(1));
  expect_nothing_pending();
}

TEST_F(ProducerTest, SendsTheFirstBatchUnderAProducerIdAlone) {
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};
  cluster.hold_produce_answers = true;
  start();
  send_batch(0, "a");
  send_batch(0, "b");
  host.run_for(milliseconds(1));
  EXPECT_THAT(cluster.produced, SizeIs(1));
  cluster.release_produce_answers();
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a", "b"));
}

TEST_F(ProducerTest, NumbersBatchesOfAPartitionConsecutively) {
  start();
  send(0, "a");
  send(0, "b");
  host.run_for(milliseconds(20));
  send(0, "c");
  host.run_for(milliseconds(20));
  ASSERT_THAT(cluster.produced, SizeIs(2));
  EXPECT_EQ(cluster.produced[0].batches[0].producer, ProducerId(100));
  EXPECT_EQ(cluster.produced[0].batches[0].sequence, 0);
  EXPECT_EQ(cluster.produced[1].batches[0].sequence, 2);
}

TEST_F(ProducerTest, AsksAgainForAProducerIdThatWasRefused) {
  cluster.producer_id_errors = {ErrorCode::coordinator_loading, ErrorCode::request_timed_out};
  start();
  send(0, "a");
  host.run_for(milliseconds(150));
  EXPECT_THAT(cluster.produced, IsEmpty());
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
}

TEST_F(ProducerTest, KeepsOrderAndSequencesUnderRetries) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(1));
  cluster.hold_produce_answers = true;
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};
  for (int i = 1; i < 5; ++i) {
    send_batch(0, std::to_string(i));  // the first is refused, the others are out of order
  }
  cluster.release_produce_answers();
  host.run_for(seconds(2));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_EQ(cluster.producer_ids_given, 1);
  EXPECT_EQ(application.attempts, 2);
  expect_nothing_pending();
}

TEST_F(ProducerTest, RetriesABatchOnlyWhenThoseBeforeItAreSettled) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(1));
  cluster.hold_produce_answers = true;
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};
  for (int i = 1; i < 4; ++i) {
    send_batch(0, std::to_string(i));
  }
  host.run_for(milliseconds(1));
  cluster.release_produce_answers();
  cluster.produced.clear();
  cluster.hold_produce_answers = true;
  host.run_for(config.retry_backoff * 2);
  EXPECT_THAT(cluster.produced, SizeIs(1));
  cluster.release_produce_answers();
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "1", "2", "3"));
}

TEST_F(ProducerTest, NumbersAfreshOnlyWhenNothingIsInFlight) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(1));
  cluster.hold_produce_answers = true;
  cluster.produce_errors[0] = {ErrorCode::out_of_order_sequence};
  send_batch(0, "1");
  host.run_for(milliseconds(1));
  cluster.lose_produce_requests = 2;
  send_batch(0, "2");
  send_batch(0, "3");
  host.run_for(milliseconds(1));
  cluster.release_produce_answers();
  host.run_for(milliseconds(500));
  send_batch(0, "4");
  host.run_for(seconds(5));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "1", "2", "3", "4"));
  expect_nothing_pending();
}

TEST_F(ProducerTest, SendsTheSameBytesAgain) {
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};
  start();
  send_batch(0, "a");
  host.run_for(seconds(1));
  ASSERT_THAT(cluster.produced, SizeIs(2));
  EXPECT_EQ(cluster.produced[0].batches[0].bytes, cluster.produced[1].batches[0].bytes);
}

TEST_F(ProducerTest, WaitsForTheBackOffBeforeARetry) {
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};
  start();
  send_batch(0, "a");
  host.run_for(seconds(1));
  ASSERT_THAT(cluster.produced, SizeIs(2));
  EXPECT_GE(cluster.produced[1].at - cluster.produced[0].at, config.retry_backoff);
  EXPECT_LE(cluster.produced[1].at - cluster.produced[0].at,
            config.retry_backoff + milliseconds(1));
}

TEST_F(ProducerTest, CreatesNoDuplicateWhenAnAnswerIsLost) {
  cluster.lose_produce_answers = 1;
  start();
  send_batch(0, "a");
  host.run_for(seconds(5));
  EXPECT_THAT(cluster.produced, SizeIs(2));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  ASSERT_THAT(application.acknowledged, SizeIs(1));
  EXPECT_EQ(application.acknowledged[0].base, Offset(0));
}

TEST_F(ProducerTest, CreatesADuplicateWithoutIdempotenceWhenAnAnswerIsLost) {
  config.idempotent = false;
  cluster.lose_produce_answers = 1;
  start();
  send_batch(0, "a");
  host.run_for(seconds(5));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a", "a"));
  EXPECT_EQ(cluster.producer_ids_given, 0);
}

TEST_F(ProducerTest, CreatesNoDuplicateWhenAStoredBatchIsAnsweredWithAnError) {
  cluster.produce_errors_after_append[0] = {ErrorCode::not_enough_replicas_after_append};
  start();
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  expect_nothing_pending();
}

TEST_F(ProducerTest, FollowsALeaderThatHasMoved) {
  start();
  cluster.move_leader(0, kBrokerC);
  send_batch(0, "a");
  host.run_for(seconds(1));
  ASSERT_THAT(cluster.produced, SizeIs(2));
  EXPECT_EQ(cluster.produced[0].broker, kBrokerA);
  EXPECT_EQ(cluster.produced[1].broker, kBrokerC);
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
}

TEST_F(ProducerTest, DropsMetadataThatIsOlderThanWhatItKnows) {
  start();
  cluster.move_leader(0, kBrokerC);
  send_batch(0, "a");
  host.run_for(seconds(1));
  cluster.produced.clear();
  cluster.produce_errors[0] = {ErrorCode::not_enough_replicas};  // makes it ask for metadata
  cluster.stale_metadata = 1;
  send_batch(0, "b");
  host.run_for(seconds(2));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a", "b"));
  for (const SeenProduce& request : cluster.produced) {
    EXPECT_EQ(request.broker, kBrokerC);
  }
}

TEST_F(ProducerTest, RetriesAtTheNewLeaderWhenTheOldOneIsSilent) {
  start();
  cluster.silent = {kBrokerA};
  send_batch(0, "a");
  host.run_for(seconds(1));
  cluster.move_leader(0, kBrokerB);
  host.run_for(milliseconds(1500));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  EXPECT_EQ(cluster.produced.back().broker, kBrokerB);
  expect_nothing_pending();
}

TEST_F(ProducerTest, DoesNotAskASilentBrokerFirstForMetadata) {
  start();
  cluster.silent = {kBrokerA};
  send_batch(0, "a");
  host.run_for(config.request_timeout);
  const int asked = cluster.metadata_requests[kBrokerA];
  host.run_for(seconds(10));
  EXPECT_EQ(cluster.metadata_requests[kBrokerA], asked);
}

TEST_F(ProducerTest, RetriesAtOnceAfterAResetInsteadOfWaitingForTheTimeout) {
  start();
  cluster.hold_produce_answers = true;
  send_batch(0, "a");
  host.run_for(milliseconds(1));
  cluster.move_leader(0, kBrokerB);
  host.kill(kBrokerA);
  cluster.hold_produce_answers = false;
  host.run_for(config.retry_backoff * 2);
  EXPECT_EQ(cluster.produced.back().broker, kBrokerB);
  expect_nothing_pending();
}

TEST_F(ProducerTest, IgnoresAnAnswerThatComesAfterTheTimeout) {
  start();
  cluster.hold_produce_answers = true;
  send_batch(0, "a");
  host.run_for(config.request_timeout + milliseconds(10));
  cluster.release_produce_answers();
  host.run_for(milliseconds(10));
  EXPECT_THAT(application.acknowledged, IsEmpty());
  host.run_for(seconds(1));
  EXPECT_THAT(application.acknowledged, SizeIs(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
}

TEST_F(ProducerTest, TreatsAnAnswerThatMakesNoSenseAsALostConnection) {
  start();
  cluster.garbled_answers = 1;
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  expect_nothing_pending();
}

TEST_F(ProducerTest, KeepsRecordsOfAPartitionWithoutALeader) {
  cluster.move_leader(0, kNoNode);
  start();
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.produced, IsEmpty());
  cluster.move_leader(0, kBrokerA);
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
}

TEST_F(ProducerTest, LooksForALeaderThoughTheFirstRecordFillsItsBatch) {
  config.batch_bytes = 1;
  cluster.move_leader(0, kNoNode);
  start();
  send(0, "a");
  send(0, "b");
  cluster.move_leader(0, kBrokerA);
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a", "b"));
}

TEST_F(ProducerTest, FailsRecordsAtTheDeliveryTimeoutAndSaysThatTheyMayBeStored) {
  start();
  cluster.silent = {kBrokerA};
  send_batch(0, "a");
  host.run_for(config.delivery_timeout);
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_THAT(application.failed[0].records, ElementsAre(1));
  EXPECT_EQ(application.failed[0].error, ErrorCode::request_timed_out);
  EXPECT_TRUE(application.failed[0].maybe_stored);
  EXPECT_EQ(producer().pending_records(), 0U);
}

TEST_F(ProducerTest, CountsABatchInFlightAtTheDeliveryTimeoutAsMaybeStored) {
  config.delivery_timeout = seconds(1);
  start();
  cluster.hold_produce_answers = true;
  send_batch(0, "a");
  host.run_for(config.delivery_timeout);
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_TRUE(application.failed[0].maybe_stored);
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  cluster.release_produce_answers();
  host.run_for(seconds(1));
  EXPECT_THAT(application.acknowledged, IsEmpty());
}

TEST_F(ProducerTest, FailsRecordsThatWereNeverSentAsNotStored) {
  cluster.move_leader(0, kNoNode);
  start();
  send_batch(0, "a");
  host.run_for(config.delivery_timeout);
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_FALSE(application.failed[0].maybe_stored);
}

TEST_F(ProducerTest, FailsRecordsThatWereOnlyEverRefusedAsNotStored) {
  cluster.produce_errors[0] = std::deque<ErrorCode>(1000, ErrorCode::not_enough_replicas);
  start();
  send_batch(0, "a");
  host.run_for(config.delivery_timeout);
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_FALSE(application.failed[0].maybe_stored);
}

TEST_F(ProducerTest, GoesOnUnderANewProducerIdAfterABatchThatWasGivenUp) {
  start();
  cluster.lose_produce_requests = 1000;
  send_batch(0, "lost");
  host.run_for(config.delivery_timeout);
  ASSERT_THAT(application.failed, SizeIs(1));
  cluster.lose_produce_requests = 0;
  send_batch(0, "a");
  send_batch(0, "b");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a", "b"));
  EXPECT_EQ(cluster.producer_ids_given, 2);
}

TEST_F(ProducerTest, KeepsItsProducerIdWhenTheBatchThatWasGivenUpTurnsOutToBeStored) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(10));
  cluster.lose_produce_answers = 1000;
  send_batch(0, "a");
  host.run_for(seconds(10));
  send_batch(0, "b");
  host.run_for(config.delivery_timeout - seconds(10));
  ASSERT_THAT(application.failed, SizeIs(1));
  cluster.lose_produce_answers = 0;
  host.run_for(seconds(5));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "a", "b"));
  EXPECT_EQ(cluster.producer_ids_given, 1);
  EXPECT_THAT(application.failed, SizeIs(1));
  EXPECT_EQ(application.count, 2U);
}

TEST_F(ProducerTest, WritesBatchesBehindALostOneAgainUnderANewProducerId) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(10));
  cluster.lose_produce_requests = 1000;
  send_batch(0, "lost");
  host.run_for(seconds(10));
  send_batch(0, "a");  // sent once with a sequence behind the lost one
  host.run_for(config.delivery_timeout - seconds(10));
  ASSERT_THAT(application.failed, SizeIs(1));
  cluster.lose_produce_requests = 0;
  host.run_for(seconds(5));
  send_batch(0, "b");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "a", "b"));
  EXPECT_EQ(cluster.producer_ids_given, 2);
}

TEST_F(ProducerTest, NumbersAfreshWhenTheLogHasForgottenWhatItAcknowledged) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(10));
  cluster.produce_errors[0] = {ErrorCode::out_of_order_sequence};
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "a"));
  EXPECT_EQ(cluster.producer_ids_given, 2);
  EXPECT_EQ(cluster.produced.back().batches[0].sequence, 0);
  expect_nothing_pending();
}

TEST_F(ProducerTest, FailsABatchThatTheBrokerCallsCorruptAndGoesOn) {
  start();
  send_batch(0, "0");
  host.run_for(milliseconds(10));
  cluster.produce_errors[0] = {ErrorCode::corrupt_message};
  send_batch(0, "bad");
  host.run_for(milliseconds(10));
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_EQ(application.failed[0].error, ErrorCode::corrupt_message);
  EXPECT_FALSE(application.failed[0].maybe_stored);
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("0", "a"));
}

TEST_F(ProducerTest, FailsABatchOfAFencedProducerAndGoesOnUnderANewId) {
  start();
  cluster.produce_errors[0] = {ErrorCode::invalid_producer_epoch};
  send_batch(0, "fenced");
  host.run_for(milliseconds(10));
  ASSERT_THAT(application.failed, SizeIs(1));
  send_batch(0, "a");
  host.run_for(seconds(1));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  EXPECT_EQ(cluster.producer_ids_given, 2);
}

TEST_F(ProducerTest, LeavesOtherPartitionsUnderTheirProducerId) {
  start();
  cluster.produce_errors[0] = {ErrorCode::out_of_order_sequence};
  send(0, "a");
  send(3, "b");
  host.run_for(seconds(1));
  send_batch(3, "c");
  host.run_for(seconds(1));
  EXPECT_EQ(cluster.produced.back().batches[0].producer, ProducerId(100));
  EXPECT_EQ(cluster.produced.back().batches[0].sequence, 1);
}

TEST_F(ProducerTest, FailsOutOfOrderBatchesWithoutIdempotence) {
  config.idempotent = false;
  start();
  cluster.produce_errors[0] = {ErrorCode::out_of_order_sequence};
  send_batch(0, "a");
  host.run_for(seconds(1));
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_EQ(application.failed[0].error, ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerTest, RefusesRecordsWhenTheBufferIsFullAndSendsWhatItHas) {
  config.linger = seconds(5);
  config.buffer_bytes = 4 * 16384;
  cluster.hold_produce_answers = true;
  start();
  for (std::uint32_t p = 0; p < 4; ++p) {
    EXPECT_TRUE(send(p, "v"));
  }
  EXPECT_FALSE(producer().can_accept(10));
  EXPECT_FALSE(send(4, "v"));
  EXPECT_TRUE(send(3, "v")) << "an open batch has room without new memory";
  host.run_for(milliseconds(1));
  EXPECT_THAT(cluster.produced, SizeIs(3)) << "without waiting for linger";
  bool can_accept_when_told = false;
  application.on_answer = [&] { can_accept_when_told = producer().can_accept(10); };
  cluster.release_produce_answers();
  host.run_for(milliseconds(1));
  EXPECT_TRUE(can_accept_when_told);
  EXPECT_TRUE(send(4, "v"));
}

TEST_F(ProducerTest, FailsARecordThatCanNeverBeSent) {
  config.max_request_bytes = 1000;
  start();
  EXPECT_TRUE(producer().can_accept(2000));
  EXPECT_TRUE(send(0, std::string(2000, 'x')));
  ASSERT_THAT(application.failed, SizeIs(1));
  EXPECT_EQ(application.failed[0].error, ErrorCode::message_too_large);
  EXPECT_EQ(producer().pending_records(), 0U);
}

TEST_F(ProducerTest, SendsEverythingOnFlush) {
  config.linger = seconds(10);
  start();
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    send(p, "v");
  }
  producer().flush(host.clock(), host.ports(kClient));
  host.run_for(milliseconds(1));
  EXPECT_EQ(application.count, kPartitions);
}

TEST_F(ProducerTest, AcknowledgesAtOnceWithoutAcks) {
  config.acks = Acks::none;
  config.idempotent = false;
  start();
  send(0, "a");
  host.run_for(config.linger);
  ASSERT_THAT(application.acknowledged, SizeIs(1));
  EXPECT_EQ(application.acknowledged[0].base, Offset(-1));
  host.run_for(seconds(60));
  EXPECT_THAT(cluster.log(0).values(), ElementsAre("a"));
  EXPECT_THAT(cluster.produced, SizeIs(1));
}

TEST_F(ProducerTest, LetsTheApplicationSendFromAnAnswer) {
  start();
  int more = 20;
  application.on_answer = [&] {
    if (more-- > 0) {
      send(static_cast<std::uint32_t>(more) % kPartitions, "v");
    }
  };
  send(0, "v");
  host.run_for(seconds(1));
  EXPECT_EQ(application.count, 21U);
  expect_nothing_pending();
}

TEST_F(ProducerTest, StaysWithOnePartitionForABatchOfRecordsWithoutAKey) {
  config.batch_bytes = 1000;
  start();
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(send_with_key("", std::string(100, 'x')));
  }
  host.run_for(seconds(1));
  std::set<PartitionId> used;
  for (const auto& batch : application.acknowledged) {
    used.insert(batch.partition);
    EXPECT_LE(batch.records.size(), 10U);
  }
  EXPECT_GT(used.size(), 1U);
  EXPECT_LE(application.acknowledged.size(), 10U);
}

TEST_F(ProducerTest, SendsRecordsWithoutAKeyOnlyWhereThereIsALeader) {
  for (const std::uint32_t p : {0U, 1U, 2U, 4U, 5U}) {
    cluster.move_leader(p, kNoNode);
  }
  config.batch_bytes = 100;
  start();
  for (int i = 0; i < 10; ++i) {
    send_with_key("", std::string(100, 'x'));
  }
  host.run_for(seconds(1));
  EXPECT_EQ(cluster.log(3).end, Offset(10));
}

TEST_F(ProducerTest, RefreshesMetadataThatHasBecomeOld) {
  config.metadata_max_age = seconds(10);
  start();
  host.run_for(seconds(35));
  int requests = 0;
  for (const auto& [broker, count] : cluster.metadata_requests) {
    requests += count;
  }
  EXPECT_EQ(requests, 4);
}

TEST_F(ProducerTest, ChargesForWhatItDoes) {
  start();
  host.ports(kClient).meter().clear();
  send_batch(0, "0123456789");
  host.run_for(milliseconds(1));
  const port::Meter& meter = host.ports(kClient).meter();
  EXPECT_EQ(meter.units(port::Work::record_encoded), 1U);
  EXPECT_EQ(meter.units(port::Work::batch), 1U);
  EXPECT_EQ(meter.units(port::Work::request), 2U);
  EXPECT_EQ(meter.units(port::Work::partition), 2U);
  const std::size_t batch = cluster.produced[0].batches[0].bytes.size();
  EXPECT_EQ(meter.units(port::Work::bytes_checksummed), batch);
  EXPECT_GT(meter.units(port::Work::bytes_sent), batch);
  EXPECT_GT(meter.units(port::Work::bytes_received), 0U);
}

TEST_F(ProducerTest, DeliversEverythingOnceAndInOrderThroughRandomTrouble) {
  config.request_timeout = milliseconds(300);
  config.delivery_timeout = seconds(100);
  start();
  Random random(7, "trouble");
  std::map<std::uint32_t, std::vector<std::string>> expected;
  std::map<std::uint32_t, std::string> keys;
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    keys[p] = key_of(p);
  }
  for (int step = 0; step < 3000; ++step) {
    const auto p = static_cast<std::uint32_t>(random.below(kPartitions));
    if (send_with_key(keys[p], std::to_string(step))) {
      expected[p].push_back(std::to_string(step));
    }
    if (random.chance(0.01)) {
      cluster.lose_produce_answers = 1;
    }
    if (random.chance(0.01)) {
      cluster.lose_produce_requests = 1;
    }
    if (random.chance(0.01)) {
      cluster.produce_errors[p].push_back(ErrorCode::not_enough_replicas);
    }
    if (random.chance(0.01)) {
      cluster.produce_errors_after_append[p].push_back(ErrorCode::request_timed_out);
    }
    if (random.chance(0.005)) {
      cluster.move_leader(p, cluster.topology().brokers[random.below(3)]);
    }
    host.run_for(microseconds(static_cast<std::int64_t>(random.below(4000))));
  }
  host.run_for(seconds(60));
  expect_nothing_pending();
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ(cluster.log(p).values(), expected[p]) << "partition " << p;
  }
  EXPECT_EQ(cluster.producer_ids_given, 1);
}

}  // namespace
}  // namespace wavetank::log::test
