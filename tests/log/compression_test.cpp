#include "engine/log/storage/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "engine/log/limits.h"
#include "engine/log/storage/batch_compression.h"
#include "engine/log/storage/batch_filter.h"
#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using port::Work;
using testing::ElementsAre;
using testing::SizeIs;

/// One record without key, a paragraph of 445 characters, as a Kafka broker has stored it for a
/// producer with compression.type=lz4, and with zstd.
constexpr std::string_view kBrokersLz4Batch =
    "0000000000000000000001ed00000000022bd8a7ed00030000000000000191b84d25f200000191b84d25f2ff"
    "ffffffffffffffffffffffffff0000000104224d18604082ad010000f25f880700000001fa064c6f72656d20"
    "697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475722061646970697363696e67"
    "20656c69742c2073656420646f20656975736d6f642074656d706f7220696e6369646964756e74207574206c"
    "61626f72652065745b00f00e65206d61676e6120616c697175612e20557420656e696d206164206d690900f2"
    "1a76656e69616d2c2071756973206e6f737472756420657865726369746174696f6e20756c6c616d636f5a00"
    "002500626973692075745300f201697020657820656120636f6d6d6f646fc10070717561742e20445300a261"
    "7574652069727572659100f00220696e20726570726568656e64657269741100b0766f6c7570746174652076"
    "ea00a420657373652063696c6c2201d06520657520667567696174206e9100f0042070617269617475722e20"
    "45786365707465754701f0046e74206f6363616563617420637570696461743200a06f6e2070726f6964656e"
    "4601002a0180696e2063756c7061f800e0206f6666696369612064657365721e00406d6f6c6c9301002101f0"
    "01696420657374206c61626f72756d2e0000000000000000";
constexpr std::string_view kBrokersZstdBatch =
    "00000000000000000000015b0000000002c815acf400040000000000000191b7fac9dd00000191b7fac9ddff"
    "ffffffffffffffffffffffffff0000000128b52ffd00580d090046d94024a0254907ffffffff8faed3669372"
    "efb6a5bc94f45b4b7b2792d3f103a7c940f5ea182d09380035003500c52c5a92930f7bd11d632c3993f2ee91"
    "12a70ef0c535d847fa39a9a244e370b21b1da04d159f8aae1ca9c9745e637404002428288a220082e526dc73"
    "cc3edd9a7ec3542959bb63e10772c22589309d353d0f1d98ba195173bb29a99a9b8b054aa83cbc54cb0c656a"
    "748dce409528b18eeab44a492bd60d5968ba2ee5a34ec9c517236a2c3c590e517bf1c8c47cc0e818d55ea344"
    "af31abe929a004ac3c1c39636e3405c16472c96b6e557c29678a96c8c9a4f5f142e1fa3cb44ec961993a4033"
    "f9a1533b2b1616f9c951ace11ae38af65494c6e3911850420800dcda2c0f1e2dba645f49317c116d002b462b"
    "5d8ce37a438802000000";
constexpr std::string_view kParagraph =
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco "
    "laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in reprehenderit in "
    "voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat "
    "cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum.";

constexpr Compression kCodecs[] = {Compression::lz4, Compression::zstd};

/// Of the batch's records, those of a plain one as they are.
std::vector<Record> unpacked_records(const Bytes& bytes) {
  port::Meter meter;
  Bytes room;
  const auto plain = unpacked(*BatchView::parse(bytes), room, meter);
  return plain ? records_of(*plain) : std::vector<Record>{};
}

Bytes packed_batch(Compression codec, int records = 50) {
  return make_batch({.records = records, .value_bytes = 200, .compression = codec});
}

/// The same batch, with other bytes for its records, and a checksum that agrees.
Bytes with_payload(const Bytes& batch, ByteView payload) {
  const Bytes whole = Bytes::build(kBatchHeaderBytes + payload.size(), [&](std::uint8_t* to) {
    std::copy_n(batch.data(), kBatchHeaderBytes, to);
    std::copy(payload.begin(), payload.end(), to + kBatchHeaderBytes);
    store_be(to + kLengthAt,
             static_cast<std::int32_t>(kBatchHeaderBytes + payload.size() - kUncountedBytes));
  });
  return renumbered_copy(*BatchView::parse(whole), kNoProducerId, ProducerEpoch(-1), kNoSequence);
}

