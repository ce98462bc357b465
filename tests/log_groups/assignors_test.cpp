// How a group's partitions are shared out.

#include "engine/log/groups/assignors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/base/random.h"
#include "engine/log/groups/consumer_protocol.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Shares = std::vector<std::vector<PartitionId>>;

constexpr Assignor kAll[] = {Assignor::range, Assignor::round_robin, Assignor::sticky,
                             Assignor::cooperative_sticky};

Topology topics(const std::vector<std::uint32_t>& partitions) {
  Topology topology;
  for (const std::uint32_t count : partitions) {
    topology.topics.emplace_back().partitions = count;
  }
  return topology;
}

/// Members "m00", "m01", ... that read all topics and hold nothing.
std::vector<Subscription> members(std::size_t count, const Topology& topology) {
  std::vector<Subscription> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].identity.member = "m" + std::to_string(i / 10) + std::to_string(i % 10);
    for (std::uint32_t topic = 0; topic < topology.topics.size(); ++topic) {
      all[i].topics.push_back(topic);
    }
  }
  return all;
}

/// They hold what they have been given.
void hold(std::vector<Subscription>& all, const Shares& shares, Generation generation) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].owned = shares[i];
    all[i].generation = generation;
  }
}

std::size_t total(const Shares& shares) {
  std::size_t sum = 0;
  for (const auto& share : shares) {
    sum += share.size();
  }
  return sum;
}

std::set<PartitionId> owned(const Shares& shares) {
  std::set<PartitionId> all;
  for (const auto& share : shares) {
    all.insert(share.begin(), share.end());
  }
  return all;
}

std::size_t spread(const Shares& shares) {
  const auto [least, most] = std::ranges::minmax(shares, {}, &std::vector<PartitionId>::size);
  return most.size() - least.size();
}

/// Partitions of members that stay which somebody else has now.
std::size_t taken_away(const Shares& before, const Shares& after) {
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    for (const PartitionId p : before[i]) {
      moved += std::ranges::binary_search(after[i], p) ? 0 : 1;
    }
  }
  return moved;
}

/// What must be taken from members with these loads so that shares differ by one at most.
std::size_t least_moves(std::vector<std::size_t> loads, std::size_t partitions) {
  std::ranges::sort(loads, std::greater<>());
  std::size_t moves = 0;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::size_t share = partitions / loads.size() + (i < partitions % loads.size() ? 1 : 0);
    moves += loads[i] > share ? loads[i] - share : 0;
  }
  return moves;
}

TEST(Range, GivesRunsOfEachTopicAndTheFirstMembersMore) {
  const Topology topology = topics({5, 3});
  const Shares shares = assign(Assignor::range, topology, members(2, topology));
  EXPECT_THAT(shares[0], ElementsAre(PartitionId(0), PartitionId(1), PartitionId(2), PartitionId(5),
                                     PartitionId(6)));
  EXPECT_THAT(shares[1], ElementsAre(PartitionId(3), PartitionId(4), PartitionId(7)));
}

TEST(RoundRobin, DealsOutInTurnOverAllTopics) {
  const Topology topology = topics({3, 2});
  const Shares shares = assign(Assignor::round_robin, topology, members(2, topology));
  EXPECT_THAT(shares[0], ElementsAre(PartitionId(0), PartitionId(2), PartitionId(4)));
  EXPECT_THAT(shares[1], ElementsAre(PartitionId(1), PartitionId(3)));
}

TEST(Assignors, OrderStaticMembersByTheirInstance) {
  const Topology topology = topics({2});
  auto both = members(2, topology);
  both[1].identity.instance = "a";  // comes first, whatever its member id
  const Shares shares = assign(Assignor::range, topology, both);
  EXPECT_THAT(shares[0], ElementsAre(PartitionId(1)));
  EXPECT_THAT(shares[1], ElementsAre(PartitionId(0)));
}

TEST(Assignors, GiveAPartitionToNobodyIfNobodyReadsItsTopic) {
  const Topology topology = topics({2, 2});
  auto both = members(2, topology);
  both[0].topics = both[1].topics = {1, 7};  // 7: there is none
  for (const Assignor assignor : kAll) {
    EXPECT_EQ(owned(assign(assignor, topology, both)), (std::set{PartitionId(2), PartitionId(3)}))
        << name(assignor);
  }
}

