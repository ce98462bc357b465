#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "reports/printable.h"
#include "reports/program_version.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/seed_range.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/signals.h"
#include "sim/cli/sweep_folder.h"
#include "sim/cli/terminal.h"
#include "sim/cli/until_ci.h"
#include "sim/study/sweep.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

struct SweepArguments {
  std::string file;
  std::vector<std::string> axes;
  std::vector<std::string> overrides;
  std::string seeds;
  UntilCiArguments until;
  std::string shard;
  std::string folder;
  std::size_t jobs = 0;
};

class SweepCommand {
 public:
  SweepCommand(const SweepArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    if (const ExitCode code = prepare(); code != ExitCode::ok) {
      return code;
    }
    Result<SweepFolder> folder = SweepFolder::open(folder_, plan_);
    if (!folder) {
      return complain(folder.error().message, ExitCode::input_output);
    }
    catch_signals();
    run_all(*folder);
    progress_.clear();
    if (!unwritable_.empty()) {
      return complain(unwritable_, ExitCode::input_output);
    }
    const Result<reports::SweepTable> table = folder->conclude();
    if (!table) {
      return complain(table.error().message, ExitCode::input_output);
    }
    print(*table);
    return exit_code(*table);
  }

 private:
  /// Everything that can be wrong is said before anything runs.
  ExitCode prepare() {
    const Result<std::string> text = read_file(arguments_.file);
    if (!text) {
      return complain(text.error().message, ExitCode::input_output);
    }
    scenario_ = {*text, arguments_.file, arguments_.overrides, {}};
    const scenarios::Loaded base = scenario_.load({}, std::nullopt);
    print_diagnostics(base.diagnostics, stderr);
    if (!base.scenario) {
      return base.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
    }
    if (const ExitCode code = make_plan(*base.scenario); code != ExitCode::ok) {
      return code;
    }
    folder_ = arguments_.folder.empty() ? default_name() : arguments_.folder;
    return check_points();
  }

  ExitCode make_plan(const scenarios::Scenario& base) {
    plan_.title = base.title;
    plan_.scenario_sha256 = base.sha256;
    plan_.program_version = std::string(reports::program_version());
    plan_.first_seed = plan_.last_seed = base.seed;
    for (const std::string& text : arguments_.axes) {
      const Result<scenarios::Axis> axis = scenarios::parse_axis(text);
      if (!axis) {
        return complain("--vary " + axis.error().message, ExitCode::usage);
      }
      plan_.axes.push_back(*axis);
    }
    if (!arguments_.seeds.empty()) {
      const std::optional<SeedRange> seeds = parse_seed_range(arguments_.seeds);
      if (!seeds) {
        return complain(fmt::format("--seeds {}: expected a range, such as 1..5", arguments_.seeds),
                        ExitCode::usage);
      }
      plan_.first_seed = seeds->first;
      plan_.last_seed = seeds->last;
    }
    if (arguments_.until.is_given()) {
      plan_.until = parse_until_ci(arguments_.until);
      if (!plan_.until) {
        return ExitCode::usage;
      }
      if (arguments_.seeds.empty()) {
        plan_.first_seed = 1;
        plan_.last_seed = kMostSeedsUntilCi;
      }
    }
    const std::optional<reports::Shard> shard = parse_shard(arguments_.shard);
    if (!shard) {
      return ExitCode::usage;
    }
    plan_.shard = *shard;
    const Status good = reports::check(plan_);
    return good ? ExitCode::ok : complain(good.error().message, ExitCode::usage);
  }

  [[nodiscard]] std::string default_name() const {
    const std::string name = std::filesystem::path(arguments_.file).stem().string();
    const std::string part =
        plan_.shard.is_whole() ? "" : fmt::format("-{}of{}", plan_.shard.index, plan_.shard.count);
    return fmt::format("wavetank-out/{}-sweep{}", name, part);
  }

  [[nodiscard]] ExitCode check_points() const {
    for (std::uint64_t point = 0; point < plan_.points(); ++point) {
      const scenarios::Loaded loaded = scenario_.load(plan_.overrides_at(point), std::nullopt);
      if (!loaded.scenario) {
        print_diagnostics(loaded.diagnostics, stderr);
        return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
      }
    }
    return ExitCode::ok;
  }

