#include "engine/log/client/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log_clients/fake_cluster.h"

namespace wavetank::log::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Application final : public ConsumerListener {
 public:
  void on_batch(PartitionId p, const BatchView& batch, Offset from) override {
    EXPECT_TRUE(batch.checksum_matches());
    batch.for_each_record([&](const RecordView& record) {
      if (record.offset >= from) {
        values[p.value()].emplace_back(as_text(record.value));
        offsets[p.value()].push_back(record.offset.value());
      }
    });
  }
  void on_committed(PartitionId p, Offset offset) override { committed[p.value()] = offset; }
  void on_truncated(PartitionId p, Offset position, Offset diverged) override {
    truncations[p.value()].emplace_back(position.value(), diverged.value());
  }
  void on_corrupt(PartitionId p, Offset position) override {
    corrupt[p.value()].push_back(position.value());
  }
  void on_out_of_range(PartitionId p, Offset position) override {
    out_of_range[p.value()].push_back(position.value());
  }
  void on_position(PartitionId p, Offset offset) override {
    positions[p.value()].push_back(offset.value());
  }

  std::map<std::uint32_t, std::vector<std::string>> values;
  std::map<std::uint32_t, std::vector<std::int64_t>> offsets;
  std::map<std::uint32_t, std::vector<std::int64_t>> positions;
  std::map<std::uint32_t, std::vector<std::pair<std::int64_t, std::int64_t>>> truncations;
  std::map<std::uint32_t, Offset> committed;
  std::map<std::uint32_t, std::vector<std::int64_t>> out_of_range;
  std::map<std::uint32_t, std::vector<std::int64_t>> corrupt;
};

class ConsumerTest : public testing::Test {
 protected:
  ConsumerTest() {
    config.request_timeout = seconds(2);
    config.commit_interval = seconds(1);
  }

  void start() {
    host.add(kClient, [this] {
      return std::make_unique<Consumer>(kClient, config, cluster.topology(),
                                        std::vector<std::uint32_t>{0}, application);
    });
    host.start(kClient);
  }
  void start_and_settle() {
    start();
    host.run_for(milliseconds(10));
  }
  Consumer& consumer() { return host.role<Consumer>(kClient); }
  Offset position(std::uint32_t partition) { return consumer().position(PartitionId(partition)); }
  std::size_t fetches_of(NodeId broker) {
    return static_cast<std::size_t>(
        std::ranges::count(cluster.fetched, broker, &SeenFetch::broker));
  }
  const FetchRequest& last_fetch_of(NodeId broker) {
    const auto last = std::find_if(cluster.fetched.rbegin(), cluster.fetched.rend(),
                                   [&](const SeenFetch& seen) { return seen.broker == broker; });
    return last->request;
  }

  wavetank::test::BareHost host;
  FakeCluster cluster{host, 6};
  Application application;
  ConsumerConfig config;
};

TEST_F(ConsumerTest, ReadsFromTheStartWhenNothingWasCommitted) {
  cluster.store(0, {"a", "b"});
  cluster.store(0, {"c"});
  cluster.store(4, {"d"});
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("a", "b", "c"));
  EXPECT_THAT(application.values[4], ElementsAre("d"));
  EXPECT_THAT(application.positions[0], ElementsAre(0));
  EXPECT_EQ(position(0), Offset(3));
}

TEST_F(ConsumerTest, ResumesAtTheCommittedOffsetEvenWithinABatch) {
  cluster.store(0, {"a", "b", "c"});
  cluster.group_offsets[PartitionId(0)] = Offset(2);
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("c"));
  EXPECT_THAT(application.positions[0], ElementsAre(2));
}

TEST_F(ConsumerTest, ReadsOnlyWhatItIsAssigned) {
  cluster.assignment = {PartitionId(3)};
  cluster.store(0, {"a"});
  cluster.store(3, {"b"});
  cluster.group_offsets[PartitionId(0)] = Offset(0);
  start_and_settle();
  EXPECT_THAT(application.values[0], IsEmpty());
  EXPECT_THAT(application.values[3], ElementsAre("b"));
}

