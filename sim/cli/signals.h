#pragma once

// SIGINT and SIGTERM end a run early, with a partial result that says so. A second one ends the
// program at once.

#include <optional>

#include "engine/base/time.h"
#include "reports/result.h"

namespace wavetank::cli {

void catch_signals();
/// What has been asked for since, for RunHooks::interrupted.
std::optional<reports::Partial> interruption(Time now, Time end);

}  // namespace wavetank::cli
