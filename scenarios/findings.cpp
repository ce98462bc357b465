#include "scenarios/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "scenarios/description.h"
#include "scenarios/limits.h"
#include "scenarios/other_names.h"

namespace wavetank::scenarios {

std::string to_text(const Diagnostic& d) {
  std::string text = d.file;
  if (d.line > 0) {
    text += fmt::format(":{}:{}", d.line, d.column);
  }
  text += fmt::format(": {}: {}\n", d.level == Level::error ? "error" : "warning", d.message);
  if (!d.pointer.empty()) {
    text += fmt::format("    at        {}\n", d.pointer);
  }
  if (!d.expected.empty()) {
    text += fmt::format("    expected  {}\n", d.expected);
  }
  if (!d.example.empty()) {
    text += fmt::format("    example   {}\n", d.example);
  }
  return text;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.level == Level::error; });
}

void Findings::error(const std::string& pointer, std::string message, std::string expected,
                     std::string example) {
  add(Level::error, origin_of(pointer, false), pointer, std::move(message), std::move(expected),
      std::move(example));
}

void Findings::error_at_key(const std::string& pointer, std::string message, std::string expected) {
  add(Level::error, origin_of(pointer, true), pointer, std::move(message), std::move(expected), "");
}

void Findings::unknown_key(const std::string& pointer, std::string_view key,
                           const std::vector<std::string_view>& known) {
  const std::string here = called_here(key, pointer);
  error_at_key(pointer,
               here.empty() ? unknown_name("key", key, known)
                            : fmt::format("unknown key \"{}\"; {}", key, here),
               one_of(known));
}

void Findings::warning(const std::string& pointer, std::string message, std::string expected) {
  add(Level::warning, origin_of(pointer, false), pointer, std::move(message), std::move(expected),
      "");
}

bool Findings::has_errors_under(std::string_view pointer) const {
  return std::ranges::any_of(diagnostics_, [&](const Diagnostic& d) {
    return d.level == Level::error && d.pointer.starts_with(pointer) &&
           (d.pointer.size() == pointer.size() || d.pointer[pointer.size()] == '/');
  });
}

std::vector<Diagnostic> Findings::take() {
  std::ranges::stable_sort(diagnostics_, {}, [](const Diagnostic& d) {
    return std::tuple<const std::string&, int, int>(d.file, d.line, d.column);
  });
  if (diagnostics_.size() > kMaxDiagnostics) {
    const std::size_t more = diagnostics_.size() - kMaxDiagnostics;
    const bool hides_errors = has_errors();
    diagnostics_.resize(kMaxDiagnostics);
    diagnostics_.push_back({hides_errors ? Level::error : Level::warning, diagnostics_.back().file,
                            0, 0, "", fmt::format("and {} more", more), "", ""});
  }
  return std::move(diagnostics_);
}

Origin Findings::origin_of(const std::string& pointer, bool of_key) const {
  const Value* at = &document_;
  Origin origin = at->origin;
  for (const std::string& step : pointer_steps(pointer)) {
    if (const auto* members = at->get<Members>()) {
      const auto found = std::ranges::find(*members, step, &Member::key);
      if (found == members->end()) {
        return origin;
      }
      at = &found->value;
      origin = of_key ? found->key_origin : at->origin;
      continue;
    }
    at = at_pointer(*at, "/" + step);
    if (!at) {
      return origin;
    }
    origin = at->origin;
  }
  return origin;
}

void Findings::add(Level level, const Origin& origin, const std::string& pointer,
                   std::string message, std::string expected, std::string example) {
  diagnostics_.push_back({level, origin.file ? *origin.file : "", origin.line, origin.column,
                          pointer, std::move(message), std::move(expected), std::move(example)});
}

}  // namespace wavetank::scenarios
