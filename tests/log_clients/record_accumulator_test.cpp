#include "engine/log/client/record_accumulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wavetank::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Append = RecordAccumulator::Append;

class RecordAccumulatorTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPartitions = 3;

  RecordAccumulatorTest() {
    config.idempotent = false;
    config.batch_bytes = 1000;
    config.buffer_bytes = 3000;
    config.linger = milliseconds(5);
  }
  void lead_all(RecordAccumulator& accumulator, BrokerIndex broker) {
    accumulator.set_leaders([broker](std::uint32_t) { return broker; });
  }
  Append append(RecordAccumulator& accumulator, std::uint32_t partition, std::size_t bytes = 10) {
    return accumulator.append(now, partition, 0, {}, as_bytes(std::string(bytes, 'x')), {}, 0);
  }
  std::vector<ProducerBatch*> drain(RecordAccumulator& accumulator) {
    std::vector<ProducerBatch*> batches;
    accumulator.drain(0, config.max_request_bytes, batches, meter);
    return batches;
  }

  ProducerConfig config;
  Time now;
  port::Meter meter;
};

TEST_F(RecordAccumulatorTest, SaysWhatARecordHasChanged) {
  RecordAccumulator accumulator(config, kPartitions);
  EXPECT_EQ(append(accumulator, 0), Append::opened);
  EXPECT_EQ(append(accumulator, 0), Append::joined);
  EXPECT_EQ(append(accumulator, 0, 900), Append::filled);
  EXPECT_EQ(append(accumulator, 1), Append::opened);
  EXPECT_EQ(append(accumulator, 2), Append::exhausted);
  EXPECT_EQ(append(accumulator, 2, 5000), Append::too_large);
}

TEST_F(RecordAccumulatorTest, HoldsABatchesMemoryUntilItIsSettled) {
  RecordAccumulator accumulator(config, kPartitions);
  lead_all(accumulator, 0);
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    append(accumulator, p);
  }
  accumulator.ready_all();
  const std::vector<ProducerBatch*> batches = drain(accumulator);
  ASSERT_THAT(batches, SizeIs(3));
  EXPECT_FALSE(accumulator.has_room(10));
  accumulator.acknowledge(*batches[0]);
  EXPECT_TRUE(accumulator.has_room(10));
}

TEST_F(RecordAccumulatorTest, TakesCompanyAlongWhenADestinationIsReady) {
  RecordAccumulator accumulator(config, kPartitions);
  lead_all(accumulator, 0);
  append(accumulator, 0);
  now = now + config.linger;
  append(accumulator, 1);
  EXPECT_FALSE(accumulator.ready(0));
  accumulator.advance(now);
  EXPECT_TRUE(accumulator.ready(0));
  EXPECT_THAT(drain(accumulator), SizeIs(2));
  EXPECT_FALSE(accumulator.ready(0));
  EXPECT_THAT(drain(accumulator), IsEmpty());
}

TEST_F(RecordAccumulatorTest, KnowsWhenTheNextBatchHasLingered) {
  RecordAccumulator accumulator(config, kPartitions);
  EXPECT_EQ(accumulator.next_due(), Time::never());
  append(accumulator, 0);
  EXPECT_EQ(accumulator.next_due(), Time() + config.linger);
  accumulator.advance(Time() + config.linger);
  EXPECT_EQ(accumulator.next_due(), Time() + config.delivery_timeout);
}

TEST_F(RecordAccumulatorTest, FillsBatchesToTheirSizeAfterCompression) {
  config.compression = Compression::lz4;
  RecordAccumulator accumulator(config, kPartitions);
  lead_all(accumulator, 0);
  std::size_t first = 0;
  std::size_t records = 0;
  for (int i = 0; i < 200; ++i) {  // it learns slowly what compression makes of them
    while (append(accumulator, 0, 100) != Append::filled) {
    }
    const std::vector<ProducerBatch*> batches = drain(accumulator);
    ASSERT_THAT(batches, SizeIs(1));
    records = batches[0]->records.size();
    first = i == 0 ? records : first;
    EXPECT_EQ(BatchView::parse(batches[0]->encoded)->compression(), Compression::lz4);
    EXPECT_LE(batches[0]->encoded.size(), config.batch_bytes);
    accumulator.acknowledge(*batches[0]);
    accumulator.recycle(*batches[0]);
  }
  EXPECT_LE(first, 9U);  // a thousand bytes
  EXPECT_GE(records, 3 * first);
  EXPECT_GT(meter.units(port::Work::bytes_lz4_packed), 200U * 1000U);
}

TEST_F(RecordAccumulatorTest, MovesWaitingBatchesToTheNewLeader) {
  RecordAccumulator accumulator(config, kPartitions);
  lead_all(accumulator, 0);
  append(accumulator, 0);
  accumulator.ready_all();
  lead_all(accumulator, 1);
  EXPECT_FALSE(accumulator.ready(0));
  EXPECT_TRUE(accumulator.ready(1));
  EXPECT_TRUE(accumulator.set_leaders([](std::uint32_t) { return kNoBroker; }));
  EXPECT_FALSE(accumulator.ready(1));
}

TEST_F(RecordAccumulatorTest, DoesNotRunAwayFromABatchThatIsNotSettled) {
  config.idempotent = true;
  config.buffer_bytes = 100'000;
  RecordAccumulator accumulator(config, kPartitions);
  lead_all(accumulator, 0);
  accumulator.set_producer_id(ProducerId(7), ProducerEpoch(0));
  const auto send_one = [&]() -> ProducerBatch* {
    append(accumulator, 0);
    accumulator.ready_all();
    const std::vector<ProducerBatch*> sent = drain(accumulator);
    return sent.empty() ? nullptr : sent.front();
  };
  accumulator.acknowledge(*send_one());
  ProducerBatch* waits = send_one();  // at a leader that leads no more
  for (int behind = 1; behind < 5; ++behind) {
    ProducerBatch* later = send_one();
    ASSERT_NE(later, nullptr) << behind;
    accumulator.acknowledge(*later);
  }
  EXPECT_EQ(send_one(), nullptr) << "the new leader would remember the first no longer";
  accumulator.retry(*waits, now);
  accumulator.advance(now + config.retry_backoff);
  EXPECT_THAT(drain(accumulator), ElementsAre(waits));
  accumulator.acknowledge(*waits);
  EXPECT_THAT(drain(accumulator), SizeIs(1));
}

}  // namespace
}  // namespace wavetank::log
