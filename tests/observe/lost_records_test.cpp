#include "sim/observe/lost_records.h"

#include <gtest/gtest.h>

#include <numeric>

#include "models/record_source.h"

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
constexpr NodeId kFirst{1};
constexpr NodeId kSecond{2};
constexpr NodeId kReader{9};

Time at_s(std::int64_t s) {
  return Time() + seconds(s);
}

/// One producer, one partition; record n has the number n.
class LostRecordsTest : public testing::Test {
 protected:
  LostRecordsTest() {
    for (std::uint64_t n = 0; n < 100; ++n) {
      ledger.produce(record(n), Time());
    }
  }
  static EventId record(std::uint64_t n) { return EventId(models::make_event_id(0, n)); }
  static std::vector<std::uint64_t> ids(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> all(to - from);
    std::iota(all.begin(), all.end(), record(from).value());
    return all;
  }
  void leads(Time now, NodeId broker, std::int64_t end) {
    leaderships.began(now, kP, broker, log::Offset(end));
    lost.led(now, kP, log::Offset(end));
  }
  /// Records [from, to), which stand at `base` and what follows.
  void acknowledged(Time now, NodeId by, std::uint64_t from, std::uint64_t to, std::int64_t base) {
    log::Offset offset(base);
    for (const std::uint64_t id : ids(from, to)) {
      ledger.acknowledge(EventId(id), kP, offset, now);
      offset += 1;
    }
    lost.acknowledged(kP, log::Offset(base), ids(from, to), by);
  }
  void sent_with_acks_0(std::uint64_t from, std::uint64_t to) {
    for (const std::uint64_t id : ids(from, to)) {
      ledger.acknowledge(EventId(id), kP, log::Offset(-1), Time());
    }
    lost.acknowledged_somewhere(kP, ids(from, to));
  }
  void delivered(std::uint64_t number, std::int64_t offset) {
    invariants.delivered(kReader, kP, log::Offset(offset), Time());
    ledger.deliver(record(number), kP, log::Offset(offset));
    lost.delivered(kP, record(number));
  }
  /// What is owed to nobody any more.
  std::uint64_t settled() {
    lost.tell_ledger();
    return ledger.totals().settled + ledger.totals().lost;
  }

  RecordLedger ledger;
  Leaderships leaderships;
  StepInvariants invariants{1};
  LostRecords lost{ledger, leaderships, invariants, 1};
};

TEST_F(LostRecordsTest, AreThoseThatTheNextLeaderHasNot) {
  leads(at_s(0), kFirst, 0);
  acknowledged(at_s(1), kFirst, 0, 10, 0);
  EXPECT_EQ(settled(), 0U);
  leads(at_s(2), kSecond, 7);
  EXPECT_EQ(settled(), 3U);
}

TEST_F(LostRecordsTest, AreNotThoseThatTheNextLeaderWritesInTheirPlace) {
  leads(at_s(0), kFirst, 0);
  acknowledged(at_s(1), kFirst, 0, 10, 0);
  leads(at_s(2), kSecond, 7);
  acknowledged(at_s(3), kSecond, 10, 20, 7);
  EXPECT_EQ(settled(), 3U);
}

TEST_F(LostRecordsTest, AreNotThoseThatWereDeliveredOrAreNotAcknowledged) {
  leads(at_s(0), kFirst, 0);
  acknowledged(at_s(1), kFirst, 0, 10, 0);
  for (std::int64_t n = 0; n < 9; ++n) {
    delivered(static_cast<std::uint64_t>(n), n);
  }
  leads(at_s(2), kSecond, 7);
  EXPECT_EQ(settled(), 10U) << "nine are delivered, one is lost, ninety are still to come";
}

TEST_F(LostRecordsTest, AreNotThoseThatReadersHadPassedOver) {
  leads(at_s(0), kFirst, 0);
  acknowledged(at_s(1), kFirst, 0, 10, 0);
  invariants.position_set(kReader, kP, log::Offset(8), PassedOver::Why::began);
  leads(at_s(2), kSecond, 7);
  EXPECT_EQ(settled() + invariants.records_passed_over(), 10U);
}

TEST_F(LostRecordsTest, AreThoseThatAFormerLeaderAcknowledges) {
  leads(at_s(0), kFirst, 0);
  leads(at_s(2), kSecond, 7);
  acknowledged(at_s(3), kFirst, 0, 10, 0);
  EXPECT_EQ(settled(), 3U);
}

TEST_F(LostRecordsTest, WithoutAcksAreThoseBeforeOneThatIsDelivered) {
  sent_with_acks_0(0, 10);
  delivered(0, 0);
  EXPECT_EQ(settled(), 1U);
  delivered(6, 1);
  EXPECT_EQ(settled(), 7U) << "five came to nothing, three may come";
}

TEST_F(LostRecordsTest, WithoutAcksAreNotThoseThatReadersHadPassedOver) {
  sent_with_acks_0(0, 10);
  invariants.position_set(kReader, kP, log::Offset(4), PassedOver::Why::began);
  delivered(6, 4);
  EXPECT_EQ(settled() + invariants.records_passed_over(), 7U);
}

TEST_F(LostRecordsTest, AreSettledOnceThoughTheyComeBack) {
  sent_with_acks_0(0, 10);
  delivered(6, 0);
  delivered(2, 1);
  EXPECT_EQ(settled(), 7U);
}

}  // namespace
}  // namespace wavetank::sim
