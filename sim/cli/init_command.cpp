#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/suggest.h"
#include "reports/printable.h"
#include "scenarios/load.h"
#include "scenarios/templates.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/pipelines.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct InitArguments {
  std::string name = "log/quickstart";
  std::string folder;  ///< empty: print
  std::string pipeline;
  bool list = false;
};

/// The scenarios of a repository stand in a folder of their own, for `gate` takes all that are
/// there.
constexpr const char* kScenarios = "scenarios";
constexpr const char* kSchema = "wavetank.schema.json";

struct Beginning {
  std::string path;
  std::string text;
  std::string what;
  bool was_there = false;
};

const Pipeline* find_pipeline(const std::string& name) {
  const auto all = all_pipelines();
  const auto found = std::ranges::find(all, name, &Pipeline::name);
  return found == all.end() ? nullptr : &*found;
}

std::vector<Beginning> beginnings(const scenarios::Template& it, const InitArguments& arguments) {
  const std::string own_name = it.name.substr(it.name.rfind('/') + 1);
  const std::string schema = fmt::format("../{}", kSchema);
  std::vector<Beginning> all{
      {fmt::format("{}/{}/{}.json", arguments.folder, kScenarios, own_name),
       scenarios::with_schema(scenarios::text_to_start_from(it), schema), it.title, false},
      {fmt::format("{}/{}", arguments.folder, kSchema), scenarios::schema_text(),
       "what editors complete and check it by", false}};
  if (const Pipeline* pipeline = find_pipeline(arguments.pipeline)) {
    all.push_back({fmt::format("{}/{}", arguments.folder, pipeline->path),
                   std::string(pipeline->text), "gates every change", false});
  }
  return all;
}

/// What somebody has already written stays as it is.
Status write_what_is_missing(std::vector<Beginning>& all) {
  for (Beginning& it : all) {
    it.was_there = std::filesystem::exists(it.path);
    if (it.was_there) {
      continue;
    }
    if (Status ready = prepare_folder(std::filesystem::path(it.path).parent_path()); !ready) {
      return ready;
    }
    if (Status written = write_file(it.path, it.text); !written) {
      return written;
    }
  }
  return {};
}

void print_beginnings(const std::vector<Beginning>& all, const InitArguments& arguments) {
  for (const Beginning& it : all) {
    fmt::print("{}  {}  ({})\n", it.was_there ? "kept " : "wrote", reports::printable(it.path),
               it.was_there ? "it was there" : it.what);
  }
  const std::string folder = reports::printable(arguments.folder);
  fmt::print("next:  wavetank run {}\n", reports::printable(all.front().path));
  if (!arguments.pipeline.empty()) {
    fmt::print(
        "       set the variable WAVETANK_SOURCE of the pipeline: where wavetank is cloned from\n");
    fmt::print("       wavetank gate {0}/{1} --baseline {0}/baselines --update --seeds 5\n", folder,
               kScenarios);
  }
}

ExitCode init_folder(const scenarios::Template& it, const InitArguments& arguments,
                     const GlobalOptions& options) {
  std::vector<Beginning> all = beginnings(it, arguments);
  if (const Status written = write_what_is_missing(all); !written) {
    return complain(written.error().message, ExitCode::input_output);
  }
  if (options.json) {
    auto files = nlohmann::ordered_json::array();
    for (const Beginning& one : all) {
      files.push_back({{"path", one.path}, {"written", !one.was_there}});
    }
    const nlohmann::ordered_json document = {{"template", it.name}, {"files", std::move(files)}};
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else if (!options.quiet) {
    print_beginnings(all, arguments);
  }
  return ExitCode::ok;
}

ExitCode print_text(std::string_view name, std::string_view title, const std::string& text,
                    const GlobalOptions& options) {
  if (options.json) {
    const nlohmann::ordered_json document = {{"name", name}, {"title", title}, {"text", text}};
    fmt::print("{}\n", document.dump(2));
  } else {
    fmt::print("{}", text);
  }
  return ExitCode::ok;
}

ExitCode no_such_template(const std::string& name) {
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

ExitCode init(const InitArguments& arguments, const GlobalOptions& options) {
  if (arguments.list) {
    list_topic("templates", options);
    return ExitCode::ok;
  }
  if (arguments.folder.empty() && !arguments.pipeline.empty()) {
    const Pipeline& pipeline = *find_pipeline(arguments.pipeline);
    return print_text(pipeline.name, pipeline.path, std::string(pipeline.text), options);
  }
  const scenarios::Template* it = scenarios::find_template(arguments.name);
  if (it == nullptr) {
    return no_such_template(arguments.name);
  }
  return arguments.folder.empty()
             ? print_text(it->name, it->title, scenarios::text_to_start_from(*it), options)
             : init_folder(*it, arguments, options);
}

}  // namespace

void add_init(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<InitArguments>();
  CLI::App* verb = app.add_subcommand("init", "A commented scenario to start from, and a pipeline");
  verb->footer(
      "Prints the scenario. With a folder, writes it there with the schema that editors read, and\n"
      "with --ci what makes GitHub or GitLab gate every change; what is there already stays.\n\n"
      "Examples:\n"
      "  wavetank init > first.json\n"
      "  wavetank init orders/broker-failure -o mine\n"
      "  wavetank init -o . --ci github\n");
  verb->add_option("TEMPLATE", arguments->name, "Name of the template")->capture_default_str();
  verb->add_option("-o,--output", arguments->folder, "Folder to write to, with the schema");
  verb->add_option("--ci", arguments->pipeline, "Whose pipeline is to gate every change")
      ->check(CLI::IsMember({"github", "gitlab"}));
  verb->add_flag("--list", arguments->list, "List the templates");
  verb->callback([arguments, &options, &exit_code] { exit_code = init(*arguments, options); });
}

}  // namespace wavetank::cli
