#pragma once

// What a person means by the files of verbs that take many.

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace wavetank::cli {

/// The scenario files of `paths`, in their order; of a folder all that stand in it, by name. Fails
/// if a folder cannot be read, or has none.
Result<std::vector<std::filesystem::path>> scenario_files(const std::vector<std::string>& paths);

}  // namespace wavetank::cli
