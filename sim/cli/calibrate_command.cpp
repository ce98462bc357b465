#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/printable.h"
#include "sim/calibrate/calibration.h"
#include "sim/calibrate/check.h"
#include "sim/calibrate/cost_file.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct CalibrateArguments {
  std::string output;
  std::string name = "measured";
  int rounds = 10;
  bool check = false;
  bool replace = false;
};

std::string percent(double share) {
  return fmt::format("{:+.1f} %", share * 100);
}

void print_kernels(const models::MeasuredCosts& costs, bool ascii) {
  fmt::print("  {}, {}\n\n", reports::printable(costs.machine, ascii), costs.compiler);
  fmt::print("  {:<52} {:>12} {:>12} {:>9}\n", "kernel", "measured", "priced", "error");
  for (const models::TimedKernel& it : costs.kernels) {
    fmt::print("  {:<52} {:>9.1f} ns {:>9.1f} ns {:>9}\n", it.name, it.nanoseconds, it.priced,
               percent(it.priced / it.nanoseconds - 1));
  }
}

void print_check(const std::vector<sim::CheckedLoad>& checked) {
  fmt::print("\n  {:<52} {:>12} {:>12} {:>9}\n", "load, no price fitted to it", "measured",
             "simulated", "error");
  for (const sim::CheckedLoad& it : checked) {
    fmt::print("  {:<52} {:>10.0f}/s {:>10.0f}/s {:>9}{}\n", it.name, it.measured, it.simulated,
               percent(it.error()), it.agrees() ? "" : "  outside");
  }
  const auto agree = std::ranges::count_if(checked, &sim::CheckedLoad::agrees);
  fmt::print("\n  {} of {} within {:.0f} %\n", agree, checked.size(), sim::kAgrees * 100);
}

std::string json_text(const models::MeasuredCosts& costs,
                      const std::vector<sim::CheckedLoad>& checked) {
  using Json = nlohmann::ordered_json;
  Json document = {{"costs", Json::parse(sim::cost_file_text(costs))}};
  for (const sim::CheckedLoad& it : checked) {
    document["loads"].push_back({{"name", it.name},
                                 {"measured", it.measured},
                                 {"simulated", it.simulated},
                                 {"error", it.error()},
                                 {"agrees", it.agrees()}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

ExitCode calibrate(const CalibrateArguments& arguments, const GlobalOptions& options) {
  if (!arguments.output.empty() && !arguments.replace &&
      std::filesystem::exists(arguments.output)) {
    return complain(fmt::format("{} is there already; --replace writes it anew", arguments.output),
                    ExitCode::input_output);
  }
  catch_signals();
  Progress progress(wants_progress(options));
  const auto interrupted = [] { return interruption(Time(), Time()); };
  const sim::Attendance attendance{[&](const std::string& what) { progress.step(what); },
                                   [&] { return interrupted().has_value(); }};
  const auto refuse = [&](const Error& error) {
    progress.clear();
    return interrupted() ? interrupted()->code
                         : complain("nothing was measured: " + error.message, ExitCode::failure);
  };
  const Result<models::MeasuredCosts> costs =
      sim::calibrate(arguments.name, arguments.rounds, attendance);
  if (!costs) {
    return refuse(costs.error());
  }
  if (!arguments.output.empty()) {
    if (const Status written = write_file(arguments.output, sim::cost_file_text(*costs));
        !written) {
      progress.clear();
      return complain(written.error().message, ExitCode::input_output);
    }
  }
  std::vector<sim::CheckedLoad> checked;
  if (arguments.check) {
    Result<std::vector<sim::CheckedLoad>> rows = sim::check(*costs, arguments.rounds, attendance);
    if (!rows) {
      return refuse(rows.error());
    }
    checked = std::move(*rows);
  }
  progress.clear();
  if (options.json) {
    fmt::print("{}\n", json_text(*costs, checked));
  } else if (!options.quiet) {
    print_kernels(*costs, stdout_style(options).ascii);
    if (arguments.check) {
      print_check(checked);
    }
  }
  return std::ranges::all_of(checked, &sim::CheckedLoad::agrees) ? ExitCode::ok : ExitCode::failure;
}

}  // namespace

void add_calibrate(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<CalibrateArguments>();
  CLI::App* verb = app.add_subcommand(
      "calibrate", "Measure what work costs on this machine, and write a cost table");
  verb->footer(
      "Times the engine's own kernels, some seconds a round, and fits the prices of a cost table "
      "to\nthem. A scenario names the file: \"cost_table\": \"mine.json\", its machines of type "
      "\"this-core\".\n--check then runs loads that no price was fitted to, on this machine and "
      "simulated; the exit\ncode is 1 if one of them is more than 15 % off.\n\n"
      "Examples:\n  wavetank calibrate -o mine.json\n  wavetank calibrate --check\n"
      "  wavetank run first.json --set cluster.cost_table=mine.json\n");
  verb->add_option("-o,--output", arguments->output, "File to write the table to");
  verb->add_flag("--replace", arguments->replace, "Write it even if the file is there already");
  verb->add_option("--name", arguments->name, "Name of the table")
      ->check(CLI::Validator(
          [](const std::string& name) {
            const bool good = !name.empty() && name.find_first_not_of(
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                                   "pqrstuvwxyz0123456789_.-") == std::string::npos;
            return good ? "" : "a name has letters, digits, _ - .";
          },
          "NAME"))
      ->capture_default_str();
  verb->add_option("--rounds", arguments->rounds, "How often each is timed; the quickest counts")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  verb->add_flag("--check", arguments->check,
                 "Hold simulations with the table against this machine");
  verb->callback([arguments, &options, &exit_code] { exit_code = calibrate(*arguments, options); });
}

}  // namespace wavetank::cli
