// Completions for shells, from the description of the command line.

#include <fmt/format.h>

#include "sim/cli/command_line.h"
#include "sim/cli/shell.h"

namespace wavetank::cli {

namespace {

std::string names_of(const std::vector<CommandOption>& options) {
  std::string names;
  for (const CommandOption& option : options) {
    for (const std::string& name : {option.long_name, option.short_name}) {
      names += name.empty() ? "" : (names.empty() ? "" : " ") + name;
    }
  }
  return names;
}

// ------------------------------------------------------------------------------- bash

/// Sets COMPREPLY to what may stand there.
std::string bash_offer(const CommandOption& option) {
  switch (option.offer) {
    case Offer::choices:
      return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\"))",
                         shell_quoted(fmt::format("{}", fmt::join(option.choices, " "))));
    case Offer::files:
      return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
    case Offer::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::string bash_values(const std::vector<CommandOption>& options, const std::string& verb) {
  std::string cases;
  for (const CommandOption& option : options) {
    if (!option.value.empty()) {
      std::string patterns;
      for (const std::string& name : {option.long_name, option.short_name}) {
        patterns += name.empty() ? "" : (patterns.empty() ? "" : "|") + (verb + ":" + name);
      }
      cases += fmt::format("    {}) {}; return;;\n", patterns, bash_offer(option));
    }
  }
  return cases;
}

std::string bash_script(const CommandLine& line) {
  std::string values = bash_values(line.options, "*");
  std::string verbs;
  std::string flags;
  std::string positionals;
  for (const CommandVerb& verb : line.verbs) {
    verbs += (verbs.empty() ? "" : " ") + verb.name;
    values += bash_values(verb.options, verb.name);
    flags += fmt::format("      {}) words={};;\n", verb.name,
                         shell_quoted(names_of(verb.options) + " " + names_of(line.options)));
    if (!verb.positionals.empty()) {
      positionals += fmt::format("    {}) {};;\n", verb.name, bash_offer(verb.positionals.back()));
    }
  }
  return fmt::format(
      "# bash completion of wavetank; eval \"$(wavetank completion bash)\"\n"
      "_wavetank() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} verb='' words i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${{COMP_WORDS[i]}} in\n"
      "      --color) ((i++));;\n"
      "      -*) ;;\n"
      "      *) verb=${{COMP_WORDS[i]}}; break;;\n"
      "    esac\n"
      "  done\n"
      "  case $verb:$prev in\n{}"
      "  esac\n"
      "  if [[ $cur == -* ]]; then\n"
      "    case $verb in\n{}"
      "      *) words={};;\n"
      "    esac\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "    return\n"
      "  fi\n"
      "  case $verb in\n"
      "    '') COMPREPLY=($(compgen -W {} -- \"$cur\"));;\n{}"
      "    *) COMPREPLY=();;\n"
      "  esac\n"
      "}}\n"
      "complete -F _wavetank wavetank\n",
      values, flags, shell_quoted(names_of(line.options)), shell_quoted(verbs), positionals);
}

// ------------------------------------------------------------------------------- zsh

/// A colon and brackets mean something in what _arguments is told.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out +=
        c == ':' || c == '[' || c == ']' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out;
}

std::string zsh_action(const CommandOption& option) {
  switch (option.offer) {
    case Offer::choices:
      return fmt::format("({})", fmt::join(option.choices, " "));
    case Offer::files:
      return "_files";
    case Offer::nothing:
      break;
  }
  return " ";
}

std::string zsh_option(const CommandOption& option) {
  std::string specs;
  for (const std::string& name : {option.long_name, option.short_name}) {
    if (!name.empty()) {
      const std::string value =
          option.value.empty() ? ""
                               : fmt::format(":{}:{}", zsh_text(option.value), zsh_action(option));
      specs += " " + shell_quoted(fmt::format("{}{}[{}]{}", option.many ? "*" : "", name,
                                              zsh_text(option.description), value));
    }
  }
  return specs;
}

std::string zsh_script(const CommandLine& line) {
  std::string verbs;
  std::string cases;
  std::string globals;
  for (const CommandOption& option : line.options) {
    globals += zsh_option(option);
  }
  for (const CommandVerb& verb : line.verbs) {
    verbs += "    " + shell_quoted(verb.name + ":" + zsh_text(verb.description)) + "\n";
    std::string arguments;
    for (const CommandOption& option : verb.options) {
      arguments += zsh_option(option);
    }
    for (const CommandOption& positional : verb.positionals) {
      const bool last = &positional == &verb.positionals.back();
      arguments +=
          " " + shell_quoted(fmt::format("{}:{}:{}", last && positional.many ? "*" : "",
                                         zsh_text(positional.value), zsh_action(positional)));
    }
    cases += fmt::format("        {}) _arguments{} $globals;;\n", verb.name, arguments);
  }
  return fmt::format(
      "#compdef wavetank\n"
      "# zsh completion of wavetank; eval \"$(wavetank completion zsh)\"\n"
      "_wavetank() {{\n"
      "  local context state state_descr line\n"
      "  typeset -A opt_args\n"
      "  local -a verbs globals\n"
      "  globals=({})\n"
      "  verbs=(\n{}  )\n"
      "  _arguments -C $globals '1: :->verb' '*:: :->rest'\n"
      "  case $state in\n"
      "    verb) _describe verb verbs;;\n"
      "    rest)\n"
      "      case $words[1] in\n{}"
      "      esac;;\n"
      "  esac\n"
      "}}\n"
      "if [ \"$funcstack[1]\" = _wavetank ]; then _wavetank; else compdef _wavetank wavetank; fi\n",
      globals, verbs, cases);
}

// ------------------------------------------------------------------------------- fish

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c == '\n' ? ' ' : c);
  }
  return out + "'";
}

std::string fish_offer(const CommandOption& option) {
  switch (option.offer) {
    case Offer::choices:
      return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
    case Offer::files:
      return " -r -F";
    case Offer::nothing:
      break;
  }
  return " -x";
}

std::string fish_options(const std::vector<CommandOption>& options, const std::string& condition) {
  std::string lines;
  for (const CommandOption& option : options) {
    lines += "complete -c wavetank" + condition;
    if (!option.long_name.empty()) {
      lines += " -l " + option.long_name.substr(2);
    }
    if (!option.short_name.empty()) {
      lines += " -s " + option.short_name.substr(1);
    }
    lines += (option.value.empty() ? "" : fish_offer(option)) + " -d " +
             fish_quoted(option.description) + "\n";
  }
  return lines;
}

std::string fish_script(const CommandLine& line) {
  std::string script =
      "# fish completion of wavetank; wavetank completion fish | source\n"
      "complete -c wavetank -f\n";
  script += fish_options(line.options, "");
  for (const CommandVerb& verb : line.verbs) {
    script += fmt::format("complete -c wavetank -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                          fish_quoted(verb.description));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", verb.name);
    script += fish_options(verb.options, condition);
    if (!verb.positionals.empty() && verb.positionals.back().offer == Offer::files) {
      script += "complete -c wavetank" + condition + " -F\n";
    } else if (!verb.positionals.empty() && verb.positionals.back().offer == Offer::choices) {
      script += "complete -c wavetank" + condition + fish_offer(verb.positionals.back()) + "\n";
    }
  }
  return script;
}

}  // namespace

std::optional<std::string> completion_script(const CommandLine& line, const std::string& shell) {
  return shell == "bash"   ? std::optional(bash_script(line))
         : shell == "zsh"  ? std::optional(zsh_script(line))
         : shell == "fish" ? std::optional(fish_script(line))
                           : std::nullopt;
}

}  // namespace wavetank::cli
