// What `calibrate` writes is what a scenario reads.

#include "sim/calibrate/cost_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "scenarios/load.h"

namespace wavetank::sim {
namespace {

namespace fs = std::filesystem;

models::MeasuredCosts some_costs() {
  models::MeasuredCosts costs{"mine", "AMD EPYC", "gcc 12", "wavetank 0.1", "2026-01-31", {}, {}};
  for (std::size_t kind = 0; kind < port::kWorkKinds; ++kind) {
    costs.picoseconds[kind] = static_cast<std::uint32_t>(1'000 + kind);
  }
  costs.kernels.push_back({"a block copied", 812.34, 800});
  return costs;
}

/// A folder with the file and a scenario that names it.
class CostFile : public testing::Test {
 protected:
  CostFile() : folder_(fs::path(testing::TempDir()) / fmt::format("cost-file-{}", getpid())) {
    fs::create_directories(folder_);
    write("mine.json", cost_file_text(some_costs()));
  }
  ~CostFile() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  /// A scenario in that folder with this table.
  scenarios::Loaded load(const std::string& cost_table) {
    write("scenario.json", R"({
      "extends": "template:log/quickstart",
      "cluster": { "cost_table": )" +
                               cost_table + " } }");
    return scenarios::load_file((folder_ / "scenario.json").string());
  }
  std::string complaint(const std::string& cost_table) {
    const scenarios::Loaded loaded = load(cost_table);
    return loaded.diagnostics.empty() ? "" : loaded.diagnostics.front().message;
  }

  fs::path folder_;
};

TEST_F(CostFile, IsNamedByAScenarioAndBecomesAPartOfIt) {
  const scenarios::Loaded loaded = load("\"mine.json\"");
  ASSERT_TRUE(loaded.scenario);
  const scenarios::Costs& costs = loaded.scenario->cluster.costs;
  EXPECT_EQ(costs.name, "mine");
  ASSERT_TRUE(costs.measured);
  EXPECT_EQ(costs.measured->picoseconds, some_costs().picoseconds);
  EXPECT_EQ(costs.measured->machine, "AMD EPYC");
  ASSERT_EQ(costs.measured->kernels.size(), 1U);
  EXPECT_DOUBLE_EQ(costs.measured->kernels.front().nanoseconds, 812.3);
  EXPECT_NE(loaded.scenario->effective_json.find("\"bytes_copied\":1005"), std::string::npos);
}

TEST_F(CostFile, IsNamedOnTheCommandLine) {
  const scenarios::Loaded loaded =
      scenarios::load_text(R"({ "extends": "template:log/quickstart" })", "-",
                           {{"cluster.cost_table=" + (folder_ / "mine.json").string()}, {}, {}});
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(loaded.scenario->cluster.costs.name, "mine");
}

TEST_F(CostFile, GivesWayToAnotherTable) {
  write("base.json", R"({ "extends": "template:log/quickstart",
                          "cluster": { "cost_table": "mine.json" } })");
  write("scenario.json", R"({ "extends": "base.json", "cluster": { "cost_table": "native" } })");
  const scenarios::Loaded loaded = scenarios::load_file((folder_ / "scenario.json").string());
  ASSERT_TRUE(loaded.scenario);
  EXPECT_EQ(loaded.scenario->cluster.costs.name, "native");
  EXPECT_FALSE(loaded.scenario->cluster.costs.measured);
}

TEST_F(CostFile, ThatIsNotThereIsSaid) {
  EXPECT_NE(complaint("\"yours.json\"").find("No such file"), std::string::npos);
  EXPECT_TRUE(load("\"yours.json\"").unreadable);
}

TEST_F(CostFile, WithoutAPriceIsRefused) {
  std::string text = cost_file_text(some_costs());
  text.replace(text.find("    \"timer\": 1009,\n"), 19, "");
  write("mine.json", text);
  EXPECT_EQ(complaint("\"mine.json\""), "a kind of work has no price");
}

TEST_F(CostFile, WithAKindOfWorkThatNobodyDoesIsRefused) {
  std::string text = cost_file_text(some_costs());
  text.replace(text.find("timer"), 5, "tiner");
  write("mine.json", text);
  EXPECT_EQ(complaint("\"mine.json\""), "unknown kind of work \"tiner\"; did you mean \"timer\"?");
}

}  // namespace
}  // namespace wavetank::sim
