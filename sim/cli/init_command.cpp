#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "engine/base/suggest.h"
#include "scenarios/templates.h"
#include "sim/cli/command.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

ExitCode init(const std::string& name) {
  if (const scenarios::Template* found = scenarios::find_template(name)) {
    fmt::print("{}", found->text);
    return ExitCode::ok;
  }
  std::vector<std::string_view> names;
  for (const scenarios::Template& it : scenarios::all_templates()) {
    names.push_back(it.name);
  }
  const std::optional<std::string> near = nearest(name, names);
  fmt::print(stderr, "wavetank: there is no template '{}'{}; `wavetank init --list` shows all\n",
             name, near ? fmt::format(", did you mean '{}'?", *near) : "");
  return ExitCode::usage;
}

}  // namespace

void add_init(CLI::App& app, const GlobalOptions& /*options*/, ExitCode& exit_code) {
  auto name = std::make_shared<std::string>("log/quickstart");
  CLI::App* verb = app.add_subcommand("init", "Print a commented scenario to start from");
  verb->footer(
      "Examples:\n  wavetank init > first.json\n  wavetank init orders/broker-failure > "
      "mine.json\n");
  verb->add_option("TEMPLATE", *name, "Name of the template")->capture_default_str();
  verb->add_flag_callback(
      "--list",
      [] {
        list_templates();
        throw CLI::Success();
      },
      "List the templates");
  verb->callback([name, &exit_code] { exit_code = init(*name); });
}

}  // namespace wavetank::cli