TEST_F(ConsumerTest, WaitsAtTheBrokerUntilThereIsSomething) {
  start_and_settle();
  const std::size_t before = fetches_of(kBrokerA);
  cluster.store(0, {"a"});
  host.run_for(microseconds(100));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
  host.run_for(microseconds(100));
  EXPECT_EQ(fetches_of(kBrokerA), before + 1) << "the next fetch follows at once";
  host.run_for(config.fetch_max_wait + milliseconds(1));
  EXPECT_EQ(fetches_of(kBrokerA), before + 2);
}

TEST_F(ConsumerTest, HasOneFetchInFlightForEachBroker) {
  start();
  int in_flight = 0;
  int most = 0;
  host.on_delivery = [&](NodeId from, NodeId to, port::Lane, const port::Message& message) {
    if (peek(message)->api == ApiKey::fetch) {
      in_flight += to == kBrokerA ? 1 : from == kBrokerA ? -1 : 0;
      most = std::max(most, in_flight);
    }
  };
  for (int i = 0; i < 50; ++i) {
    cluster.store(0, {"a"});
    cluster.store(3, {"b"});
    host.run_for(microseconds(70));
  }
  host.run_for(seconds(1));
  EXPECT_EQ(most, 1);
  EXPECT_THAT(application.values[0], SizeIs(50));
  EXPECT_THAT(application.values[3], SizeIs(50));
}

TEST_F(ConsumerTest, NamesOnlyChangedPartitionsWithinASession) {
  start_and_settle();
  EXPECT_EQ(cluster.fetched[0].request.session_epoch, 0U);
  EXPECT_THAT(cluster.fetched[0].request.partitions, SizeIs(2));
  cluster.store(3, {"a"});
  host.run_for(milliseconds(1));
  const FetchRequest& next = last_fetch_of(kBrokerA);
  EXPECT_EQ(next.session_epoch, 1U);
  ASSERT_THAT(next.partitions, SizeIs(1));
  EXPECT_EQ(next.partitions[0].partition, PartitionId(3));
  EXPECT_EQ(next.partitions[0].offset, Offset(1));
  host.run_for(config.fetch_max_wait);
  EXPECT_THAT(last_fetch_of(kBrokerA).partitions, IsEmpty());
}

