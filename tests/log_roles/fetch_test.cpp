// Fetch sessions, long polls and what readers may see.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ConsumerFetch, GivesWhatIsCommitted) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.produce(kP0, "b");
  Session session(cluster, kFirst);
  const auto answer = session.from(kP0, Offset(0)).fetch();
  ASSERT_THAT(answer.partitions, SizeIs(1));
  EXPECT_EQ(answer.partitions[0].high_watermark, Offset(2));
  EXPECT_THAT(values_in(answer.partitions[0].batches), ElementsAre("a", "b"));
}

TEST(ConsumerFetch, NeverGivesWhatIsNotCommitted) {
  Cluster cluster;
  cluster.host.cut(kFirst, kThird);
  cluster.send(kFirst, kP0, {"a"});
  cluster.run(seconds(1));
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(100);
  const auto answer = session.from(kP0, Offset(0)).fetch();
  for (const auto& partition : answer.partitions) {
    EXPECT_THAT(partition.batches, IsEmpty());
  }
}

TEST(ConsumerFetch, MayAskBeyondTheHighWatermarkButNotBeyondTheEnd) {
  Cluster cluster;
  cluster.host.cut(kFirst, kThird);
  cluster.send(kFirst, kP0, {"a"});
  cluster.run(seconds(1));
  Session within(cluster, kFirst);
  const auto empty = within.from(kP0, Offset(1)).fetch();
  ASSERT_THAT(empty.partitions, SizeIs(1));
  EXPECT_EQ(empty.partitions[0].error, ErrorCode::none);
  Session beyond(cluster, kFirst);
  const auto answer = beyond.from(kP0, Offset(2)).fetch();
  ASSERT_THAT(answer.partitions, SizeIs(1));
  EXPECT_EQ(answer.partitions[0].error, ErrorCode::offset_out_of_range);
}

TEST(LongPoll, IsAnsweredTheMomentARecordIsCommitted) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(30);
  const CorrelationId id = session.from(kP0, Offset(0)).send();
  cluster.run(seconds(5));
  EXPECT_FALSE(cluster.answer<FetchResponse>(id).has_value());
  const Time before = cluster.host.now();
  cluster.produce(kP0, "a");
  const auto answer = session.await(id);
  EXPECT_LT(cluster.host.now() - before, milliseconds(2));
  EXPECT_THAT(values_in(answer.partitions.at(0).batches), ElementsAre("a"));
}

TEST(LongPoll, EndsWithNothingAfterMaxWait) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(700);
  session.from(kP0, Offset(0)).fetch();
  const Time before = cluster.host.now();
  const auto answer = session.fetch();
  EXPECT_GE(cluster.host.now() - before, milliseconds(700));
  EXPECT_LT(cluster.host.now() - before, milliseconds(710));
  EXPECT_THAT(answer.partitions, IsEmpty());
}

TEST(LongPoll, WaitsForMinBytes) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(30);
  session.request.min_bytes = 400;
  const CorrelationId id = session.from(kP0, Offset(0)).from(PartitionId(3), Offset(0)).send();
  cluster.produce(kP0, std::string(100, 'a'));
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.answer<FetchResponse>(id).has_value());
  cluster.produce(kP0, std::string(300, 'b'));
  const auto answer = session.await(id);
  EXPECT_THAT(values_in(answer.partitions.at(0).batches), SizeIs(2));
}

TEST(LongPoll, CarriesAllPartitionsOfOneProduceRequest) {
  ClusterSpec spec;
  spec.topics = {{"orders", 4, 1, 1}};
  spec.brokers = 1;
  Cluster cluster(spec);
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(30);
  for (std::uint32_t p = 0; p < 4; ++p) {
    session.from(PartitionId(p), Offset(0));
  }
  const CorrelationId id = session.send();
  cluster.run(seconds(1));
  ProduceRequest request;
  for (std::uint32_t p = 0; p < 4; ++p) {
    request.partitions.push_back({PartitionId(p), batch_of({"x"})});
  }
  cluster.ask(kFirst, request);
  EXPECT_THAT(session.await(id).partitions, SizeIs(4));
}

TEST(LongPoll, OfAClosedConnectionIsNotAnswered) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(1);
  const CorrelationId id = session.from(kP0, Offset(0)).send();
  cluster.run(milliseconds(10));
  cluster.host.kill(kClient);
  cluster.host.restart(kClient);
  cluster.run(seconds(3));
  EXPECT_FALSE(cluster.answer<FetchResponse>(id).has_value());
}

TEST(Session, NamesOnlyWhatHasNews) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(50);
  session.from(kP0, Offset(0)).from(PartitionId(3), Offset(0)).fetch();
  cluster.produce(kP0, "a");
  const auto answer = session.fetch();
  ASSERT_THAT(answer.partitions, SizeIs(1));
  EXPECT_EQ(answer.partitions[0].partition, kP0);
}

TEST(Session, RemembersWhereAPartitionIsReadFrom) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(50);
  cluster.produce(kP0, "a");
  session.from(kP0, Offset(0)).fetch();
  session.from(kP0, Offset(1)).fetch();
  cluster.produce(kP0, "b");
  EXPECT_THAT(values_in(session.fetch().partitions.at(0).batches), ElementsAre("b"));
  // Not moved on, so given again.
  EXPECT_THAT(values_in(session.fetch().partitions.at(0).batches), ElementsAre("b"));
}

