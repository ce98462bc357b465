#pragma once

// What is wrong with a scenario, said so that its author can mend it. All findings of a scenario
// come at once.

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::scenarios {

enum class Level { error, warning };

struct Diagnostic {
  Level level = Level::error;
  std::string file;      ///< the file, or the option ("--set a.b=c"), that the value came from
  int line = 0;          ///< from 1; 0 where there is none (an option)
  int column = 0;        ///< from 1, in characters
  std::string pointer;   ///< JSON pointer (RFC 6901) into the effective scenario; "" is the whole
  std::string message;   ///< what is wrong
  std::string expected;  ///< what would be right; may be empty
  std::string example;   ///< a piece of JSON that is right; may be empty
};

/// "file:12:7: error: ...", and indented below it where in the document, what was expected, and an
/// example. Ends in a line feed.
std::string to_text(const Diagnostic& diagnostic);

[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace wavetank::scenarios
