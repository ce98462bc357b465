// wavetank(1), from the description of the command line.

#include <fmt/format.h>

#include "reports/program_version.h"
#include "sim/cli/command_line.h"
#include "sim/cli/exit_codes.h"

namespace wavetank::cli {

namespace {

/// Longer lists have a verb that shows them.
constexpr std::size_t kMostChoices = 16;

/// Text that roff takes as it is: no line begins with a dot or a quote, no backslash, and hyphens
/// of commands are hyphens.
std::string roff(const std::string& text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    begins = c == '\n';
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string as_it_stands(const std::string& text) {
  return text.empty()
             ? ""
             : fmt::format(".PP\n.nf\n{}{}.fi\n", roff(text), text.ends_with('\n') ? "" : "\n");
}

std::string option_entry(const CommandOption& option) {
  std::string names;
  for (const std::string& name : {option.short_name, option.long_name}) {
    if (!name.empty()) {
      names += (names.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
    }
  }
  if (!option.value.empty()) {
    names += (names.empty() ? "" : " ") + ("\\fI" + roff(option.value) + "\\fR");
  }
  std::string text = roff(option.description);
  if (!option.choices.empty() && option.choices.size() <= kMostChoices) {
    text += roff(fmt::format(": {}", fmt::join(option.choices, ", ")));
  }
  return fmt::format(".TP\n{}\n{}\n", names, text.empty() ? "\\&" : text);
}

std::string verb_section(const CommandVerb& verb) {
  std::string synopsis = "\\fBwavetank " + roff(verb.name) + "\\fR";
  for (const CommandOption& positional : verb.positionals) {
    const std::string name =
        "\\fI" + roff(positional.value) + "\\fR" + (positional.many ? "..." : "");
    synopsis += positional.required ? " " + name : " [" + name + "]";
  }
  std::string text = fmt::format(".SS {}\n{}\n.PP\n{} [\\fIflags\\fR]\n", roff(verb.name),
                                 roff(verb.description) + ".", synopsis);
  for (const CommandOption& positional : verb.positionals) {
    text += option_entry(positional);
  }
  for (const CommandOption& option : verb.options) {
    text += option_entry(option);
  }
  return text + as_it_stands(verb.footer);
}

}  // namespace

std::string man_page(const CommandLine& line) {
  const std::string version(reports::program_version());
  std::string text = fmt::format(
      ".TH WAVETANK 1 \"\" \"wavetank {}\" \"User commands\"\n"
      ".SH NAME\nwavetank \\- a laboratory for streaming data platforms\n"
      ".SH SYNOPSIS\n\\fBwavetank\\fR \\fIverb\\fR [\\fIarguments\\fR] [\\fIflags\\fR]\n"
      ".SH DESCRIPTION\n{}",
      roff(version.substr(0, version.find('+'))), as_it_stands(line.description));
  text += ".SH FLAGS OF ALL VERBS\n";
  for (const CommandOption& option : line.options) {
    text += option_entry(option);
  }
  text += ".SH VERBS\n";
  for (const CommandVerb& verb : line.verbs) {
    text += verb_section(verb);
  }
  return text + ".SH EXIT STATUS\n" + as_it_stands(exit_code_table());
}

}  // namespace wavetank::cli
