#include "tests/simulation/forked_run.h"

#include <gtest/gtest.h>

#include "reports/result_json.h"
#include "scenarios/load.h"
#include "sim/run/child_process.h"
#include "sim/run/run.h"

namespace wavetank::test {

namespace {

/// What the child writes: the result, or the reason why there is none after an '!'.
std::string run_here(const std::string& path, const std::vector<std::string>& overrides) {
  const scenarios::Loaded loaded = scenarios::load_file(path, {overrides, {}, {}});
  if (!loaded.scenario) {
    std::string why = "!";
    for (const scenarios::Diagnostic& diagnostic : loaded.diagnostics) {
      why += scenarios::to_text(diagnostic);
    }
    return why;
  }
  const Result<reports::RunResult> result = sim::run(*loaded.scenario, {});
  return result ? reports::write_result(*result) : "!" + result.error().message;
}

}  // namespace

std::string run_to_json(const std::string& path, const std::vector<std::string>& overrides) {
  sim::ChildProcess child(
      [&] { return run_here(std::string(WAVETANK_SOURCE_DIR "/") + path, overrides); });
  const std::string text = child.wait().value_or("!the run ended without a result");
  if (text.starts_with('!')) {
    ADD_FAILURE() << path << ": " << text.substr(1);
    return {};
  }
  return text;
}

reports::RunResult run_scenario(const std::string& path,
                                const std::vector<std::string>& overrides) {
  Result<reports::RunResult> result = reports::read_result(run_to_json(path, overrides));
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return std::move(*result);
}

}  // namespace wavetank::test
