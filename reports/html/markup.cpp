#include "reports/html/markup.h"

#include "reports/printable.h"

namespace wavetank::reports::html {

namespace {

std::string escaped(std::string_view printable_text) {
  std::string out;
  out.reserve(printable_text.size());
  for (const char c : printable_text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Markup text(std::string_view plain) {
  return Markup::trusted(escaped(printable(plain)));
}

Markup lines(std::string_view plain) {
  std::string out;
  for (std::size_t from = 0; from <= plain.size();) {
    const std::size_t end = std::min(plain.find('\n', from), plain.size());
    out += (from > 0 ? "\n" : "") + escaped(printable(plain.substr(from, end - from)));
    from = end + 1;
  }
  return Markup::trusted(std::move(out));
}

}  // namespace wavetank::reports::html