// --- the format

TEST(CompressedBatch, OfAKafkaBrokerIsRead) {
  for (const std::string_view hex : {kBrokersLz4Batch, kBrokersZstdBatch}) {
    const Bytes bytes = from_hex(hex);
    const auto batch = BatchView::parse(bytes);
    ASSERT_TRUE(batch);
    EXPECT_TRUE(batch->checksum_matches());
    EXPECT_THAT(unpacked_records(bytes),
                ElementsAre(Record{0, batch->base_timestamp_ms(), "", std::string(kParagraph)}));
  }
}

TEST(CompressedBatch, HasTheHeaderThatAKafkaProducerWrites) {
  const Bytes theirs = from_hex(kBrokersLz4Batch);
  BatchBuilder builder;
  builder.add(BatchView::parse(theirs)->base_timestamp_ms(), {}, as_bytes(kParagraph));
  const Bytes ours = builder.build(kNoProducerId, ProducerEpoch(-1), kNoSequence,
                                   static_cast<std::int16_t>(Compression::lz4));
  const auto attributes_on = [](const Bytes& batch) {  // up to the records, and LZ4's frame header
    return std::string(
        as_text(batch.view().subspan(kAttributesAt, kBatchHeaderBytes + 7 - kAttributesAt)));
  };
  EXPECT_EQ(attributes_on(ours), attributes_on(theirs));
}

TEST(CompressedBatch, BeginsWithTheMagicNumberOfItsFormat) {
  const auto begins = [](Compression codec) {
    return load_be<std::uint32_t>(packed_batch(codec).data() + kBatchHeaderBytes);
  };
  EXPECT_EQ(begins(Compression::lz4), 0x04224d18U);
  EXPECT_EQ(begins(Compression::zstd), 0x28b52ffdU);
}

TEST(CompressedBatch, IsSmallerAndHoldsTheSame) {
  const Bytes plain = packed_batch(Compression::none);
  for (const Compression codec : kCodecs) {
    const Bytes packed = packed_batch(codec);
    EXPECT_LT(packed.size(), plain.size() / 4);
    EXPECT_TRUE(BatchView::parse(packed)->checksum_matches());
    EXPECT_EQ(BatchView::parse(packed)->compression(), codec);
    EXPECT_EQ(unpacked_records(packed), unpacked_records(plain));
  }
}

TEST(CompressedBatch, ShowsNoRecordsUntilItIsUnpacked) {
  const Bytes packed = packed_batch(Compression::lz4);
  int visited = 0;
  EXPECT_FALSE(BatchView::parse(packed)->for_each_record([&](const RecordView&) { ++visited; }));
  EXPECT_EQ(visited, 0);
}

TEST(CompressedBatch, ChargesTheBytesOnTheirPlainSide) {
  const std::size_t plain_bytes = packed_batch(Compression::none).size() - kBatchHeaderBytes;
  port::Meter meter;
  Bytes room;
  const Bytes lz4 = packed_batch(Compression::lz4);
  const auto plain = unpacked(*BatchView::parse(lz4), room, meter);
  ASSERT_TRUE(plain);
  EXPECT_EQ(meter.units(Work::bytes_lz4_unpacked), plain_bytes);
  recoded(*plain, Compression::zstd, meter);
  EXPECT_EQ(meter.units(Work::bytes_zstd_packed), plain_bytes);
  EXPECT_EQ(meter.units(Work::bytes_lz4_packed), 0U);
}

TEST(CompressedBatch, KeepsItsHeaderWhenItIsRecoded) {
  const Bytes plain = make_batch({.records = 9,
                                  .producer = ProducerId(7),
                                  .epoch = ProducerEpoch(2),
                                  .sequence = Sequence(40),
                                  .transactional = true});
  port::Meter meter;
  const Bytes packed = recoded(*BatchView::parse(plain), Compression::zstd, meter);
  Bytes room;
  const auto open = unpacked(*BatchView::parse(packed), room, meter);
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->checksum_matches());
  EXPECT_EQ(recoded(*open, Compression::none, meter), plain);
}

