#pragma once

// Files that a run leaves. Each is written aside and renamed, so that nobody ever reads half a file
// and an older result is replaced only by a whole new one. What is no file (a pipe, a device,
// stdout under a name) is written to, and a link stays one.

#include <string>

#include "engine/base/result.h"
#include "reports/baseline.h"
#include "reports/exit_code.h"
#include "reports/export/exported.h"
#include "reports/result.h"

namespace wavetank::cli {

/// Creates the folder, and its parents, if need be; fails if it cannot be written to.
Status prepare_folder(const std::string& folder);
/// The same for what leaves `own` there ("result.json", "plan.json", "capacity.json", "hunt.json"):
/// fails if the folder holds what another verb has left, for both write report.html.
Status prepare_folder_for(const std::string& own, const std::string& folder);
Status write_file(const std::string& path, const std::string& content);  ///< "-" is stdout

/// What has been printed may wait in a buffer still, and an answer that nobody gets is none: where
/// stdout does not take it, stderr says why, and what was well is input_output.
reports::ExitCode check_stdout(reports::ExitCode code);

/// "wavetank-out/broker-failure-seed7" for "scenarios/orders/broker-failure.json".
std::string default_folder(const std::string& scenario_path, std::uint64_t seed);

/// result.json, run.meta.json, latency.hlog, summary.md and report.html. Gives the names of what
/// was written.
Result<std::vector<std::string>> write_results(const std::string& folder,
                                               const reports::RunResult& result,
                                               const reports::RunMeta& meta,
                                               const reports::LatencyLog& latencies);

Result<std::string> read_file(const std::string& path);
/// The result at `path`: a result.json, or the folder it is in. Errors name the file.
Result<reports::RunResult> load_result(const std::string& path);
/// The baseline at `path`: what `gate --update` wrote, or a result as above. Errors name the file.
Result<reports::Baseline> load_baseline(const std::string& path);
/// The same with the latency.hlog beside it, which must be of that run.
Result<reports::Exported> load_whole_result(const std::string& path);
/// The command that repeats the run whose result is at `path`; empty if nobody wrote it down.
std::string load_command(const std::string& path);

/// Processor, memory and time of this process so far.
reports::RunMeta measure_process(double wall_s, const reports::RunResult& result,
                                 Duration simulated);

}  // namespace wavetank::cli
