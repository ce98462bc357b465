#include "reports/printable.h"

#include <fmt/format.h>

#include <cstdint>

namespace wavetank::reports {

namespace {

struct CodePoint {
  char32_t value;
  std::size_t bytes;  ///< 0: not UTF-8
};

/// Decodes the first code point of `text` by RFC 3629: no overlong forms, no surrogates.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) {
    return {first, 1};
  }
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) {
    return {0, 0};
  }
  char32_t value = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return {0, 0};
    }
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return overlong || surrogate || value > 0x10ffff ? CodePoint{0, 0} : CodePoint{value, bytes};
}

/// Characters that draw nothing, or change how others are drawn.
bool is_unprintable(char32_t c) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  return c < 0x20 || within(0x7f, 0x9f) || c == 0xad || c == 0x61c || within(0x200b, 0x200f) ||
         within(0x2028, 0x202e) || within(0x2060, 0x206f) || c == 0xfeff ||
         within(0xfff0, 0xfffb) || within(0xfdd0, 0xfdef) || (c & 0xfffe) == 0xfffe ||
         within(0xe0000, 0xe0fff);
}

std::string escape(char32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c < 0x100 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
                       : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

bool is_continuation(char c) {
  return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string printable(std::string_view text, bool ascii) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = decode(text);
    if (c.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (is_unprintable(c.value) || (ascii && c.value >= 0x80)) {
      out += escape(c.value);
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::size_t column_count(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) {
    columns += is_continuation(c) ? 0 : 1;
  }
  return columns;
}

std::string cut_to(std::string_view text, std::size_t columns, bool ascii) {
  if (column_count(text) <= columns) {
    return std::string(text);
  }
  if (columns == 0) {
    return {};
  }
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && seen++ == columns - 1) {
      break;
    }
  }
  return std::string(text.substr(0, end)) + (ascii ? "~" : "…");
}

std::string padded(std::string_view text, std::size_t columns, bool ascii) {
  std::string out = cut_to(printable(text, ascii), columns, ascii);
  out.append(columns - column_count(out), ' ');
  return out;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      // A renderer looks for mentions and references after it has undone the escapes.
      case '@':
        out += "＠";
        break;
      case '#':
        out += "＃";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '|':
        out += "&#124;";
        break;
      case '`':
        out += "&#96;";
        break;
      case '.':
        // Only "www." makes a link; "4.1 s" stays readable in the source.
        out += out.ends_with('w') || out.ends_with('W') ? "\\." : ".";
        break;
      case '\\':
      case '*':
      case '_':
      case '[':
      case ']':
      case '!':
      case ':':
      case '~':
      case '$':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '`') {
      out += "ˋ";
    } else if (c == '|') {
      out += "¦";
    } else {
      out += c;
    }
  }
  // Two back-ticks with nothing between them would open a span.
  return out.find_first_not_of(' ') == std::string::npos ? "(empty)" : "`" + out + "`";
}

}  // namespace wavetank::reports
