#pragma once

// A run as GitHub-flavoured Markdown, for pull requests and job summaries: `summary.md`.

#include <string>

#include "reports/result.h"

namespace wavetank::reports {

/// The same blocks in the same order as the terminal summary. Nothing that a scenario names becomes
/// markup. `command` repeats the run; without one the line is left out.
std::string summary_markdown(const RunResult& result, const std::string& command = {});

}  // namespace wavetank::reports
