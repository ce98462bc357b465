#pragma once

// YAML as a document that remembers where each value was written (document.h). Scalars without
// quotes are what YAML's core schema takes them for: null, true, false, whole and other numbers,
// else text. Aliases are copies of what they name, and count like it, their values and their text:
// a file cannot grow without bound.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/document.h"

namespace wavetank::scenarios {

inline constexpr std::size_t kMaxYamlValues = 200'000;

/// The documents of a stream, those without content left out. Malformed text, duplicate keys, keys
/// that are no scalars, numbers that are none (.nan, .inf), and what is nested deeper than
/// kMaxNesting or has more than kMaxYamlValues, or more text than kMaxFileBytes, are errors with
/// their line and column.
tl::expected<std::vector<Value>, Diagnostic> parse_yaml(std::string_view text,
                                                        const std::string& file);

}  // namespace wavetank::scenarios
