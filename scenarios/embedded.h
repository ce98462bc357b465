#pragma once

// Files of scenarios/ that are built into the program; CMakeLists.txt writes them into C++.

#include <span>
#include <string_view>

namespace wavetank::scenarios {

struct EmbeddedFile {
  std::string_view path;  ///< relative to scenarios/: "orders/broker-failure.json"
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace wavetank::scenarios
