// The generated schema against an implementation that shares nothing with ours.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scenario_texts.h"
#include "scenarios/document.h"
#include "scenarios/templates.h"

namespace wavetank::scenarios {
namespace {

class Schema : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("schema.json", schema_text());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  /// Files called good-* must meet the schema, files called bad-* must not.
  void check() const {
    const std::string command = fmt::format("{} {}/tests/scenarios/check_schema.py {}",
                                            WAVETANK_PYTHON, WAVETANK_SOURCE_DIR, folder_.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      fmt::format("wavetank-{}", testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Schema, AcceptsEveryScenarioThatComesAlong) {
  for (std::size_t i = 0; i < all_templates().size(); ++i) {
    const Template& t = all_templates()[i];
    const auto source = parse_document(t.text, t.name);
    ASSERT_TRUE(source);
    write(fmt::format("good-source-{}.json", i), canonical_text(*source));
    const Loaded loaded = load_file(scenario_path(t.name));
    ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
    write(fmt::format("good-effective-{}.json", i), loaded.scenario->effective_json);
  }
  check();
}

TEST_F(Schema, RefusesWhatTheParserRefuses) {
  const std::vector<std::vector<std::string>> spoilt = {
      {"workload.rat=1k/s"},
      {"workload.rate=fast"},
      {"workload.producer.acks=most"},
      {"services.log.topics.partitions=0"},
      {"duration=30 kilos"},
      {"regime=optimistic"},
      {"faults[0].crush=broker-1"},
      {"cluster.hosts[0].type=m5.huge"},
      {R"(workload.keys={"dist":"zip"})"},
      {R"(workload.keys={"s":1})"},
      {"title=null"},
      {"title=" + std::string(1'001, 'x')},
  };
  for (std::size_t i = 0; i < spoilt.size(); ++i) {
    EXPECT_FALSE(load_small(spoilt[i]).scenario) << spoilt[i][0];
    Value document = *parse_document(kSmall, "small.json");
    const auto equals = spoilt[i][0].find('=');
    const std::string given = spoilt[i][0].substr(equals + 1);
    const auto value = parse_document(given, "value");
    const auto pointer = resolve_path(document, spoilt[i][0].substr(0, equals));
    ASSERT_TRUE(pointer);
    set_at(document, *pointer, value ? *value : Value(std::string_view(given)));
    write(fmt::format("bad-{}.json", i), canonical_text(document));
  }
  write("good-small.json", canonical_text(*parse_document(kSmall, "small.json")));
  check();
}

TEST_F(Schema, CarriesTheDefaultsOfTheEngine) {
  const auto schema = parse_document(schema_text(), "schema.json");
  ASSERT_TRUE(schema);
  const Value* linger = at_pointer(*schema,
                                   "/definitions/scenario/properties/workload/items/properties/"
                                   "producer/properties/delivery_timeout/default");
  ASSERT_NE(linger, nullptr);
  EXPECT_EQ(*linger->get<std::string>(), "2min");
}

}  // namespace
}  // namespace wavetank::scenarios
