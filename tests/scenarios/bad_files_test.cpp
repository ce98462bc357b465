// Every file of bad/ is wrong, and the text beside it is what its author is told. After a change of
// wording: run with WAVETANK_UPDATE_GOLDEN=1, and read the difference.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <vector>

#include "scenario_texts.h"

namespace wavetank::scenarios {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Long lists of known names grow with every new word: their beginning is enough.
std::string without_long_lists(const std::string& text) {
  static const std::regex kLong("((?:[a-z_]+, ){5})(?:[a-z_]+, )+[a-z_]+");
  return std::regex_replace(text, kLong, "$1...");
}

TEST(BadFiles, AreExplainedToTheirAuthors) {
  fs::current_path(fs::path(WAVETANK_SOURCE_DIR) / "tests/scenarios");
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("bad")) {
    if (entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  ASSERT_GE(files.size(), 10U);
  for (const fs::path& file : files) {
    const Loaded loaded = load_file(file.string());
    EXPECT_FALSE(loaded.scenario) << file;
    fs::path expected = file;
    expected.replace_extension(".txt");
    if (std::getenv("WAVETANK_UPDATE_GOLDEN")) {
      std::ofstream(expected) << without_long_lists(all_texts(loaded));
    }
    EXPECT_EQ(without_long_lists(all_texts(loaded)), contents(expected)) << file;
  }
}

}  // namespace
}  // namespace wavetank::scenarios