TEST_F(ConsumerTest, OpensANewSessionWhenTheBrokerHasLostIt) {
  start_and_settle();
  cluster.forget_sessions();
  host.run_for(config.fetch_max_wait);
  cluster.store(0, {"a"});
  host.run_for(milliseconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
  std::size_t opened = 0;
  for (const SeenFetch& seen : cluster.fetched) {
    opened += seen.broker == kBrokerA && seen.request.session_epoch == 0 ? 1 : 0;
  }
  EXPECT_EQ(opened, 2U);
}

TEST_F(ConsumerTest, NamesEverythingEachTimeWhenTheBrokerKeepsNoSessions) {
  cluster.sessions_allowed = false;
  start_and_settle();
  for (int i = 0; i < 3; ++i) {
    cluster.store(0, {"a"});
    host.run_for(milliseconds(1));
    EXPECT_EQ(last_fetch_of(kBrokerA).session_epoch, 0U);
    EXPECT_THAT(last_fetch_of(kBrokerA).partitions, SizeIs(2));
  }
  EXPECT_THAT(application.values[0], SizeIs(3));
}

TEST_F(ConsumerTest, FollowsAChangeOfLeaderWithoutGapOrDuplicate) {
  start_and_settle();
  int next = 0;
  for (const NodeId leader : {kBrokerB, kBrokerC, kBrokerA, kBrokerB}) {
    for (int i = 0; i < 3; ++i) {
      cluster.store(0, {std::to_string(next++), std::to_string(next++)});
      host.run_for(microseconds(150));
    }
    cluster.move_leader(0, leader);
    cluster.store(0, {std::to_string(next++)});
    host.run_for(seconds(1));
  }
  ASSERT_EQ(application.values[0], cluster.log(0).values());
  EXPECT_EQ(position(0), cluster.log(0).end);
}

TEST_F(ConsumerTest, ForgetsAPartitionAtTheBrokerThatNoLongerLeadsIt) {
  start_and_settle();
  cluster.move_leader(0, kBrokerB);
  host.run_for(seconds(2));
  bool forgotten = false;
  for (const SeenFetch& seen : cluster.fetched) {
    forgotten |= seen.broker == kBrokerA &&
                 seen.request.forgotten == std::vector<PartitionId>{PartitionId(0)};
  }
  EXPECT_TRUE(forgotten);
}

TEST_F(ConsumerTest, IgnoresAnAnswerAboutAPartitionThatHasLeftAndComeBack) {
  config.metadata_max_age = milliseconds(50);
  config.fetch_max_wait = seconds(1);
  config.retry_backoff = milliseconds(20);
  start_and_settle();
  cluster.move_leader(0, kBrokerB);
  host.run_for(milliseconds(100));
  cluster.move_leader(0, kBrokerA);
  host.run_for(milliseconds(100));
  // The fetch that waits at A names the partition in an epoch that is over.
  cluster.store(0, {"a"});
  host.run_for(milliseconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a")) << "without a back-off";
}

TEST_F(ConsumerTest, NamesAPartitionAgainWhenItsLeaderEpochHasChanged) {
  config.metadata_max_age = seconds(1);
  start_and_settle();
  cluster.move_leader(0, kBrokerA);  // the same leader in a new epoch
  host.run_for(seconds(3));
  cluster.store(0, {"a"});
  host.run_for(milliseconds(10));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, MovesToTheNewLeaderWhenTheOldOneIsSilent) {
  start_and_settle();
  cluster.silent = {kBrokerA};
  cluster.move_leader(0, kBrokerB);
  cluster.move_leader(3, kBrokerB);
  cluster.store(0, {"a"});
  host.run_for(config.request_timeout + config.fetch_max_wait + config.retry_backoff * 2);
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, MovesSoonerWhenTheConnectionIsReset) {
  start_and_settle();
  cluster.move_leader(0, kBrokerB);
  cluster.move_leader(3, kBrokerB);
  host.kill(kBrokerA);
  cluster.store(0, {"a"});
  // The partition is named at the new leader once the fetch that waits there has returned.
  host.run_for(config.retry_backoff + config.fetch_max_wait);
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, WaitsForAPartitionWithoutALeader) {
  cluster.store(0, {"a"});
  cluster.move_leader(0, kNoNode);
  start();
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], IsEmpty());
  cluster.move_leader(0, kBrokerC);
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, StartsOverAtTheLogsStartWhenItsOffsetIsOutOfRange) {
  cluster.store(0, {"gone"});
  cluster.store(0, {"a"});
  cluster.log(0).start = Offset(1);
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("a"));
  EXPECT_THAT(application.positions[0], ElementsAre(0, 1));
}

TEST_F(ConsumerTest, StartsOverWhenTheLogEndsBelowItsOffset) {
  cluster.store(0, {"a"});
  cluster.group_offsets[PartitionId(0)] = Offset(7);
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("a"));
  EXPECT_THAT(application.positions[0], ElementsAre(7, 0));
}

TEST_F(ConsumerTest, GoesOnWhereTheLogPartsFromWhatItWasGiven) {
  cluster.store(0, {"a"});
  cluster.store(0, {"b", "lost"});
  start_and_settle();
  EXPECT_EQ(last_fetch_of(kBrokerA).partitions.at(0).last_epoch, LeaderEpoch(0));
  cluster.divergences[0] = EpochEnd{LeaderEpoch(0), Offset(1)};
  host.run_for(seconds(2));
  EXPECT_THAT(application.truncations[0], ElementsAre(std::pair(3, 1)));
  EXPECT_THAT(application.values[0], ElementsAre("a", "b", "lost", "b", "lost"));
  EXPECT_THAT(application.positions[0], ElementsAre(0, 1));
}

