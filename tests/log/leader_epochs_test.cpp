#include "engine/log/storage/leader_epochs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/ensure.h"

namespace wavetank::log {
namespace {

using testing::ElementsAre;
using Entry = LeaderEpochs::Entry;

/// Epoch 2 from offset 0, epoch 5 from 10, epoch 7 from 30; the log ends at 42.
LeaderEpochs example() {
  LeaderEpochs epochs;
  epochs.note(LeaderEpoch(2), Offset(0));
  epochs.note(LeaderEpoch(2), Offset(4));
  epochs.note(LeaderEpoch(5), Offset(10));
  epochs.note(LeaderEpoch(7), Offset(30));
  return epochs;
}

EpochEnd end_of(const LeaderEpochs& epochs, int epoch) {
  return epochs.end_of(LeaderEpoch(epoch), Offset(42));
}

TEST(LeaderEpochs, RememberWhereEachEpochBegan) {
  EXPECT_THAT(example().entries(),
              ElementsAre(Entry{LeaderEpoch(2), Offset(0)}, Entry{LeaderEpoch(5), Offset(10)},
                          Entry{LeaderEpoch(7), Offset(30)}));
  EXPECT_EQ(example().latest(), LeaderEpoch(7));
}

TEST(LeaderEpochs, EndAnEpochWhereTheNextBegins) {
  EXPECT_EQ(end_of(example(), 2), (EpochEnd{LeaderEpoch(2), Offset(10)}));
  EXPECT_EQ(end_of(example(), 5), (EpochEnd{LeaderEpoch(5), Offset(30)}));
}

TEST(LeaderEpochs, EndTheLastEpochWithTheLog) {
  EXPECT_EQ(end_of(example(), 7), (EpochEnd{LeaderEpoch(7), Offset(42)}));
}

TEST(LeaderEpochs, AnswerForAnUnknownEpochWithTheGreatestBelowIt) {
  EXPECT_EQ(end_of(example(), 3), (EpochEnd{LeaderEpoch(2), Offset(10)}));
  EXPECT_EQ(end_of(example(), 6), (EpochEnd{LeaderEpoch(5), Offset(30)}));
  EXPECT_EQ(end_of(example(), 9), (EpochEnd{LeaderEpoch(7), Offset(42)}));
}

TEST(LeaderEpochs, AnswerBelowTheFirstEpochWithTheLogsStart) {
  EXPECT_EQ(end_of(example(), 1), (EpochEnd{kNoLeaderEpoch, Offset(0)}));
}

TEST(LeaderEpochs, AnswerInAnEmptyLogWithItsEnd) {
  EXPECT_EQ(end_of(LeaderEpochs(), 1), (EpochEnd{kNoLeaderEpoch, Offset(42)}));
  EXPECT_EQ(LeaderEpochs().latest(), kNoLeaderEpoch);
}

TEST(LeaderEpochs, ForgetEpochsThatTruncationLeavesEmpty) {
  LeaderEpochs epochs = example();
  epochs.truncate_to(Offset(31));
  EXPECT_EQ(epochs.latest(), LeaderEpoch(7));
  epochs.truncate_to(Offset(30));
  EXPECT_EQ(epochs.latest(), LeaderEpoch(5));
  epochs.truncate_to(Offset(0));
  EXPECT_EQ(epochs.latest(), kNoLeaderEpoch);
}

TEST(LeaderEpochs, NeverDecrease) {
  LeaderEpochs epochs = example();
  EXPECT_THROW(epochs.note(LeaderEpoch(6), Offset(42)), EnsureFailure);
}

// KIP-101, scenario 1: both replicas held m1 and m2, the follower's high watermark covered only m1
// when it restarted. Asking for epoch 0 tells it to keep m2.
TEST(LeaderEpochs, KeepAMessageThatTheHighWatermarkDidNotCover) {
  LeaderEpochs leader;
  leader.note(LeaderEpoch(0), Offset(0));
  EXPECT_EQ(leader.end_of(LeaderEpoch(0), Offset(2)), (EpochEnd{LeaderEpoch(0), Offset(2)}));
}

// KIP-101, scenario 2: A held m1 and m2 of epoch 0, B only m1; B became leader and wrote m3 in
// epoch
// 1. A asks where epoch 0 ends and must drop m2.
TEST(LeaderEpochs, FindTheMessageThatTheNewLeaderNeverHad) {
  LeaderEpochs leader;
  leader.note(LeaderEpoch(0), Offset(0));
  leader.note(LeaderEpoch(1), Offset(1));
  EXPECT_EQ(leader.end_of(LeaderEpoch(0), Offset(2)), (EpochEnd{LeaderEpoch(0), Offset(1)}));
}

// KIP-279: after fast fail-overs the follower's last epoch (1) is unknown to the leader, who
// answers with the greatest below it; the follower truncates to its own end of that and asks again.
TEST(LeaderEpochs, MeetStepByStepAfterFastFailOvers) {
  LeaderEpochs leader;
  leader.note(LeaderEpoch(0), Offset(0));
  leader.note(LeaderEpoch(2), Offset(20));
  LeaderEpochs follower;
  follower.note(LeaderEpoch(0), Offset(0));
  follower.note(LeaderEpoch(1), Offset(10));

  const EpochEnd answer = leader.end_of(follower.latest(), Offset(30));
  EXPECT_EQ(answer, (EpochEnd{LeaderEpoch(0), Offset(20)}));
  const EpochEnd own = follower.end_of(answer.epoch, Offset(25));
  EXPECT_EQ(own, (EpochEnd{LeaderEpoch(0), Offset(10)}));
  follower.truncate_to(std::min(answer.end_offset, own.end_offset));
  EXPECT_EQ(follower.latest(), LeaderEpoch(0));
}

TEST(LeaderEpochs, SurviveEncoding) {
  ByteWriter bytes;
  example().encode(bytes);
  ByteReader reader(bytes.view());
  LeaderEpochs decoded;
  EXPECT_TRUE(decoded.decode(reader));
  EXPECT_EQ(decoded.entries(), example().entries());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(bytes.view().first(size));
    EXPECT_FALSE(LeaderEpochs().decode(cut)) << size;
  }
}

}  // namespace
}  // namespace wavetank::log
