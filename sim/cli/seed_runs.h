#pragma once

// `wavetank run FILE --seeds 1..10`, or `--until-ci 5%`: a folder of results, and what they say
// together.

#include "reports/exit_code.h"
#include "sim/cli/command.h"
#include "sim/cli/run_arguments.h"

namespace wavetank::cli {

/// Runs the seeds side by side, a process each: one line a seed, in the order of their ends; the
/// folder is made for `wavetank compare`.
reports::ExitCode run_seeds(const RunArguments& arguments, const GlobalOptions& options);

}  // namespace wavetank::cli