TEST_F(ConsumerTest, DoesNotHurryABrokerThatContradictsItself) {
  start_and_settle();
  cluster.fetch_errors[0] = std::deque<ErrorCode>(3, ErrorCode::offset_out_of_range);
  cluster.store(0, {"a"});
  host.run_for(config.retry_backoff * 2);
  EXPECT_THAT(application.values[0], IsEmpty());
  host.run_for(config.retry_backoff * 20);
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, RefusesACorruptedBatchAndFetchesItAgain) {
  cluster.store(0, {"a", "b"});
  cluster.corrupt_fetches = 1;
  start_and_settle();
  EXPECT_THAT(application.values[0], IsEmpty());
  EXPECT_EQ(position(0), Offset(0));
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a", "b"));
  EXPECT_THAT(application.corrupt[0], ElementsAre(0));
}

TEST_F(ConsumerTest, AsksNothingOfABrokerThatHasToldItToKeepStill) {
  start_and_settle();
  const auto fetches_of_a = [this] {
    return std::ranges::count(cluster.fetched, kBrokerA, &SeenFetch::broker);
  };
  cluster.fetch_throttles = {seconds(3)};
  cluster.store(0, {"a"});
  host.run_for(milliseconds(10));
  ASSERT_THAT(cluster.fetch_throttles, IsEmpty());
  const auto before = fetches_of_a();
  host.run_for(milliseconds(2900));
  EXPECT_EQ(fetches_of_a(), before);
  cluster.store(0, {"b"});
  host.run_for(milliseconds(200));
  EXPECT_GT(fetches_of_a(), before);
  EXPECT_THAT(application.values[0], ElementsAre("a", "b"));
}

TEST_F(ConsumerTest, TreatsAnAnswerThatMakesNoSenseAsALostConnection) {
  start_and_settle();
  cluster.garbled_answers = 3;
  host.run_for(seconds(2));
  cluster.store(0, {"a"});
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
}

TEST_F(ConsumerTest, CommitsWhatItHasHandedOverAndNothingElse) {
  start_and_settle();
  cluster.store(0, {"a", "b"});
  host.run_for(milliseconds(10));
  EXPECT_THAT(cluster.committed, IsEmpty());
  host.run_for(config.commit_interval);
  ASSERT_THAT(cluster.committed, SizeIs(1));
  ASSERT_THAT(cluster.committed[0].offsets, SizeIs(1));
  EXPECT_EQ(cluster.committed[0].offsets[0].partition, PartitionId(0));
  EXPECT_EQ(cluster.committed[0].offsets[0].offset, Offset(2));
  EXPECT_EQ(application.committed[0], Offset(2));
}

TEST_F(ConsumerTest, CommitsNothingWhenNothingHasChanged) {
  start_and_settle();
  cluster.store(0, {"a"});
  host.run_for(config.commit_interval * 10);
  EXPECT_THAT(cluster.committed, SizeIs(1));
}

TEST_F(ConsumerTest, ResumesAfterARestartWhereItHasCommitted) {
  start_and_settle();
  cluster.store(0, {"a"});
  host.run_for(config.commit_interval * 2);
  cluster.store(0, {"b"});
  host.run_for(milliseconds(10));
  host.crash(kClient);
  application.values.clear();
  host.restart(kClient);
  host.run_for(milliseconds(10));
  EXPECT_THAT(application.values[0], ElementsAre("b"));
}

TEST_F(ConsumerTest, FindsTheCoordinatorAgainWhenItHasMoved) {
  start_and_settle();
  cluster.coordinator = kBrokerC;
  cluster.store(0, {"a"});
  host.run_for(config.commit_interval + config.retry_backoff * 2);
  EXPECT_EQ(application.committed[0], Offset(1));
}

