#include "reports/export/hdr_codec.h"

#include <gtest/gtest.h>

namespace wavetank::reports {
namespace {

void expect_same_counts(const Histogram& a, const Histogram& b) {
  const std::size_t longest = std::max(a.counts().size(), b.counts().size());
  const auto count = [](const Histogram& of, std::size_t i) {
    return i < of.counts().size() ? of.counts()[i] : 0;
  };
  for (std::size_t i = 0; i < longest; ++i) {
    ASSERT_EQ(count(a, i), count(b, i)) << "bucket " << i;
  }
}

void expect_read_back(const Histogram& histogram) {
  const std::string text = encode_hdr(histogram);
  EXPECT_TRUE(text.starts_with("HISTFAAAA")) << text;
  const Result<Histogram> read = decode_hdr(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->count(), histogram.count());
  expect_same_counts(*read, histogram);
}

TEST(HdrCodec, KeepsAnEmptyHistogram) {
  expect_read_back({});
}

TEST(HdrCodec, KeepsEveryMagnitude) {
  Histogram histogram;
  for (int bit = 0; bit < 61; ++bit) {
    histogram.record(Duration(std::int64_t{1} << bit), static_cast<std::uint64_t>(bit) + 1);
  }
  histogram.record(Duration(0));
  histogram.record(Duration((std::int64_t{1} << 61) - 1));
  expect_read_back(histogram);
}

TEST(HdrCodec, KeepsCountsOfEveryLength) {
  Histogram histogram;
  for (int bit = 0; bit < 53; ++bit) {
    histogram.record(Duration(bit), std::uint64_t{1} << bit);
  }
  expect_read_back(histogram);
}

void expect_refused(const Histogram& histogram, const std::string& why) {
  const Result<Histogram> read = decode_hdr(encode_hdr(histogram));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find(why), std::string::npos) << read.error().message;
}

TEST(HdrCodec, RefusesValuesWhoseSumsWouldWrap) {
  for (const std::int64_t value_ns : {std::int64_t{1} << 61, std::int64_t{1} << 62, INT64_MAX}) {
    Histogram histogram;
    histogram.record(milliseconds(3), 10);
    histogram.record(Duration(value_ns));
    expect_refused(histogram, "the most is 2^61");
  }
}

TEST(HdrCodec, RefusesMoreValuesThanAnyRunHas) {
  Histogram one_bucket;
  one_bucket.record(Duration(7), (std::uint64_t{1} << 53) + 1);
  expect_refused(one_bucket, "more than 2^53 values");
  Histogram two_buckets;
  two_buckets.record(Duration(7), std::uint64_t{1} << 53);
  two_buckets.record(Duration(8));
  expect_refused(two_buckets, "more than 2^53 values");
}

TEST(HdrCodec, HasEveryValueAtTheGreatestOfItsBucket) {
  Histogram histogram;
  histogram.record(Duration(5'000));
  const Result<Histogram> read = decode_hdr(encode_hdr(histogram));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->max(), Duration(5'003));
}

TEST(HdrCodec, ReadsWhatSomebodyElseHasWritten) {
  // One record of 1 ns, packed by Python's struct and stored by its zlib.
  const Result<Histogram> read = decode_hdr(
      "HISTFAAAADV4AQEqANX/HISTEwAAAAIAAAAAAAAAAwAAAAAAAAABf/////////8/8AAAAAAAAAECqeMJ9w==");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->count(), 1u);
  EXPECT_EQ(read->max(), Duration(1));
}

TEST(HdrCodec, RefusesWhatIsCutOrChanged) {
  Histogram histogram;
  histogram.record(milliseconds(3), 1'000);
  histogram.record(milliseconds(9), 3);
  const std::string text = encode_hdr(histogram);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(decode_hdr(text.substr(0, length))) << length;
  }
  for (std::size_t at = 0; at < text.size() - 4; ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_hdr(changed)) << at;  // zlib's check sum, where nothing else sees it
  }
}

TEST(HdrCodec, RefusesWhatIsNoHistogram) {
  for (const char* text : {"", "?", "HISTFAAAA", "AAAA", "aGVsbG8gd29ybGQ="}) {
    EXPECT_FALSE(decode_hdr(text)) << text;
  }
  EXPECT_FALSE(decode_hdr(std::string(10'000'000, 'A')));
}

}  // namespace
}  // namespace wavetank::reports
