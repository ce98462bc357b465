#pragma once

// From a file to a Scenario.
//
// A scenario file is JSON with comments. `extends` names a file it starts from (relative to itself;
// merged by RFC 7396; "template:log/quickstart"
// comes with the program), `set` changes single values of that by path, and overrides do the same
// from the command line. A path is written "workload[0].rate", "workload.orders.rate" (an element
// of a list by its name), or, where a list has one element, "workload.rate".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostic.h"
#include "scenarios/limits.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

struct LoadOptions {
  std::vector<std::string> overrides;  ///< "a.b=c": c is JSON, or else a string
  std::optional<std::uint64_t> seed;   ///< instead of the scenario's own
  Limits limits;
};

struct Loaded {
  std::optional<Scenario> scenario;     ///< present exactly if no diagnostic is an error
  std::vector<Diagnostic> diagnostics;  ///< in the order of the file; warnings come too
  bool unreadable = false;              ///< a file could not be read
};

Loaded load_file(const std::string& path, const LoadOptions& options = {});
/// `name` stands for the file in diagnostics, and `extends` is relative to its folder.
Loaded load_text(std::string_view text, const std::string& name, const LoadOptions& options = {});

/// The JSON Schema (draft-07) of scenario files, from the same description as the parser.
std::string schema_text();

}  // namespace wavetank::scenarios
