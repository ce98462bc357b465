#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "reports/printable.h"
#include "reports/program_version.h"
#include "scenarios/steady.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/seed_range.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/study/capacity.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct CapacityArguments {
  std::string file;
  std::string vary;
  std::string by;
  std::string metric = "capacity";
  std::string seeds;
  std::vector<std::string> overrides;
  std::string duration = "10s";
  std::string warmup = "3s";
  double precision_percent = 5;
  bool keeps_faults = false;
  std::string folder;
  std::size_t jobs = 0;
};

class CapacityCommand {
 public:
  CapacityCommand(const CapacityArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    const Result<std::string> text = read_file(arguments_.file);
    if (!text) {
      return complain(text.error().message, ExitCode::input_output);
    }
    scenario_ = {*text, arguments_.file, arguments_.overrides, {}};
    for (const auto step : {&CapacityCommand::read_base, &CapacityCommand::read_searched,
                            &CapacityCommand::read_lengths, &CapacityCommand::check_ends}) {
      if (const ExitCode code = (this->*step)(); code != ExitCode::ok) {
        return code;
      }
    }
    folder_ = arguments_.folder.empty()
                  ? fmt::format("wavetank-out/{}-capacity",
                                std::filesystem::path(arguments_.file).stem().string())
                  : arguments_.folder;
    if (const Status ready = prepare_folder_for("capacity.json", folder_); !ready) {
      return complain(ready.error().message, ExitCode::input_output);
    }
    return search();
  }

 private:
  ExitCode read_base() {
    const scenarios::Loaded base = scenario_.load({}, std::nullopt);
    print_diagnostics(base.diagnostics, stderr);
    if (!base.scenario) {
      return base.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
    }
    asked_.title = base.scenario->title;
    asked_.scenario_sha256 = base.scenario->sha256;
    asked_.program_version = std::string(reports::program_version());
    search_.first_seed = search_.last_seed = base.scenario->seed;
    return ExitCode::ok;
  }

  ExitCode read_searched() {
    const Result<scenarios::SearchRange> range = scenarios::parse_search_range(arguments_.vary);
    if (!range) {
      return complain("--vary " + range.error().message, ExitCode::usage);
    }
    search_.range = *range;
    search_.metric = arguments_.metric == "demand" ? reports::CapacityMetric::demand
                                                   : reports::CapacityMetric::capacity;
    if (!arguments_.by.empty()) {
      const Result<scenarios::Axis> by = scenarios::parse_axis(arguments_.by);
      if (!by) {
        return complain("--by " + by.error().message, ExitCode::usage);
      }
      if (by->values.size() > sim::kMaxCapacityPoints) {
        return complain(fmt::format("--by {}: more than {} values (limit capacity points)",
                                    arguments_.by, sim::kMaxCapacityPoints),
                        ExitCode::usage);
      }
      search_.by = *by;
    }
    if (arguments_.seeds.empty()) {
      return ExitCode::ok;
    }
    const std::optional<SeedRange> seeds = parse_seed_range(arguments_.seeds);
    if (!seeds || seeds->last - seeds->first >= sim::kMaxCapacitySeeds) {
      return complain(fmt::format("--seeds {}: expected a range, such as 1..3, of up to {} (limit "
                                  "capacity seeds)",
                                  arguments_.seeds, sim::kMaxCapacitySeeds),
                      ExitCode::usage);
    }
    search_.first_seed = seeds->first;
    search_.last_seed = seeds->last;
    return ExitCode::ok;
  }

  ExitCode read_lengths() {
    const auto read = [](const char* flag, const std::string& text, Duration& to) {
      const auto ns = scenarios::parse_quantity(text, scenarios::Dimension::duration);
      if (!ns || *ns < 0 || *ns > 1e15) {
        complain(fmt::format("{} {}: expected a duration, such as 10s", flag, text),
                 ExitCode::usage);
        return false;
      }
      to = Duration(static_cast<std::int64_t>(*ns));
      return true;
    };
    if (!read("--duration", arguments_.duration, search_.duration) ||
        !read("--warmup", arguments_.warmup, search_.warmup)) {
      return ExitCode::usage;
    }
    search_.precision = arguments_.precision_percent / 100;
    search_.keeps_faults = arguments_.keeps_faults;
    if (search_.duration - search_.warmup < sim::kLeastMeasured) {
      return complain(
          fmt::format("--duration {} --warmup {}: at least {} are measured (limit least "
                      "measured)",
                      arguments_.duration, arguments_.warmup,
                      scenarios::to_text(sim::kLeastMeasured)),
          ExitCode::usage);
    }
    return ExitCode::ok;
  }

