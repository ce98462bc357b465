#include "sim/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <string_view>

namespace wavetank::cli {

namespace {

constexpr int kUncut = 10'000;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool wants_color(const GlobalOptions& options) {
  if (options.plain || options.color == "never") {
    return false;
  }
  if (options.color == "always") {
    return true;
  }
  if (is_set("NO_COLOR")) {
    return false;
  }
  if (is_set("CLICOLOR_FORCE") && std::string_view(std::getenv("CLICOLOR_FORCE")) != "0") {
    return true;
  }
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

/// Of the first of these that is set, as POSIX orders them.
bool locale_is_utf8() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (is_set(variable)) {
      const std::string_view locale = std::getenv(variable);
      return locale.find("UTF-8") != std::string_view::npos ||
             locale.find("utf8") != std::string_view::npos;
    }
  }
  return false;
}

}  // namespace

reports::Style stdout_style(const GlobalOptions& options) {
  reports::Style style;
  style.color = wants_color(options);
  const bool to_terminal = isatty(STDOUT_FILENO) != 0;
  style.ascii = options.plain || (to_terminal && !locale_is_utf8());
  if (!to_terminal) {
    style.width = kUncut;
  }
  winsize size{};
  if (to_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
  }
  return style;
}

bool wants_progress(const GlobalOptions& options) {
  return !options.quiet && !options.no_progress && isatty(STDERR_FILENO) != 0;
}

}  // namespace wavetank::cli
