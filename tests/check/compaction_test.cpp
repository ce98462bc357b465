// The checkers of compaction find what they are for: logs with what a cleaner may do, and logs with
// what it may not, planted.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/log/storage/batch_filter.h"
#include "models/record_source.h"
#include "sim/check/compaction.h"
#include "sim/check/log_audit.h"

namespace wavetank::sim {
namespace {

using reports::Verdict;

constexpr log::PartitionId kP{0};

EventId event(std::uint64_t number) {
  return EventId(models::make_event_id(0, number));
}

/// A compacted partition on two brokers, one record a batch, a record a second; judged at 60 s.
/// Record n has offset n.
class CompactionChecker : public testing::Test {
 protected:
  CompactionChecker() {
    partition.id = kP;
    partition.name = "cards-0";
    partition.judged = true;
    partition.config.cleanup = log::Cleanup::compact;
    partition.config.delete_retention = seconds(30);
  }

  void put(std::string_view key, bool tombstone = false) {
    const std::uint64_t number = batches.size();
    ledger.produce(event(number), Time() + seconds(static_cast<std::int64_t>(number)));
    keys.add(0, as_bytes(key), tombstone);
    batches.push_back(encoded(key, number, tombstone));
    acknowledge(number);
  }
  void acknowledge(std::uint64_t number) {
    ledger.acknowledge(event(number), kP, log::Offset(static_cast<std::int64_t>(number)),
                       Time() + seconds(50));
  }
  void remove(std::string_view key) { put(key, true); }
  static Bytes encoded(std::string_view key, std::uint64_t number, bool tombstone) {
    log::BatchBuilder builder;
    ByteWriter value;
    value.fixed(event(number).value());
    ByteWriter headers;
    headers.raw(models::kEventHeader);
    headers.fixed(event(number).value());
    builder.add(0, as_bytes(key), tombstone ? ByteView() : value.view(),
                tombstone ? headers.view() : ByteView());
    const Bytes sent = builder.build(log::kNoProducerId, log::ProducerEpoch(-1), log::Sequence(-1));
    return log::stamped_copy(*log::BatchView::parse(sent),
                             log::Offset(static_cast<std::int64_t>(number)), log::LeaderEpoch(0));
  }
  /// Everything but these records.
  [[nodiscard]] StoredReplica replica(std::uint32_t broker, const std::set<std::uint64_t>& gone) {
    StoredReplica made{
        NodeId(broker), broker == 0, log::Offset(static_cast<std::int64_t>(batches.size())), {}};
    for (std::uint64_t n = 0; n < batches.size(); ++n) {
      if (!gone.contains(n)) {
        made.units.push_back(batches[n]);
      }
    }
    return made;
  }
  AuditReport run(const std::set<std::uint64_t>& gone) { return run(gone, gone); }
  AuditReport run(const std::set<std::uint64_t>& of_leader,
                  const std::set<std::uint64_t>& of_follower) {
    partition.replicas = {replica(0, of_leader), replica(1, of_follower)};
    const PollSkip skips(1);
    const Reading reading{{&position, 1}, skips, {}, {}, Time() + seconds(60), false};
    return audit({&partition, 1}, ledger, keys, reading, {});
  }
  static Verdict verdict(const AuditReport& report, const std::string& name) {
    const auto found = std::ranges::find(report.invariants, name, &reports::InvariantReport::name);
    return found == report.invariants.end() ? Verdict::unknown : found->verdict;
  }
  static Verdict lost_value(const AuditReport& it) {
    return verdict(it, "log/compaction-lost-value");
  }
  static Verdict lost_write(const AuditReport& it) { return verdict(it, "log/lost-write"); }
  static Verdict resurrected(const AuditReport& it) {
    return verdict(it, "log/compaction-resurrected");
  }

