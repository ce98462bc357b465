#include "sim/cli/shell.h"

#include <algorithm>
#include <string_view>

namespace wavetank::cli {

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c == '\n' ? ' ' : c);
  }
  return out + "'";
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain = "_-./:=@%+,";
  const bool is_plain = !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  });
  return is_plain ? text : shell_quoted(text);
}

}  // namespace wavetank::cli
