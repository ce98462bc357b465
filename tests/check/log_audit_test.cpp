#include "sim/check/log_audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/log/storage/record_batch.h"
#include "models/record_source.h"

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};

EventId event(std::uint64_t number, std::uint32_t instance = 0) {
  return EventId(models::make_event_id(instance, number));
}

/// A partition on two brokers, written batch by batch, and the ledger of who was told what.
class LogAuditTest : public testing::Test {
 protected:
  LogAuditTest() {
    partition.id = kP;
    partition.name = "orders-0";
    partition.judged = true;
    partition.replicas = {{NodeId(0), true, log::Offset(0), {}},
                          {NodeId(1), false, log::Offset(0), {}}};
  }

  void produce(std::uint64_t count) {
    for (std::uint64_t n = 0; n < count; ++n) {
      ledger.produce(event(n), Time());
    }
  }
  /// Both replicas store a batch with these events at the log's end; the high watermark follows.
  void store(std::vector<EventId> events) {
    const Bytes batch = encoded(events, end);
    for (StoredReplica& replica : partition.replicas) {
      replica.units.push_back(batch);
    }
    end += static_cast<std::int64_t>(events.size());
    for (StoredReplica& replica : partition.replicas) {
      replica.high_watermark = end;
    }
  }
  static Bytes encoded(const std::vector<EventId>& events, log::Offset base) {
    log::BatchBuilder builder;
    for (const EventId id : events) {
      ByteWriter value;
      value.fixed(id.value());
      value.text("an order");
      builder.add(0, as_bytes("key"), value.view());
    }
    const Bytes sent = builder.build(log::ProducerId(1), log::ProducerEpoch(0), log::Sequence(0));
    return log::stamped_copy(*log::BatchView::parse(sent), base, log::LeaderEpoch(0));
  }
  void acknowledge(std::uint64_t number, std::int64_t offset) {
    ledger.acknowledge(event(number), kP, log::Offset(offset), Time() + milliseconds(5));
  }
  AuditReport run(Promises promises = {}) {
    return audit({&partition, 1}, ledger, {&position, 1}, promises);
  }
  static reports::InvariantReport verdict(const AuditReport& report, const std::string& name) {
    const auto found = std::ranges::find(report.invariants, name, &reports::InvariantReport::name);
    return found == report.invariants.end() ? reports::InvariantReport{} : *found;
  }

  StoredPartition partition;
  RecordLedger ledger;
  log::Offset end;
  log::Offset position;  ///< of the consumer group
};

TEST_F(LogAuditTest, PassesWhenEveryPromiseWasKept) {
  produce(3);
  store({event(0), event(1)});
  store({event(2)});
  for (std::uint64_t n = 0; n < 3; ++n) {
    acknowledge(n, static_cast<std::int64_t>(n));
    ledger.deliver(event(n), kP, log::Offset(static_cast<std::int64_t>(n)));
  }
  position = end;
  const AuditReport report = run();
  for (const reports::InvariantReport& invariant : report.invariants) {
    EXPECT_EQ(invariant.verdict, reports::Verdict::pass)
        << invariant.name << ": " << invariant.first.value_or("");
  }
  EXPECT_EQ(report.ledger.delivered, 3U);
  EXPECT_TRUE(reports::balances(report.ledger));
}

TEST_F(LogAuditTest, NamesAnAcknowledgedRecordThatIsGone) {
  produce(2);
  store({event(0)});
  acknowledge(0, 0);
  acknowledge(1, 1);
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/no-lost-write").verdict, reports::Verdict::fail);
  EXPECT_EQ(report.ledger.lost, 1U);
  ASSERT_EQ(report.lost.size(), 1U);
  EXPECT_EQ(report.lost[0].event_id, event(1).value());
  EXPECT_EQ(report.lost[0].partition, "orders-0");
  EXPECT_EQ(report.lost[0].offset, 1);
  EXPECT_EQ(report.lost[0].acknowledged_at, Time() + milliseconds(5));
  EXPECT_TRUE(reports::balances(report.ledger));
}

TEST_F(LogAuditTest, CountsAnAcknowledgedRecordAboveTheHighWatermarkAsLost) {
  produce(1);
  store({event(0)});
  acknowledge(0, 0);
  partition.replicas[0].high_watermark = log::Offset(0);
  EXPECT_EQ(run().ledger.lost, 1U);
}

