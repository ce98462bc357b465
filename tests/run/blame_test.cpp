#include "sim/run/blame.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
constexpr NodeId kBroker1{1};
constexpr NodeId kBroker2{2};

Time at_s(std::int64_t s) {
  return Time() + seconds(s);
}

/// Faults at 10 s, 20 s and 30 s, of five seconds each: of the first broker, of the second, and of
/// no broker.
class BlameTest : public testing::Test {
 protected:
  BlameTest() {
    for (int i = 0; i < 3; ++i) {
      faults_[i].at = at_s(10 * (i + 1));
      faults_[i].until = faults_[i].at + seconds(5);
    }
  }
  void never_heal() {
    for (reports::FaultReport& fault : faults_) {
      fault.until.reset();
    }
  }

  std::vector<NodeId> replicas{kBroker1, kBroker2};
  Takes second_takes = Takes::never;

  /// How many each fault is counted.
  std::array<std::uint64_t, 3> lost(const Loss& loss) {
    blame(suspects(), {{loss}, {{kP, replicas}}, {}});
    return {faults_[0].lost, faults_[1].lost, faults_[2].lost};
  }
  std::array<std::uint64_t, 3> doubled(const Duplicated& copy) {
    blame(suspects(), {{}, {}, {copy}});
    return {faults_[0].duplicated, faults_[1].duplicated, faults_[2].duplicated};
  }

 private:
  std::vector<Suspect> suspects() {
    return {{&faults_[2], {}, Takes::never},
            {&faults_[0], {kBroker1}, Takes::never},
            {&faults_[1], {kBroker2}, second_takes}};
  }

  std::array<reports::FaultReport, 3> faults_;
};

using Counts = std::array<std::uint64_t, 3>;

TEST_F(BlameTest, GivesALossToTheLastFaultThatStruckTheFormerLeader) {
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesALossToTheLastFaultThatTookACopyWhoeverLed) {
  second_takes = Takes::when_it_begins;
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, KnowsThatACrashTakesNothingThatWasWrittenWhileItLasted) {
  second_takes = Takes::when_it_begins;
  EXPECT_EQ(lost({kP, at_s(22), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{0, 0, 1}));
}

TEST_F(BlameTest, KnowsThatADiskThatFailsTakesWhatIsWrittenMeanwhile) {
  second_takes = Takes::while_it_lasts;
  EXPECT_EQ(lost({kP, at_s(22), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, KnowsThatOnlyReplicasHaveCopies) {
  second_takes = Takes::when_it_begins;
  replicas = {kBroker1};
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesWhatHasRottedToTheFaultThatTookIt) {
  second_takes = Takes::when_it_begins;
  EXPECT_EQ(lost({kP, at_s(12), std::nullopt}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesALossOfAnotherLeaderToTheLastFaultBefore) {
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(25), NodeId(7)}}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, DoesNotGiveALossToAFaultThatCameLater) {
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(15), kBroker2}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesALossBeforeAllFaultsToNone) {
  EXPECT_EQ(lost({kP, at_s(5), Leaderships::Taken{at_s(8), kBroker2}}), (Counts{0, 0, 0}));
}

TEST_F(BlameTest, PassesOverFaultsThatWereOverBeforeTheAcknowledgement) {
  EXPECT_EQ(lost({kP, at_s(18), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{0, 0, 1}));
}

TEST_F(BlameTest, GivesALossThatNoElectionExplainsToTheFaultThatWasOn) {
  EXPECT_EQ(lost({kP, at_s(22), std::nullopt}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesALossThatNoElectionExplainsToTheNextFaultIfNoneWasOn) {
  EXPECT_EQ(lost({kP, at_s(17), std::nullopt}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesALossThatNoElectionExplainsToAFaultForGood) {
  never_heal();
  EXPECT_EQ(lost({kP, at_s(40), std::nullopt}), (Counts{0, 0, 1}));
}

TEST_F(BlameTest, GivesALossAfterAllFaultsToTheLast) {
  EXPECT_EQ(lost({kP, at_s(40), std::nullopt}), (Counts{0, 0, 1}));
}

TEST_F(BlameTest, GivesADoubleToTheFaultThatBeganWhileItWasUnderWay) {
  EXPECT_EQ(doubled({at_s(18), at_s(40)}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesADoubleThatNoFaultInterruptedToTheOneBefore) {
  EXPECT_EQ(doubled({at_s(21), at_s(22)}), (Counts{0, 1, 0}));
}

}  // namespace
}  // namespace wavetank::sim
