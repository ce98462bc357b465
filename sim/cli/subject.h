#pragma once

// What verbs run again: a scenario file, or the scenario that a result keeps.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/exit_code.h"
#include "scenarios/scenario.h"

namespace wavetank::cli {

struct SubjectArguments {
  std::string path;                    ///< a scenario, a result.json, or the folder it is in
  std::vector<std::string> overrides;  ///< of scenario files only
  std::optional<std::uint64_t> seed;   ///< likewise
};

/// What is run again, and what is known of the first time.
struct Subject {
  std::optional<scenarios::Scenario> scenario;
  std::optional<std::string> digest;               ///< of a result that is whole
  reports::ExitCode code = reports::ExitCode::ok;  ///< why there is no scenario: it has been said
};

/// A result is refused if this program cannot do the same again: another version ran it, or it was
/// edited.
Subject load_subject(const SubjectArguments& arguments);

}  // namespace wavetank::cli
