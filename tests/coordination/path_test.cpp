#include "engine/coordination/tree/path.h"

#include <gtest/gtest.h>

namespace wavetank::coordination {
namespace {

TEST(Path, IsAbsoluteAndHasNoEmptyOrRelativeElement) {
  for (const char* good : {"/", "/a", "/a/b", "/a.b/..c", "/brokers/ids/0000000001"}) {
    EXPECT_TRUE(valid_path(good)) << good;
  }
  for (const char* bad : {"", "a", "//", "/a/", "/a//b", "/.", "/a/../b", "/a\n", "/\x7f"}) {
    EXPECT_FALSE(valid_path(bad)) << bad;
  }
}

TEST(Path, HasABoundedLength) {
  EXPECT_TRUE(valid_path("/" + std::string(4095, 'a')));
  EXPECT_FALSE(valid_path("/" + std::string(4096, 'a')));
}

TEST(Path, KnowsItsParentAndName) {
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(name_of("/a/b"), "b");
  EXPECT_EQ(child_path("/", "a"), "/a");
  EXPECT_EQ(child_path("/a", "b"), "/a/b");
}

TEST(Path, OfASequentialNodeEndsInTenDigits) {
  EXPECT_EQ(sequential_path("/lock/n-", 7), "/lock/n-0000000007");
  EXPECT_EQ(sequential_path("/lock/n-", 2147483647), "/lock/n-2147483647");
}

}  // namespace
}  // namespace wavetank::coordination
