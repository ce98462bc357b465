// Offsets of consumer groups that are committed in a producer's transaction (KIP-98, KIP-447).

#include <gtest/gtest.h>

#include "engine/log/groups/group_records.h"
#include "engine/log/storage/control_batch.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

const std::string kGroup = "readers";
const std::string kId = "enrich-1";

class TxnOffsets : public testing::Test {
 protected:
  static ClusterSpec with_transactions() {
    ClusterSpec spec;
    spec.topics = {{"orders", 6, 3, 2},
                   {std::string(kOffsetsTopic), 2, 3, 2},
                   {std::string(kTransactionsTopic), 2, 3, 2}};
    return spec;
  }
  TxnOffsets() { begin(); }

  /// A new incarnation of the producer, whose transaction has the group's offsets.
  void begin() {
    producer = ask<InitProducerIdResponse>(
        transactions(), InitProducerIdRequest{kId, seconds(60), kNoProducerId, ProducerEpoch(-1)},
        [](const auto& it) { return it.error == ErrorCode::none; });
    add();
  }
  void add() {
    ask<AddOffsetsToTxnResponse>(
        transactions(), AddOffsetsToTxnRequest{kId, producer.producer, producer.epoch, kGroup},
        [](const auto& it) { return it.error == ErrorCode::none; });
  }
  ErrorCode commit_offset(Offset offset, TxnOffsetCommitRequest request = {}) {
    request.group = kGroup;
    request.producer = producer.producer;
    request.epoch = producer.epoch;
    request.offsets = {{kP0, offset}};
    return cluster.await<TxnOffsetCommitResponse>(cluster.ask(groups(), request)).error;
  }
  void end(Outcome outcome) {
    ask<EndTxnResponse>(transactions(),
                        EndTxnRequest{kId, producer.producer, producer.epoch, outcome},
                        [](const auto& it) { return it.error == ErrorCode::none; });
    cluster.run(seconds(1));
  }
  OffsetFetchResponse fetch(bool stable) {
    return cluster.await<OffsetFetchResponse>(
        cluster.ask(groups(), OffsetFetchRequest{kGroup, {}, stable}));
  }
  /// What the group has committed; -1: nothing.
  Offset committed() {
    const auto answer = fetch(true);
    EXPECT_EQ(answer.error, ErrorCode::none);
    return answer.offsets.empty() ? Offset(-1) : answer.offsets.front().offset;
  }
  NodeId groups() {
    FindCoordinatorResponse found =
        ask<FindCoordinatorResponse>(alive(), FindCoordinatorRequest{kGroup},
                                     [](const auto& it) { return it.coordinator != kNoNode; });
    return found.coordinator;
  }
  NodeId transactions() {
    return ask<FindTransactionCoordinatorResponse>(
               alive(), FindTransactionCoordinatorRequest{kId},
               [](const auto& it) { return it.coordinator != kNoNode; })
        .coordinator;
  }
  NodeId alive() const { return killed == kFirst ? kSecond : kFirst; }
  void kill(NodeId broker) {
    killed = broker;
    cluster.host.kill(broker);
    cluster.run(seconds(15));
  }

  Cluster cluster{with_transactions()};
  InitProducerIdResponse producer;
  NodeId killed = kNoNode;

 private:
  /// Asks until the answer is a good one.
  template <class Response, class Request, class Good>
  Response ask(NodeId broker, const Request& request, const Good& good) {
    for (int i = 0; i < 100; ++i) {
      const auto answer = cluster.await<Response>(cluster.ask(broker, request));
      if (good(answer)) {
        return answer;
      }
      cluster.run(milliseconds(100));
    }
    ADD_FAILURE() << "no good answer";
    return {};
  }
};

TEST_F(TxnOffsets, AreTheGroupsWithTheCommitAndNotBefore) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  EXPECT_TRUE(fetch(false).offsets.empty());
  EXPECT_EQ(fetch(true).error, ErrorCode::unstable_offset_commit);
  end(Outcome::commit);
  EXPECT_EQ(committed(), Offset(7));
}

TEST_F(TxnOffsets, AreGoneWithAnAbort) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  end(Outcome::abort);
  EXPECT_EQ(committed(), Offset(-1));
}

TEST_F(TxnOffsets, OfTheNextTransactionTakeThePlaceOfTheLast) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  end(Outcome::commit);
  add();
  EXPECT_EQ(commit_offset(Offset(9)), ErrorCode::none);
  end(Outcome::commit);
  EXPECT_EQ(committed(), Offset(9));
}

TEST_F(TxnOffsets, OfAFencedProducerAreRefused) {
  const InitProducerIdResponse zombie = producer;
  begin();
  EXPECT_EQ(commit_offset(Offset(9)), ErrorCode::none);
  producer = zombie;
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::invalid_producer_epoch);
}

TEST_F(TxnOffsets, OfWhoIsNoMemberOfTheGenerationAreRefused) {
  TxnOffsetCommitRequest stranger;
  stranger.generation = Generation(3);
  stranger.identity.member = "somebody";
  EXPECT_EQ(commit_offset(Offset(7), stranger), ErrorCode::unknown_member_id);
  end(Outcome::commit);
  EXPECT_EQ(committed(), Offset(-1));
}

TEST_F(TxnOffsets, SurviveTheGroupsCoordinatorBeforeTheEnd) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  kill(groups());
  EXPECT_EQ(fetch(true).error, ErrorCode::unstable_offset_commit);
  end(Outcome::commit);
  EXPECT_EQ(committed(), Offset(7));
}

TEST_F(TxnOffsets, SurviveTheGroupsCoordinatorAfterTheEnd) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  end(Outcome::commit);
  add();
  EXPECT_EQ(commit_offset(Offset(9)), ErrorCode::none);
  end(Outcome::abort);
  kill(groups());
  EXPECT_EQ(committed(), Offset(7));
}

TEST_F(TxnOffsets, OfATransactionThatIsOpenForTooLongAreGone) {
  EXPECT_EQ(commit_offset(Offset(7)), ErrorCode::none);
  cluster.run(seconds(90));
  EXPECT_EQ(committed(), Offset(-1));
}

}  // namespace
}  // namespace wavetank::log::test
