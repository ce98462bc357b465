#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "reports/comparison.h"
#include "reports/counterfactual.h"
#include "reports/seed_comparison.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/subject.h"
#include "sim/cli/terminal.h"
#include "sim/run/record_fates.h"
#include "sim/run/workers.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
namespace fs = std::filesystem;

/// Of the clock on the wall, for one run.
constexpr std::chrono::minutes kPatience{30};

struct CompareArguments {
  std::string base;
  std::string changed;
  bool without_faults = false;
  std::size_t jobs = 0;
};

// ------------------------------------------------------------------------------- sets of seeds

/// The folders with a result in a folder of results; none if it is no such folder.
std::vector<fs::path> results_in(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  if (!fs::is_directory(folder, error) || fs::exists(fs::path(folder) / "result.json", error)) {
    return found;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "result.json", error)) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<std::vector<reports::RunResult>> load_all(const std::vector<fs::path>& folders) {
  std::vector<reports::RunResult> results;
  for (const fs::path& folder : folders) {
    Result<reports::RunResult> result = load_result(folder.string());
    if (!result) {
      return tl::unexpected<Error>(result.error());
    }
    results.push_back(std::move(*result));
  }
  return results;
}

ExitCode compare_sets(const std::vector<fs::path>& base, const std::vector<fs::path>& changed,
                      const GlobalOptions& options) {
  const auto before = load_all(base);
  const auto after = load_all(changed);
  if (!before || !after) {
    return complain(!before ? before.error().message : after.error().message,
                    ExitCode::input_output);
  }
  const Result<reports::SeedComparison> comparison = reports::compare_seeds(*before, *after);
  if (!comparison) {
    return complain(comparison.error().message, ExitCode::baseline_not_comparable);
  }
  fmt::print("{}", options.json
                       ? reports::seed_comparison_json(*comparison)
                       : reports::seed_comparison_text(*comparison, stdout_style(options)));
  return ExitCode::ok;
}

ExitCode compare_two(const CompareArguments& arguments, const GlobalOptions& options) {
  const std::vector<fs::path> base = results_in(arguments.base);
  const std::vector<fs::path> changed = results_in(arguments.changed);
  if (base.empty() != changed.empty()) {
    return complain("one of them is a result, and the other a folder of results", ExitCode::usage);
  }
  if (!base.empty()) {
    return compare_sets(base, changed, options);
  }
  const auto before = load_result(arguments.base);
  const auto after = load_result(arguments.changed);
  for (const auto* result : {&before, &after}) {
    if (!*result) {
      return complain(result->error().message, ExitCode::input_output);
    }
  }
  fmt::print("{}", options.json ? reports::comparison_json(*before, *after)
                                : reports::comparison_text(*before, *after, stdout_style(options)));
  return ExitCode::ok;
}

// ------------------------------------------------------------------------------- without faults

/// Both runs, side by side where there is room.
Result<std::vector<sim::FatedRun>> run_both(const scenarios::Scenario& with,
                                            const CompareArguments& arguments,
                                            const GlobalOptions& options) {
  const std::vector<scenarios::Scenario> both{sim::without_faults(with), with};
  std::vector<sim::FatedRun> runs(both.size());
  Progress progress(wants_progress(options));
  sim::Workers workers(std::min(both.size(), jobs_or_processors(arguments.jobs)), kPatience);
  const auto stopped = [] { return interruption(Time(), Time()).has_value(); };
  std::size_t begun = 0;
  while ((begun < both.size() || !workers.is_idle()) && !stopped()) {
    for (; begun < both.size() && workers.has_room(); ++begun) {
      progress.step(begun == 0 ? "without its faults" : "with and without its faults");
      workers.start(begun, [&of = both[begun]] { return sim::run_for_fates(of); });
    }
    const auto answer = workers.next(stopped);
    if (!answer) {
      break;
    }
    if (!answer->text) {
      return fail(answer->took_too_long ? "a run took too long" : "a run's process died");
    }
    Result<sim::FatedRun> run = sim::read_fated(*answer->text);
    if (!run) {
      return tl::unexpected<Error>(run.error());
    }
    runs[answer->task] = std::move(*run);
  }
  progress.clear();
  return runs;
}

ExitCode compare_without_faults(const CompareArguments& arguments, const GlobalOptions& options) {
  if (!arguments.changed.empty()) {
    return complain("--without-faults takes one result or scenario: the other run is its own",
                    ExitCode::usage);
  }
  const Subject subject = load_subject({arguments.base, {}, {}});
  if (!subject.scenario) {
    return subject.code;
  }
  if (sim::without_faults(*subject.scenario).faults.size() == subject.scenario->faults.size()) {
    return complain(arguments.base + ": it has no fault to leave out", ExitCode::usage);
  }
  catch_signals();
  const Result<std::vector<sim::FatedRun>> runs = run_both(*subject.scenario, arguments, options);
  if (const auto stop = interruption(Time(), Time())) {
    return complain("stopped: nothing was compared", stop->code);
  }
  if (!runs) {
    return complain(runs.error().message, ExitCode::failure);
  }
  const auto& [without, with] = std::tie(runs->front(), runs->back());
  if (subject.digest && with.result.provenance.digest != *subject.digest) {
    return complain(arguments.base + ": the same scenario did not give the same events again",
                    ExitCode::not_repeatable);
  }
  const reports::Counterfactual cost =
      reports::hold_against(without.fates, with.fates, Time() + subject.scenario->warmup);
  fmt::print("{}", options.json ? reports::counterfactual_json(cost, without.result, with.result)
                                : reports::counterfactual_text(cost, without.result, with.result,
                                                               stdout_style(options)));
  return ExitCode::ok;
}

ExitCode compare(const CompareArguments& arguments, const GlobalOptions& options) {
  if (arguments.without_faults) {
    return compare_without_faults(arguments, options);
  }
  if (arguments.changed.empty()) {
    return complain("compare takes two results, or one and --without-faults", ExitCode::usage);
  }
  return compare_two(arguments, options);
}

}  // namespace

void add_compare(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* verb = app.add_subcommand("compare", "What two results differ in");
  verb->footer(
      "Two folders that `run --seeds` wrote are paired on the same seed: what moved by more than\n"
      "chance is told with its 99 % interval (Student's t over the paired differences).\n"
      "--without-faults runs a result's scenario again with and without its faults, and pairs the\n"
      "records: what the faults have cost each of them.\n\n"
      "Examples:\n"
      "  wavetank compare wavetank-out/quickstart-seed1 wavetank-out/quickstart-seed2\n"
      "  wavetank compare before/result.json after/result.json --json\n"
      "  wavetank compare before after              both of `wavetank run x.json --seeds 1..10`\n"
      "  wavetank compare wavetank-out/quickstart-seed1 --without-faults\n");
  verb->add_option("BASE", arguments->base,
                   "The reference: a result.json, its folder, or a folder of such")
      ->required();
  verb->add_option("NEW", arguments->changed, "What is held against it");
  verb->add_flag("--without-faults", arguments->without_faults,
                 "Hold BASE, a result or a scenario, against itself without its faults");
  add_jobs(*verb, arguments->jobs);
  verb->callback([arguments, &options, &exit_code] { exit_code = compare(*arguments, options); });
}

}  // namespace wavetank::cli
