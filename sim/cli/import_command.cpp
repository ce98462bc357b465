#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "scenarios/import/import.h"
#include "scenarios/load.h"
#include "scenarios/quantity.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/output.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using scenarios::Dialect;

const std::map<std::string, Dialect> kDialects{{"omb", Dialect::omb},
                                               {"toxiproxy", Dialect::toxiproxy},
                                               {"chaostoolkit", Dialect::chaostoolkit},
                                               {"chaosmesh", Dialect::chaosmesh}};

struct ImportArguments {
  std::vector<std::string> files;
  std::string dialect;
  std::string output;
  std::string onto;
  std::vector<std::string> hosts;
  std::string at;
  std::string lasts;
  std::string restarts_after;
  std::string duration;
  scenarios::ImportOptions options;
};

Status take_duration(const char* option, const std::string& text, std::optional<Duration>& out) {
  if (text.empty()) {
    return {};
  }
  const auto ns = scenarios::parse_quantity(text, scenarios::Dimension::duration);
  constexpr double kMost_ns = 30 * 86400e9;
  if (!ns || !(*ns >= 1 && *ns <= kMost_ns)) {
    return fail(
        fmt::format("{}: expected a positive duration of 30 days at most, such as 30s, found {}",
                    option, text));
  }
  out = Duration(std::llround(*ns));
  return {};
}

Status take_options(ImportArguments& arguments) {
  scenarios::ImportOptions& options = arguments.options;
  std::optional<Duration> restarts_after;
  for (const Status& taken :
       {take_duration("--at", arguments.at, options.at),
        take_duration("--for", arguments.lasts, options.lasts),
        take_duration("--duration", arguments.duration, options.duration),
        take_duration("--restart-after", arguments.restarts_after, restarts_after)}) {
    if (!taken) {
      return taken;
    }
  }
  options.restarts_after = restarts_after.value_or(options.restarts_after);
  for (const std::string& rule : arguments.hosts) {
    const std::size_t equals = rule.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == rule.size()) {
      return fail("--map: expected NAME=HOSTS, such as app=kafka=broker[*], found " + rule);
    }
    options.hosts[rule.substr(0, equals)] = rule.substr(equals + 1);
  }
  return {};
}

std::string notes_json(const std::vector<scenarios::Diagnostic>& notes,
                       const std::optional<scenarios::Value>& scenario) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const scenarios::Diagnostic& note : notes) {
    list.push_back({{"level", note.level == scenarios::Level::error ? "error" : "warning"},
                    {"file", note.file},
                    {"line", note.line},
                    {"column", note.column},
                    {"pointer", note.pointer},
                    {"message", note.message},
                    {"expected", note.expected}});
  }
  const nlohmann::ordered_json document = {
      {"notes", std::move(list)},
      {"scenario", scenario ? nlohmann::ordered_json::parse(scenarios::pretty_text(*scenario))
                            : nlohmann::ordered_json()}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// The scenario that faults are laid over.
struct Ground {
  std::optional<scenarios::Scenario> scenario;
  ExitCode code = ExitCode::ok;  ///< why there is none
};
Ground load_ground(const ImportArguments& arguments) {
  if (arguments.onto.empty()) {
    return {std::nullopt,
            complain(fmt::format("{} has faults and no system: say which scenario they are laid "
                                 "over with --onto SCENARIO",
                                 arguments.dialect),
                     ExitCode::usage)};
  }
  scenarios::Loaded loaded = scenarios::load_file(arguments.onto);
  print_diagnostics(loaded.diagnostics, stderr);
  const ExitCode code = loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
  return {std::move(loaded.scenario), loaded.scenario ? ExitCode::ok : code};
}

ExitCode import_files(ImportArguments& arguments, const GlobalOptions& options) {
  const Dialect dialect = kDialects.at(arguments.dialect);
  if (const Status taken = take_options(arguments); !taken) {
    return complain(taken.error().message, ExitCode::usage);
  }
  if (dialect == Dialect::omb && !arguments.onto.empty()) {
    return complain("omb is a load with a system of its own: it is laid over nothing",
                    ExitCode::usage);
  }
  std::vector<scenarios::ImportSource> sources;
  for (const std::string& file : arguments.files) {
    const Result<std::string> text = read_file(file);
    if (!text) {
      return complain(text.error().message, ExitCode::input_output);
    }
    sources.push_back({file, *text});
  }
  Ground ground;
  if (dialect != Dialect::omb) {
    ground = load_ground(arguments);
    if (!ground.scenario) {
      return ground.code;
    }
  }
  scenarios::Imported imported =
      dialect == Dialect::omb
          ? scenarios::import_omb(sources, arguments.options)
          : scenarios::import_faults(dialect, sources, *ground.scenario, arguments.options);
  const std::string to = arguments.output == "-" ? "" : arguments.output;
  std::string text;
  if (imported.scenario) {
    text = scenarios::pretty_text(*imported.scenario) + "\n";
    // What cannot be run is not written; what a check warns of is for the check to say.
    const scenarios::Loaded loaded =
        scenarios::load_text(text, to.empty() ? "the imported scenario" : to);
    if (!loaded.scenario) {
      imported.scenario.reset();
      imported.notes.insert(imported.notes.end(), loaded.diagnostics.begin(),
                            loaded.diagnostics.end());
    }
  }
  print_diagnostics(imported.notes, stderr);
  if (options.json) {
    fmt::print("{}", notes_json(imported.notes, imported.scenario));
  }
  if (!imported.scenario) {
    return ExitCode::scenario_invalid;
  }
  if (to.empty()) {
    if (!options.json) {
      fmt::print("{}", text);
    }
  } else if (const Status written = write_file(to, text); !written) {
    return complain(written.error().message, ExitCode::input_output);
  } else if (!options.json && !options.quiet) {
    fmt::print("{}\n", reports::printable(to));
  }
  return ExitCode::ok;
}

std::set<std::string> dialect_names() {
  std::set<std::string> names;
  for (const auto& [name, dialect] : kDialects) {
    names.insert(name);
  }
  return names;
}

}  // namespace

