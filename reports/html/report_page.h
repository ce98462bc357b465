#pragma once

// The report of a run: one HTML file that needs nothing beside it. It reads well without scripts,
// in print, in the dark and by keyboard; a script adds a cursor over the charts and the downloads.

#include <string>

#include "reports/result.h"

namespace wavetank::reports {

/// The whole page, the same bytes for the same result. `command` repeats the run (empty: not
/// known). With a `baseline`, what differs from it is shown, too. Whatever a scenario says is shown
/// as text and nothing else, and the page loads nothing.
std::string report_page(const RunResult& result, const std::string& command,
                        const RunResult* baseline = nullptr);

}  // namespace wavetank::reports
