#pragma once

// HTML and SVG that are safe by construction: a page is put together from literals of this program
// and from text, and text can only ever be text.

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace wavetank::reports::html {

/// A piece of a page. Made by `markup` and by `text`, and joined by +=.
class Markup {
 public:
  Markup() = default;
  Markup& operator+=(const Markup& more) {
    code_ += more.code_;
    return *this;
  }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] bool empty() const { return code_.empty(); }

  /// REQUIRES: `code` is a file of this program (a style sheet, a script), or was escaped for its
  /// place. Nothing that a scenario says.
  static Markup trusted(std::string code) { return Markup(std::move(code)); }

 private:
  explicit Markup(std::string code) : code_(std::move(code)) {}
  std::string code_;
};

/// `plain` on one line, made printable (printable.h) and escaped for content and for quoted
/// attributes.
Markup text(std::string_view plain);
/// The same over several lines: line feeds stay, everything else is as above.
Markup lines(std::string_view plain);

inline const std::string& inserted(const Markup& markup) {
  return markup.code();
}
inline std::string inserted(std::string_view plain) {
  return text(plain).code();
}
template <class T>
requires std::integral<T> || std::floating_point<T> T inserted(T number) {
  return number;
}
template <class T>
using Inserted = std::remove_cvref_t<decltype(inserted(std::declval<const T&>()))>;

/// A literal with its `{}` filled: markup as it is, numbers as fmt writes them, text escaped.
/// `markup("<td title=\"{}\">{:.1f}</td>", name, share)`
template <class... Args>
Markup markup(fmt::format_string<Inserted<Args>...> literal, const Args&... args) {
  return Markup::trusted(fmt::vformat(literal, fmt::make_format_args(inserted(args)...)));
}

}  // namespace wavetank::reports::html