TEST(Session, GivesNothingOfAForgottenPartition) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(50);
  session.from(kP0, Offset(0)).fetch();
  session.request.forgotten = {kP0, PartitionId(1)};
  session.fetch();
  cluster.produce(kP0, "a");
  EXPECT_THAT(session.fetch().partitions, IsEmpty());
  EXPECT_THAT(values_in(session.from(kP0, Offset(0)).fetch().partitions.at(0).batches),
              ElementsAre("a"));
}

TEST(Session, IsUnknownUnderAWrongEpochOrToAnotherClient) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(50);
  session.from(kP0, Offset(0)).fetch();
  FetchRequest foreign = session.request;
  const auto stolen = cluster.await<FetchResponse>(cluster.ask(kFirst, foreign, kOtherClient));
  EXPECT_EQ(stolen.error, ErrorCode::fetch_session_unknown);
  session.request.session_epoch = 7;
  EXPECT_EQ(session.fetch().error, ErrorCode::fetch_session_unknown);
  session.request.session_epoch = 1;
  session.request.session = 12345;
  EXPECT_EQ(session.fetch().error, ErrorCode::fetch_session_unknown);
}

TEST(Session, LeastRecentlyUsedIsClosedForANewOne) {
  Cluster cluster;
  Session first(cluster, kFirst);
  first.request.max_wait = milliseconds(1);
  first.from(kP0, Offset(0)).fetch();
  Session waiting(cluster, kFirst);
  waiting.request.max_wait = seconds(1'000);
  const CorrelationId waits = waiting.from(kP0, Offset(0)).send();
  for (int i = 0; i < 1'000; ++i) {
    Session another(cluster, kFirst);
    another.request.max_wait = Duration();
    another.from(PartitionId(3), Offset(0)).fetch();
  }
  EXPECT_EQ(first.fetch().error, ErrorCode::fetch_session_unknown);
  EXPECT_EQ(cluster.await<FetchResponse>(waits).error, ErrorCode::fetch_session_unknown);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none) << "followers keep theirs";
}

TEST(Session, ReopenedReplacesTheOldOne) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = milliseconds(10);
  const auto first = session.from(kP0, Offset(0)).fetch();
  session.request.session_epoch = 0;
  const auto second = session.from(kP0, Offset(0)).fetch();
  EXPECT_NE(first.session, second.session);
  FetchRequest old;
  old.session = first.session;
  old.session_epoch = 1;
  EXPECT_EQ(cluster.await<FetchResponse>(cluster.ask(kFirst, old)).error,
            ErrorCode::fetch_session_unknown);
}

TEST(MaxBytes, GivesEveryPartitionItsTurn) {
  ClusterSpec spec;
  spec.topics = {{"orders", 3, 1, 1}};
  spec.brokers = 1;
  Cluster cluster(spec);
  for (std::uint32_t p = 0; p < 3; ++p) {
    cluster.produce(PartitionId(p), std::string(1'000, 'x'));
  }
  Session session(cluster, kFirst);
  session.request.max_bytes = 500;
  session.request.max_partition_bytes = 500;
  for (std::uint32_t p = 0; p < 3; ++p) {
    session.from(PartitionId(p), Offset(0));
  }
  std::vector<PartitionId> served;
  for (int i = 0; i < 4; ++i) {
    const auto answer = session.fetch();
    ASSERT_THAT(answer.partitions, SizeIs(1)) << "one batch, however big, and no more";
    served.push_back(answer.partitions[0].partition);
  }
  EXPECT_THAT(served, ElementsAre(PartitionId(0), PartitionId(1), PartitionId(2), PartitionId(0)));
}

TEST(LeaderEpochs, OfTheFetcherAreCompared) {
  Cluster cluster;
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  const LeaderEpoch epoch = cluster.replica(kSecond, kP0)->epoch;
  Session old(cluster, kSecond);
  EXPECT_EQ(old.from(kP0, Offset(0), epoch - 1).fetch().partitions.at(0).error,
            ErrorCode::fenced_leader_epoch);
  Session ahead(cluster, kSecond);
  EXPECT_EQ(ahead.from(kP0, Offset(0), epoch + 1).fetch().partitions.at(0).error,
            ErrorCode::unknown_leader_epoch);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::fenced_leader_epoch], 1);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::unknown_leader_epoch], 1);
  Session wrong(cluster, kThird);
  EXPECT_EQ(wrong.from(kP0, Offset(0)).fetch().partitions.at(0).error,
            ErrorCode::not_leader_or_follower);
}

TEST(LeaderEpochs, AWaitingFetchIsToldWhenItsLeaderGoes) {
  Cluster cluster;
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(100);
  const CorrelationId id = session.from(kP0, Offset(0)).send();
  cluster.run(seconds(1));
  cluster.host.cut_both(kFirst, kController);
  cluster.await_leader(kP0, kSecond);
  cluster.host.heal_all();
  EXPECT_EQ(session.await(id).partitions.at(0).error, ErrorCode::not_leader_or_follower);
}

TEST(ColdRead, IsAnsweredWhenTheBytesHaveCome) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.host.storage(kFirst).evict();
  Session session(cluster, kFirst);
  session.request.max_wait = seconds(1);
  const auto answer = session.from(kP0, Offset(0)).fetch();
  EXPECT_THAT(values_in(answer.partitions.at(0).batches), ElementsAre("a"));
}

TEST(CorruptMedium, IsReportedToTheReader) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  const auto files = cluster.host.storage(kFirst).list("orders-0/");
  cluster.host.storage(kFirst).corrupt(files.at(0), kMagicAt);
  Session session(cluster, kFirst);
  EXPECT_EQ(session.from(kP0, Offset(0)).fetch().partitions.at(0).error,
            ErrorCode::corrupt_message);
}

}  // namespace
}  // namespace wavetank::log::test
