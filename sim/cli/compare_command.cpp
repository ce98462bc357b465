#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "reports/comparison.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/terminal.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct CompareArguments {
  std::string base;
  std::string changed;
};

ExitCode compare(const CompareArguments& arguments, const GlobalOptions& options) {
  const auto base = load_result(arguments.base);
  const auto changed = load_result(arguments.changed);
  for (const auto* result : {&base, &changed}) {
    if (!*result) {
      return complain(result->error().message, ExitCode::input_output);
    }
  }
  fmt::print("{}", options.json ? reports::comparison_json(*base, *changed)
                                : reports::comparison_text(*base, *changed, stdout_style(options)));
  return ExitCode::ok;
}

}  // namespace

void add_compare(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* verb = app.add_subcommand("compare", "What two results differ in");
  verb->footer(
      "Examples:\n"
      "  wavetank compare wavetank-out/quickstart-seed1 wavetank-out/quickstart-seed2\n"
      "  wavetank compare before/result.json after/result.json --json\n");
  verb->add_option("BASE", arguments->base, "The reference: a result.json or its folder")
      ->required();
  verb->add_option("NEW", arguments->changed, "What is held against it")->required();
  verb->callback([arguments, &options, &exit_code] { exit_code = compare(*arguments, options); });
}

}  // namespace wavetank::cli
