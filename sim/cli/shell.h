#pragma once

// Words as a shell takes them.

#include <string>

namespace wavetank::cli {

/// `text` within single quotes of a shell, on one line.
std::string shell_quoted(const std::string& text);
/// The same where it has to be; else as it is.
std::string shell_word(const std::string& text);

}  // namespace wavetank::cli
