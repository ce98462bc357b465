#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "reports/html/report_page.h"
#include "reports/printable.h"
#include "reports/result_json.h"
#include "reports/summary_markdown.h"
#include "reports/terminal_summary.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"
#include "sim/cli/terminal.h"

namespace wavetank::cli {

namespace {

namespace fs = std::filesystem;
using reports::ExitCode;

struct ReportArguments {
  std::string result;
  std::string output;
  std::string format = "html";
  std::string baseline;
};

std::string render(const reports::RunResult& result, const std::string& command,
                   const std::string& format, const reports::RunResult* baseline,
                   const reports::Style& style) {
  if (format == "text") {
    return reports::terminal_summary(result, {command, {}, {}}, style);
  }
  if (format == "md") {
    return reports::summary_markdown(result, command);
  }
  return format == "json" ? reports::write_result(result)
                          : reports::report_page(result, command, baseline);
}

/// Only HTML is written to a file unasked, beside the result: it is not for reading in a terminal.
std::string destination(const ReportArguments& arguments, const std::string& format) {
  if (arguments.output.empty() && format == "html") {
    const fs::path result = arguments.result;
    return ((fs::is_directory(result) ? result : result.parent_path()) / "report.html").string();
  }
  return arguments.output == "-" ? "" : arguments.output;
}

ExitCode report(const ReportArguments& arguments, const GlobalOptions& options) {
  const auto result = load_result(arguments.result);
  if (!result) {
    return complain(result.error().message, ExitCode::input_output);
  }
  std::optional<reports::RunResult> baseline;
  if (!arguments.baseline.empty()) {
    auto loaded = load_result(arguments.baseline);
    if (!loaded) {
      return complain(loaded.error().message, ExitCode::input_output);
    }
    baseline = std::move(*loaded);
  }
  const std::string command = load_command(arguments.result);
  const std::string format = options.json ? "json" : arguments.format;
  const std::string content =
      render(*result, command, format, baseline ? &*baseline : nullptr, stdout_style(options));
  const std::string to = destination(arguments, format);
  if (to.empty()) {
    fmt::print("{}", content);
  } else if (const Status written = write_file(to, content); !written) {
    return complain(written.error().message, ExitCode::input_output);
  } else if (!options.quiet) {
    fmt::print("{}\n", reports::printable(to));
  }
  return ExitCode::ok;
}

}  // namespace

void add_report(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* verb = app.add_subcommand("report", "Show a result again, without running");
  verb->footer(
      "Examples:\n"
      "  wavetank report wavetank-out/broker-failure-seed7          writes report.html beside it\n"
      "  wavetank report out/result.json --format md -o summary.md\n"
      "  wavetank report out/result.json --format text\n"
      "  wavetank report out --baseline before      what has changed, beside every figure\n");
  verb->add_option("RESULT", arguments->result, "A result.json, or the folder it is in")
      ->required();
  verb->add_option("-o,--output", arguments->output, "File to write; - for stdout");
  verb->add_option("--baseline", arguments->baseline, "A result to hold it against, in the page");
  verb->add_option("--format", arguments->format, "html, text, md or json")
      ->check(CLI::IsMember({"html", "text", "md", "json"}));
  verb->callback([arguments, &options, &exit_code] { exit_code = report(*arguments, options); });
}

}  // namespace wavetank::cli
