#include "sim/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "engine/base/suggest.h"
#include "scenarios/templates.h"

namespace wavetank::cli {

namespace {

using Json = nlohmann::ordered_json;

/// "TEXT:{auto,always,never}" lists what a value may be.
std::vector<std::string> choices_in(const std::string& type) {
  const std::size_t open = type.find('{');
  const std::size_t close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return choices;
  }
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string choice; std::getline(list, choice, ',');) {
    choices.push_back(choice.substr(0, choice.find("->")));
  }
  return choices;
}

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const scenarios::Template& it : scenarios::all_templates()) {
    names.push_back(it.name);
  }
  return names;
}

/// Whether a value without listed choices is the name of a file or a folder: its own name or its
/// description says so.
bool is_path(const CommandOption& option) {
  static constexpr const char* kNames[] = {"PATH", "FILE", "RESULT", "BASE", "NEW", "DIR"};
  static constexpr const char* kWords[] = {"Folder", "folder", "file", "result"};
  return std::ranges::find(kNames, option.value) != std::end(kNames) ||
         std::ranges::any_of(kWords, [&](const char* word) {
           return option.description.find(word) != std::string::npos;
         });
}

CommandOption describe_option(const CLI::Option& option) {
  CommandOption described;
  described.long_name = option.get_lnames().empty() ? "" : "--" + option.get_lnames().front();
  described.short_name = option.get_snames().empty() ? "" : "-" + option.get_snames().front();
  described.description = option.get_description();
  described.required = option.get_required();
  described.many = option.get_items_expected_max() > 1;
  const std::string type = option.get_type_name();
  if (option.get_positional()) {
    described.value = option.get_name(true);
  } else if (option.get_items_expected_max() > 0) {
    described.value = type.substr(0, type.find_first_of(":{ "));
  }
  described.choices = choices_in(type);
  if (described.value == "TEMPLATE") {
    described.choices = template_names();
  }
  described.offer = !described.choices.empty()                       ? Offer::choices
                    : !described.value.empty() && is_path(described) ? Offer::files
                                                                     : Offer::nothing;
  return described;
}

void describe_options(const CLI::App& app, std::vector<CommandOption>& options,
                      std::vector<CommandOption>& positionals) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) {
      continue;
    }
    (option->get_positional() ? positionals : options).push_back(describe_option(*option));
  }
}

Json to_json(const CommandOption& option) {
  Json json = {{"description", option.description}, {"required", option.required}};
  if (!option.long_name.empty()) {
    json["long"] = option.long_name;
  }
  if (!option.short_name.empty()) {
    json["short"] = option.short_name;
  }
  if (!option.value.empty()) {
    json["value"] = option.value;
    json["many"] = option.many;
  }
  if (!option.choices.empty()) {
    json["choices"] = option.choices;
  }
  return json;
}

Json to_json(const std::vector<CommandOption>& options) {
  Json list = Json::array();
  for (const CommandOption& option : options) {
    list.push_back(to_json(option));
  }
  return list;
}

Json to_json(const CommandVerb& verb) {
  return {{"name", verb.name},
          {"description", verb.description},
          {"arguments", to_json(verb.positionals)},
          {"options", to_json(verb.options)},
          {"notes", verb.footer}};
}

// ------------------------------------------------------------------------------- mistakes

const CommandOption* find_option(const std::vector<CommandOption>& options,
                                 const std::string& name) {
  const auto found = std::ranges::find_if(options, [&](const CommandOption& it) {
    return it.long_name == name || it.short_name == name.substr(0, 2);
  });
  return found == options.end() ? nullptr : &*found;
}

std::string suggestion(const std::string& wrong, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto near = nearest(wrong, views);
  return near ? fmt::format("; did you mean '{}'?", *near) : "";
}

std::string mistyped_flag(const CommandLine& line, const CommandVerb* verb,
                          const std::string& flag) {
  std::vector<std::string> known;
  for (const auto* options : {verb == nullptr ? nullptr : &verb->options, &line.options}) {
    for (std::size_t i = 0; options != nullptr && i < options->size(); ++i) {
      known.push_back((*options)[i].long_name);
    }
  }
  return fmt::format("{} no flag {}{}",
                     verb == nullptr ? std::string("there is") : "'" + verb->name + "' has", flag,
                     suggestion(flag, known));
}

}  // namespace

CommandVerb describe_verb(const CLI::App& verb) {
  CommandVerb described{verb.get_name(), verb.get_description(), verb.get_footer(), {}, {}};
  describe_options(verb, described.options, described.positionals);
  return described;
}

CommandLine describe_command_line(const CLI::App& app) {
  CommandLine line;
  line.description = app.get_description();
  line.footer = app.get_footer();
  std::vector<CommandOption> none;
  describe_options(app, line.options, none);
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_group().empty()) {
      continue;
    }
    line.verbs.push_back(describe_verb(*verb));
  }
  return line;
}

std::string command_verb_json(const CommandVerb& verb) {
  return to_json(verb).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string command_line_json(const CommandLine& line) {
  Json verbs = Json::array();
  for (const CommandVerb& verb : line.verbs) {
    verbs.push_back(to_json(verb));
  }
  const Json document = {{"description", line.description},
                         {"options", to_json(line.options)},
                         {"verbs", std::move(verbs)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string mistyped(const CommandLine& line, const std::vector<std::string>& arguments) {
  const CommandVerb* verb = nullptr;
  bool is_value = false;  // of the option before
  for (const std::string& argument : arguments) {
    if (std::exchange(is_value, false)) {
      continue;
    }
    if (argument == "--") {
      break;
    }
    if (argument.size() > 1 && argument.starts_with('-')) {
      const std::string name = argument.substr(0, argument.find('='));
      const CommandOption* own = verb == nullptr ? nullptr : find_option(verb->options, name);
      const CommandOption* option = own != nullptr ? own : find_option(line.options, name);
      if (option == nullptr) {
        return mistyped_flag(line, verb, name);
      }
      is_value = !option->value.empty() && name.size() == argument.size() &&
                 (name.starts_with("--") || name.size() == 2);
    } else if (verb == nullptr) {
      const auto found = std::ranges::find(line.verbs, argument, &CommandVerb::name);
      if (found == line.verbs.end()) {
        std::vector<std::string> known;
        for (const CommandVerb& it : line.verbs) {
          known.push_back(it.name);
        }
        return fmt::format("there is no verb '{}'{}", argument, suggestion(argument, known));
      }
      verb = &*found;
    }
  }
  return {};
}

}  // namespace wavetank::cli