  StoredPartition partition;
  RecordLedger ledger;
  EventKeys keys;
  log::Offset position;
  std::vector<Bytes> batches;
};

TEST_F(CompactionChecker, LetsGoWhatALaterRecordOfItsKeySupersedes) {
  put("a");
  put("b");
  put("a");
  const AuditReport report = run({0});
  EXPECT_EQ(lost_value(report), Verdict::pass);
  EXPECT_EQ(lost_write(report), Verdict::pass);
  EXPECT_EQ(report.ledger.compacted, 1U);
  EXPECT_EQ(report.ledger.lost, 0U);
  EXPECT_TRUE(reports::balances(report.ledger));
}

TEST_F(CompactionChecker, MissesTheLastRecordOfAKey) {
  put("a");
  put("b");
  put("a");
  const AuditReport report = run({2});
  EXPECT_EQ(lost_value(report), Verdict::fail);
  EXPECT_EQ(lost_write(report), Verdict::fail);
  EXPECT_EQ(report.ledger.lost, 1U);
}

TEST_F(CompactionChecker, MissesAKeyOfWhichNothingIsLeft) {
  put("a");
  put("b");
  put("a");
  EXPECT_EQ(lost_value(run({0, 2})), Verdict::fail);
}

TEST_F(CompactionChecker, ExcusesNothingInATopicThatIsNotCompacted) {
  put("a");
  put("a");
  partition.config.cleanup = log::Cleanup::remove;
  const AuditReport report = run({0});
  EXPECT_EQ(lost_write(report), Verdict::fail);
  EXPECT_EQ(report.ledger.compacted, 0U);
}

TEST_F(CompactionChecker, AcceptsALaterRecordThatNobodyWasToldOf) {
  put("a");
  ledger.produce(event(1), Time() + seconds(1));
  keys.add(0, as_bytes("a"), false);
  batches.push_back(encoded("a", 1, false));
  EXPECT_EQ(lost_value(run({0})), Verdict::pass);
  EXPECT_EQ(lost_value(run({0, 1})), Verdict::fail);
}

TEST_F(CompactionChecker, LetsADeletedKeyGoAfterTheTombstonesTime) {
  put("a");
  remove("a");
  put("b");
  const AuditReport report = run({0, 1});
  EXPECT_EQ(lost_value(report), Verdict::pass);
  EXPECT_EQ(resurrected(report), Verdict::pass);
  EXPECT_EQ(report.ledger.lost, 0U);
}

TEST_F(CompactionChecker, MissesATombstoneThatIsGoneTooEarly) {
  put("a");
  remove("a");
  partition.config.delete_retention = seconds(59);
  EXPECT_EQ(lost_value(run({0, 1})), Verdict::fail);
  EXPECT_EQ(lost_value(run({0})), Verdict::pass);
}

TEST_F(CompactionChecker, FindsADeletedKeyThatIsBack) {
  put("a");
  remove("a");
  EXPECT_EQ(resurrected(run({1})), Verdict::fail);
  EXPECT_EQ(resurrected(run({})), Verdict::pass) << "not compacted yet";
  EXPECT_EQ(resurrected(run({0})), Verdict::pass);
}

TEST_F(CompactionChecker, ExcusesAKeyThatATombstoneOfUnknownFateMayHaveDeleted) {
  put("a");
  put("b");
  ledger.produce(event(2), Time() + seconds(2));
  keys.add(0, as_bytes("a"), true);
  ledger.refuse(event(2));
  EXPECT_EQ(lost_value(run({0})), Verdict::pass);
  EXPECT_EQ(lost_value(run({1})), Verdict::fail);
}

TEST_F(CompactionChecker, WantsReadersToSeeTheLastRecordOfAKey) {
  put("a");
  put("a");
  put("b");
  position = log::Offset(2);
  EXPECT_EQ(verdict(run({0}), "log/compaction-unread"), Verdict::fail);
  ledger.deliver(event(1), kP, log::Offset(1));
  const AuditReport report = run({0});
  EXPECT_EQ(verdict(report, "log/compaction-unread"), Verdict::pass);
  EXPECT_EQ(verdict(report, "log/poll-skip"), Verdict::pass);
}

// --- replicas compact on their own
// ----------------------------------------------------------------------------------------------

TEST_F(CompactionChecker, TakesReplicasForEqualThatHaveComeFurtherOrLessFar) {
  put("a");
  put("a");
  put("b");
  remove("b");
  put("c");
  EXPECT_EQ(verdict(run({}, {0}), "log/replicas-equal"), Verdict::pass);
  EXPECT_EQ(verdict(run({0, 2, 3}, {0}), "log/replicas-equal"), Verdict::pass);
}

TEST_F(CompactionChecker, FindsAReplicaThatLacksTheLastRecordOfAKey) {
  put("a");
  put("a");
  put("b");
  EXPECT_EQ(verdict(run({}, {1}), "log/replicas-equal"), Verdict::fail);
  EXPECT_EQ(verdict(run({}, {0, 1}), "log/replicas-equal"), Verdict::fail);
  EXPECT_EQ(verdict(run({1}, {}), "log/replicas-equal"), Verdict::fail);
}

TEST_F(CompactionChecker, LetsAReplicaCompactByWhatTheOtherDoesNotKnowToBeCommitted) {
  put("a");
  put("b");
  put("a");
  partition.replicas = {replica(0, {0}), replica(1, {})};
  EXPECT_EQ(compacted_difference(partition.replicas[0], partition.replicas[1], log::Offset(2)),
            std::nullopt);
}

TEST_F(CompactionChecker, FindsAReplicaThatHasADeletedKeyBack) {
  put("a");
  remove("a");
  put("b");
  EXPECT_EQ(verdict(run({0, 1}, {1}), "log/replicas-equal"), Verdict::fail);
}

TEST_F(CompactionChecker, FindsReplicasThatSayDifferentThingsAtOneOffset) {
  put("a");
  put("b");
  partition.replicas = {replica(0, {}), replica(1, {})};
  EXPECT_EQ(compacted_difference(partition.replicas[0], partition.replicas[1], log::Offset(2)),
            std::nullopt);
  const Bytes tombstone = encoded("a", 0, true);
  partition.replicas[1].units[0] = tombstone;
  EXPECT_EQ(compacted_difference(partition.replicas[0], partition.replicas[1], log::Offset(2)),
            log::Offset(0));
}

TEST(StoredLog, FindsTheEventOfATombstoneInAWellFormedHeader) {
  ByteWriter headers;
  headers.raw(models::kEventHeader);
  headers.fixed(event(7).value());
  log::RecordView view;
  view.headers = headers.view();
  int met = 0;
  EXPECT_TRUE(view.for_each_header([&](const log::Header& header) {
    ++met;
    EXPECT_EQ(header.key, "event");
    EXPECT_EQ(models::event_id(header.value), event(7).value());
  }));
  EXPECT_EQ(met, 1);
  EXPECT_EQ(models::event_id({}, headers.view()), event(7).value());
}

TEST(StoredLog, ReadsBatchesThatCompactionHasTakenRecordsFrom) {
  log::BatchBuilder builder;
  for (const char* key : {"a", "b", "c"}) {
    builder.add(0, as_bytes(key), as_bytes("value"));
  }
  const Bytes whole =
      log::stamped_copy(*log::BatchView::parse(builder.build(
                            log::kNoProducerId, log::ProducerEpoch(-1), log::Sequence(-1))),
                        log::Offset(10), log::LeaderEpoch(0));
  port::Meter meter;
  const Bytes left = log::filtered_copy(
      *log::BatchView::parse(whole), 5'000, meter,
      [](const log::RecordView& record) { return record.offset == log::Offset(11); });
  std::vector<std::int64_t> offsets;
  const std::vector<ByteView> units{left};
  EXPECT_EQ(read_stored(units, log::Offset(100),
                        [&](const StoredRecord& it) { offsets.push_back(it.offset.value()); }),
            "");
  EXPECT_EQ(offsets, std::vector<std::int64_t>{11});
  EXPECT_EQ(stored_end(units), log::Offset(13));
}

}  // namespace
}  // namespace wavetank::sim
