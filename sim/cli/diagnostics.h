#pragma once

#include <cstdio>
#include <vector>

#include "scenarios/diagnostic.h"

namespace wavetank::cli {

/// Prints findings as text, made safe for a terminal.
void print_diagnostics(const std::vector<scenarios::Diagnostic>& diagnostics, std::FILE* to);

}  // namespace wavetank::cli
