#include "scenarios/import/yaml.h"

#include <gmock/gmock.h>

namespace wavetank::scenarios {
namespace {

using testing::HasSubstr;

Value one(const std::string& text) {
  const auto documents = parse_yaml(text, "x.yaml");
  EXPECT_TRUE(documents) << to_text(documents.error());
  return documents && !documents->empty() ? documents->front() : Value();
}

Diagnostic error_of(const std::string& text) {
  const auto documents = parse_yaml(text, "x.yaml");
  EXPECT_FALSE(documents) << text;
  return documents ? Diagnostic() : documents.error();
}

TEST(Yaml, TakesScalarsForWhatTheyAre) {
  EXPECT_EQ(canonical_text(one("a: 1\nb: -2.5e3\nc: true\nd: ~\ne: text 1\nf: \"1\"\ng: '~'\nh:")),
            R"({"a":1,"b":-2500.0,"c":true,"d":null,"e":"text 1","f":"1","g":"~","h":null})");
  EXPECT_EQ(canonical_text(one("[0x10, 1_000, 12:30, 1.2.3, --, '']")),
            R"(["0x10","1_000","12:30","1.2.3","--",""])");
}

TEST(Yaml, RemembersWhereAValueStands) {
  const Value value = one("# comment\na:\n  - b: 1\n    c: [x, y]\n");
  const Value* y = at_pointer(value, "/a/0/c/1");
  ASSERT_NE(y, nullptr);
  EXPECT_EQ(*y->origin.file, "x.yaml");
  EXPECT_EQ(y->origin.line, 4);
  EXPECT_EQ(y->origin.column, 12);
}

TEST(Yaml, ReadsStreamsOfDocumentsAndLeavesEmptyOnesOut) {
  const auto documents = parse_yaml("---\na: 1\n---\n---\nb: 2\n...\n", "x.yaml");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->size(), 2u);
  EXPECT_EQ(parse_yaml("", "x.yaml")->size(), 0u);
  EXPECT_EQ(parse_yaml("# nothing\n", "x.yaml")->size(), 0u);
}

TEST(Yaml, CopiesWhatAliasesName) {
  EXPECT_EQ(canonical_text(one("a: &x {k: [1]}\nb: *x\n")), R"({"a":{"k":[1]},"b":{"k":[1]}})");
}

TEST(Yaml, IsNotBlownUpByAliases) {
  std::string laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) {
      laughs += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    }
    laughs += "]\n";
  }
  const Diagnostic error = error_of(laughs);
  EXPECT_THAT(error.message, HasSubstr("limit YAML values"));
  EXPECT_GT(error.line, 3);
}

TEST(Yaml, IsNotBlownUpByAliasesOfLongTexts) {
  std::string text = "- &a " + std::string(1'000'000, 'x') + "\n- [*a, *a";
  EXPECT_EQ(one(text + "]").get<List>()->size(), 2u);
  for (int i = 0; i < 10; ++i) {
    text += ", *a";
  }
  const Diagnostic error = error_of(text + "]");
  EXPECT_THAT(error.message, HasSubstr("more than 4MiB of text, aliases included"));
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.column, 16);  // the fourth alias
}

TEST(Yaml, SaysWhereItIsWrong) {
  const Diagnostic cut = error_of("a: 1\nb: [1, 2\n");
  EXPECT_EQ(cut.line, 3);
  EXPECT_THAT(cut.message, HasSubstr("not YAML"));
  EXPECT_EQ(error_of("a: 1\n b: 2\n").line, 2);
  EXPECT_THAT(error_of("a: 1\na: 2\n").message, HasSubstr("a is there twice"));
  EXPECT_THAT(error_of("[1]: 2\n").message, HasSubstr("only texts can be keys"));
  EXPECT_THAT(error_of("b: &b {x: 1}\na:\n  <<: *b\n").message, HasSubstr("merge keys"));
  EXPECT_THAT(error_of("a: &a [*a]\n").message, HasSubstr("within what it names"));
  EXPECT_THAT(error_of("a: .nan\n").message, HasSubstr("no number to work with"));
  EXPECT_THAT(error_of("a: 1\nb: -.inf\n").message, HasSubstr("no number to work with"));
  const Diagnostic huge = error_of("a: 1\nb: 1e999\n");
  EXPECT_THAT(huge.message, HasSubstr("1e999 is beyond all numbers"));
  EXPECT_EQ(huge.line, 2);
  EXPECT_EQ(huge.column, 4);
}

TEST(Yaml, IsNotNestedWithoutEnd) {
  EXPECT_THAT(error_of(std::string(100, '[') + std::string(100, ']')).message,
              HasSubstr("limit nesting"));
  EXPECT_FALSE(parse_yaml(std::string(10'000'000, ' '), "x.yaml"));
}

TEST(Yaml, EveryPrefixOfAFileIsReadOrRefused) {
  const std::string text =
      "apiVersion: v1\nspec: {a: [1, \"two\", 'three'], b: |\n  block\n}\nc: &x\n  - *x\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    (void)parse_yaml(text.substr(0, length), "x.yaml");
  }
}

}  // namespace
}  // namespace wavetank::scenarios