TEST_F(ConsumerTest, FindsTheCoordinatorAgainWhenItIsSilent) {
  start_and_settle();
  cluster.silent = {kBrokerB};
  cluster.coordinator = kBrokerC;
  cluster.store(0, {"a"});
  host.run_for(config.commit_interval + config.request_timeout * 2);
  EXPECT_EQ(application.committed[0], Offset(1));
}

TEST_F(ConsumerTest, AsksTheCoordinatorAgainUntilItHasLoaded) {
  cluster.find_errors = {ErrorCode::coordinator_loading};
  cluster.offset_fetch_errors = {ErrorCode::coordinator_loading, ErrorCode::not_coordinator};
  cluster.commit_errors = {ErrorCode::coordinator_loading, ErrorCode::request_timed_out};
  cluster.store(0, {"a"});
  start();
  host.run_for(config.retry_backoff * 2);
  EXPECT_THAT(application.positions, IsEmpty());
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a"));
  host.run_for(seconds(2));
  EXPECT_EQ(application.committed[0], Offset(1));
}

TEST_F(ConsumerTest, ChargesForWhatItDoes) {
  start_and_settle();
  host.ports(kClient).meter().clear();
  cluster.store(0, {"a", "b"});
  host.run_for(microseconds(100));
  const port::Meter& meter = host.ports(kClient).meter();
  EXPECT_EQ(meter.units(port::Work::record_decoded), 2U);
  EXPECT_EQ(meter.units(port::Work::batch), 1U);
  EXPECT_EQ(meter.units(port::Work::request), 2U) << "the answer and the next fetch";
  EXPECT_EQ(meter.units(port::Work::partition), 2U);
  EXPECT_EQ(meter.units(port::Work::bytes_checksummed), cluster.log(0).batches[0].size());
}

TEST_F(ConsumerTest, ReadsEverythingOnceThroughRandomTrouble) {
  config.request_timeout = seconds(1);
  start_and_settle();
  Random random(11, "trouble");
  for (int step = 0; step < 2000; ++step) {
    const auto p = static_cast<std::uint32_t>(random.below(6));
    cluster.store(p, {std::to_string(step)});
    if (random.chance(0.01)) {
      cluster.move_leader(p, cluster.topology().brokers[random.below(3)]);
    }
    if (random.chance(0.01)) {
      cluster.corrupt_fetches = 1;
    }
    if (random.chance(0.01)) {
      cluster.forget_sessions();
    }
    if (random.chance(0.01)) {
      cluster.fetch_errors[p].push_back(ErrorCode::unknown_leader_epoch);
    }
    if (random.chance(0.002)) {
      const NodeId broker = cluster.topology().brokers[random.below(3)];
      host.kill(broker);
      host.restart(broker);
    }
    host.run_for(microseconds(static_cast<std::int64_t>(random.below(4000))));
  }
  host.run_for(seconds(10));
  for (std::uint32_t p = 0; p < 6; ++p) {
    EXPECT_EQ(application.values[p], cluster.log(p).values()) << "partition " << p;
    EXPECT_EQ(application.committed[p], cluster.log(p).end);
  }
}

// --- where reading begins, and where it goes on

TEST_F(ConsumerTest, MayBeginAtTheEnd) {
  config.from.place = ReadFrom::Place::latest;
  cluster.store(0, {"a", "b"});
  start_and_settle();
  cluster.store(0, {"c"});
  host.run_for(milliseconds(10));
  EXPECT_THAT(application.values[0], ElementsAre("c"));
  EXPECT_THAT(application.positions[0], ElementsAre(2));
  EXPECT_EQ(cluster.lists, 3) << "one request to each broker, for two partitions each";
}

TEST_F(ConsumerTest, MayBeginAtATime) {
  config.from = {ReadFrom::Place::time, Offset(), 5'000};
  cluster.store(0, {"a", "b", "c"});
  cluster.log(0).offset_by_time = {{4'000, Offset(0)}, {5'500, Offset(1)}};
  cluster.store(3, {"d"});
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("b", "c"));
  EXPECT_THAT(application.values[3], IsEmpty()) << "nothing is that late: what will be";
  EXPECT_EQ(position(3), Offset(1));
}

