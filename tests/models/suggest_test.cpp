#include "engine/base/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace wavetank {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"producers", "partitions", "rate", "acks"};

TEST(Suggest, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("rate", "rate"), 0U);
  EXPECT_EQ(edit_distance("rate", "rates"), 1U);
  EXPECT_EQ(edit_distance("rate", "ate"), 1U);
  EXPECT_EQ(edit_distance("rate", "rite"), 1U);
  EXPECT_EQ(edit_distance("rate", "raet"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  // Optimal string alignment edits no place twice; the unrestricted distance would be 2.
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
}

TEST(Suggest, IsSymmetricAndBlindToCase) {
  EXPECT_EQ(edit_distance("sitting", "kitten"), edit_distance("kitten", "sitting"));
  EXPECT_EQ(edit_distance("ACKS", "acks"), 0U);
}

TEST(Suggest, FindsTheNearestName) {
  EXPECT_EQ(nearest("partitons", kKnown), "partitions");
  EXPECT_EQ(nearest("prodcuers", kKnown), "producers");
  EXPECT_EQ(nearest("Rate", kKnown), "rate");
}

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("zookeeper", kKnown), std::nullopt);
  EXPECT_EQ(nearest("x", kKnown), std::nullopt);
  EXPECT_EQ(nearest("", kKnown), std::nullopt);
  EXPECT_EQ(nearest("rate", {}), std::nullopt);
}

TEST(Suggest, TakesTheFirstOfEquallyNearNames) {
  constexpr std::array<std::string_view, 2> known = {"broker-1", "broker-2"};
  EXPECT_EQ(nearest("broker-3", known), "broker-1");
}

}  // namespace
}  // namespace wavetank
