#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "scenarios/load.h"
#include "sim/check/rules.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/hunt/failure.h"
#include "sim/hunt/shrink.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct ShrinkArguments {
  std::string file;
  std::string output;
  std::size_t jobs = 0;
};

void print_json(const sim::Shrunk& shrunk, const ShrinkArguments& arguments, double wall_s) {
  const nlohmann::json out{{"rule", shrunk.violation.rule},
                           {"first", shrunk.violation.first},
                           {"faults_before", shrunk.faults_before},
                           {"faults_after", shrunk.faults_after},
                           {"runs", shrunk.tries},
                           {"finished", shrunk.finished},
                           {"wall_s", wall_s},
                           {"file", arguments.output}};
  fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const sim::Shrunk& shrunk, const ShrinkArguments& arguments, double wall_s) {
  fmt::print("{} of {} faults are left; {} runs in {:.1f} s{}\n{}\n  {}\nnext:  wavetank run {}\n",
             shrunk.faults_after, shrunk.faults_before, shrunk.tries, wall_s,
             shrunk.finished ? "" : ", and was stopped: smaller may be possible",
             shrunk.violation.rule, reports::printable(shrunk.violation.first), arguments.output);
}

ExitCode shrink(const ShrinkArguments& arguments, const GlobalOptions& options) {
  const auto refuse = [&](const std::string& why, ExitCode code) {
    return complain(arguments.file + ": " + why, code);
  };
  if (std::filesystem::exists(arguments.output)) {
    return refuse(arguments.output + " is there already: name another file with -o",
                  ExitCode::input_output);
  }
  const scenarios::Loaded loaded = scenarios::load_file(arguments.file);
  print_diagnostics(loaded.diagnostics, stderr);
  if (!loaded.scenario) {
    return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
  }
  if (const Status ours = sim::is_ours(*loaded.scenario); !ours) {
    return refuse(ours.error().message, ExitCode::input_output);
  }
  const std::string& rule = loaded.scenario->found->rule;
  if (sim::find_rule(rule) == nullptr) {
    return refuse(rule + " is no rule (`wavetank list rules` names them)",
                  ExitCode::scenario_invalid);
  }
  catch_signals();
  Progress progress(wants_progress(options));
  sim::ShrinkOptions how;
  how.jobs = jobs_or_processors(arguments.jobs);
  how.bounds.safety_only = loaded.scenario->found->unlimited;
  const sim::ShrinkHooks hooks{
      [&](std::uint32_t tries, std::uint64_t faults) {
        progress.step(fmt::format("{} runs, {} faults left", tries, faults));
      },
      [] { return interruption(Time(), Time()).has_value(); }};
  const Result<sim::Shrunk> shrunk = sim::shrink(loaded.scenario->effective_json, rule, how, hooks);
  progress.clear();
  const auto stopped = interruption(Time(), Time());
  if (!shrunk) {
    return refuse(shrunk.error().message, stopped ? stopped->code : ExitCode::failure);
  }
  if (const Status written = write_file(arguments.output, shrunk->scenario); !written) {
    return refuse(written.error().message, ExitCode::input_output);
  }
  if (arguments.output == "-") {
    return stopped ? stopped->code : ExitCode::ok;
  }
  if (options.json) {
    print_json(*shrunk, arguments, progress.elapsed_s());
  } else if (!options.quiet) {
    print_text(*shrunk, arguments, progress.elapsed_s());
  }
  return stopped ? stopped->code : ExitCode::ok;
}

}  // namespace

void add_shrink(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ShrinkArguments>();
  CLI::App* verb = app.add_subcommand("shrink", "Make a failure that `hunt` has found smaller");
  verb->footer(
      "Leaves out faults, settings, load, partitions and hosts as long as the same rule is "
      "broken.\n"
      "What is left is a scenario to read, to run and to keep.\n\n"
      "Examples:\n  wavetank shrink wavetank-hunt/quickstart-17.json -o repro.json\n");
  verb->add_option("FAILURE", arguments->file, "A file that `wavetank hunt` wrote")->required();
  verb->add_option("-o,--output", arguments->output, "The file to write; it must be new")
      ->required();
  add_jobs(*verb, arguments->jobs);
  verb->callback([arguments, &options, &exit_code] { exit_code = shrink(*arguments, options); });
}

}  // namespace wavetank::cli
