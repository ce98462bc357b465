#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "reports/html/report_page.h"
#include "reports/result_json.h"
#include "reports/summary_markdown.h"
#include "reports/terminal_summary.h"
#include "sim/cli/command.h"
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
};

ExitCode fail_io(const std::string& message) {
  fmt::print(stderr, "wavetank: {}\n", message);
  return ExitCode::input_output;
}

std::string render(const reports::RunResult& result, const std::string& command,
                   const std::string& format, const reports::Style& style) {
  if (format == "text") {
    return reports::terminal_summary(result, {command, {}, {}}, style);
  }
  if (format == "md") {
    return reports::summary_markdown(result, command);
  }
  return format == "json" ? reports::write_result(result) : reports::report_page(result, command);
}

/// Only HTML is written to a file unasked: it is not for reading in a terminal.
std::string destination(const ReportArguments& arguments, const fs::path& result) {
  if (arguments.output.empty() && arguments.format == "html") {
    return (result.parent_path() / "report.html").string();
  }
  return arguments.output == "-" ? "" : arguments.output;
}

ExitCode report(const ReportArguments& arguments, const GlobalOptions& options) {
  const fs::path path = fs::is_directory(arguments.result)
                            ? fs::path(arguments.result) / "result.json"
                            : fs::path(arguments.result);
  const auto text = read_file(path.string());
  if (!text) {
    return fail_io(text.error().message);
  }
  const auto result = reports::read_result(*text);
  if (!result) {
    return fail_io(fmt::format("{}: {}", path.string(), result.error().message));
  }
  const auto meta = read_file((path.parent_path() / "run.meta.json").string());
  const std::string command = meta ? reports::read_command(*meta) : "";
  const std::string content =
      render(*result, command, options.json ? "json" : arguments.format, stdout_style(options));
  const std::string to = options.json ? "" : destination(arguments, path);
  if (to.empty()) {
    fmt::print("{}", content);
  } else if (const Status written = write_file(to, content); !written) {
    return fail_io(written.error().message);
  } else if (!options.quiet) {
    fmt::print("{}\n", to);
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
      "  wavetank report out/result.json --format text\n");
  verb->add_option("RESULT", arguments->result, "A result.json, or the folder it is in")
      ->required();
  verb->add_option("-o,--output", arguments->output, "File to write; - for stdout");
  verb->add_option("--format", arguments->format, "html, text, md or json")
      ->check(CLI::IsMember({"html", "text", "md", "json"}));
  verb->callback([arguments, &options, &exit_code] { exit_code = report(*arguments, options); });
}

}  // namespace wavetank::cli
