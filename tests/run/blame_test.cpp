#include "sim/run/blame.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace wavetank::sim {
namespace {

constexpr NodeId kBroker1{1};
constexpr NodeId kBroker2{2};

Time at_s(std::int64_t s) {
  return Time() + seconds(s);
}

/// Faults at 10 s, 20 s and 30 s: of the first broker, of the second, and of no broker.
class BlameTest : public testing::Test {
 protected:
  BlameTest() {
    for (int i = 0; i < 3; ++i) {
      faults_[i].at = at_s(10 * (i + 1));
    }
  }

  /// How many each fault is counted.
  std::array<std::uint64_t, 3> lost(const Loss& loss) {
    blame(suspects(), {{loss}, {}});
    return {faults_[0].lost, faults_[1].lost, faults_[2].lost};
  }
  std::array<std::uint64_t, 3> doubled(const Duplicated& copy) {
    blame(suspects(), {{}, {copy}});
    return {faults_[0].duplicated, faults_[1].duplicated, faults_[2].duplicated};
  }

 private:
  std::vector<Suspect> suspects() {
    return {{&faults_[2], {}}, {&faults_[0], {kBroker1}}, {&faults_[1], {kBroker2}}};
  }

  std::array<reports::FaultReport, 3> faults_;
};

using Counts = std::array<std::uint64_t, 3>;

TEST_F(BlameTest, GivesALossToTheLastFaultThatStruckTheFormerLeader) {
  EXPECT_EQ(lost({at_s(5), Leaderships::Taken{at_s(35), kBroker1}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesALossOfAnotherLeaderToTheLastFaultBefore) {
  EXPECT_EQ(lost({at_s(5), Leaderships::Taken{at_s(25), NodeId(7)}}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, DoesNotGiveALossToAFaultThatCameLater) {
  EXPECT_EQ(lost({at_s(5), Leaderships::Taken{at_s(15), kBroker2}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesALossBeforeAllFaultsToTheFirst) {
  EXPECT_EQ(lost({at_s(5), Leaderships::Taken{at_s(7), kBroker2}}), (Counts{1, 0, 0}));
}

TEST_F(BlameTest, GivesALossThatNoElectionExplainsToTheNextFault) {
  EXPECT_EQ(lost({at_s(15), std::nullopt}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesALossAfterAllFaultsThatNoElectionExplainsToTheLast) {
  EXPECT_EQ(lost({at_s(40), std::nullopt}), (Counts{0, 0, 1}));
}

TEST_F(BlameTest, GivesADoubleToTheFaultThatBeganWhileItWasUnderWay) {
  EXPECT_EQ(doubled({at_s(18), at_s(40)}), (Counts{0, 1, 0}));
}

TEST_F(BlameTest, GivesADoubleThatNoFaultInterruptedToTheOneBefore) {
  EXPECT_EQ(doubled({at_s(21), at_s(22)}), (Counts{0, 1, 0}));
}

}  // namespace
}  // namespace wavetank::sim
