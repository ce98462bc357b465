// wavetank: the command line. Verbs stand in files of their own.

#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include "engine/base/ensure.h"
#include "reports/program_version.h"
#include "sim/cli/command.h"
#include "sim/cli/command_line.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/exit_codes.h"
#include "sim/cli/output.h"

namespace {

using wavetank::reports::ExitCode;

constexpr int kKeepFreed_bytes = 1 << 30;

std::string command_line(int argc, char** argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) {
    line += (i > 0 ? " " : "") + std::string(argv[i]);
  }
  return line;
}

int run_program(int argc, char** argv) {
  CLI::App app(
      "A laboratory for streaming data platforms: real engine code in a simulated cluster.\n\n"
      "Examples:\n"
      "  wavetank init > first.json                 a commented scenario to start from\n"
      "  wavetank run first.json                    run it; the verdict is the exit code\n"
      "  wavetank run first.json --set workload.rate=100k/s\n",
      "wavetank");
  app.set_version_flag("--version",
                       "wavetank " + std::string(wavetank::reports::program_version()));
  app.require_subcommand(1);
  app.footer(wavetank::cli::exit_code_table());

  wavetank::cli::GlobalOptions options;
  app.add_flag("--json", options.json, "One JSON document on stdout instead of text");
  app.add_flag("--plain", options.plain, "No colour, ASCII only");
  app.add_flag("-q,--quiet", options.quiet, "Print only errors");
  app.add_flag("--no-progress", options.no_progress, "No progress line on stderr");
  app.add_option("--color", options.color, "Colour: auto, always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.fallthrough();

  ExitCode exit_code = ExitCode::ok;
  wavetank::cli::add_run(app, options, exit_code);
  wavetank::cli::add_report(app, options, exit_code);
  wavetank::cli::add_explain(app, options, exit_code);
  wavetank::cli::add_compare(app, options, exit_code);
  wavetank::cli::add_check(app, options, exit_code);
  wavetank::cli::add_gate(app, options, exit_code);
  wavetank::cli::add_hunt(app, options, exit_code);
  wavetank::cli::add_capacity(app, options, exit_code);
  wavetank::cli::add_sweep(app, options, exit_code);
  wavetank::cli::add_merge(app, options, exit_code);
  wavetank::cli::add_shrink(app, options, exit_code);
  wavetank::cli::add_replay(app, options, exit_code);
  wavetank::cli::add_export(app, options, exit_code);
  wavetank::cli::add_marks(app, options, exit_code);
  wavetank::cli::add_figures(app, options, exit_code);
  wavetank::cli::add_calibrate(app, options, exit_code);
  wavetank::cli::add_import(app, options, exit_code);
  wavetank::cli::add_init(app, options, exit_code);
  wavetank::cli::add_list(app, options, exit_code);
  wavetank::cli::add_schema(app, options, exit_code);
  wavetank::cli::add_witness(app, options, exit_code);
  wavetank::cli::add_help(app, options, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    const std::string meant =
        asked_for ? std::string()
                  : wavetank::cli::mistyped(wavetank::cli::describe_command_line(app),
                                            std::vector<std::string>(argv + 1, argv + argc));
    if (!meant.empty()) {
      return static_cast<int>(wavetank::cli::complain(meant, ExitCode::usage));
    }
    app.exit(error);
    return static_cast<int>(asked_for ? ExitCode::ok : ExitCode::usage);
  }
  return static_cast<int>(exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  // A run keeps what it stores until it ends: giving freed memory back to the kernel, only to fault
  // it in again, costs more than the copying of the records themselves.
  mallopt(M_TRIM_THRESHOLD, kKeepFreed_bytes);
  mallopt(M_MMAP_THRESHOLD, kKeepFreed_bytes);
  try {
    // What stdout still keeps back must arrive, or nobody has been told.
    const auto code = static_cast<ExitCode>(run_program(argc, argv));
    return static_cast<int>(wavetank::cli::check_stdout(code));
  } catch (const std::system_error& error) {  // stdout is full, or gone
    fmt::print(stderr, "wavetank: {}\n", error.what());
    return static_cast<int>(ExitCode::input_output);
  } catch (const std::exception& error) {
    // An ENSURE that failed, or memory that ran out: a defect of this program or of its limits.
    fmt::print(stderr, "wavetank: internal error: {}\nTo reproduce: {}\n", error.what(),
               command_line(argc, argv));
    return static_cast<int>(ExitCode::internal_error);
  }
}