TEST(CompressedBatch, IsCompressedAgainWhenItsRecordsAreFiltered) {
  const Bytes packed = packed_batch(Compression::zstd, 6);
  port::Meter meter;
  Bytes room;
  const auto open = unpacked(*BatchView::parse(packed), room, meter);
  const auto filtered = [&](std::int64_t first) {
    return filtered_copy(*open, std::nullopt, meter,
                         [&](const RecordView& it) { return it.offset >= Offset(first); });
  };
  EXPECT_EQ(BatchView::parse(filtered(4))->compression(), Compression::zstd);
  EXPECT_THAT(unpacked_records(filtered(4)), SizeIs(2));
  // Nothing is left to compress: the header alone.
  EXPECT_EQ(filtered(6).size(), kBatchHeaderBytes);
  EXPECT_EQ(BatchView::parse(filtered(6))->compression(), Compression::none);
}

// --- what is not well formed

TEST(Decompression, GivesBackBytesOfEverySize) {
  Random random(3, "compression");
  ByteWriter room;
  for (const Compression codec : kCodecs) {
    for (const std::size_t size : {1U, 100U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
      for (const std::uint64_t letters : {1U, 4U, 256U}) {  // from nothing but zeros to noise
        const Bytes plain = Bytes::build(size, [&](std::uint8_t* to) {
          std::generate_n(to, size,
                          [&] { return static_cast<std::uint8_t>(random.below(letters)); });
        });
        const auto back = decompress(codec, compress(codec, plain, room));
        ASSERT_TRUE(back);
        ASSERT_EQ(*back, plain);
      }
    }
  }
}

TEST(Decompression, RefusesAFrameAtEveryLengthShorterThanItself) {
  ByteWriter room;
  for (const Compression codec : kCodecs) {
    const Bytes packed = Bytes::copy_of(compress(codec, as_bytes(kParagraph), room));
    for (std::size_t size = 0; size < packed.size(); ++size) {
      ASSERT_FALSE(decompress(codec, packed.view().first(size))) << size;
    }
  }
}

TEST(Decompression, RefusesWhatFollowsAFrame) {
  ByteWriter room;
  for (const Compression codec : kCodecs) {
    ByteWriter longer;
    longer.raw(compress(codec, as_bytes(kParagraph), room));
    longer.fixed<std::uint8_t>(0);
    EXPECT_FALSE(decompress(codec, longer.view()));
  }
}

TEST(Decompression, RefusesTheOtherCodec) {
  ByteWriter room;
  EXPECT_FALSE(
      decompress(Compression::lz4, compress(Compression::zstd, as_bytes(kParagraph), room)));
  EXPECT_FALSE(
      decompress(Compression::zstd, compress(Compression::lz4, as_bytes(kParagraph), room)));
}

TEST(Decompression, SurvivesEveryFlippedBit) {
  ByteWriter room;
  for (const Compression codec : kCodecs) {
    const Bytes packed = Bytes::copy_of(compress(codec, as_bytes(kParagraph), room));
    for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
      const std::uint8_t flipped =
          packed.data()[bit / 8] ^ static_cast<std::uint8_t>(1U << bit % 8);
      const auto plain = decompress(codec, with_byte(packed, bit / 8, flipped));
      ASSERT_TRUE(!plain || plain->size() <= limits::kUnpackedBatchBytes);
    }
  }
}

TEST(Decompression, IsBounded) {
  // Zeros, packed a thousandfold and more: one byte above the limit, made of two halves that fit.
  const Bytes half = Bytes::build(limits::kUnpackedBatchBytes, [](std::uint8_t* to) {
    std::fill_n(to, limits::kUnpackedBatchBytes, std::uint8_t{0});
  });
  ByteWriter room;
  for (const Compression codec : kCodecs) {
    EXPECT_TRUE(decompress(codec, compress(codec, half, room)));
  }
  // LZ4 frames say how long each block is: the last one once more makes the frame too great.
  const ByteView frame = compress(Compression::lz4, half, room);
  constexpr std::size_t kEndMark = 4;
  const std::size_t blocks = limits::kUnpackedBatchBytes >> 16;
  const std::size_t block = (frame.size() - 7 - kEndMark) / blocks;
  ByteWriter bomb;
  bomb.raw(frame.first(frame.size() - kEndMark));
  bomb.raw(frame.subspan(frame.size() - kEndMark - block));
  EXPECT_FALSE(decompress(Compression::lz4, bomb.view()));
}

