#include "engine/log/storage/offset_map.h"

#include <gtest/gtest.h>

#include <string>

namespace wavetank::log {
namespace {

std::string key(int n) {
  return "key-" + std::to_string(n);
}

TEST(OffsetMap, FindsWhereAKeyWasLastNoted) {
  OffsetMap map(1 << 20);
  EXPECT_TRUE(map.put(as_bytes("a"), Offset(1)));
  EXPECT_TRUE(map.put(as_bytes("b"), Offset(2)));
  EXPECT_TRUE(map.put(as_bytes("a"), Offset(3)));
  EXPECT_EQ(map.find(as_bytes("a")), Offset(3));
  EXPECT_EQ(map.find(as_bytes("b")), Offset(2));
  EXPECT_EQ(map.find(as_bytes("c")), std::nullopt);
  EXPECT_EQ(map.size(), 2U);
}

TEST(OffsetMap, KnowsAnEmptyKey) {
  OffsetMap map(1 << 20);
  EXPECT_TRUE(map.put(as_bytes(""), Offset(0)));
  EXPECT_EQ(map.find(as_bytes("")), Offset(0));
}

TEST(OffsetMap, GrowsUpToItsMemoryAndThenTakesNoNewKeys) {
  OffsetMap map(300 * OffsetMap::kEntryBytes);
  EXPECT_EQ(map.capacity(), 256U - 32U) << "a power of two of slots, an eighth of them free";
  int n = 0;
  while (map.put(as_bytes(key(n)), Offset(n))) {
    ASSERT_LT(n, 1'000);
    ++n;
  }
  EXPECT_EQ(map.size(), map.capacity());
  for (int i = 0; i < n; ++i) {
    EXPECT_EQ(map.find(as_bytes(key(i))), Offset(i));
  }
  EXPECT_EQ(map.find(as_bytes(key(n))), std::nullopt);
  EXPECT_TRUE(map.put(as_bytes(key(7)), Offset(10'000))) << "known keys need no room";
  EXPECT_EQ(map.find(as_bytes(key(7))), Offset(10'000));
}

}  // namespace
}  // namespace wavetank::log
