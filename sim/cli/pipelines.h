#pragma once

// What makes others' pipelines gate a change: the files of deploy/pipelines, byte for byte.

#include <span>
#include <string_view>

namespace wavetank::cli {

struct Pipeline {
  std::string_view name;  ///< "github"
  std::string_view path;  ///< where its file belongs in a repository
  std::string_view text;
};

std::span<const Pipeline> all_pipelines();

}  // namespace wavetank::cli
