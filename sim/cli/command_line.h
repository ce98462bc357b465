#pragma once

// The command line as data, taken from the parser itself, so that completions and the man page know
// every verb and flag there is.

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace wavetank::cli {

/// What a shell can offer as a value.
enum class Offer { nothing, choices, files };

struct CommandOption {
  std::string long_name;   ///< "--seed"; empty for positional arguments
  std::string short_name;  ///< "-o"; may be empty
  std::string value;       ///< what stands for its value in help: "UINT", "PATH"; empty for a flag
  std::string description;
  Offer offer = Offer::nothing;
  std::vector<std::string> choices;
  bool required = false;
  bool many = false;  ///< may be given more than once
};

struct CommandVerb {
  std::string name;
  std::string description;
  std::string footer;  ///< what stands under its help: notes, examples
  std::vector<CommandOption> options;
  std::vector<CommandOption> positionals;  ///< `long_name` is empty, `value` their name
};

struct CommandLine {
  std::string description;
  std::string footer;
  std::vector<CommandOption> options;  ///< that all verbs take
  std::vector<CommandVerb> verbs;      ///< but for those that help does not show
};

CommandLine describe_command_line(const CLI::App& app);
CommandVerb describe_verb(const CLI::App& verb);

/// A script that completes verbs, flags and values in "bash", "zsh" or "fish"; nothing for another
/// shell.
std::optional<std::string> completion_script(const CommandLine& line, const std::string& shell);

/// wavetank(1), in roff.
std::string man_page(const CommandLine& line);

// As one JSON document.

std::string command_line_json(const CommandLine& line);
std::string command_verb_json(const CommandVerb& verb);

/// Of arguments that were refused: what was probably meant, as a sentence: "there is no verb 'rnu';
/// did you mean 'run'?". Empty if every verb and flag of them is known.
std::string mistyped(const CommandLine& line, const std::vector<std::string>& arguments);

}  // namespace wavetank::cli