  /// Both ends of the range, everywhere, are scenarios within the limits. What they take is counted
  /// for the length that is run.
  ExitCode check_ends() {
    scenario_.limits.records = scenario_.limits.memory_bytes = scenario_.limits.events = UINT64_MAX;
    const std::size_t points = search_.by ? search_.by->values.size() : 1;
    for (std::size_t point = 0; point < points; ++point) {
      for (const double value : {search_.range.from, search_.range.to}) {
        const scenarios::Loaded loaded =
            scenario_.load(sim::overrides_at(search_, point, value), std::nullopt);
        if (!loaded.scenario) {
          print_diagnostics(loaded.diagnostics, stderr);
          return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
        }
        const Status good = scenarios::within_limits(sim::probed(*loaded.scenario, search_));
        if (!good) {
          return complain(
              fmt::format("{}: {}", fmt::join(sim::overrides_at(search_, point, value), " "),
                          good.error().message),
              ExitCode::scenario_invalid);
        }
      }
    }
    return ExitCode::ok;
  }

  ExitCode search() {
    catch_signals();
    sim::CapacityHooks hooks;
    hooks.progress = [&](std::uint64_t runs, const std::string& last) {
      progress_.step(fmt::format("{} runs, {:.0f} s; {}", runs, progress_.elapsed_s(), last));
    };
    hooks.give_up = [] { return interruption(Time(), Time()).has_value(); };
    const Result<reports::CapacityReport> report =
        sim::search_capacity(asked_, search_, sim::probe_of(scenario_, search_),
                             jobs_or_processors(arguments_.jobs), hooks);
    progress_.clear();
    if (!report) {
      const auto stopped = interruption(Time(), Time());
      return complain(report.error().message, stopped ? stopped->code : ExitCode::internal_error);
    }
    return show(*report);
  }

  ExitCode show(const reports::CapacityReport& report) {
    const std::pair<const char*, std::string> files[] = {
        {"/capacity.json", reports::capacity_json(report)},
        {"/capacity.md", reports::capacity_markdown(report)},
        {"/report.html", reports::capacity_page(report)}};
    for (const auto& [name, content] : files) {
      if (const Status written = write_file(folder_ + name, content); !written) {
        return complain(written.error().message, ExitCode::input_output);
      }
    }
    if (options_.json) {
      fmt::print("{}", reports::capacity_json(report));
    } else if (!options_.quiet) {
      fmt::print("{}\nfiles: {}/capacity.json, capacity.md, report.html\n",
                 reports::capacity_text(report, stdout_style(options_).ascii),
                 reports::printable(folder_));
    }
    std::vector<ExitCode> codes;
    if (report.is_unsound()) {
      codes.push_back(ExitCode::invariant_broken);
    }
    if (!report.is_bracketed()) {
      codes.push_back(ExitCode::capacity_not_bracketed);
    }
    return reports::most_serious(codes);
  }

  const CapacityArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  sim::StudiedScenario scenario_;
  reports::CapacityReport asked_;
  sim::CapacityOptions search_;
  std::string folder_;
};

}  // namespace

void add_capacity(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<CapacityArguments>();
  CLI::App* verb = app.add_subcommand("capacity", "Search for the greatest load that holds");
  verb->footer(
      "A load holds if it is delivered, its backlog does not grow, no resource is overdrawn and "
      "the\n"
      "scenario's objectives hold. The search doubles from the least value on, then bisects; what\n"
      "binds is named. With --metric demand it looks for the least of a resource that suffices.\n"
      "The exit code is 14 if the answer lies outside the range, 12 if a run broke an invariant.\n"
      "\nExamples:\n"
      "  wavetank capacity x.json --vary workload.rate=1k/s..1M/s --seeds 1..3\n"
      "  wavetank capacity x.json --vary workload.rate=1k/s..1M/s \\\n"
      "                           --by services.log.topics[0].partitions=1,3,6,12\n"
      "  wavetank capacity x.json --vary services.log.topics[0].partitions=1..64 --metric "
      "demand\n");
  verb->add_option("FILE", arguments->file, "A scenario")->required();
  verb->add_option("--vary", arguments->vary, "What is searched, and between what: path=from..to")
      ->required();
  verb->add_option("--by", arguments->by, "Search anew for each of these values: path=values");
  verb->add_option("--metric", arguments->metric,
                   "capacity: the greatest that holds; demand: the least that does")
      ->check(CLI::IsMember({"capacity", "demand"}));
  verb->add_option("--seeds", arguments->seeds, "A range of seeds (default: the scenario's own)");
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--duration", arguments->duration, "Of each run")->capture_default_str();
  verb->add_option("--warmup", arguments->warmup, "Of each run, not measured")
      ->capture_default_str();
  verb->add_option("--precision", arguments->precision_percent, "In percent of the answer")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100.0));
  verb->add_flag("--faults", arguments->keeps_faults, "Keep the scenario's faults in every run");
  add_jobs(*verb, arguments->jobs);
  verb->add_option("-o,--output", arguments->folder,
                   "Folder for the results (default: wavetank-out/NAME-capacity)");
  verb->callback([arguments, &options, &exit_code] {
    exit_code = CapacityCommand(*arguments, options).run();
  });
}

}  // namespace wavetank::cli
