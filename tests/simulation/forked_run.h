#pragma once

// Runs scenarios in processes of their own (SimGrid has one engine a process), so that one test can
// compare several runs.

#include <string>
#include <vector>

#include "reports/result.h"

namespace wavetank::test {

/// The bytes of result.json of a run of `path` with these overrides ("workload.rate=2k/s").
std::string run_to_json(const std::string& path, const std::vector<std::string>& overrides = {});
/// The same, read back. A scenario that does not load fails the test with its diagnostics.
reports::RunResult run_scenario(const std::string& path,
                                const std::vector<std::string>& overrides = {});

/// The scenario that most tests vary: twenty seconds, three brokers, a crash.
inline constexpr const char* kQuickstart = "scenarios/log/quickstart.json";

}  // namespace wavetank::test
