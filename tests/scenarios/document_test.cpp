#include "scenarios/document.h"

#include <gtest/gtest.h>

#include <array>

namespace wavetank::scenarios {
namespace {

Value document(std::string_view text) {
  auto parsed = parse_document(text, "a.json");
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().front().message);
  return parsed.value_or(Value());
}
std::vector<Diagnostic> errors(std::string_view text) {
  auto parsed = parse_document(text, "a.json");
  return parsed ? std::vector<Diagnostic>{} : parsed.error();
}

TEST(Document, KnowsLineAndColumnOfEveryValue) {
  const Value d = document(
      "{ // a comment, with { and \"quotes\"\n  \"a\": [1, /* two */ 22],\n"
      "  \"b\": { \"c\": \"x\\\"y\" , \"d\": true }\n}");
  const auto place = [&](const char* pointer) {
    const Origin& origin = at_pointer(d, pointer)->origin;
    return std::pair(origin.line, origin.column);
  };
  EXPECT_EQ(place(""), std::pair(1, 1));
  EXPECT_EQ(place("/a"), std::pair(2, 8));
  EXPECT_EQ(place("/a/0"), std::pair(2, 9));
  EXPECT_EQ(place("/a/1"), std::pair(2, 22));
  EXPECT_EQ(place("/b/c"), std::pair(3, 15));
  EXPECT_EQ(place("/b/d"), std::pair(3, 29));
  EXPECT_EQ(*at_pointer(d, "/b/c")->get<std::string>(), "x\"y");
}

TEST(Document, CountsColumnsInCharacters) {
  const Value d = document("{\"é\": 1, \"日本\": 2}");
  EXPECT_EQ(at_pointer(d, "/é")->origin.column, 7);
  EXPECT_EQ(at_pointer(d, "/日本")->origin.column, 16);
}

TEST(Document, RefusesAKeyThatStandsTwice) {
  const auto found = errors("{\"a\": 1,\n \"b\": 2,\n \"a\": 3, \"b\": 4}");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].message, "the key \"a\" stands here twice");
  EXPECT_EQ(found[0].line, 3);
  EXPECT_EQ(found[0].column, 2);
  EXPECT_EQ(found[0].expected, "each key once; the first is in line 1");
}

TEST(Document, SaysWhereItIsMalformed) {
  const auto found = errors("{\"a\": 1,\n \"b\" 2}");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2);
  EXPECT_EQ(found[0].column, 6);
  EXPECT_NE(found[0].message.find("expected ':'"), std::string::npos) << found[0].message;
}

TEST(Document, SurvivesEveryTruncation) {
  const std::string whole = "{\"a\": [1, 2.5, \"x\\u00e9\"], /* c */ \"b\": {\"c\": null}} // end";
  for (std::size_t length = 0; length < whole.size() - 7; ++length) {
    EXPECT_FALSE(errors(whole.substr(0, length)).empty()) << length;
  }
}

TEST(Document, BoundsItsDepth) {
  EXPECT_FALSE(errors(std::string(100'000, '[')).empty());
  const auto found = errors(std::string(70, '[') + std::string(70, ']'));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].column, 65);
}

TEST(Document, MergesAsRfc7396Says) {
  // The examples of its appendix A.
  const std::vector<std::array<std::string, 3>> cases = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"e":null})", R"({"a":1})", R"({"a":1,"e":null})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [base, patch, result] : cases) {
    Value merged = document(base);
    merge_patch(merged, document(patch));
    EXPECT_EQ(canonical_text(merged), result) << base << " + " << patch;
  }
}

TEST(Document, FindsElementsByNumberByNameAndAlone) {
  const Value d = document(R"({"w": [{"name": "orders", "rate": 1}], "n": [1, 2]})");
  EXPECT_EQ(resolve_path(d, "w[0].rate"), "/w/0/rate");
  EXPECT_EQ(resolve_path(d, "w.orders.rate"), "/w/0/rate");
  EXPECT_EQ(resolve_path(d, "w.rate"), "/w/0/rate");
  EXPECT_EQ(resolve_path(d, "/w/0/rate"), "/w/0/rate");
  EXPECT_EQ(resolve_path(d, "new.member"), "/new/member");
  EXPECT_FALSE(resolve_path(d, "w[1].rate"));
  EXPECT_FALSE(resolve_path(d, "n.third"));
  EXPECT_FALSE(resolve_path(d, "w.orders.rate.unit"));
  EXPECT_FALSE(resolve_path(d, ""));
}

TEST(Document, HasOneCanonicalText) {
  EXPECT_EQ(canonical_text(document(R"({"b": 1, "a": [true, null, 0.5]})")),
            canonical_text(document("{\"a\":[true,null,0.5]/**/,\n\"b\":1}")));
}

}  // namespace
}  // namespace wavetank::scenarios
