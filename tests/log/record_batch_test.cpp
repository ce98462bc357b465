#include "engine/log/storage/record_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "engine/base/random.h"
#include "tests/log/batches.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ProducerEpoch kNoProducerEpoch{-1};
constexpr Sequence kNoSequence{-1};

/// A batch of one record "123" without key, as a Kafka 0.11 broker has stored it.
constexpr std::string_view kBrokerBatch =
    "00000000000000000000003b00000001020318a2700000000000000000015dff"
    "7b063c0000015dff7b063cffffffffffffffffffffffffffff00000001120000"
    "00010631323300";
/// The next one of that broker: two records with empty values, 168 ms apart.
constexpr std::string_view kBrokerBatchOfTwo =
    "0000000000000001000000400000000202c85cbd230000000000010000015dff"
    "7cdd6c0000015dff7cde14ffffffffffffffffffffffffffff000000020c0000"
    "000100000e00d00202010000";
/// Computed by an independent program from the tables of format.md: base offset 1000, epoch 3,
/// producer 4242 epoch 7, base sequence 2^31 - 3, and three records with what can be absent absent.
constexpr std::string_view kIdempotentBatch =
    "00000000000003e80000006b0000000302115cb5350000000000020000018bcf"
    "e568000000018bcfe56805000000000000109200077ffffffd00000003460000"
    "000e6f726465722d310e63726561746564040a7472616365040102086e6f7465"
    "011a000a020e6f726465722d3201000e00d70404010000";

TEST(RecordBatch, IsByteForByteWhatAKafkaBrokerStores) {
  BatchBuilder builder;
  builder.add(1503229838908, {}, as_bytes("123"));
  EXPECT_EQ(stamped(builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence), Offset(0),
                    LeaderEpoch(1)),
            from_hex(kBrokerBatch));

  builder.add(1503229959532, {}, as_bytes(""));
  builder.add(1503229959700, {}, as_bytes(""));
  EXPECT_EQ(stamped(builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence), Offset(1),
                    LeaderEpoch(2)),
            from_hex(kBrokerBatchOfTwo));
}

TEST(RecordBatch, ReadsWhatAKafkaBrokerStores) {
  const Bytes bytes = from_hex(kBrokerBatchOfTwo);
  const auto batch = BatchView::parse(bytes);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->checksum_matches());
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch(2));
  EXPECT_EQ(batch->producer_id(), kNoProducerId);
  EXPECT_EQ(batch->max_timestamp_ms(), 1503229959700);
  EXPECT_THAT(records_of(*batch),
              ElementsAre(Record{1, 1503229959532, "", ""}, Record{2, 1503229959700, "", ""}));
}

TEST(RecordBatch, WritesHeadersSequencesAndAbsentFieldsAsDocumented) {
  const std::uint8_t trace[] = {1, 2};
  const Header headers[] = {{"trace", ByteView(trace)}, {"note", {}}};
  ByteWriter encoded;
  encode_headers(headers, encoded);

  BatchBuilder builder;
  builder.add(1'700'000'000'000, as_bytes("order-1"), as_bytes("created"), encoded.view());
  builder.add(1'700'000'000'005, as_bytes("order-2"), {});
  builder.add(1'699'999'999'700, {}, as_bytes(""));
  const Bytes built = builder.build(ProducerId(4242), ProducerEpoch(7), Sequence(2'147'483'645));
  EXPECT_EQ(stamped(built, Offset(1000), LeaderEpoch(3)), from_hex(kIdempotentBatch));
}

TEST(RecordBatch, TellsAbsentFromEmpty) {
  const Bytes bytes = from_hex(kIdempotentBatch);
  std::vector<RecordView> records;
  EXPECT_TRUE(BatchView::parse(bytes)->for_each_record(
      [&](const RecordView& it) { records.push_back(it); }));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].value.data(), nullptr);
  EXPECT_EQ(records[2].key.data(), nullptr);
  EXPECT_NE(records[2].value.data(), nullptr);
  EXPECT_TRUE(records[2].value.empty());
}

TEST(RecordBatch, GivesItsHeadersBack) {
  const Bytes bytes = from_hex(kIdempotentBatch);
  std::vector<std::string> seen;
  BatchView::parse(bytes)->for_each_record([&](const RecordView& record) {
    EXPECT_TRUE(record.for_each_header([&](const Header& header) {
      seen.push_back(std::string(header.key) + "=" +
                     (header.value.data() == nullptr ? "-" : std::to_string(header.value.size())));
    }));
  });
  EXPECT_THAT(seen, ElementsAre("trace=2", "note=-"));
}

