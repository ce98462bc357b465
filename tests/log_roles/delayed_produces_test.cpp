// Requests that wait for replicas, without brokers.

#include "engine/log/broker/delayed_produces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr PartitionId kA{0};
constexpr PartitionId kB{1};

class Delayed : public testing::Test {
 protected:
  void add(CorrelationId id, std::vector<std::pair<PartitionId, std::int64_t>> last,
           std::int64_t deadline = 100) {
    DelayedProduce request;
    request.correlation = id;
    request.deadline = Time(deadline);
    std::vector<DelayedProduces::Wait> waits;
    for (const auto& [p, offset] : last) {
      waits.push_back({static_cast<std::uint32_t>(waits.size()), Offset(offset)});
      request.partitions.push_back({p, ErrorCode::none, Offset(offset)});
    }
    produces.add(std::move(request), waits);
  }
  std::vector<CorrelationId> decided() {
    std::vector<CorrelationId> ids;
    last_decided = produces.take_decided();
    for (const DelayedProduce& it : last_decided) {
      ids.push_back(it.correlation);
    }
    return ids;
  }

  DelayedProduces produces{2};
  std::vector<DelayedProduce> last_decided;
};

TEST_F(Delayed, IsDecidedWhenTheWatermarkPassesItsLastRecord) {
  add(1, {{kA, 4}});
  produces.committed(kA, Offset(4), ErrorCode::none);
  EXPECT_THAT(decided(), IsEmpty());
  produces.committed(kA, Offset(5), ErrorCode::none);
  EXPECT_THAT(decided(), ElementsAre(1));
}

TEST_F(Delayed, IsDecidedWithItsLastPartition) {
  add(1, {{kA, 4}, {kB, 9}});
  produces.committed(kA, Offset(50), ErrorCode::none);
  EXPECT_THAT(decided(), IsEmpty());
  produces.fail(kB, ErrorCode::not_leader_or_follower);
  EXPECT_THAT(decided(), ElementsAre(1));
  EXPECT_EQ(last_decided[0].partitions[0].error, ErrorCode::none);
  EXPECT_EQ(last_decided[0].partitions[1].error, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(last_decided[0].partitions[1].base_offset, Offset(-1));
}

TEST_F(Delayed, AreDecidedInTheOrderOfOffsets) {
  add(1, {{kA, 4}});
  add(2, {{kA, 9}});
  add(3, {{kA, 4}});  // a retry of the first
  produces.committed(kA, Offset(5), ErrorCode::none);
  EXPECT_THAT(decided(), ElementsAre(1, 3));
  produces.committed(kA, Offset(10), ErrorCode::none);
  EXPECT_THAT(decided(), ElementsAre(2));
}

TEST_F(Delayed, TimesOutWhereItIsUndecided) {
  add(1, {{kA, 4}, {kB, 9}}, 100);
  add(2, {{kA, 8}}, 200);
  produces.committed(kA, Offset(5), ErrorCode::none);
  EXPECT_EQ(produces.earliest_deadline(), Time(100));
  produces.expire(Time(100));
  EXPECT_THAT(decided(), ElementsAre(1));
  EXPECT_EQ(last_decided[0].partitions[0].error, ErrorCode::none);
  EXPECT_EQ(last_decided[0].partitions[1].error, ErrorCode::request_timed_out);
  produces.committed(kA, Offset(9), ErrorCode::none);
  produces.committed(kB, Offset(10), ErrorCode::none);
  EXPECT_THAT(decided(), ElementsAre(2));
  produces.expire(Time(1'000));
  EXPECT_THAT(decided(), IsEmpty());
}

TEST_F(Delayed, DeadlinesOfAnsweredRequestsDoNotPileUp) {
  for (CorrelationId id = 0; id < 10'000; ++id) {
    add(id, {{kA, id}}, 1'000'000 + id);
    produces.committed(kA, Offset(id + 1), ErrorCode::none);
  }
  EXPECT_THAT(decided(), SizeIs(10'000));
  add(7, {{kA, 20'000}}, 5'000'000);
  EXPECT_GE(produces.earliest_deadline(), Time(1'000'000 + 9'900));
  produces.expire(Time(4'000'000));
  EXPECT_EQ(produces.earliest_deadline(), Time(5'000'000));
}

TEST_F(Delayed, IsFullAtItsBound) {
  for (std::size_t i = 0; i < limits::kWaitingProduces; ++i) {
    EXPECT_FALSE(produces.full());
    add(1, {{kA, static_cast<std::int64_t>(i)}});
  }
  EXPECT_TRUE(produces.full());
  produces.committed(kA, Offset(1), ErrorCode::none);
  EXPECT_FALSE(produces.full());
}

}  // namespace
}  // namespace wavetank::log
