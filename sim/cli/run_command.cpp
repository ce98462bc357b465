#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "reports/printable.h"
#include "reports/result_json.h"
#include "reports/summary_parts.h"
#include "reports/terminal_summary.h"
#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/run_arguments.h"
#include "sim/cli/seed_runs.h"
#include "sim/cli/shell.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/cli/verification_output.h"
#include "sim/run/run.h"
#include "sim/verify/verifier.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using Json = nlohmann::ordered_json;

/// This program, as the other process that --verify starts.
std::vector<std::string> witness_of(const RunArguments& arguments, const std::string& file,
                                    const scenarios::Scenario& scenario) {
  std::vector<std::string> command{"/proc/self/exe", "witness", file,
                                   fmt::format("--seed={}", scenario.seed)};
  for (const std::string& override : arguments.overrides) {
    command.push_back("--set=" + override);
  }
  if (arguments.no_knee) {
    command.emplace_back("--no-knee");
  }
  if (!arguments.baseline.empty()) {
    command.push_back("--baseline=" + arguments.baseline);
  }
  return command;
}

/// The host that the first fault struck, or else the first of all.
std::string host_to_look_at(const reports::RunResult& result) {
  for (const reports::FaultReport& fault : result.faults) {
    if (std::string host = reports::host_struck(result, fault.target); !host.empty()) {
      return host;
    }
  }
  return result.metrics.hosts.empty() ? "HOST" : result.metrics.hosts.front().host;
}

/// Where a rule is broken: what became of a lost record, or how things stood at that moment. Where
/// an objective is: why.
std::string next_command(const reports::RunResult& result, const std::string& where) {
  const std::string folder = shell_word(where);
  if (!result.lost.empty()) {
    return fmt::format("wavetank replay {} --events {}", folder,
                       reports::event_name(result.lost.front().event_id));
  }
  const bool is_broken = std::ranges::any_of(
      result.invariants, [](const auto& rule) { return rule.verdict == reports::Verdict::fail; });
  if (is_broken) {
    return fmt::format("wavetank replay {} --at first-failure --show {}", folder,
                       host_to_look_at(result));
  }
  const bool is_violated = std::ranges::any_of(
      result.slos, [](const reports::SloReport& slo) { return slo.ok == false; });
  return is_violated ? fmt::format("wavetank explain {}", folder)
                     : fmt::format("xdg-open {}/report.html", folder);
}

ExitCode run_file(const RunArguments& arguments, const std::string& file,
                  const GlobalOptions& options) {
  const scenarios::Loaded loaded =
      scenarios::load_file(file, {arguments.overrides, arguments.seed, {}});
  print_diagnostics(loaded.diagnostics, stderr);
  if (!loaded.scenario) {
    return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
  }
  const scenarios::Scenario& scenario = *loaded.scenario;
  const std::string folder =
      arguments.folder.empty() ? default_folder(file, scenario.seed) : arguments.folder;
  if (const Status ready = prepare_folder_for("result.json", folder); !ready) {
    return complain(ready.error().message, ExitCode::input_output);
  }

  std::optional<reports::Baseline> baseline;
  if (!arguments.baseline.empty()) {
    auto kept = load_baseline(arguments.baseline);
    if (!kept) {
      return complain(kept.error().message, ExitCode::input_output);
    }
    baseline = std::move(*kept);
  }

  catch_signals();
  Progress progress(wants_progress(options));
  Time reached;
  double wall_s = 0;  // of the simulation: knees are searched beside it, and take longer
  sim::RunHooks hooks;
  hooks.progress = [&](Time now, Time end) {
    reached = now;
    wall_s = progress.elapsed_s();
    progress.simulated(now, end);
  };
  hooks.searching = [&](const std::string& figure) {
    progress.step(fmt::format(
        "searching for the knee of {}: other rates are run (--no-knee leaves it out)", figure));
  };
  hooks.interrupted = interruption;
  hooks.baseline = baseline ? &*baseline : nullptr;
  reports::LatencyLog latencies;
  hooks.concluded = [&](const reports::RunResult& result, const reports::Evidence& evidence) {
    latencies = reports::latency_log(result.provenance.digest, evidence);
  };
  std::unique_ptr<sim::Verifier> verifier;
  if (arguments.verify) {
    verifier = std::make_unique<sim::Verifier>(sim::Verifier::Options{
        witness_of(arguments, file, scenario), jobs_or_processors(arguments.jobs) > 1});
    verifier->attend(hooks);
  }
  const Result<reports::RunResult> result = sim::run(scenario, hooks, !arguments.no_knee);
  progress.clear();
  if (!result) {
    return complain(result.error().message, ExitCode::scenario_invalid);
  }
  reports::RunMeta meta = measure_process(wall_s, *result, reached - Time());
  meta.command = arguments.repeat_command(file, scenario.seed);
  const auto written = write_results(folder, *result, meta, latencies);
  if (!written) {
    return complain(written.error().message, ExitCode::input_output);
  }
  if (!options.json && !options.quiet) {
    const reports::SummaryContext context{meta.command, *written, next_command(*result, folder)};
    fmt::print("{}", reports::terminal_summary(*result, context, stdout_style(options)));
  }
  const std::string json = reports::write_result(*result);
  if (!verifier) {
    if (options.json) {
      fmt::print("{}", json);
    }
    return result->exit_code;
  }
  std::fflush(stdout);  // while the other process is waited for
  progress.step("waiting for the other process");
  const sim::Verification verified =
      verifier->conclude(json, [] { return interruption(Time(), Time()).has_value(); });
  progress.clear();
  const std::string verification = to_json(verified);
  if (const Status kept = write_file(folder + "/verification.json", verification); !kept) {
    return complain(kept.error().message, ExitCode::input_output);
  }
  if (options.json) {
    fmt::print("{{\"verification\": {}, \"result\": {}}}\n", verification, json);
  } else if (!options.quiet) {
    fmt::print("{}", to_text(verified, arguments.repeat_command(file, scenario.seed)));
  }
  return reports::most_serious({result->exit_code, exit_code_of(verified)});
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string content_of(std::FILE* file) {
  std::string content;
  std::rewind(file);
  std::array<char, 65'536> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), file)) {
    content.append(part.data(), size);
  }
  return content;
}

