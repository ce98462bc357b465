#pragma once

// What `run --verify` says: for people, and verification.json.

#include <string>

#include "reports/exit_code.h"
#include "sim/verify/verifier.h"

namespace wavetank::cli {

/// `command` is the one that repeats the run, for the one to look into the difference with.
std::string to_text(const sim::Verification& verification, const std::string& command);
std::string to_json(const sim::Verification& verification);
/// `ok` if the runs are the same, or nobody knows.
reports::ExitCode exit_code_of(const sim::Verification& verification);

}  // namespace wavetank::cli
