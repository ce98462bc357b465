// Verbs about the command line itself: help, completion, man.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/base/suggest.h"
#include "sim/cli/command.h"
#include "sim/cli/command_line.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/exit_codes.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

ExitCode help(const CLI::App& app, const std::string& topic, const GlobalOptions& options) {
  if (topic.empty()) {
    fmt::print("{}", options.json ? command_line_json(describe_command_line(app)) : app.help());
    return ExitCode::ok;
  }
  if (topic == "exit-codes") {
    if (options.json) {
      list_topic(topic, options);
    } else {
      fmt::print("{}", exit_code_table());
    }
    return ExitCode::ok;
  }
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  std::vector<std::string_view> names{"exit-codes"};
  for (const CLI::App* verb : verbs) {
    if (verb->get_name() == topic) {
      fmt::print("{}", options.json ? command_verb_json(describe_verb(*verb))
                                    : verb->help(app.get_name()));
      return ExitCode::ok;
    }
    names.push_back(verb->get_name());
  }
  const auto near = nearest(topic, names);
  return complain(fmt::format("there is no verb '{}'{}", topic,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""),
                  ExitCode::usage);
}

ExitCode print_completion(const CLI::App& app, const std::string& shell,
                          const GlobalOptions& options) {
  const std::string script = completion_script(describe_command_line(app), shell).value_or("");
  if (options.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"shell", shell}, {"script", script}}.dump(2));
  } else {
    fmt::print("{}", script);
  }
  return ExitCode::ok;
}

}  // namespace

void add_help(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto topic = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("help", "What a verb does, or the table of exit codes");
  verb->footer("Examples:\n  wavetank help gate\n  wavetank help exit-codes\n");
  verb->add_option("VERB", *topic, "A verb, or exit-codes");
  verb->callback([&app, topic, &options, &exit_code] { exit_code = help(app, *topic, options); });

  auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      app.add_subcommand("completion", "Print what makes a shell complete verbs, flags and names");
  completion->footer(
      "Examples:\n"
      "  eval \"$(wavetank completion bash)\"                  in ~/.bashrc\n"
      "  wavetank completion zsh > ~/.zfunc/_wavetank\n"
      "  wavetank completion fish > ~/.config/fish/completions/wavetank.fish\n");
  completion->add_option("SHELL", *shell, "Which shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  completion->callback(
      [&app, shell, &options, &exit_code] { exit_code = print_completion(app, *shell, options); });

  CLI::App* man = app.add_subcommand("man", "Print the manual page");
  man->footer(
      "With --json, the whole command line as data.\n\n"
      "Example:\n  wavetank man | man -l -\n");
  man->callback([&app, &options, &exit_code] {
    const CommandLine line = describe_command_line(app);
    fmt::print("{}", options.json ? command_line_json(line) : man_page(line));
    exit_code = ExitCode::ok;
  });
}

}  // namespace wavetank::cli