TEST_F(ConsumerTest, MayBeginAtAnOffset) {
  config.from = {ReadFrom::Place::offset, Offset(1), 0};
  cluster.store(0, {"a", "b", "c"});
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("b", "c"));
}

TEST_F(ConsumerTest, PrefersWhatItsGroupHasCommitted) {
  config.from.place = ReadFrom::Place::latest;
  cluster.store(0, {"a", "b", "c"});
  cluster.group_offsets[PartitionId(0)] = Offset(1);
  start_and_settle();
  EXPECT_THAT(application.values[0], ElementsAre("b", "c"));
}

TEST_F(ConsumerTest, LooksUpAgainAfterAnErrorAndASilence) {
  config.from.place = ReadFrom::Place::latest;
  cluster.list_errors = {ErrorCode::not_leader_or_follower};
  cluster.store(0, {"a"});
  cluster.silent.insert(kBrokerA);
  start();
  host.run_for(seconds(3));
  cluster.silent.clear();
  host.run_for(seconds(3));
  for (std::uint32_t p = 0; p < 6; ++p) {
    EXPECT_THAT(application.positions[p], SizeIs(1)) << p;
  }
  EXPECT_EQ(position(0), Offset(1));
}

TEST_F(ConsumerTest, GoesOnAtTheLogsBeginningWhenItsOffsetIsGone) {
  cluster.store(0, {"a", "b", "c"});
  cluster.log(0).start = Offset(2);
  cluster.group_offsets[PartitionId(0)] = Offset(1);
  start_and_settle();
  EXPECT_THAT(application.out_of_range[0], ElementsAre(1));
  EXPECT_THAT(application.positions[0], ElementsAre(1, 2));
}

TEST_F(ConsumerTest, GoesOnAtTheLogsEndIfThatIsItsReset) {
  config.offset_reset = OffsetReset::latest;
  cluster.store(0, {"a", "b", "c"});
  cluster.log(0).start = Offset(2);
  cluster.group_offsets[PartitionId(0)] = Offset(1);
  start_and_settle();
  EXPECT_THAT(application.values[0], IsEmpty());
  EXPECT_THAT(application.positions[0], ElementsAre(1, 3));
  cluster.store(0, {"d"});
  host.run_for(seconds(1));  // the long poll of the broker's other partition comes first
  EXPECT_THAT(application.values[0], ElementsAre("d"));
}

TEST_F(ConsumerTest, ReadsAPartitionNoMoreIfItHasNoReset) {
  config.offset_reset = OffsetReset::none;
  cluster.store(0, {"a", "b", "c"});
  cluster.store(3, {"e"});
  cluster.log(0).start = Offset(2);
  cluster.group_offsets[PartitionId(0)] = Offset(1);
  start_and_settle();
  EXPECT_THAT(application.values[0], IsEmpty());
  EXPECT_THAT(application.out_of_range[0], ElementsAre(1));
  EXPECT_THAT(application.values[3], ElementsAre("e")) << "the others go on";
}

TEST_F(ConsumerTest, SeeksWhileAFetchIsUnderWay) {
  cluster.store(0, {"a", "b", "c"});
  start_and_settle();
  consumer().seek(PartitionId(0), {ReadFrom::Place::offset, Offset(1), 0}, host.clock(),
                  host.ports(kClient));
  host.run_for(seconds(1));
  EXPECT_THAT(application.values[0], ElementsAre("a", "b", "c", "b", "c"));
  consumer().seek(PartitionId(0), {ReadFrom::Place::latest, {}, 0}, host.clock(),
                  host.ports(kClient));
  host.run_for(seconds(1));
  cluster.store(0, {"d"});
  host.run_for(milliseconds(10));
  EXPECT_THAT(application.values[0], ElementsAre("a", "b", "c", "b", "c", "d"));
}

}  // namespace
}  // namespace wavetank::log::test