TEST(RecordBatch, KeepsEveryFieldOfItsHeader) {
  const Bytes bytes = from_hex(kIdempotentBatch);
  const auto batch = BatchView::parse(bytes);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->base_offset(), Offset(1000));
  EXPECT_EQ(batch->last_offset(), Offset(1002));
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch(3));
  EXPECT_EQ(batch->record_count(), 3);
  EXPECT_EQ(batch->base_timestamp_ms(), 1'700'000'000'000);
  EXPECT_EQ(batch->max_timestamp_ms(), 1'700'000'000'005);
  EXPECT_EQ(batch->producer_id(), ProducerId(4242));
  EXPECT_EQ(batch->producer_epoch(), ProducerEpoch(7));
  EXPECT_EQ(batch->base_sequence(), Sequence(2'147'483'645));
  EXPECT_EQ(batch->last_sequence(), Sequence(2'147'483'647));
  EXPECT_EQ(batch->size_bytes(), bytes.size());
}

TEST(RecordBatch, RoundTripsRecordsOfEverySize) {
  Random random(7, "records");
  BatchBuilder builder;
  std::vector<Record> written;
  for (int i = 0; i < 300; ++i) {
    const std::string key(random.below(200), 'k');
    const std::string value(random.below(20'000), static_cast<char>('a' + i % 26));
    const auto timestamp = static_cast<std::int64_t>(random.below(1'000'000'000));
    builder.add(timestamp, as_bytes(key), as_bytes(value));
    written.push_back({500 + i, timestamp, key, value});
  }
  const Bytes batch =
      stamped(builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence), Offset(500), {});
  EXPECT_TRUE(BatchView::parse(batch)->checksum_matches());
  EXPECT_EQ(records_of(*BatchView::parse(batch)), written);
}

TEST(RecordBatch, SurvivesTimestampsAtTheirLimits) {
  BatchBuilder builder;
  const std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
  builder.add(far, {}, {});
  builder.add(-far, {}, {});
  const Bytes batch = builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence);
  const auto view = BatchView::parse(batch);
  EXPECT_EQ(view->max_timestamp_ms(), far);
  EXPECT_THAT(records_of(*view), ElementsAre(Record{0, far, "", ""}, Record{1, -far, "", ""}));
}

TEST(RecordBatch, NeverExceedsTheBoundOfItsBuilder) {
  Random random(7, "bounds");
  BatchBuilder builder;
  for (int i = 0; i < 2'000; ++i) {
    const std::string key(random.below(300), 'k');
    const std::string value(random.below(300), 'v');
    const std::size_t bound = builder.size_bound_with(key.size(), value.size());
    builder.add(static_cast<std::int64_t>(random.next() >> 2), as_bytes(key), as_bytes(value));
    ASSERT_LE(builder.size_bytes(), bound);
  }
  const std::size_t announced = builder.size_bytes();
  EXPECT_EQ(builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence).size(), announced);
}

TEST(RecordBatch, LeavesItsBuilderEmpty) {
  BatchBuilder builder;
  builder.add(5, {}, as_bytes("a"));
  builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence);
  EXPECT_EQ(builder.record_count(), 0);
  EXPECT_EQ(builder.size_bytes(), kBatchHeaderBytes);
  builder.add(9, {}, as_bytes("b"));
  const Bytes second = builder.build(kNoProducerId, kNoProducerEpoch, kNoSequence);
  EXPECT_THAT(records_of(*BatchView::parse(second)), ElementsAre(Record{0, 9, "", "b"}));
}

TEST(RecordBatch, MayBeFollowedByOtherBytes) {
  const Bytes first = make_batch({.records = 2});
  const Bytes two = joined({first, make_batch()});
  EXPECT_EQ(BatchView::parse(two)->size_bytes(), first.size());
}

TEST(RecordBatch, KeepsItsChecksumWhenALeaderStampsIt) {
  const Bytes copy = stamped(make_batch(), Offset(1'000'000'000'000), LeaderEpoch(77));
  const auto batch = BatchView::parse(copy);
  EXPECT_TRUE(batch->checksum_matches());
  EXPECT_EQ(batch->base_offset(), Offset(1'000'000'000'000));
  EXPECT_EQ(batch->leader_epoch(), LeaderEpoch(77));
}

TEST(RecordBatch, IsRenumberedWithItsRecordsAsTheyAre) {
  const auto of = [](int producer, int epoch, int sequence) {
    return make_batch({.records = 3,
                       .producer = ProducerId(producer),
                       .epoch = ProducerEpoch(static_cast<std::int16_t>(epoch)),
                       .sequence = Sequence(sequence)});
  };
  EXPECT_EQ(
      renumbered_copy(*BatchView::parse(of(1, 2, 3)), ProducerId(7), ProducerEpoch(8), Sequence(9)),
      of(7, 8, 9));
}

TEST(RecordBatch, IsRefusedAtEveryLengthShorterThanItself) {
  const Bytes batch = make_batch({.records = 3});
  for (std::size_t size = 0; size < batch.size(); ++size) {
    const auto torn = BatchView::parse(batch.view().first(size));
    ASSERT_FALSE(torn) << size;
    ASSERT_THAT(torn.error().message, HasSubstr("torn"));
  }
}

TEST(RecordBatch, FailsItsChecksumForEveryFlippedBitThatItCovers) {
  const Bytes batch = make_batch({.records = 2});
  for (std::size_t at = kChecksumAt; at < batch.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1 << bit);
      const Bytes flipped = with_byte(batch, at, batch.data()[at] ^ mask);
      const auto parsed = BatchView::parse(flipped);
      ASSERT_TRUE(!parsed || !parsed->checksum_matches()) << at << " bit " << bit;
    }
  }
}

TEST(RecordBatch, RefusesHeadersThatCannotBe) {
  const Bytes good = make_batch({.records = 2});
  const auto reason = [&](std::size_t at, std::uint8_t value) {
    const auto parsed = BatchView::parse(with_byte(good, at, value));
    return parsed ? std::string("none") : parsed.error().message;
  };
  EXPECT_THAT(reason(kMagicAt, 1), HasSubstr("version 2"));
  EXPECT_THAT(reason(kLengthAt, 0x80), HasSubstr("less than its header"));
  EXPECT_THAT(reason(kLengthAt + 3, 48), HasSubstr("less than its header"));
  EXPECT_THAT(reason(kLengthAt, 1), HasSubstr("torn"));
  EXPECT_THAT(reason(kRecordCountAt, 0x80), HasSubstr("record count"));
  EXPECT_THAT(reason(kRecordCountAt + 2, 1), HasSubstr("record count"));
  EXPECT_THAT(reason(kRecordCountAt + 3, 3), HasSubstr("last offset"));
  EXPECT_THAT(reason(kLastOffsetDeltaAt + 3, 0), HasSubstr("last offset"));
  EXPECT_THAT(reason(kAttributesAt + 1, 2), HasSubstr("codec"));
  EXPECT_THAT(reason(kBaseOffsetAt, 0x80), HasSubstr("base offset"));
  const Bytes last = stamped(good, Offset(std::numeric_limits<std::int64_t>::max() - 1), {});
  EXPECT_FALSE(BatchView::parse(last));
}

TEST(RecordBatch, SaysWhichRecordsWereReadableWhenOneIsMalformed) {
  // The length of the second record points behind the end of the batch.
  const Bytes good = make_batch({.records = 2, .value_bytes = 10});
  const std::size_t record_bytes = (good.size() - kBatchHeaderBytes) / 2;
  const Bytes bad = with_byte(good, kBatchHeaderBytes + record_bytes, 0x7e);
  int visited = 0;
  EXPECT_FALSE(BatchView::parse(bad)->for_each_record([&](const RecordView&) { ++visited; }));
  EXPECT_EQ(visited, 1);
}

TEST(Varint, TakesTheDocumentedBytes) {
  const std::pair<std::int64_t, std::string_view> cases[] = {
      {0, "00"},
      {-1, "01"},
      {1, "02"},
      {63, "7e"},
      {-64, "7f"},
      {64, "8001"},
      {-65, "8101"},
      {8191, "fe7f"},
      {8192, "808001"},
      {-8193, "818001"},
      {1'048'575, "feff7f"},
      {2'147'483'647, "feffffff0f"},
      {std::numeric_limits<std::int64_t>::max(), "feffffffffffffffff01"},
      {std::numeric_limits<std::int64_t>::min(), "ffffffffffffffffff01"},
  };
  for (const auto& [value, hex] : cases) {
    ByteWriter writer;
    writer.varint(value);
    EXPECT_EQ(writer.share(), from_hex(hex)) << value;
    EXPECT_EQ(varint_size(value), hex.size() / 2) << value;
    std::uint8_t stored[10];
    EXPECT_EQ(store_varint(stored, value), stored + hex.size() / 2) << value;
    ByteReader reader(writer.view());
    EXPECT_EQ(reader.varint(), value);
    EXPECT_TRUE(reader.ok());
  }
}

TEST(Varint, IsRefusedWhenCutOrTooLong) {
  for (const std::string_view hex : {"", "80", "ffffff", "ffffffffffffffffffff01"}) {
    const Bytes bytes = from_hex(hex);
    ByteReader reader(bytes);
    reader.varint();
    EXPECT_FALSE(reader.ok()) << hex;
  }
}

TEST(Sequence, WrapsToZeroBehindItsGreatestValue) {
  EXPECT_EQ(advance(Sequence(0), 5), Sequence(5));
  EXPECT_EQ(advance(Sequence(2'147'483'647), 1), Sequence(0));
  EXPECT_EQ(advance(Sequence(2'147'483'645), 5), Sequence(2));
}

}  // namespace
}  // namespace wavetank::log::test
