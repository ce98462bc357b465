#pragma once

#include <span>
#include <string>

#include "reports/exit_code.h"

namespace wavetank::cli {

/// In the order of their numbers, signals last.
std::span<const reports::ExitCode> all_exit_codes();
/// A line a code, for --help and `list exit-codes`.
std::string exit_code_table();

}  // namespace wavetank::cli