TEST(Assignors, GiveEveryPartitionOneOwner) {
  Random random(3, "assignors");
  for (int round = 0; round < 200; ++round) {
    const Topology topology = topics({static_cast<std::uint32_t>(1 + random.below(20)),
                                      static_cast<std::uint32_t>(1 + random.below(20)),
                                      static_cast<std::uint32_t>(1 + random.below(20))});
    auto all = members(1 + random.below(12), topology);
    for (Subscription& it : all) {
      for (std::uint32_t p = 0; p < topology.partition_count(); ++p) {
        if (random.chance(0.1)) {
          it.owned.push_back(PartitionId(p));  // several may claim the same
        }
      }
      it.generation = Generation(static_cast<std::int32_t>(random.below(3)));
    }
    for (const Assignor assignor : kAll) {
      const Shares shares = assign(assignor, topology, all);
      const std::size_t owners = owned(shares).size();
      EXPECT_EQ(total(shares), owners) << name(assignor) << ": nobody shares";
      if (assignor == Assignor::cooperative_sticky) {
        hold(all, shares, Generation(9));  // what nobody got is free by now
        EXPECT_EQ(owned(assign(assignor, topology, all)).size(), topology.partition_count());
      } else {
        EXPECT_EQ(owners, topology.partition_count()) << name(assignor);
      }
      if (assignor == Assignor::round_robin || assignor == Assignor::sticky) {
        EXPECT_LE(spread(shares), 1U) << name(assignor);
      }
    }
  }
}

TEST(Sticky, MovesAsFewPartitionsAsBalanceAllows) {
  Random random(5, "sticky");
  const Topology topology = topics({17, 31});
  auto all = members(1, topology);
  Shares before = assign(Assignor::sticky, topology, all);
  for (std::int32_t round = 1; round < 200; ++round) {
    hold(all, before, Generation(round));
    if (random.chance(0.5) || all.size() == 1) {  // somebody joins
      all = members(all.size() + 1 + random.below(3), topology);
      before.resize(all.size());
      hold(all, before, Generation(round));
    } else {  // the last ones leave
      all.resize(1 + random.below(all.size() - 1));
      before.resize(all.size());
    }
    std::vector<std::size_t> loads;
    for (const auto& share : before) {
      loads.push_back(share.size());
    }
    const Shares after = assign(Assignor::sticky, topology, all);
    EXPECT_LE(spread(after), 1U);
    EXPECT_EQ(taken_away(before, after), least_moves(loads, topology.partition_count()));
    before = after;
  }
}

TEST(Sticky, LevelsMembersThatReadDifferentTopics) {
  const Topology topology = topics({6, 6});
  auto all = members(3, topology);
  all[0].topics = {0};
  all[1].topics = {1};
  all[2].topics = {0, 1};
  for (std::uint32_t p = 0; p < 6; ++p) {
    all[0].owned.push_back(PartitionId(p));
    all[1].owned.push_back(PartitionId(6 + p));
  }
  const Shares shares = assign(Assignor::sticky, topology, all);
  EXPECT_THAT(shares, testing::Each(testing::SizeIs(4)));
  EXPECT_EQ(owned(shares).size(), 12U);
}

TEST(Sticky, BelievesTheLatestGenerationThatClaimsAPartition) {
  const Topology topology = topics({2});
  auto both = members(2, topology);
  both[0].owned = both[1].owned = {PartitionId(0)};
  both[0].generation = Generation(4);  // a member that comes back
  both[1].generation = Generation(5);
  const Shares shares = assign(Assignor::sticky, topology, both);
  EXPECT_THAT(shares[1], ElementsAre(PartitionId(0)));
}

TEST(CooperativeSticky, GivesWhatMovesToNobodyUntilItIsFree) {
  const Topology topology = topics({4});
  auto all = members(2, topology);
  all[0].owned = {PartitionId(0), PartitionId(1), PartitionId(2), PartitionId(3)};
  const Shares first = assign(Assignor::cooperative_sticky, topology, all);
  EXPECT_EQ(first[0].size(), 2U);
  EXPECT_THAT(first[1], IsEmpty());
  hold(all, first, Generation(2));
  const Shares second = assign(Assignor::cooperative_sticky, topology, all);
  EXPECT_EQ(second[0], first[0]);
  EXPECT_EQ(second[1].size(), 2U);
}

TEST(ConsumerProtocol, IsReadAsItWasWritten) {
  Subscription said;
  said.topics = {0, 300};
  said.owned = {PartitionId(7), PartitionId(70'000)};
  said.generation = Generation(12);
  const auto read = decode_subscription(encode_subscription(said));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->topics, said.topics);
  EXPECT_EQ(read->owned, said.owned);
  EXPECT_EQ(read->generation, said.generation);
  EXPECT_EQ(decode_assignment(encode_assignment(said.owned)), said.owned);
}

TEST(ConsumerProtocol, RefusesBytesThatAreNone) {
  EXPECT_FALSE(decode_subscription("").has_value());
  EXPECT_FALSE(decode_subscription("\x02").has_value());
  EXPECT_FALSE(decode_subscription(encode_assignment({PartitionId(1)})).has_value());
  EXPECT_FALSE(decode_assignment("\x01\x05").has_value());
  EXPECT_EQ(decode_assignment(""), std::vector<PartitionId>{});
}

}  // namespace
}  // namespace wavetank::log::test
