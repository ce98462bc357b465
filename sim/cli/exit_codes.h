#pragma once

#include <string>

namespace wavetank::cli {

/// A line a code, for --help and `list exit-codes`.
std::string exit_code_table();

}  // namespace wavetank::cli
