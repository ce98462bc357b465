#include "engine/log/storage/time_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Entry = TimeIndex::Entry;

TEST(TimeIndex, BeginsWhereAllBeforeIsEarlier) {
  TimeIndex index;
  index.enter({100, 10});
  index.enter({200, 20});
  EXPECT_EQ(index.before(100).relative_offset, 0U);
  EXPECT_EQ(index.before(101), (Entry{100, 10}));
  EXPECT_EQ(index.before(200), (Entry{100, 10}));
  EXPECT_EQ(index.before(5'000), (Entry{200, 20}));
}

TEST(TimeIndex, MovesAnEntryWhenTimeHasStoodStill) {
  TimeIndex index;
  index.enter({100, 10});
  index.enter({100, 20});
  EXPECT_THAT(index.entries(), ElementsAre(Entry{100, 20}));
}

TEST(TimeIndex, IsWhatItsFileSays) {
  TimeIndex index;
  index.enter({-5, 10});
  index.enter({200, 20});
  TimeIndex read;
  const auto end = read.decode(index.encode({250, 33}));
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, (Entry{250, 33}));
  EXPECT_EQ(read.entries(), index.entries());
}

TEST(TimeIndex, RefusesAFileThatIsNone) {
  TimeIndex index;
  EXPECT_FALSE(index.decode(Bytes()));
  EXPECT_FALSE(index.decode(Bytes::copy_of("thirteen byte")));
  TimeIndex backwards;
  backwards.enter({200, 20});
  EXPECT_FALSE(index.decode(backwards.encode({100, 30}))) << "it ends earlier than it was";
  EXPECT_THAT(index.entries(), IsEmpty());
}

class FindTimeTest : public LogFixture {
 protected:
  FindTimeTest() {
    config_.index_interval_bytes = 200;
    config_.segment_bytes = 2'000;
    open();
  }
  std::optional<TimestampedOffset> find(std::int64_t timestamp_ms) {
    return find_below(timestamp_ms, log_->end_offset());
  }
  std::optional<TimestampedOffset> find_below(std::int64_t timestamp_ms, Offset up_to) {
    std::optional<TimestampedOffset> found;
    while (log_->find_time(timestamp_ms, up_to, found, kToken, meter_) == ReadStatus::loading) {
      EXPECT_FALSE(storage_.take_completed().empty()) << "a wait that nothing ends";
    }
    return found;
  }
};

TEST_F(FindTimeTest, FindsTheFirstRecordThatIsNotEarlierWhateverTheOrderOfTimes) {
  Random random(7, "times");
  std::vector<std::int64_t> times;
  for (int i = 0; i < 200; ++i) {
    const auto at = 10'000 + 20 * i + static_cast<std::int64_t>(random.next() % 300);
    append(1, {.records = 3, .timestamp_ms = at});
    times.insert(times.end(), {at, at + 1, at + 2});
  }
  const auto check = [&] {
    for (std::int64_t wanted = 9'990; wanted < 14'500; wanted += 7) {
      const auto first = std::ranges::find_if(times, [&](auto at) { return at >= wanted; });
      const auto found = find(wanted);
      ASSERT_EQ(found.has_value(), first != times.end()) << wanted;
      if (found) {
        EXPECT_EQ(found->offset.value(), first - times.begin()) << wanted;
        EXPECT_EQ(found->timestamp_ms, *first);
      }
    }
  };
  ASSERT_GT(segment_files().size(), 5U);
  check();
  crash_and_reopen();  // rebuilt from the batches, as far as they were durable
  times.resize(static_cast<std::size_t>(log_->end_offset().value()));
  check();
  settle();
  storage_.evict();
  open();  // trusted by their index files
  check();
  truncate(times.size() / 2);
  times.resize(static_cast<std::size_t>(log_->end_offset().value()));
  check();
}

TEST_F(FindTimeTest, LooksOnlyBelowWhatTheReaderMaySee) {
  append(4, {.records = 2});
  EXPECT_EQ(find_below(1'001, Offset(2))->offset, Offset(1));
  EXPECT_FALSE(find_below(1'001, Offset(1)).has_value());
}

TEST_F(FindTimeTest, ReadsALittleAndNotTheWholeLog) {
  for (int i = 0; i < 500; ++i) {
    append(1, {.value_bytes = 100, .timestamp_ms = 1'000 * i});
  }
  storage_.forget_accesses();
  ASSERT_TRUE(find(400'000));
  EXPECT_LE(storage_.accesses().reads, 2U);
}

TEST_F(FindTimeTest, RecoversWithoutItsTimeIndexFiles) {
  for (int i = 0; i < 100; ++i) {
    append(1, {.timestamp_ms = 10 * i});
  }
  settle();
  storage_.cut("orders-7/00000000000000000000.timeindex", 5);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(100));
  EXPECT_EQ(find(777)->offset, Offset(78));
}

}  // namespace
}  // namespace wavetank::log::test
