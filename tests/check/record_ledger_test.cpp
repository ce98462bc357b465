#include "sim/check/record_ledger.h"

#include <gtest/gtest.h>

#include "models/record_source.h"

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP0{0};
constexpr log::PartitionId kP1{1};

EventId event(std::uint32_t instance, std::uint64_t number) {
  return EventId(models::make_event_id(instance, number));
}
Time at_ms(std::int64_t n) {
  return Time() + milliseconds(n);
}

TEST(RecordLedger, RemembersWhatBecameOfEachRecord) {
  RecordLedger ledger;
  ledger.produce(event(0, 0), at_ms(10));
  ledger.produce(event(2, 0), at_ms(11));
  ledger.acknowledge(event(0, 0), kP1, log::Offset(7), at_ms(15));
  ledger.refuse(event(2, 0));

  const RecordLedger::Entry kept = ledger.entry(event(0, 0));
  EXPECT_EQ(kept.fate, Fate::acknowledged);
  EXPECT_EQ(kept.intended, at_ms(10));
  EXPECT_EQ(kept.acknowledged, at_ms(15));
  EXPECT_EQ(kept.partition, kP1);
  EXPECT_EQ(kept.offset, log::Offset(7));
  EXPECT_EQ(ledger.entry(event(2, 0)).fate, Fate::refused);
  EXPECT_EQ(ledger.totals().produced, 2U);
}

TEST(RecordLedger, TellsARedeliveryFromADuplicate) {
  RecordLedger ledger;
  ledger.produce(event(0, 0), Time());
  EXPECT_EQ(ledger.deliver(event(0, 0), kP0, log::Offset(3)), Delivery::first);
  EXPECT_EQ(ledger.deliver(event(0, 0), kP0, log::Offset(3)), Delivery::redelivered);
  EXPECT_EQ(ledger.deliver(event(0, 0), kP0, log::Offset(4)), Delivery::duplicate);
  EXPECT_EQ(ledger.deliver(event(0, 0), kP1, log::Offset(3)), Delivery::duplicate);
  EXPECT_EQ(ledger.deliver(event(0, 1), kP0, log::Offset(5)), Delivery::unknown);
  EXPECT_EQ(ledger.totals().delivered, 1U);
  EXPECT_EQ(ledger.delivered_elsewhere(), (std::vector{event(0, 0), event(0, 0)}));
}

TEST(RecordLedger, CountsALostRecordUntilItComesBack) {
  RecordLedger ledger;
  ledger.produce(event(0, 0), Time());
  ledger.acknowledge(event(0, 0), kP0, log::Offset(3), at_ms(5));
  ledger.lose(event(0, 0));
  ledger.lose(event(0, 0));
  EXPECT_EQ(ledger.totals().lost, 1U);
  EXPECT_EQ(ledger.totals().settled, 0U);
  EXPECT_EQ(ledger.deliver(event(0, 0), kP0, log::Offset(3)), Delivery::first);
  EXPECT_EQ(ledger.totals().lost, 0U);
  EXPECT_EQ(ledger.totals().settled, 1U);
}

TEST(RecordLedger, CountsARecordAsSettledOnceThoughRefusedAndDelivered) {
  RecordLedger ledger;
  ledger.produce(event(0, 0), Time());
  ledger.refuse(event(0, 0));
  ledger.deliver(event(0, 0), kP0, log::Offset(0));
  EXPECT_EQ(ledger.totals().settled, 1U);
  ledger.produce(event(0, 1), Time());
  ledger.deliver(event(0, 1), kP0, log::Offset(1));
  ledger.refuse(event(0, 1));
  EXPECT_EQ(ledger.totals().settled, 2U);
}

TEST(RecordLedger, KeepsManyRecordsOfEachInstanceApart) {
  constexpr std::uint64_t kMany = 10'000;
  RecordLedger ledger;
  for (std::uint64_t n = 0; n < kMany; ++n) {
    for (const std::uint32_t instance : {0U, 1U}) {
      ledger.produce(event(instance, n), at_ms(static_cast<std::int64_t>(n)));
      ledger.acknowledge(event(instance, n), log::PartitionId(instance),
                         log::Offset(static_cast<std::int64_t>(n)),
                         at_ms(static_cast<std::int64_t>(2 * n)));
    }
  }
  for (std::uint64_t n = 0; n < kMany; ++n) {
    for (const std::uint32_t instance : {0U, 1U}) {
      const RecordLedger::Entry entry = ledger.entry(event(instance, n));
      ASSERT_EQ(entry.intended, at_ms(static_cast<std::int64_t>(n)));
      ASSERT_EQ(entry.acknowledged, at_ms(static_cast<std::int64_t>(2 * n)));
      ASSERT_EQ(entry.partition, log::PartitionId(instance));
      ASSERT_EQ(entry.offset, log::Offset(static_cast<std::int64_t>(n)));
    }
  }
  EXPECT_EQ(ledger.produced_by(0), kMany);
  EXPECT_FALSE(ledger.knows(event(1, kMany)));
}

TEST(RecordLedger, RefusesWhatADeadProducerHadNotSettled) {
  RecordLedger ledger;
  ledger.produce(event(0, 0), Time());
  ledger.produce(event(0, 1), Time());
  ledger.produce(event(1, 0), Time());
  ledger.acknowledge(event(0, 0), kP0, log::Offset(0), at_ms(1));
  ledger.refuse_pending(0);
  EXPECT_EQ(ledger.entry(event(0, 0)).fate, Fate::acknowledged);
  EXPECT_EQ(ledger.entry(event(0, 1)).fate, Fate::refused);
  EXPECT_EQ(ledger.entry(event(1, 0)).fate, Fate::pending);
}

}  // namespace
}  // namespace wavetank::sim
