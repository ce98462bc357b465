#include "engine/log/storage/offset_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/random.h"

namespace wavetank::log {
namespace {

using testing::ElementsAre;
using Entry = OffsetIndex::Entry;

/// Batches of 100 bytes and 10 records.
OffsetIndex with_batches(std::uint32_t count, std::uint64_t interval_bytes) {
  OffsetIndex index(interval_bytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    index.note({i * 10, i * 100});
  }
  return index;
}

TEST(OffsetIndex, EntersABatchOnlyAfterAnInterval) {
  EXPECT_THAT(with_batches(10, 250).entries(),
              ElementsAre(Entry{30, 300}, Entry{60, 600}, Entry{90, 900}));
  EXPECT_TRUE(with_batches(10, 4096).entries().empty());
}

TEST(OffsetIndex, KnowsTheTailExactly) {
  const OffsetIndex index = with_batches(100, 4096);
  EXPECT_EQ(index.floor(999), (Entry{990, 9900}));
  EXPECT_EQ(index.floor(990), (Entry{990, 9900}));
  EXPECT_EQ(index.floor(989), (Entry{980, 9800}));
  EXPECT_EQ(index.floor(920), (Entry{920, 9200}));
}

TEST(OffsetIndex, FallsBackToTheNearestEntryBelow) {
  const OffsetIndex index = with_batches(100, 999);
  EXPECT_EQ(index.floor(919), (Entry{900, 9000}));
  EXPECT_EQ(index.floor(350), (Entry{300, 3000}));
  EXPECT_EQ(index.floor(99), Entry{});
}

TEST(OffsetIndex, NeverPointsBehindTheBatchThatHoldsAnOffset) {
  Random random(11, "index");
  for (const std::uint64_t interval : {0, 100, 4096, 100'000}) {
    OffsetIndex index(interval);
    std::vector<Entry> batches;
    Entry next;
    for (int i = 0; i < 3'000; ++i) {
      batches.push_back(next);
      index.note(next);
      next = {next.relative_offset + 1 + static_cast<std::uint32_t>(random.below(50)),
              next.position + 68 + static_cast<std::uint32_t>(random.below(5'000))};
    }
    std::size_t holder = 0;
    for (std::uint32_t offset = 0; offset < next.relative_offset; ++offset) {
      if (holder + 1 < batches.size() && batches[holder + 1].relative_offset <= offset) {
        ++holder;
      }
      const Entry found = index.floor(offset);
      ASSERT_LE(found.relative_offset, offset);
      ASSERT_LE(found.position, batches[holder].position);
      // Never much earlier either: an interval and the batch that crossed it.
      ASSERT_LE(batches[holder].position - found.position, interval + 5'068);
    }
  }
}

TEST(OffsetIndex, ForgetsWhatIsTruncated) {
  OffsetIndex index = with_batches(100, 999);
  index.truncate_to(9'500);
  EXPECT_EQ(index.floor(2'000), (Entry{940, 9'400}));
  index.truncate_to(3'000);
  EXPECT_EQ(index.floor(2'000), (Entry{200, 2'000}));
  index.note({300, 3'000});
  EXPECT_EQ(index.floor(2'000), (Entry{300, 3'000}));
  index.truncate_to(0);
  EXPECT_EQ(index.floor(2'000), Entry{});
}

TEST(OffsetIndex, SurvivesItsFile) {
  const OffsetIndex index = with_batches(100, 999);
  const Bytes file = index.encode({1'000, 10'000});
  EXPECT_EQ(file.size(), (index.entries().size() + 1) * OffsetIndex::kEntryBytes);
  OffsetIndex read(999);
  EXPECT_EQ(read.decode(file), (Entry{1'000, 10'000}));
  EXPECT_EQ(read.entries(), index.entries());
}

TEST(OffsetIndex, RefusesAFileThatIsNone) {
  const Bytes file = with_batches(100, 999).encode({1'000, 10'000});
  OffsetIndex read(999);
  EXPECT_FALSE(read.decode({}));
  EXPECT_FALSE(read.decode(file.view().first(file.size() - 1)));
  const Bytes falling = Bytes::build(file.size(), [&](std::uint8_t* to) {
    std::copy(file.data(), file.data() + file.size(), to);
    to[0] = 0xff;
  });
  EXPECT_FALSE(read.decode(falling));
  EXPECT_TRUE(read.entries().empty());
}

}  // namespace
}  // namespace wavetank::log
