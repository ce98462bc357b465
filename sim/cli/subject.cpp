#include "sim/cli/subject.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "reports/program_version.h"
#include "scenarios/load.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

/// A result is a document with a schema version; everything else is taken for a scenario.
bool is_result(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return true;
  }
  const Result<std::string> text = read_file(path);
  if (!text) {
    return false;  // the loader of scenarios says why
  }
  const auto document = nlohmann::json::parse(*text, nullptr, false, true);
  return document.is_object() ? document.contains("schema_version")
                              : std::filesystem::path(path).filename() == "result.json";
}

Subject load_scenario(const SubjectArguments& arguments) {
  Subject subject;
  scenarios::Loaded loaded =
      scenarios::load_file(arguments.path, {arguments.overrides, arguments.seed, {}});
  print_diagnostics(loaded.diagnostics, stderr);
  subject.scenario = std::move(loaded.scenario);
  subject.code = loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
  return subject;
}

/// The scenario that a result keeps, if this program can do the same again.
Subject load_from_result(const SubjectArguments& arguments) {
  Subject subject;
  const auto no = [&](const std::string& why) {
    subject.scenario.reset();
    subject.code = complain(arguments.path + ": " + why, ExitCode::input_output);
    return subject;
  };
  if (!arguments.overrides.empty() || arguments.seed) {
    subject.code = complain(
        arguments.path + ": " + "--set and --seed are for scenario files: a result is of one run",
        ExitCode::usage);
    return subject;
  }
  const auto result = load_result(arguments.path);
  if (!result) {
    subject.code = complain(result.error().message, ExitCode::input_output);
    return subject;
  }
  const reports::Provenance& origin = result->provenance;
  if (origin.program_version != reports::program_version()) {
    return no(
        fmt::format("it was run by version {} of the program, and this is version {}: the same "
                    "events may not come again; run the scenario anew",
                    origin.program_version, reports::program_version()));
  }
  scenarios::Loaded loaded =
      scenarios::load_text(result->config_json, arguments.path, {{}, origin.seed, {}});
  if (!loaded.scenario) {
    print_diagnostics(loaded.diagnostics, stderr);
    return no("the scenario that it keeps does not load: it was edited");
  }
  if (loaded.scenario->sha256 != origin.scenario_sha256) {
    return no("the scenario that it keeps is not the one that was run: it was edited");
  }
  subject.scenario = std::move(loaded.scenario);
  if (result->partial) {
    fmt::print(stderr,
               "wavetank: {}: it is partial ({}): whether the run is the same cannot be told\n",
               reports::printable(arguments.path), reports::printable(result->partial->reason));
  } else {
    subject.digest = origin.digest;
  }
  return subject;
}

}  // namespace

Subject load_subject(const SubjectArguments& arguments) {
  return is_result(arguments.path) ? load_from_result(arguments) : load_scenario(arguments);
}

}  // namespace wavetank::cli
