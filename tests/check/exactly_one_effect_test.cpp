// The checker of exactly-once processing finds what it is for: logs with a fault planted in them,
// and one without.

#include "sim/check/exactly_one_effect.h"

#include <gtest/gtest.h>

#include "engine/log/storage/control_batch.h"
#include "engine/log/storage/record_batch.h"

namespace wavetank::sim {
namespace {

using reports::Verdict;

constexpr log::PartitionId kOrders{0};
constexpr log::PartitionId kEnriched{1};

std::uint64_t fnv1a(ByteView bytes, std::uint64_t hash) {
  for (const std::uint8_t byte : bytes) {
    hash = (hash ^ byte) * 1099511628211ULL;
  }
  return hash;
}

class ExactlyOneEffectTest : public testing::Test {
 protected:
  ExactlyOneEffectTest() {
    partitions.resize(2);
    partitions[0].id = kOrders;
    partitions[0].name = "orders-0";
    partitions[1].id = kEnriched;
    partitions[1].name = "enriched-0";
    for (StoredPartition& partition : partitions) {
      partition.replicas = {{NodeId(0), true, log::Offset(0), {}}};
    }
    processing.name = "enrich";
    processing.from = {kOrders};
    processing.to = {kEnriched};
  }

  static ByteWriter order(std::uint64_t event) {
    ByteWriter value;
    value.fixed(event);
    value.text("an order");
    return value;
  }
  void orders(std::uint64_t count) {
    for (std::uint64_t event = 0; event < count; ++event) {
      log::BatchBuilder batch;
      batch.add(0, as_bytes("key"), order(event).view());
      append(0, batch.build(log::kNoProducerId, log::ProducerEpoch(-1), log::kNoSequence));
    }
  }
  void effect(std::uint64_t event, std::int16_t attributes = 0, std::uint64_t wrong = 0) {
    ByteWriter value;
    value.fixed(event);
    value.fixed(fnv1a(order(event).view(), fnv1a(as_bytes("key"), 14695981039346656037ULL)) +
                wrong);
    log::BatchBuilder batch;
    batch.add(0, as_bytes("key"), value.view());
    append(1, batch.build(log::ProducerId(7), log::ProducerEpoch(0), log::Sequence(sequence++),
                          attributes));
  }
  void marker(log::Outcome outcome) {
    append(1,
           log::encode_marker(
               {log::ProducerId(7), log::ProducerEpoch(0), outcome, log::CoordinatorEpoch(0)}, 0));
  }
  void done(std::int64_t offset) { processing.done[kOrders] = log::Offset(offset); }
  reports::InvariantReport verdict() const {
    ExactlyOneEffect checker;
    checker.judge(processing, partitions);
    return checker.report();
  }

  std::vector<StoredPartition> partitions;
  Processing processing;

 private:
  void append(std::size_t p, const Bytes& batch) {
    StoredReplica& replica = partitions[p].replicas.front();
    disk.push_back(log::stamped_copy(*log::BatchView::parse(batch), replica.high_watermark,
                                     log::LeaderEpoch(0)));
    replica.units.push_back(disk.back());
    replica.high_watermark += 1;
  }
  std::vector<Bytes> disk;
  std::int32_t sequence = 0;
};

TEST_F(ExactlyOneEffectTest, PassesOneEffectOfEveryRecord) {
  orders(3);
  for (const std::uint64_t event : {2, 0, 1}) {
    effect(event);
  }
  done(3);
  EXPECT_EQ(verdict().verdict, Verdict::pass);
  EXPECT_EQ(verdict().checked, 3U);
}

TEST_F(ExactlyOneEffectTest, CatchesAnEffectThatIsThereTwice) {
  orders(2);
  effect(0);
  effect(1);
  effect(0);
  done(2);
  EXPECT_EQ(verdict().verdict, Verdict::fail);
  EXPECT_EQ(*verdict().first,
            "enrich: orders-0 offset 0 (event 0) has 2 effects, at enriched-0 offset 0 and "
            "enriched-0 offset 2");
}

TEST_F(ExactlyOneEffectTest, CatchesARecordThatIsDoneAndHasNone) {
  orders(2);
  effect(1);
  done(2);
  EXPECT_EQ(verdict().verdict, Verdict::fail);
}

TEST_F(ExactlyOneEffectTest, DoesNotKnowOfWhatIsNotDone) {
  orders(2);
  effect(0);
  done(1);
  EXPECT_EQ(verdict().verdict, Verdict::unknown);
}

TEST_F(ExactlyOneEffectTest, CatchesAnEffectThatSaysSomethingElse) {
  orders(1);
  effect(0, 0, 1);
  done(1);
  EXPECT_EQ(verdict().verdict, Verdict::fail);
}

TEST_F(ExactlyOneEffectTest, CountsTheEffectsOfCommittedTransactionsOnly) {
  orders(1);
  effect(0, log::kTransactionalAttribute);
  marker(log::Outcome::abort);
  effect(0, log::kTransactionalAttribute);
  marker(log::Outcome::commit);
  effect(0, log::kTransactionalAttribute);  // its transaction is open
  done(1);
  EXPECT_EQ(verdict().verdict, Verdict::pass) << verdict().first.value_or("");
}

TEST_F(ExactlyOneEffectTest, CatchesACommitWithoutItsEffects) {
  orders(1);
  effect(0, log::kTransactionalAttribute);
  marker(log::Outcome::abort);
  done(1);
  EXPECT_EQ(verdict().verdict, Verdict::fail);
}

}  // namespace
}  // namespace wavetank::sim
