#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

nlohmann::ordered_json to_json(const scenarios::Diagnostic& d) {
  return {{"level", d.level == scenarios::Level::error ? "error" : "warning"},
          {"file", d.file},
          {"line", d.line},
          {"column", d.column},
          {"pointer", d.pointer},
          {"message", d.message},
          {"expected", d.expected},
          {"example", d.example}};
}

struct CheckArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
};

ExitCode check(const CheckArguments& arguments, const GlobalOptions& options) {
  std::vector<ExitCode> codes;
  auto findings = nlohmann::ordered_json::array();
  for (const std::string& file : arguments.files) {
    const scenarios::Loaded loaded = scenarios::load_file(file, {arguments.overrides, {}, {}});
    if (!loaded.scenario) {
      codes.push_back(loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid);
    }
    for (const scenarios::Diagnostic& diagnostic : loaded.diagnostics) {
      findings.push_back(to_json(diagnostic));
    }
    if (!options.json) {
      print_diagnostics(loaded.diagnostics, stdout);
      if (loaded.scenario && !options.quiet) {
        fmt::print("{}: ok, {} on {} hosts, {:.0f} records expected\n", reports::printable(file),
                   reports::printable(loaded.scenario->title),
                   loaded.scenario->cluster.hosts.size(),
                   scenarios::expected_records(*loaded.scenario));
      }
    }
  }
  if (options.json) {
    fmt::print("{}\n", findings.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return reports::most_serious(codes);
}

}  // namespace

void add_check(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* verb = app.add_subcommand("check", "Check scenarios without running them");
  verb->footer(
      "Examples:\n  wavetank check scenarios/orders/broker-failure.json\n  wavetank check x.json "
      "--json\n");
  verb->add_option("FILE", arguments->files, "Scenario files")->required();
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->callback([arguments, &options, &exit_code] { exit_code = check(*arguments, options); });
}

}  // namespace wavetank::cli
