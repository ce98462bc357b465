#include "engine/port/description.h"

#include <gtest/gtest.h>

namespace wavetank::port {
namespace {

TEST(Description, KeepsTheOrderInWhichThingsAreSaid) {
  Description it;
  it.say("b", 2).say("a", 1);
  it.group("c").say("d", true);
  ASSERT_EQ(it.parts().size(), 3U);
  EXPECT_EQ(it.parts().front().name(), "b");
  EXPECT_EQ(it.parts().back().kind(), Description::Kind::group);
  EXPECT_EQ(std::get<std::int64_t>(it.find("a")->value()), 1);
  EXPECT_EQ(it.find("e"), nullptr);
}

TEST(Description, HasNoneWhereThereIsNone) {
  Description it;
  it.say("nobody", NodeId(0xffffffffU)).say("never", Time::never());
  it.say("nothing", std::optional<int>());
  for (const Description& part : it.parts()) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(part.value())) << part.name();
  }
}

TEST(Description, CountsRowsBeyondItsBoundAndKeepsTheOthers) {
  Description it;
  Description& list = it.list("many");
  for (std::size_t i = 0; i < Description::kPartsMax + 7; ++i) {
    list.row("row").say("i", i);
  }
  EXPECT_EQ(list.parts().size(), Description::kPartsMax);
  EXPECT_EQ(list.left_out(), 7U);
}

}  // namespace
}  // namespace wavetank::port
