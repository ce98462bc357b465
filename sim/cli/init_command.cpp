#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/suggest.h"
#include "scenarios/templates.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

ExitCode init(const std::string& name, const GlobalOptions& options) {
  if (const scenarios::Template* found = scenarios::find_template(name)) {
    const std::string text = scenarios::text_to_start_from(*found);
    if (options.json) {
      const nlohmann::ordered_json document = {
          {"name", found->name}, {"title", found->title}, {"text", text}};
      fmt::print("{}\n", document.dump(2));
    } else {
      fmt::print("{}", text);
    }
    return ExitCode::ok;
  }
  std::vector<std::string_view> names;
  for (const scenarios::Template& it : scenarios::all_templates()) {
    names.push_back(it.name);
    names.push_back(std::string_view(it.name).substr(it.name.rfind('/') + 1));
  }
  const std::optional<std::string> near = nearest(name, names);
  return complain(fmt::format("there is no template '{}'{}; `wavetank init --list` shows all", name,
                              near ? fmt::format(", did you mean '{}'?", *near) : ""),
                  ExitCode::usage);
}

}  // namespace

void add_init(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto name = std::make_shared<std::string>("log/quickstart");
  CLI::App* verb = app.add_subcommand("init", "Print a commented scenario to start from");
  verb->footer(
      "Examples:\n  wavetank init > first.json\n  wavetank init orders/broker-failure > "
      "mine.json\n");
  verb->add_option("TEMPLATE", *name, "Name of the template")->capture_default_str();
  auto list = std::make_shared<bool>(false);
  verb->add_flag("--list", *list, "List the templates");
  verb->callback([name, list, &options, &exit_code] {
    if (*list) {
      list_topic("templates", options);
    } else {
      exit_code = init(*name, options);
    }
  });
}

}  // namespace wavetank::cli
