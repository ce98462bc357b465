#include "sim/check/log_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/log/storage/record_batch.h"
#include "models/record_source.h"

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
constexpr NodeId kReader{9};

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
    const ByteView batch = encoded(events, end);
    for (StoredReplica& replica : partition.replicas) {
      replica.units.push_back(batch);
    }
    end += static_cast<std::int64_t>(events.size());
    for (StoredReplica& replica : partition.replicas) {
      replica.high_watermark = end;
    }
  }
  ByteView encoded(const std::vector<EventId>& events, log::Offset base,
                   log::Compression compression = log::Compression::none) {
    log::BatchBuilder builder;
    for (const EventId id : events) {
      ByteWriter value;
      value.fixed(id.value());
      value.text("an order");
      builder.add(0, as_bytes("key"), value.view());
    }
    const Bytes sent = builder.build(log::ProducerId(1), log::ProducerEpoch(0), log::Sequence(0),
                                     static_cast<std::int16_t>(compression));
    return keep(log::stamped_copy(*log::BatchView::parse(sent), base, log::LeaderEpoch(0)));
  }
  ByteView keep(Bytes unit) { return kept.emplace_back(std::move(unit)); }
  /// All replicas begin at a batch's offset and have no other bytes than from there on.
  void throw_away_before(std::int64_t start, std::ptrdiff_t batches) {
    for (StoredReplica& replica : partition.replicas) {
      replica.units.erase(replica.units.begin(), replica.units.begin() + batches);
      replica.start = log::Offset(start);
    }
  }
  void acknowledge(std::uint64_t number, std::int64_t offset) {
    ledger.acknowledge(event(number), kP, log::Offset(offset), Time() + milliseconds(5));
  }
  AuditReport run(Promises promises = {}) {
    const Reading reading{{&position, 1},   skips, {&passed_over, 1},
                          {&last_given, 1}, now,   cut_short};
    return audit({&partition, 1}, ledger, keys, reading, promises);
  }
  static reports::InvariantReport verdict(const AuditReport& report, const std::string& name) {
    const auto found = std::ranges::find(report.invariants, name, &reports::InvariantReport::name);
    return found == report.invariants.end() ? reports::InvariantReport{} : *found;
  }

  std::vector<Bytes> kept;  ///< what replicas store
  StoredPartition partition;
  RecordLedger ledger;
  EventKeys keys;
  log::Offset end;
  log::Offset position;  ///< of the consumer group
  PollSkip skips{1};
  std::optional<Time> last_given = Time();
  Time now = Time() + seconds(60);
  bool cut_short = false;
  std::vector<PassedOver> passed_over;
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

TEST_F(LogAuditTest, LooksAtTheLastOfManyRecords) {
  constexpr std::uint64_t kMany = 500;
  produce(kMany);
  for (std::uint64_t n = 0; n < kMany; ++n) {
    store({event(n)});
    acknowledge(n, static_cast<std::int64_t>(n));
  }
  EXPECT_EQ(verdict(run(), "log/duplicate").verdict, reports::Verdict::pass);
  store({event(kMany - 2)});
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/duplicate").verdict, reports::Verdict::fail);
  EXPECT_EQ(verdict(report, "log/duplicate").checked, kMany + 1);
}

TEST_F(LogAuditTest, NamesAnAcknowledgedRecordThatIsGone) {
  produce(2);
  store({event(0)});
  acknowledge(0, 0);
  acknowledge(1, 1);
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/lost-write").verdict, reports::Verdict::fail);
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
  EXPECT_EQ(run({{{.acks_all = false}}}).ledger.lost, 0U);
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
  EXPECT_EQ(verdict(report, "log/duplicate").verdict, reports::Verdict::fail);
  EXPECT_EQ(report.ledger.duplicated, 1U);
}