void add_import(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* verb = app.add_subcommand("import", "Make a scenario of files of other tools");
  verb->footer(
      "What cannot be carried over, or only as something else, is said on stderr, a line a "
      "value.\n\n"
      "Examples:\n"
      "  wavetank import 1-topic-16-partitions-1kb.yaml kafka-latency.yaml --from omb -o "
      "load.json\n"
      "  wavetank import chaos.yaml --from chaosmesh --onto load.json --map 'app=kafka=broker[*]'\n"
      "  wavetank import toxiproxy.json --from toxiproxy --onto load.json --at 20s --for 10s\n"
      "  wavetank import experiment.json --from chaostoolkit --onto load.json -o chaos.json\n");
  verb->add_option("FILE", arguments->files, "Files of the other tool")->required();
  verb->add_option("--from", arguments->dialect,
                   "Whose files: omb (OpenMessaging Benchmark), toxiproxy, chaostoolkit, chaosmesh")
      ->required()
      ->check(CLI::IsMember(dialect_names()));
  verb->add_option("-o,--output", arguments->output, "The scenario to write (default: stdout)");
  verb->add_option("--onto", arguments->onto, "The scenario that faults are laid over");
  verb->add_option("--map", arguments->hosts,
                   "Of faults: NAME=HOSTS, which hosts a name there means (pod, label, proxy)")
      ->allow_extra_args(false)
      ->take_all();
  verb->add_option("--at", arguments->at,
                   "Of faults: when they begin (default: a third of the run)");
  verb->add_option("--for", arguments->lasts,
                   "Of faults: how long those last that do not say (default: a third of the run)");
  verb->add_option("--restart-after", arguments->restarts_after,
                   "Of faults: when killed processes are started again (default: 10s)");
  verb->add_option("--duration", arguments->duration,
                   "Of omb: length of the load, warm-up included, instead of the file's");
  verb->add_option("--brokers", arguments->options.brokers, "Of omb: how many (default: 3)")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--broker-type", arguments->options.broker_type,
                   "Of omb: their machine type (default: i3en.2xlarge)");
  verb->add_option("--workers", arguments->options.workers,
                   "Of omb: machines of producers and consumers (default: 4)")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--worker-type", arguments->options.worker_type,
                   "Of omb: their machine type (default: m5.2xlarge)");
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = import_files(*arguments, options); });
}

}  // namespace wavetank::cli
