#include "reports/tornado.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wavetank::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Tornado turned() {
  Tornado t{"A title", "e2e.p99", "s", 7, 0.010, {}};
  t.bars = {{"linger", "5ms", TornadoSide{"2.5ms", 0.009, ""}, TornadoSide{"10ms", 0.012, ""}},
            {"rate", "1k/s", TornadoSide{"0.5k/s", 0.0100001, ""}, TornadoSide{"2k/s", 0.01, ""}},
            {"acks", "all", TornadoSide{"1", 0.004, ""}, std::nullopt},
            {"replication", "3", TornadoSide{"2", std::nullopt, "min_insync is 3"},
             TornadoSide{"4", 0.0105, ""}}};
  sort_by_effect(t);
  return t;
}

TEST(Tornado, PutsWhatMovesTheFigureMostFirst) {
  const Tornado t = turned();
  EXPECT_EQ(t.bars[0].path, "acks");
  EXPECT_EQ(t.bars[1].path, "linger");
  EXPECT_EQ(t.bars[2].path, "replication");
  EXPECT_NEAR(effect(t.bars[1], t.base), 0.002, 1e-9);
}

TEST(Tornado, ShowsBothSidesWithTheirChange) {
  const std::string text = tornado_text(turned(), {});
  EXPECT_THAT(text, HasSubstr("what moves e2e.p99 of A title (10 ms), seed 7"));
  EXPECT_THAT(text, HasSubstr("1: 4 ms -60 %"));
  EXPECT_THAT(text, HasSubstr("10ms: 12 ms +20 %"));
  EXPECT_LT(text.find("acks"), text.find("linger"));
}

TEST(Tornado, SumsUpWhatMovesNothingAndSaysWhyASideIsMissing) {
  const std::string text = tornado_text(turned(), {});
  EXPECT_THAT(text, HasSubstr("move it by less than 0.5 %: rate"));
  EXPECT_THAT(text, HasSubstr("? 2: min_insync is 3"));
}

TEST(Tornado, IsOneDocument) {
  const auto json = nlohmann::json::parse(tornado_json(turned()));
  EXPECT_EQ(json.at("/settings/0/path"_json_pointer), "acks");
  EXPECT_EQ(json.at("/settings/0/high"_json_pointer), nullptr);
  EXPECT_EQ(json.at("/settings/2/low/observed"_json_pointer), nullptr);
}

TEST(Tornado, ShowsNamesThatCannotHarmATerminal) {
  Tornado t = turned();
  t.title = "\x1b[31m";
  EXPECT_THAT(tornado_text(t, {}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace wavetank::reports
