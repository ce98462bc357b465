#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reports/published_table.h"
#include "reports/study/theory_table.h"
#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/progress.h"
#include "sim/cli/scenario_files.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/run/reproduce.h"
#include "sim/theory/hold.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct FiguresArguments {
  std::vector<std::string> paths;
  std::size_t jobs = 0;
  bool theory = false;
};

ExitCode theory(const FiguresArguments& arguments, const GlobalOptions& options) {
  catch_signals();
  Progress progress(wants_progress(options));
  const std::vector<reports::TheoryRow> rows = sim::theory::hold(
      sim::theory::all_laws(), {jobs_or_processors(arguments.jobs)},
      [&](const sim::theory::Law& law) { progress.step("running " + law.name); },
      [] { return interruption(Time(), Time()).has_value(); });
  progress.clear();
  if (options.json) {
    fmt::print("{}", reports::theory_json(rows));
  } else if (!options.quiet) {
    fmt::print("{}", reports::theory_text(rows, stdout_style(options).ascii));
  }
  const auto stopped = interruption(Time(), Time());
  return stopped ? stopped->code : reports::judge(rows);
}

ExitCode figures(const FiguresArguments& arguments, const GlobalOptions& options) {
  const Result<std::vector<std::filesystem::path>> paths = scenario_files(arguments.paths);
  if (!paths) {
    return complain(paths.error().message, ExitCode::input_output);
  }
  std::vector<sim::NamedScenario> named;
  std::vector<ExitCode> codes;
  for (const std::filesystem::path& path : *paths) {
    scenarios::Loaded loaded = scenarios::load_file(path.string());
    print_diagnostics(loaded.diagnostics, stderr);
    if (loaded.scenario) {
      named.push_back({path.stem().string(), std::move(*loaded.scenario)});
    } else {
      codes.push_back(loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid);
    }
  }
  if (!codes.empty()) {
    return reports::most_serious(codes);
  }
  catch_signals();
  Progress progress(wants_progress(options));
  const std::size_t jobs = jobs_or_processors(arguments.jobs);
  sim::Reproduction done = sim::reproduce(
      named, jobs, [&](const sim::NamedScenario& it) { progress.step("running " + it.name); },
      [] { return interruption(Time(), Time()).has_value(); });
  progress.clear();
  if (done.rows.empty()) {
    fmt::print(stderr, "wavetank: none of these scenarios has \"expect\" or \"figures\"\n");
    return ExitCode::usage;
  }
  if (options.json) {
    fmt::print("{}", reports::table_json(done.rows));
  } else if (!options.quiet) {
    fmt::print("{}", reports::table_text(done.rows, stdout_style(options).ascii));
  }
  if (const auto stopped = interruption(Time(), Time())) {
    done.codes.push_back(stopped->code);
  }
  done.codes.push_back(reports::judge(done.rows));
  return reports::most_serious(done.codes);
}

}  // namespace

void add_figures(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<FiguresArguments>();
  CLI::App* verb = app.add_subcommand(
      "figures", "Run scenarios and print published figures against simulated ones");
  verb->footer(
      "A scenario says in \"expect\" what it reproduces. The exit code is 1 if a predicted figure "
      "is\n"
      "outside its tolerance and no reason is given, 12 if a run broke an invariant.\n\n"
      "Examples:\n  wavetank figures scenarios/published\n  wavetank figures a.json b.json "
      "--json\n  wavetank figures --theory\n");
  CLI::Option* paths =
      verb->add_option("PATH", arguments->paths, "Scenario files, or folders of them");
  verb->add_flag("--theory", arguments->theory,
                 "Instead of scenarios: queues, links, disks and timers against closed forms")
      ->excludes(paths);
  add_jobs(*verb, arguments->jobs);
  verb->callback([arguments, paths, &options, &exit_code] {
    if (!arguments->theory && paths->count() == 0) {
      throw CLI::RequiredError("PATH or --theory");
    }
    exit_code = arguments->theory ? theory(*arguments, options) : figures(*arguments, options);
  });
}

}  // namespace wavetank::cli