TEST_F(LogAuditTest, LooksForItInTheLeadersLogWherePromisesEndThere) {
  produce(1);
  store({event(0)});
  acknowledge(0, 0);
  partition.replicas[0].high_watermark = log::Offset(0);
  EXPECT_EQ(run({.acks_all = false}).ledger.lost, 0U);
}

TEST_F(LogAuditTest, CatchesARecordThatTheConsumerPassedWithoutBeingGivenIt) {
  produce(2);
  store({event(0), event(1)});
  ledger.deliver(event(1), kP, log::Offset(1));
  position = log::Offset(2);
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesARecordStoredTwice) {
  produce(1);
  store({event(0)});
  store({event(0)});
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/no-duplicate").verdict, reports::Verdict::fail);
  EXPECT_EQ(report.ledger.duplicated, 1U);
}

TEST_F(LogAuditTest, DoesNotHoldDuplicatesAgainstAProducerThatPromisesNothing) {
  produce(1);
  store({event(0)});
  store({event(0)});
  const AuditReport report = run({.idempotent = false});
  EXPECT_EQ(verdict(report, "log/no-duplicate").name, "");
  EXPECT_EQ(report.ledger.duplicated, 1U);
}

TEST_F(LogAuditTest, CatchesAProducersRecordsOutOfOrder) {
  produce(2);
  store({event(1)});
  store({event(0)});
  EXPECT_EQ(verdict(run(), "log/producer-order").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesAnOffsetOtherThanTheOneAcknowledged) {
  produce(2);
  store({event(0), event(1)});
  acknowledge(0, 1);
  EXPECT_EQ(verdict(run(), "log/consistent-offsets").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesARecordThatNobodyProduced) {
  produce(1);
  store({event(0), event(5)});
  EXPECT_EQ(verdict(run(), "log/no-phantom").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesReplicasThatDifferBelowTheHighWatermark) {
  produce(3);
  store({event(0)});
  partition.replicas[1].units.back() = encoded({event(2)}, log::Offset(0));
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, LetsReplicasDifferAboveTheHighWatermark) {
  produce(3);
  store({event(0)});
  partition.replicas[1].units.push_back(encoded({event(2)}, log::Offset(1)));
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::pass);
}

TEST_F(LogAuditTest, CatchesAReplicaCutAmidASharedUnit) {
  produce(2);
  store({event(0), event(1)});
  Bytes& unit = partition.replicas[1].units.back();
  unit = unit.slice(0, unit.size() - 1);
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesReplicasThatHoldARecordAtDifferentOffsets) {
  produce(2);
  store({event(0)});
  store({event(1)});
  partition.replicas[1].units.front() = encoded({event(0)}, log::Offset(-1));
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, BelievesTheLatestLeaderAndNotADeposedOneThatHasNotHeard) {
  produce(2);
  store({event(0)});
  StoredReplica& deposed = partition.replicas[0];
  StoredReplica& leader = partition.replicas[1];
  leader.leads = true;
  deposed.epoch = log::LeaderEpoch(0);
  leader.epoch = log::LeaderEpoch(1);
  leader.units.push_back(encoded({event(1)}, log::Offset(1)));
  leader.high_watermark = log::Offset(2);
  acknowledge(0, 0);
  acknowledge(1, 1);
  EXPECT_EQ(run().ledger.lost, 0U);
}

TEST_F(LogAuditTest, DoesNotKnowWhatIsLostWhileNobodyLeads) {
  produce(1);
  store({event(0)});
  acknowledge(0, 0);
  partition.replicas[0].leads = false;
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/no-lost-write").verdict, reports::Verdict::unknown);
  EXPECT_EQ(report.ledger.lost, 0U);
}

TEST_F(LogAuditTest, CatchesADeliveryOfWhatIsNotInTheLog) {
  produce(1);
  ledger.deliver(event(0), kP, log::Offset(0));
  EXPECT_EQ(verdict(run(), "ledger/conservation").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, GivesEveryRecordOnePlace) {
  produce(4);
  store({event(0), event(1)});
  acknowledge(0, 0);
  ledger.deliver(event(0), kP, log::Offset(0));  // delivered
  acknowledge(1, 1);                             // stored, on its way
  ledger.refuse(event(2));                       // given up
  const AuditReport report = run();              // event 3: still pending
  EXPECT_EQ(report.ledger.delivered, 1U);
  EXPECT_EQ(report.ledger.in_flight, 2U);
  EXPECT_EQ(report.ledger.refused, 1U);
  EXPECT_TRUE(reports::balances(report.ledger));
}

}  // namespace
}  // namespace wavetank::sim
