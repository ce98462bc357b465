#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/explain.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/terminal.h"
#include "sim/cli/tornado.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct ExplainArguments {
  std::string result;
  std::string subject;
  bool is_tornado = false;
  TornadoArguments tornado;
};

ExitCode explain(const ExplainArguments& arguments, const GlobalOptions& options) {
  const auto result = load_result(arguments.result);
  if (!result) {
    return complain(result.error().message, ExitCode::input_output);
  }
  const auto explanation = reports::explain(*result, arguments.subject);
  if (!explanation) {
    return complain(explanation.error().message, ExitCode::usage);
  }
  fmt::print("{}", options.json ? reports::explanation_json(*result, *explanation)
                                : reports::explanation_text(*explanation, arguments.result,
                                                            stdout_style(options)));
  return ExitCode::ok;
}

}  // namespace

void add_explain(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* verb = app.add_subcommand(
      "explain", "Why a percentile is what it is, or why an objective was broken");
  verb->footer(
      "Examples:\n"
      "  wavetank explain wavetank-out/broker-failure-seed7          the first broken objective, "
      "or e2e.p99\n"
      "  wavetank explain out 2                                      the second objective\n"
      "  wavetank explain out 'e2e.p99 during fault'\n"
      "  wavetank explain out recovery --json\n"
      "  wavetank explain x.json --tornado --metric e2e.p99   which setting moves it most?\n"
      "  wavetank explain x.json --tornado --knobs linger,batch_bytes,acks\n");
  verb->add_option("RESULT", arguments->result, "A result.json, or the folder it is in")
      ->required();
  verb->add_option("SUBJECT", arguments->subject,
                   "An objective, by its text or its number, or what one speaks of: e2e.p99.9");
  CLI::Option* turn = verb->add_flag("--tornado", arguments->is_tornado,
                                     "RESULT is a scenario file: which of its settings moves a "
                                     "figure most?");
  TornadoArguments& tornado_arguments = arguments->tornado;
  verb->add_option("--metric", tornado_arguments.metric, "The figure (default: e2e.p99)")
      ->needs(turn);
  verb->add_option("--knobs", tornado_arguments.knobs,
                   "Settings to turn: parts of their paths, or \"all\" (default: the usual ones)")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false)
      ->needs(turn);
  verb->add_option("--set", tornado_arguments.overrides, "Change a value first: path=value")
      ->take_all()
      ->allow_extra_args(false)
      ->needs(turn);
  verb->add_option("-o,--output", tornado_arguments.output,
                   "The drawing (default: wavetank-out/NAME-tornado.svg)")
      ->needs(turn);
  add_jobs(*verb, tornado_arguments.jobs);
  verb->callback([arguments, &options, &exit_code] {
    if (arguments->is_tornado) {
      arguments->tornado.file = arguments->result;
      exit_code = arguments->subject.empty()
                      ? tornado(arguments->tornado, options)
                      : complain("--tornado takes its figure by --metric", ExitCode::usage);
    } else {
      exit_code = explain(*arguments, options);
    }
  });
}

}  // namespace wavetank::cli
