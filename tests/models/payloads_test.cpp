#include "models/payloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace wavetank::models {
namespace {

PlainConfig fixed(double record_bytes) {
  return {*KeyLaw::uniform(1000), *Distribution::constant(record_bytes), 1.0, {}};
}

PlainSource source_of(PlainConfig config) {
  return *PlainSource::make(std::move(config), Random(3, "payload"));
}

Record one_record(PlainConfig config) {
  Record record;
  source_of(std::move(config)).next(Time(), record);
  return record;
}

std::string filler_of(const Record& record) {
  return std::string(as_text(record.value.view().subspan(kEventIdBytes)));
}

TEST(EventId, IsFoundInTheBytesAlone) {
  PlainSource source = source_of(fixed(200));
  Record record;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    source.next(Time(), record);
    const Bytes somewhere_else = record.value.share();
    ASSERT_EQ(event_id(somewhere_else), record.event_id);
    ASSERT_EQ(event_number(record.event_id), i);
  }
}

TEST(EventId, HoldsInstanceAndNumberToTheirBounds) {
  const std::uint64_t id = make_event_id(kInstancesMax - 1, (1ULL << kEventNumberBits) - 1);
  EXPECT_EQ(event_instance(id), kInstancesMax - 1);
  EXPECT_EQ(event_number(id), (1ULL << kEventNumberBits) - 1);
  static_assert(kInstancesMax <= 1U << (64 - kEventNumberBits));
}

TEST(PlainSource, PutsASecondaryKeyBehindTheKey) {
  PlainConfig config = fixed(100);
  config.secondary_keys = 5;
  PlainSource source = source_of(config);
  std::set<std::string> secondary;
  Record record;
  for (int i = 0; i < 200; ++i) {
    source.next(Time(), record);
    ASSERT_EQ(record.key.size(), 2 * kPlainKeyBytes);
    EXPECT_EQ(record.size_bytes(), 100U);
    secondary.insert(std::string(as_text(record.key.view().subspan(kPlainKeyBytes))));
  }
  EXPECT_EQ(secondary.size(), 5U);
}

TEST(PlainSource, WritesTombstonesThatSayWhoseTheyAre) {
  PlainConfig config = fixed(100);
  config.tombstone_share = 0.25;
  PlainSource source = source_of(config);
  Record record;
  int tombstones = 0;
  for (int i = 0; i < 1'000; ++i) {
    source.next(Time(), record);
    EXPECT_EQ(event_id(record.tombstone ? ByteView() : record.value.view(), record.headers.view()),
              record.event_id);
    EXPECT_EQ(record.key.size(), kPlainKeyBytes);
    EXPECT_TRUE(!record.tombstone || record.value.size() == 0);
    tombstones += record.tombstone ? 1 : 0;
  }
  EXPECT_NEAR(tombstones, 250, 60);
}

TEST(EventId, IsMissingFromShortValues) {
  EXPECT_EQ(event_id(as_bytes("seven b")), std::nullopt);
  EXPECT_EQ(event_id({}), std::nullopt);
}

TEST(EventId, IsNeverSharedByInstances) {
  std::set<std::uint64_t> ids;
  for (std::uint32_t k = 0; k < 4; ++k) {
    PlainConfig config = fixed(100);
    config.instance = {k, 4};
    PlainSource source = source_of(config);
    Record record;
    for (int i = 0; i < 500; ++i) {
      source.next(Time(), record);
      ids.insert(*event_id(record.value.view()));
    }
  }
  EXPECT_EQ(ids.size(), 2000U);
}

TEST(PlainSource, MakesRecordsOfExactlyTheGivenSize) {
  for (const double bytes : {16.0, 17.0, 23.0, 200.0, 1024.0, 100'000.0}) {
    EXPECT_EQ(one_record(fixed(bytes)).size_bytes(), static_cast<std::size_t>(bytes));
  }
}

TEST(PlainSource, MovesDrawnSizesToTheBounds) {
  PlainConfig config = fixed(200);
  config.record_bytes = *Distribution::uniform(0, 100);
  PlainSource source = source_of(config);
  Record record;
  std::size_t least = 100;
  std::size_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    source.next(Time(), record);
    least = std::min(least, record.size_bytes());
    most = std::max(most, record.size_bytes());
  }
  EXPECT_EQ(least, kRecordBytesMin);
  EXPECT_GE(most, 99U);
}

TEST(PlainSource, TakesKeysFromTheirLaw) {
  PlainConfig config = fixed(100);
  config.keys = *KeyLaw::hot(50, 1, 0.5);
  PlainSource source = source_of(config);
  Record record;
  int hot = 0;
  for (int i = 0; i < 10'000; ++i) {
    source.next(Time(), record);
    const auto key = load_be<std::uint64_t>(record.key.view().data());
    ASSERT_LT(key, 50U);
    hot += key == 0 ? 1 : 0;
  }
  EXPECT_NEAR(hot, 5000, 4 * 50);
}

TEST(PlainSource, FillsWithRandomBytesThatNeverRepeat) {
  PlainSource source = source_of(fixed(1016));
  Record first;
  Record second;
  source.next(Time(), first);
  source.next(Time(), second);
  EXPECT_NE(filler_of(first), filler_of(second));
  const std::string filler = filler_of(first);
  const std::set<char> distinct(filler.begin(), filler.end());
  EXPECT_GT(distinct.size(), 230U);  // 1000 draws of 256: 251 expected
}

TEST(PlainSource, RepeatsTheRandomPartWhenFillerCompresses) {
  PlainConfig config = fixed(1016);
  config.random_share = 0.25;
  const std::string filler = filler_of(one_record(config));
  ASSERT_EQ(filler.size(), 1000U);
  for (std::size_t i = 250; i < filler.size(); ++i) {
    ASSERT_EQ(filler[i], filler[i - 250]);
  }
}

TEST(PlainSource, FillsWithZerosWhenNothingIsRandom) {
  PlainConfig config = fixed(516);
  config.random_share = 0.0;
  Record record;
  record.value.raw(as_bytes(std::string(600, 'x')));  // what a buffer held before must not show
  source_of(config).next(Time(), record);
  EXPECT_EQ(filler_of(record), std::string(500, '\0'));
}

TEST(PlainSource, RepeatsWithItsStream) {
  EXPECT_EQ(filler_of(one_record(fixed(300))), filler_of(one_record(fixed(300))));
}

TEST(PlainSource, RefusesImpossibleConfigurations) {
  const auto refused = [](auto&& spoil) {
    PlainConfig config = fixed(200);
    spoil(config);
    return !PlainSource::make(config, Random(1, "x")).has_value();
  };
  EXPECT_FALSE(refused([](PlainConfig&) {}));
  EXPECT_TRUE(refused([](PlainConfig& c) { c.record_bytes = *Distribution::constant(15.0); }));
  EXPECT_TRUE(refused([](PlainConfig& c) { c.record_bytes = *Distribution::constant(1e9); }));
  EXPECT_TRUE(refused([](PlainConfig& c) { c.random_share = 1.1; }));
  EXPECT_TRUE(refused([](PlainConfig& c) { c.tombstone_share = -0.1; }));
  EXPECT_TRUE(refused([](PlainConfig& c) { c.instance = {1, 1}; }));
}

}  // namespace
}  // namespace wavetank::models
