#include "tests/simulation/forked_run.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "reports/result_json.h"
#include "scenarios/load.h"
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

void write_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(to, text.data() + at, text.size() - at);
    if (written <= 0) {
      _exit(1);
    }
    at += static_cast<std::size_t>(written);
  }
}

}  // namespace

std::string run_to_json(const std::string& path, const std::vector<std::string>& overrides) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    ADD_FAILURE() << "no pipe";
    return {};
  }
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    try {
      write_all(ends[1], run_here(std::string(WAVETANK_SOURCE_DIR "/") + path, overrides));
    } catch (const std::exception& error) {
      write_all(ends[1], "!" + std::string(error.what()));
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (text.empty() || text.front() == '!') {
    ADD_FAILURE() << path << ": " << text;
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
