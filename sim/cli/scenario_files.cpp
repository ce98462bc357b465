#include "sim/cli/scenario_files.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::cli {

namespace files = std::filesystem;

Result<std::vector<files::path>> scenario_files(const std::vector<std::string>& paths) {
  std::vector<files::path> found;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!files::is_directory(path, error)) {
      found.emplace_back(path);
      continue;
    }
    std::vector<files::path> inside;
    for (const files::directory_entry& entry : files::directory_iterator(path, error)) {
      if (entry.path().extension() == ".json") {
        inside.push_back(entry.path());
      }
    }
    if (error || inside.empty()) {
      return fail(fmt::format("{}: {}", path, error ? error.message() : "no scenario files there"));
    }
    std::ranges::sort(inside);
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

}  // namespace wavetank::cli
