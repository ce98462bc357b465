#pragma once

// Rows of words for the terminal and for Markdown. What a scenario names may be among them.

#include <string>
#include <vector>

namespace wavetank::reports {

struct TextTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the head
  /// A column from here on holds numbers, and is set to the right, but for the last ones.
  std::size_t first_number = 0;
  std::size_t last_words = 0;  ///< columns of words at the end
};

std::string aligned(const TextTable& table, bool ascii);
std::string markdown(const TextTable& table);

}  // namespace wavetank::reports