/// `result` is a document already; empty where there was none.
std::string part_of_list(const std::string& file, ExitCode code, const std::string& result) {
  return fmt::format("{{\"file\": {}, \"exit_code\": {}, \"result\": {}}}",
                     Json(file).dump(-1, ' ', false, Json::error_handler_t::replace),
                     static_cast<int>(code), result.empty() ? "null" : result);
}

/// Several files: a process each, for a process has one world. The most serious code is the answer.
/// As JSON it is a list of what each of them prints.
ExitCode run_files(const RunArguments& arguments, const GlobalOptions& options) {
  if (!arguments.folder.empty()) {
    return complain("--output takes one FILE: several results would share it", ExitCode::usage);
  }
  std::vector<ExitCode> codes;
  std::set<std::string> names;
  for (const std::string& file : arguments.files) {
    if (!names.insert(std::filesystem::path(file).stem().string()).second) {
      fmt::print(
          stderr,
          "wavetank: two of the files have the name of {}: run them one by one, with --output\n",
          file);
      return ExitCode::usage;
    }
  }
  std::vector<std::string> answers;
  for (const std::string& file : arguments.files) {
    std::fflush(nullptr);
    const File answer(options.json ? std::tmpfile() : nullptr);
    const pid_t child = fork();
    if (child == 0) {
      if (answer) {
        dup2(fileno(answer.get()), STDOUT_FILENO);
      }
      const ExitCode code = check_stdout(run_file(arguments, file, options));
      _exit(static_cast<int>(code));
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
      return complain("cannot start a process for " + file, ExitCode::input_output);
    }
    codes.push_back(WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status))
                                      : ExitCode::internal_error);
    if (answer) {
      answers.push_back(part_of_list(file, codes.back(), content_of(answer.get())));
    }
  }
  if (options.json) {
    fmt::print("[{}]\n", fmt::join(answers, ",\n"));
  }
  return reports::most_serious(codes);
}

}  // namespace

void add_run(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* verb = app.add_subcommand("run", "Run scenarios; the verdict is the exit code");
  verb->footer(
      "Examples:\n"
      "  wavetank run scenarios/orders/broker-failure.json\n"
      "  wavetank run x.json --seed 8 -o out/seed8\n"
      "  wavetank run x.json --seeds 1..10 -o before   then change something, and `compare` both\n"
      "  wavetank run x.json --until-ci 5%     as many seeds as it takes to know e2e.p99 to 5 %\n"
      "  wavetank run x.json --set 'workload[0].producer.acks=1'\n"
      "  wavetank run x.json --verify          is it the same in another process?\n");
  verb->add_option("FILE", arguments->files, "Scenario files")->required();
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--seed", arguments->seed,
                   "Root of all random streams, instead of the scenario's own")
      ->check(CLI::Range(0.0, 0x1p53));
  verb->add_option("--seeds", arguments->seeds,
                   "Run it with each of these: A..B; the folder gets a folder for each");
  add_until_ci(*verb, arguments->until);
  verb->add_option("-o,--output", arguments->folder,
                   "Folder for the results (default: wavetank-out/NAME-seedN)");
  verb->add_option("--baseline", arguments->baseline,
                   "What `baseline` means in objectives: a result, its folder, or what `gate "
                   "--update` wrote");
  verb->add_flag("--no-knee", arguments->no_knee, "Do not search for knees of figures");
  verb->add_flag(
      "--verify", arguments->verify,
      "Run it in another process, too, with other addresses, environment and memory, and "
      "name the first event that differs");
  add_jobs(*verb, arguments->jobs);
  verb->callback([arguments, &options, &exit_code] {
    exit_code =
        !arguments->seeds.empty() || arguments->until.is_given() ? run_seeds(*arguments, options)
        : arguments->files.size() == 1 ? run_file(*arguments, arguments->files.front(), options)
                                       : run_files(*arguments, options);
  });
}

}  // namespace wavetank::cli