TEST_F(LogAuditTest, DoesNotHoldDuplicatesAgainstAProducerThatPromisesNothing) {
  produce(1);
  store({event(0)});
  store({event(0)});
  const AuditReport report = run({{{.idempotent = false}}});
  EXPECT_EQ(verdict(report, "log/duplicate").name, "");
  EXPECT_EQ(report.ledger.duplicated, 1U);
}

TEST_F(LogAuditTest, HoldsADuplicateAgainstTheProducerThatWasPromisedNone) {
  const Promises mixed{{{.idempotent = false}, {.idempotent = true}}};
  ledger.produce(event(0, 0), Time());
  ledger.produce(event(0, 1), Time());
  store({event(0, 0), event(0, 0), event(0, 1)});
  EXPECT_EQ(verdict(run(mixed), "log/duplicate").verdict, reports::Verdict::pass);
  store({event(0, 1)});
  EXPECT_EQ(verdict(run(mixed), "log/duplicate").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, HoldsALossAgainstWhoWaitedForAllBesideOneWhoDidNot) {
  const Promises mixed{{{.acks_all = false}, {.acks_all = true}}};
  ledger.produce(event(0, 0), Time());
  ledger.produce(event(0, 1), Time());
  store({event(0, 0), event(0, 1)});
  partition.replicas[0].high_watermark = log::Offset(0);
  ledger.acknowledge(event(0, 0), kP, log::Offset(0), Time());
  EXPECT_EQ(run(mixed).ledger.lost, 0U);
  ledger.acknowledge(event(0, 1), kP, log::Offset(1), Time());
  EXPECT_EQ(run(mixed).ledger.lost, 1U);
}

TEST_F(LogAuditTest, SaysWhenWhatIsStoredTwiceWasUnderWay) {
  ledger.produce(event(0), Time() + seconds(3));
  store({event(0), event(0)});
  ledger.acknowledge(event(0), kP, log::Offset(0), Time() + seconds(5));
  const AuditReport report = run();
  ASSERT_EQ(report.duplicated.size(), 1U);
  EXPECT_EQ(report.duplicated[0].due, Time() + seconds(3));
  EXPECT_EQ(report.duplicated[0].acknowledged, Time() + seconds(5));
}

TEST_F(LogAuditTest, CountsAsDoubledWhatReadersWereGivenTwiceThoughOneCopyIsGone) {
  produce(2);
  store({event(0), event(1)});
  ledger.deliver(event(1), kP, log::Offset(1));
  ledger.deliver(event(1), kP, log::Offset(5));
  ledger.deliver(event(1), kP, log::Offset(6));
  const AuditReport report = run();
  EXPECT_EQ(report.ledger.duplicated, 1U) << "a record, however often it was given";
  EXPECT_EQ(report.duplicated.size(), 1U);
  EXPECT_THAT(verdict(report, "log/duplicate").first,
              testing::Optional(testing::HasSubstr("at a second offset, the first event 0/1")));
}

TEST_F(LogAuditTest, SaysWhereALostRecordWas) {
  produce(2);
  store({event(0)});
  ledger.acknowledge(event(1), kP, log::Offset(1), Time() + seconds(5));
  const AuditReport report = run();
  ASSERT_EQ(report.lost_from.size(), 1U);
  EXPECT_EQ(report.lost_from[0].acknowledged, Time() + seconds(5));
  EXPECT_EQ(report.lost_from[0].partition, kP);
  EXPECT_EQ(report.lost_from[0].offset, log::Offset(1));
}

TEST_F(LogAuditTest, CatchesAProducersRecordsOutOfOrder) {
  produce(2);
  store({event(1)});
  store({event(0)});
  EXPECT_EQ(verdict(run(), "log/nonmonotonic-send").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesAnOffsetOtherThanTheOneAcknowledged) {
  produce(2);
  store({event(0), event(1)});
  acknowledge(0, 1);
  EXPECT_EQ(verdict(run(), "log/inconsistent-offsets").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, FindsARecordWhereverOneOfItsCopiesIs) {
  produce(1);
  store({event(0), event(0)});
  acknowledge(0, 1);
  EXPECT_EQ(verdict(run(), "log/inconsistent-offsets").verdict, reports::Verdict::pass);
}

TEST_F(LogAuditTest, CatchesARecordThatNobodyProduced) {
  produce(1);
  store({event(0), event(5)});
  EXPECT_EQ(verdict(run(), "log/phantom").verdict, reports::Verdict::fail);
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

TEST_F(LogAuditTest, FindsTheEndOfALogWhoseLastBytesAreNoBatch) {
  const std::string torn = "not a batch at all";
  const ByteView batch = encoded({event(0), event(1)}, log::Offset(7));
  const std::vector<ByteView> units{batch, as_bytes(torn)};
  EXPECT_EQ(stored_end(units), log::Offset(9));
  EXPECT_EQ(stored_end({}), log::Offset(0));
}

TEST_F(LogAuditTest, ReadsWhatIsCompressed) {
  for (const auto codec : {log::Compression::lz4, log::Compression::zstd}) {
    std::vector<EventId> events;
    for (std::uint64_t n = 0; n < 5'000; ++n) {  // more than a block of LZ4
      events.push_back(event(n));
    }
    const ByteView packed = encoded(events, log::Offset(0), codec);
    std::vector<std::uint64_t> read;
    EXPECT_EQ(read_stored(std::span(&packed, 1), log::Offset(5'000),
                          [&](const StoredRecord& record) {
                            read.push_back(models::event_id(record.value, record.headers).value());
                          }),
              "");
    ASSERT_EQ(read.size(), events.size());
    EXPECT_EQ(read.back(), events.back().value());
    // Whatever else its bytes say by mistake, it is no batch of these records.
    const ByteView bad = keep(Bytes::build(packed.size(), [&](std::uint8_t* to) {
      std::copy_n(packed.data(), packed.size(), to);
      to[packed.size() / 2] ^= 0x55;
      to[packed.size() - 1] ^= 0x55;
    }));
    EXPECT_NE(read_stored(std::span(&bad, 1), log::Offset(5'000), [](const StoredRecord&) {}), "");
  }
}

TEST_F(LogAuditTest, FindsEveryRecordOfCompressedAndPlainBatchesOnce) {
  produce(60);
  for (std::uint64_t n = 0; n < 60; n += 3) {
    store({event(n), event(n + 1), event(n + 2)});
    if (n % 2 == 0) {
      const ByteView packed =
          encoded({event(n), event(n + 1), event(n + 2)}, log::Offset(static_cast<std::int64_t>(n)),
                  n % 4 == 0 ? log::Compression::lz4 : log::Compression::zstd);
      for (StoredReplica& replica : partition.replicas) {
        replica.units.back() = packed;
      }
    }
  }
  EXPECT_EQ(verdict(run(), "log/phantom").verdict, reports::Verdict::pass);
  EXPECT_EQ(verdict(run(), "log/duplicate").verdict, reports::Verdict::pass);
}

TEST_F(LogAuditTest, ComparesRecordsAndNotTheirCompression) {
  produce(2);
  store({event(0), event(1)});
  partition.replicas[1].units.back() =
      encoded({event(0), event(1)}, log::Offset(0), log::Compression::zstd);
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::pass);
  partition.replicas[1].units.back() =
      encoded({event(0), event(0)}, log::Offset(0), log::Compression::zstd);
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesAReplicaCutAmidASharedUnit) {
  produce(2);
  store({event(0), event(1)});
  ByteView& unit = partition.replicas[1].units.back();
  unit = unit.first(unit.size() - 1);
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
  EXPECT_EQ(verdict(report, "log/lost-write").verdict, reports::Verdict::unknown);
  EXPECT_EQ(report.ledger.lost, 0U);
}

TEST_F(LogAuditTest, CatchesADeliveryOfWhatIsNotInTheLog) {
  produce(1);
  ledger.deliver(event(0), kP, log::Offset(0));
  const reports::InvariantReport offsets = verdict(run(), "log/inconsistent-offsets");
  EXPECT_EQ(offsets.verdict, reports::Verdict::fail);
  EXPECT_EQ(offsets.first,
            "event 0/0 was delivered from orders-0 offset 0, where the log does not have it");
}

TEST_F(LogAuditTest, NamesTheRecordThatWasLostWithItsPlaceAndTime) {
  produce(2);
  store({event(0)});
  acknowledge(1, 1);
  EXPECT_EQ(verdict(run(), "log/lost-write").first,
            "event 0/1, acknowledged at 0.005000 s as orders-0 offset 1, is gone");
}

TEST_F(LogAuditTest, CatchesADuplicateThatReadersSawThoughItIsGone) {
  produce(1);
  store({event(0)});
  ledger.deliver(event(0), kP, log::Offset(0));
  ledger.deliver(event(0), kP, log::Offset(0));  // again from the same place: owed after a restart
  EXPECT_EQ(verdict(run(), "log/duplicate").verdict, reports::Verdict::pass);
  ledger.deliver(event(0), kP, log::Offset(7));
  EXPECT_EQ(verdict(run(), "log/duplicate").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CatchesSendsAcknowledgedInAnotherOrder) {
  produce(2);
  store({event(1), event(0)});
  acknowledge(0, 1);
  acknowledge(1, 0);
  EXPECT_EQ(verdict(run(), "log/nonmonotonic-send").verdict, reports::Verdict::fail);
  EXPECT_EQ(verdict(run({{{.idempotent = false}}}), "log/nonmonotonic-send").name, "")
      << "nobody promised an order";
}

TEST_F(LogAuditTest, LetsTwoProducersInterleave) {
  ledger.produce(event(0, 0), Time());
  ledger.produce(event(0, 1), Time());
  store({event(0, 1), event(0, 0)});
  ledger.acknowledge(event(0, 0), kP, log::Offset(1), Time());
  ledger.acknowledge(event(0, 1), kP, log::Offset(0), Time());
  EXPECT_EQ(verdict(run(), "log/nonmonotonic-send").verdict, reports::Verdict::pass);
}

TEST_F(LogAuditTest, CatchesARecordInAGapThatAReaderWasTakenOver) {
  produce(3);
  store({event(0), event(1), event(2)});
  for (std::uint64_t n = 0; n < 3; ++n) {
    ledger.deliver(event(n), kP, log::Offset(static_cast<std::int64_t>(n)));
  }
  position = end;
  skips.jumped(kReader, kP, log::Offset(1), log::Offset(2), Time() + seconds(3));
  EXPECT_EQ(verdict(run(), "log/poll-skip").first,
            "orders-0 offset 1: at 3.000000 s node 9 was taken from 1 to 2, past event 0/1");
}

TEST_F(LogAuditTest, LetsAReaderPassAGapThatHoldsNoRecord) {
  produce(2);
  store({event(0)});
  end = log::Offset(5);  // 1 to 4 were compacted away
  store({event(1)});
  ledger.deliver(event(0), kP, log::Offset(0));
  ledger.deliver(event(1), kP, log::Offset(5));
  position = end;
  skips.jumped(kReader, kP, log::Offset(3), log::Offset(5), Time());
  skips.jumped(kReader, kP, log::Offset(1), log::Offset(5), Time());
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::pass);
}

TEST_F(LogAuditTest, SaysUnknownOfSkipsBeyondItsMemory) {
  produce(1);
  store({event(0)});
  ledger.deliver(event(0), kP, log::Offset(0));
  position = end;
  for (std::size_t i = 0; i <= PollSkip::kMaxGaps; ++i) {
    skips.jumped(kReader, kP, log::Offset(100), log::Offset(101), Time());
  }
  EXPECT_NE(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
}

class UnseenTest : public LogAuditTest {
 protected:
  UnseenTest() {
    produce(2);
    store({event(0), event(1)});
    acknowledge(0, 0);
    acknowledge(1, 1);
    ledger.deliver(event(0), kP, log::Offset(0));
    position = log::Offset(1);
  }
  reports::InvariantReport unseen(Promises promises = {}) {
    return verdict(run(promises), "log/unseen");
  }
};

TEST_F(UnseenTest, CatchesARecordThatWaitsForAReaderWhoStandsStill) {
  EXPECT_EQ(unseen().verdict, reports::Verdict::fail);
  EXPECT_EQ(unseen().first,
            "event 0/1, acknowledged at 0.005000 s as orders-0 offset 1, was never delivered: its "
            "reader was given nothing for 60 s");
}

TEST_F(UnseenTest, PassesOnceEverythingIsDelivered) {
  ledger.deliver(event(1), kP, log::Offset(1));
  position = end;
  EXPECT_EQ(unseen().verdict, reports::Verdict::pass);
}

TEST_F(UnseenTest, DoesNotKnowWhileTheReaderIsStillUnderWayOrCannotRead) {
  last_given = now - seconds(1);
  EXPECT_EQ(unseen().verdict, reports::Verdict::unknown);
  last_given = Time();
  cut_short = true;
  EXPECT_EQ(unseen().verdict, reports::Verdict::unknown);
  cut_short = false;
  partition.replicas[0].leads = false;
  EXPECT_EQ(unseen().verdict, reports::Verdict::unknown);
}

TEST_F(UnseenTest, ExpectsNothingWhereNobodyReads) {
  EXPECT_EQ(unseen({.consumed = false}).name, "");
  last_given.reset();
  EXPECT_EQ(unseen().checked, 0U);
}

TEST_F(UnseenTest, LeavesASkippedRecordToPollSkip) {
  position = end;
  EXPECT_EQ(unseen().verdict, reports::Verdict::pass);
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CountsTheSameRecordsTwiceAndAgrees) {
  produce(3);
  store({event(0), event(1)});
  acknowledge(0, 0);
  ledger.deliver(event(0), kP, log::Offset(0));
  ledger.refuse(event(1));                       // told that it failed,
  ledger.deliver(event(1), kP, log::Offset(1));  // and stored all the same
  ledger.refuse(event(2));
  EXPECT_EQ(verdict(run(), "ledger/conservation").verdict, reports::Verdict::pass);
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

// --- what retention has taken
// ----------------------------------------------------------------------------------------------

/// Three records of a topic that keeps them for 30 s, of which the run sees 60; the first one has
/// been read, and two are gone.
class ExpiryTest : public LogAuditTest {
 protected:
  ExpiryTest() {
    partition.config.retention = seconds(30);
    produce(3);
    for (std::uint64_t n = 0; n < 3; ++n) {
      store({event(n)});
      acknowledge(n, static_cast<std::int64_t>(n));
    }
    ledger.deliver(event(0), kP, log::Offset(0));
    position = log::Offset(1);
    throw_away_before(2, 2);
  }
};

TEST_F(ExpiryTest, CallsExpiredWhatGrewOldUnread) {
  const AuditReport report = run();
  EXPECT_EQ(report.ledger.delivered, 1U);
  EXPECT_EQ(report.ledger.expired, 1U);
  EXPECT_EQ(report.ledger.in_flight, 1U);
  EXPECT_EQ(report.ledger.lost, 0U);
  EXPECT_TRUE(reports::balances(report.ledger));
  EXPECT_EQ(verdict(report, "log/lost-write").verdict, reports::Verdict::pass);
  EXPECT_EQ(verdict(report, "log/inconsistent-offsets").verdict, reports::Verdict::pass);
}

TEST_F(ExpiryTest, CallsLostWhatIsGoneBeforeItsTime) {
  partition.config.retention = seconds(61);
  const AuditReport report = run();
  EXPECT_EQ(report.ledger.expired, 0U);
  EXPECT_EQ(report.ledger.lost, 2U);
  EXPECT_EQ(verdict(report, "log/lost-write").verdict, reports::Verdict::fail);
}

TEST_F(ExpiryTest, CallsTheOffsetInconsistentOfWhatWasReadAndIsGoneBeforeItsTime) {
  RecordLedger unacknowledged;
  unacknowledged.produce(event(0), Time());
  unacknowledged.deliver(event(0), kP, log::Offset(0));
  ledger = std::move(unacknowledged);
  partition.replicas.front().units.clear();
  EXPECT_NE(verdict(run(), "log/inconsistent-offsets").verdict, reports::Verdict::fail);
  partition.config.retention = seconds(61);
  EXPECT_EQ(verdict(run(), "log/inconsistent-offsets").verdict, reports::Verdict::fail);
}

TEST_F(ExpiryTest, CallsLostWhatIsGoneAboveTheStart) {
  for (StoredReplica& replica : partition.replicas) {
    replica.units.clear();
  }
  const AuditReport report = run();
  EXPECT_EQ(report.ledger.expired, 1U);
  EXPECT_EQ(report.ledger.lost, 1U);
}

TEST_F(ExpiryTest, LetsALogThatIsFullForgetTheYoungest) {
  partition.config.retention = seconds(61);
  partition.config.retention_bytes = partition.replicas.front().units.front().size();
  EXPECT_EQ(run().ledger.expired, 1U);
  partition.config.retention_bytes += 1;
  EXPECT_EQ(run().ledger.lost, 2U) << "it has thrown away more than it had to";
}

TEST_F(ExpiryTest, AsksNobodyToReadWhatIsGone) {
  EXPECT_NE(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
  position = log::Offset(2);
  EXPECT_NE(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
  position = log::Offset(3);
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail)
      << "the third record is there, and was passed";
}

TEST_F(LogAuditTest, ComparesReplicasFromWhereBothBegin) {
  store({event(0)});
  store({event(1)});
  partition.replicas[0].units.erase(partition.replicas[0].units.begin());
  partition.replicas[0].start = log::Offset(1);
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::pass);
  partition.replicas[1].units[1] = encoded({event(7)}, log::Offset(1));
  EXPECT_EQ(verdict(run(), "log/replicas-equal").verdict, reports::Verdict::fail);
}

TEST_F(LogAuditTest, CallsSkippedWhatTheGroupPassedOverByChoice) {
  produce(2);
  store({event(0), event(1)});
  acknowledge(0, 0);
  acknowledge(1, 1);
  ledger.deliver(event(1), kP, log::Offset(1));
  position = end;
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
  passed_over = {{log::Offset(0), log::Offset(1), PassedOver::Why::began}};
  const AuditReport report = run();
  EXPECT_EQ(verdict(report, "log/poll-skip").verdict, reports::Verdict::pass);
  EXPECT_EQ(verdict(report, "log/unseen").verdict, reports::Verdict::pass);
  EXPECT_EQ(report.ledger.skipped, 1U);
  EXPECT_TRUE(reports::balances(report.ledger));
}

TEST_F(ExpiryTest, BelievesAResetOnlyIfTheLogHadLostItsPlace) {
  position = end;
  passed_over = {{log::Offset(1), log::Offset(3), PassedOver::Why::out_of_range}};
  EXPECT_NE(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail);
  EXPECT_EQ(run().ledger.skipped, 1U);
  passed_over = {{log::Offset(2), log::Offset(3), PassedOver::Why::out_of_range}};
  EXPECT_EQ(verdict(run(), "log/poll-skip").verdict, reports::Verdict::fail)
      << "the log has it: the reader was told something that is not true";
}

}  // namespace
}  // namespace wavetank::sim
