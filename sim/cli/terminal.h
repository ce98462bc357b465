#pragma once

// What the terminal can do, and which colours its owner wants: NO_COLOR, CLICOLOR_FORCE, --color.

#include "reports/terminal_summary.h"
#include "sim/cli/command.h"

namespace wavetank::cli {

/// For text that goes to stdout. What does not go to a terminal is not cut to a width.
reports::Style stdout_style(const GlobalOptions& options);
/// Progress is for people who watch: stderr is a terminal, and nobody asked for silence.
bool wants_progress(const GlobalOptions& options);

}  // namespace wavetank::cli