  void run_all(SweepFolder& folder) {
    reports::SweepSeeds seeds(plan_);
    for (const auto& [run, figure] : folder.found()) {
      seeds.ended(run, figure);
    }
    std::uint64_t done = folder.found().size();
    sim::SweepHooks hooks;
    hooks.finished = [&](std::uint64_t /*run*/, const std::string& line) {
      if (const Status kept = folder.add(line); !kept) {
        unwritable_ = kept.error().message;
      }
      progress_.part(++done, seeds.wanted(), "runs");
    };
    hooks.failed = [&](std::uint64_t run, const std::string& why) {
      progress_.clear();
      failures_ += 1;
      complain(fmt::format("run {} ({}, seed {}) came to no result: {}", run,
                           fmt::join(plan_.overrides_at(plan_.point_of(run)), " "),
                           plan_.seed_of(run), why),
               ExitCode::internal_error);
    };
    hooks.give_up = [&] {
      return !unwritable_.empty() || interruption(Time(), Time()).has_value();
    };
    progress_.part(done, seeds.wanted(), "runs");
    sim::sweep(scenario_, plan_, seeds, jobs_or_processors(arguments_.jobs), hooks);
  }

  void print(const reports::SweepTable& table) const {
    if (options_.json) {
      fmt::print("{}", reports::sweep_json(table));
    } else if (!options_.quiet) {
      fmt::print("{}\nfiles: {}/sweep.json, sweep.md, report.html\n",
                 reports::sweep_text(table, stdout_style(options_).ascii),
                 reports::printable(folder_));
    }
  }

  /// What a grid finds slow is what it was made for; what it finds broken is not.
  [[nodiscard]] ExitCode exit_code(const reports::SweepTable& table) const {
    std::vector<ExitCode> codes;
    if (table.has_broken_invariant) {
      codes.push_back(ExitCode::invariant_broken);
    }
    if (failures_ > 0) {
      codes.push_back(ExitCode::internal_error);
    }
    if (!table.is_precise()) {
      codes.push_back(ExitCode::experiment_void);
    }
    if (const auto stopped = interruption(Time(), Time())) {
      codes.push_back(stopped->code);
    }
    return reports::most_serious(codes);
  }

  const SweepArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  sim::StudiedScenario scenario_;
  reports::SweepPlan plan_;
  std::string folder_;
  std::string unwritable_;  ///< why a run could not be kept
  std::uint64_t failures_ = 0;
};

}  // namespace

void add_sweep(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<SweepArguments>();
  CLI::App* verb = app.add_subcommand("sweep", "Run a scenario at every point of a grid");
  verb->footer(
      "A parameter takes a list of values, or a range: by steps (10..100/10), by a factor\n"
      "(1k/s..64k/s*2), or whole numbers one by one (1..9). Every run is kept as it ends: the "
      "same\n"
      "command goes on where it was interrupted. The exit code is 12 if a run broke an invariant.\n"
      "\nExamples:\n"
      "  wavetank sweep x.json --vary workload.rate=1k/s..64k/s*2 --seeds 1..3\n"
      "  wavetank sweep x.json --vary workload.producer.linger=0ms,5ms,20ms \\\n"
      "                        --vary workload.producer.acks=1,\"all\" -o out/linger\n"
      "  wavetank sweep x.json --vary workload.rate=1k/s..64k/s*2 --until-ci 5%\n"
      "  wavetank sweep x.json --vary workload.rate=1k/s..1M/s*2 --shard 2/8 -o part2\n");
  verb->add_option("FILE", arguments->file, "A scenario")->required();
  verb->add_option("--vary", arguments->axes, "A parameter and its values: path=values")
      ->required()
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--seeds", arguments->seeds, "A range of seeds (default: the scenario's own)");
  add_until_ci(*verb, arguments->until);
  add_shard(*verb, arguments->shard);
  add_jobs(*verb, arguments->jobs);
  verb->add_option("-o,--output", arguments->folder,
                   "Folder for the results (default: wavetank-out/NAME-sweep)");
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = SweepCommand(*arguments, options).run(); });
}

}  // namespace wavetank::cli
