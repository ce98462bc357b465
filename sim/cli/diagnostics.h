#pragma once

#include <cstdio>
#include <string_view>
#include <vector>

#include "reports/exit_code.h"
#include "scenarios/diagnostic.h"

namespace wavetank::cli {

/// Prints findings as text, made safe for a terminal.
void print_diagnostics(const std::vector<scenarios::Diagnostic>& diagnostics, std::FILE* to);

/// "wavetank: MESSAGE" on stderr, made safe for a terminal. Gives `code` back.
reports::ExitCode complain(std::string_view message, reports::ExitCode code);

}  // namespace wavetank::cli