// --- leaders

class CompressedLogTest : public LogFixture {
 protected:
  Bytes stored() {
    EXPECT_EQ(read(0, log_->end_offset().value()), ReadStatus::ok);
    return out_.front();
  }
};

TEST_F(CompressedLogTest, StoresWhatItsProducerCompressed) {
  open();
  const Bytes sent = packed_batch(Compression::zstd);
  ASSERT_TRUE(lead(sent));
  EXPECT_EQ(stored(), stamped(sent, Offset(0), LeaderEpoch(0)));
  EXPECT_EQ(log_->size_bytes(), sent.size());
  EXPECT_GT(meter_.units(Work::bytes_zstd_unpacked), 0U);  // it has been opened, to see
  EXPECT_EQ(meter_.units(Work::bytes_zstd_packed), 0U);
}

TEST_F(CompressedLogTest, CompressesAsItsTopicSays) {
  config_.compression = Compression::lz4;
  open();
  const Bytes sent = packed_batch(Compression::zstd);
  ASSERT_TRUE(lead(sent));
  EXPECT_EQ(BatchView::parse(stored())->compression(), Compression::lz4);
  EXPECT_EQ(unpacked_records(stored()), unpacked_records(sent));
  EXPECT_GT(meter_.units(Work::bytes_lz4_packed), 0U);
}

TEST_F(CompressedLogTest, UnpacksForATopicWithoutCompression) {
  config_.compression = Compression::none;
  open();
  ASSERT_TRUE(lead(packed_batch(Compression::lz4)));
  EXPECT_EQ(stored(), stamped(packed_batch(Compression::none), Offset(0), LeaderEpoch(0)));
}

TEST_F(CompressedLogTest, AsksNothingOfWhatCameAsItShall) {
  config_.compression = Compression::none;
  open();
  ASSERT_TRUE(lead(packed_batch(Compression::none)));
  for (const Work work : {Work::bytes_lz4_packed, Work::bytes_lz4_unpacked, Work::bytes_zstd_packed,
                          Work::bytes_zstd_unpacked}) {
    EXPECT_EQ(meter_.units(work), 0U);
  }
}

TEST_F(CompressedLogTest, RefusesWhatCannotBeUnpackedThoughItsChecksumAgrees) {
  open();
  const Bytes good = packed_batch(Compression::lz4);
  const ByteView frame = BatchView::parse(good)->stored_records();
  EXPECT_EQ(lead(with_payload(good, frame.first(frame.size() - 1))).error(),
            ErrorCode::corrupt_message);
  // A frame as it should be, of fewer records than the header says.
  const Bytes fewer = packed_batch(Compression::lz4, 49);
  EXPECT_EQ(lead(with_payload(good, BatchView::parse(fewer)->stored_records())).error(),
            ErrorCode::corrupt_message);
  EXPECT_EQ(log_->end_offset(), Offset(0));
}

TEST_F(CompressedLogTest, RefusesABatchThatIsTooLargeAsItIsStored) {
  config_.max_message_bytes = 2'000;
  config_.compression = Compression::none;
  open();
  EXPECT_EQ(lead(packed_batch(Compression::none)).error(), ErrorCode::message_too_large);
  EXPECT_LT(packed_batch(Compression::lz4).size(), 2'000U);
  EXPECT_EQ(lead(packed_batch(Compression::lz4)).error(), ErrorCode::message_too_large);
  config_.compression.reset();
  open();
  EXPECT_TRUE(lead(packed_batch(Compression::lz4)));
}

TEST_F(CompressedLogTest, FindsByTimeWithinACompressedBatch) {
  open();
  append(1, {.records = 10, .timestamp_ms = 1'000, .compression = Compression::zstd});
  std::optional<TimestampedOffset> found;
  ASSERT_EQ(log_->find_time(1'007, log_->end_offset(), found, kToken, meter_), ReadStatus::ok);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset, Offset(7));
}

}  // namespace
}  // namespace wavetank::log::test
