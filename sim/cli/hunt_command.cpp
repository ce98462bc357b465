#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "reports/program_version.h"
#include "scenarios/load.h"
#include "scenarios/quantity.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/seed_range.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/hunt/hunt.h"
#include "sim/hunt/record.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using sim::TrialEnd;

/// Finds of one scenario and seed, by hunts that changed different things.
constexpr int kMostOfOneName = 1000;

struct HuntArguments {
  std::string file;
  std::string seeds = "1..1000";
  std::string budget;
  std::string folder;
  std::string shard;
  std::vector<std::string> overrides;
  std::size_t jobs = 0;
  std::uint32_t faults_max = scenarios::PlanOptions{}.faults_max;
  bool unlimited = false;
  bool first = false;
};

/// A find, without the scenario that is in its file.
struct Kept {
  std::uint64_t seed = 0;
  std::uint32_t faults = 0;
  sim::Violation violation;
  std::string path;
};

class HuntCommand {
 public:
  HuntCommand(const HuntArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    scenarios::Loaded loaded =
        scenarios::load_file(arguments_.file, {arguments_.overrides, {}, {}});
    print_diagnostics(loaded.diagnostics, stderr);
    if (!loaded.scenario) {
      return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
    }
    if (!read_arguments()) {
      return ExitCode::usage;
    }
    if (const Status free = check_folder(*loaded.scenario); !free) {
      return complain(free.error().message, ExitCode::input_output);
    }
    earlier_ = files_in(folder_);
    catch_signals();
    sim::HuntHooks hooks;
    hooks.ended = [&](std::uint64_t seed, const sim::Outcome& outcome) {
      record_.trials[seed] = {outcome.end, outcome.digest};
    };
    hooks.found = [&](const sim::Find& find) { keep(find); };
    hooks.progress = [&](const sim::Tally& tally) { show(tally); };
    hooks.give_up = [&] { return is_over(); };
    tally_ = sim::hunt(*loaded.scenario, hunt_, hooks);
    progress_.clear();
    std::ranges::sort(finds_, {}, &Kept::seed);
    write_down(*loaded.scenario);
    if (options_.json) {
      print_json();
    } else if (!options_.quiet) {
      print_text();
    }
    return exit_code();
  }

 private:
  bool read_arguments() {
    const auto seeds = parse_seed_range(arguments_.seeds);
    if (!seeds) {
      fmt::print(stderr, "wavetank: --seeds {}: expected a range, such as 1..1000\n",
                 reports::printable(arguments_.seeds));
      return false;
    }
    hunt_.first_seed = seeds->first;
    hunt_.last_seed = seeds->last;
    if (!arguments_.budget.empty()) {
      const auto ns = scenarios::parse_quantity(arguments_.budget, scenarios::Dimension::duration);
      if (!ns || *ns <= 0) {
        fmt::print(stderr, "wavetank: --budget {}: expected a duration, such as 60s\n",
                   reports::printable(arguments_.budget));
        return false;
      }
      budget_s_ = *ns / 1e9;
    }
    const std::optional<reports::Shard> shard = parse_shard(arguments_.shard);
    if (!shard || hunt_.last_seed - hunt_.first_seed >= sim::kMaxRecordedTrials) {
      if (shard) {
        complain(fmt::format("--seeds {}: more than {} (limit recorded trials)", arguments_.seeds,
                             sim::kMaxRecordedTrials),
                 ExitCode::usage);
      }
      return false;
    }
    hunt_.shard = *shard;
    hunt_.jobs = jobs_or_processors(arguments_.jobs);
    hunt_.plan = {arguments_.unlimited, arguments_.faults_max};
    folder_ = arguments_.folder.empty() ? "wavetank-hunt" : arguments_.folder;
    return true;
  }

  /// A folder that somebody asked for holds one hunt: the finds of another would belong to nobody.
  [[nodiscard]] Status check_folder(const scenarios::Scenario& scenario) const {
    const std::string file = folder_ + "/hunt.json";
    if (arguments_.folder.empty()) {
      return {};
    }
    if (Status free = prepare_folder_for("hunt.json", folder_); !free) {
      return free;
    }
    if (!std::filesystem::exists(file)) {
      return {};
    }
    const Result<std::string> text = read_file(file);
    const Result<sim::HuntRecord> there = text ? sim::read_record(*text) : fail("unreadable");
    const bool is_same = there && there->scenario_sha256 == scenario.sha256 &&
                         there->program_version == reports::program_version() &&
                         there->first_seed == hunt_.first_seed &&
                         there->last_seed == hunt_.last_seed && there->shard == hunt_.shard &&
                         there->unlimited == arguments_.unlimited &&
                         there->faults_max == arguments_.faults_max;
    return is_same ? Status() : fail(folder_ + " holds another hunt: choose another folder");
  }

  /// Where somebody asked for a folder, the hunt as a whole is written down, too.
  void write_down(const scenarios::Scenario& scenario) {
    if (arguments_.folder.empty() || !unwritable_.empty()) {
      return;
    }
    record_.title = scenario.title;
    record_.scenario_sha256 = scenario.sha256;
    record_.program_version = std::string(reports::program_version());
    record_.first_seed = hunt_.first_seed;
    record_.last_seed = hunt_.last_seed;
    record_.faults_max = arguments_.faults_max;
    record_.unlimited = arguments_.unlimited;
    record_.shard = hunt_.shard;
    record_.marks = tally_.coverage.reached();
    for (const Kept& find : finds_) {
      record_.finds.push_back({find.seed, find.faults, find.violation.rule, find.violation.first,
                               std::filesystem::path(find.path).filename().string()});
    }
    Status written = prepare_folder(folder_);
    if (written) {
      written = write_file(folder_ + "/hunt.json", sim::write_record(record_));
    }
    if (!written) {
      unwritable_ = written.error().message;
    }
  }

  bool is_over() {
    return interruption(Time(), Time()).has_value() || !unwritable_.empty() ||
           (arguments_.first && !finds_.empty()) || budget_is_used_up();
  }
  [[nodiscard]] bool budget_is_used_up() const {
    return budget_s_ > 0 && progress_.elapsed_s() > budget_s_;
  }

  /// Finds, or anything else that looks like one.
  static std::size_t files_in(const std::string& folder) {
    std::error_code ignored;
    std::size_t files = 0;
    for (std::filesystem::directory_iterator it(folder, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
      files += it->path().extension() == ".json" && it->path().filename() != "hunt.json" ? 1 : 0;
    }
    return files;
  }

  /// A file of that name which is not there yet, or says the same.
  static std::string free_name(const std::string& name, const std::string& content) {
    std::string path = name + ".json";
    for (int copy = 2; copy <= kMostOfOneName && std::filesystem::exists(path); ++copy) {
      const Result<std::string> there = read_file(path);
      if (there && *there == content) {
        break;
      }
      path = fmt::format("{}-{}.json", name, copy);
    }
    return path;
  }

  /// Writes it at once: whatever ends the hunt, what it has found stays.
  void keep(const sim::Find& find) {
    const std::string name = std::filesystem::path(arguments_.file).stem().string();
    Kept kept{find.seed, find.faults, find.violations.front(),
              free_name(fmt::format("{}/{}-{}", folder_, name, find.seed), find.scenario)};
    Status written = prepare_folder(folder_);
    if (written) {
      written = write_file(kept.path, find.scenario);
    }
    if (!written) {
      unwritable_ = fmt::format("seed {} broke {}, and cannot be kept: {}", find.seed,
                                kept.violation.rule, written.error().message);
      return;
    }
    if (!options_.json && !options_.quiet) {
      progress_.clear();
      print(kept);
    }
    finds_.push_back(std::move(kept));
  }

  static void print(const Kept& find) {
    fmt::print("seed {:<6} {}, {} fault{}\n            {}\n            wavetank run {}\n",
               find.seed, find.violation.rule, find.faults, find.faults == 1 ? "" : "s",
               reports::printable(find.violation.first), reports::printable(find.path));
    std::fflush(stdout);
  }

  [[nodiscard]] double runs_per_s(const sim::Tally& tally) const {
    return static_cast<double>(tally.runs) / std::max(progress_.elapsed_s(), 1e-3);
  }
  [[nodiscard]] std::uint64_t ended(TrialEnd end) const {
    const auto it = tally_.ends.find(end);
    return it == tally_.ends.end() ? 0 : it->second;
  }
  /// Of the shard.
  [[nodiscard]] std::uint64_t seeds() const {
    const std::uint64_t all = hunt_.last_seed - hunt_.first_seed + 1;
    return (all + hunt_.shard.count - hunt_.shard.index) / hunt_.shard.count;
  }

  void show(const sim::Tally& tally) {
    progress_.step(
        fmt::format("{} of {} plans, {} found; {} of {} marks reached, the last by seed {}; "
                    "{:.1f} runs/s, {:.1f} simulated hours an hour",
                    tally.runs, seeds(), finds_.size(), tally.coverage.reached().size(),
                    sim::Coverage::all(), tally.coverage.last_news(), runs_per_s(tally),
                    tally.simulated_s / std::max(progress_.elapsed_s(), 1e-3)));
  }

  void print_text() const {
    fmt::print(
        "\n{}  {} of {} plans run: {} held, {} broke a rule, {} without a verdict\n", word(),
        tally_.runs, seeds(), ended(TrialEnd::held), ended(TrialEnd::broken),
        ended(TrialEnd::unjudged) + ended(TrialEnd::out_of_budget) + ended(TrialEnd::invalid));
    fmt::print("       {:.1f} runs/s, {:.0f} simulated seconds in {:.1f} s\n", runs_per_s(tally_),
               tally_.simulated_s, progress_.elapsed_s());
    fmt::print("       {} of {} marks reached, the last new one by seed {}\n",
               tally_.coverage.reached().size(), sim::Coverage::all(), tally_.coverage.last_news());
    if (tally_.runs < seeds()) {
      fmt::print("       {}: {} of the seeds were not tried\n",
                 interruption(Time(), Time()) ? "interrupted"
                 : budget_is_used_up()        ? "the budget is used up"
                                              : "stopped",
                 seeds() - tally_.runs);
    }
    if (arguments_.unlimited) {
      fmt::print("       judged by rules that hold whatever is lost (wavetank list rules)\n");
    }
    if (earlier_ > 0) {
      fmt::print("       {} held {} file{} before this hunt\n", reports::printable(folder_),
                 earlier_, earlier_ == 1 ? "" : "s");
    }
    if (!tally_.last_trouble.empty()) {
      fmt::print("       last without a verdict: {}\n", reports::printable(tally_.last_trouble));
    }
    if (!finds_.empty()) {
      fmt::print("next:  wavetank shrink {} -o repro.json\n",
                 reports::printable(finds_.front().path));
    }
  }

  void print_json() const {
    nlohmann::json out{{"seeds", seeds()},
                       {"runs", tally_.runs},
                       {"held", ended(TrialEnd::held)},
                       {"broken", ended(TrialEnd::broken)},
                       {"unjudged", ended(TrialEnd::unjudged)},
                       {"out_of_budget", ended(TrialEnd::out_of_budget)},
                       {"invalid", ended(TrialEnd::invalid)},
                       {"simulated_s", tally_.simulated_s},
                       {"wall_s", progress_.elapsed_s()},
                       {"marks", marks_json()},
                       {"finds", nlohmann::json::array()}};
    for (const Kept& find : finds_) {
      out["finds"].push_back({{"seed", find.seed},
                              {"faults", find.faults},
                              {"rule", find.violation.rule},
                              {"first", find.violation.first},
                              {"file", find.path}});
    }
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  [[nodiscard]] nlohmann::json marks_json() const {
    nlohmann::json reached = nlohmann::json::object();
    for (const auto& [mark, it] : tally_.coverage.reached()) {
      reached[mark] = {{"runs", it.runs}, {"first_seed", it.first}};
    }
    return {{"all", sim::Coverage::all()},
            {"reached", std::move(reached)},
            {"never", tally_.coverage.never()}};
  }

  [[nodiscard]] const char* word() const {
    return ended(TrialEnd::broken) > 0 ? "FOUND" : ended(TrialEnd::held) > 0 ? "CLEAN" : "UNKNOWN";
  }

  [[nodiscard]] ExitCode exit_code() const {
    std::vector<ExitCode> codes;
    if (ended(TrialEnd::broken) + ended(TrialEnd::held) == 0) {
      codes.push_back(ExitCode::experiment_void);
    }
    if (!unwritable_.empty()) {
      codes.push_back(complain(unwritable_, ExitCode::input_output));
    }
    if (!finds_.empty()) {
      codes.push_back(ExitCode::invariant_broken);
    }
    if (const auto stopped = interruption(Time(), Time())) {
      codes.push_back(stopped->code);
    }
    return reports::most_serious(codes);
  }

  const HuntArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  sim::HuntOptions hunt_;
  double budget_s_ = 0;  ///< 0: none
  std::string folder_;
  std::size_t earlier_ = 0;  ///< files in it before this hunt
  std::string unwritable_;   ///< why a find could not be kept
  std::vector<Kept> finds_;
  sim::Tally tally_;
  sim::HuntRecord record_;
};

}  // namespace

void add_hunt(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<HuntArguments>();
  CLI::App* verb = app.add_subcommand("hunt", "Search for faults that break a scenario's rules");
  verb->footer(
      "Each seed draws a plan: faults at random times and events, and settings changed at random.\n"
      "Within what the scenario's services promise to survive, every plan must stay safe and must\n"
      "settle. What breaks a rule is written to a file that runs as it stands. The exit code is "
      "12\n"
      "if something was found.\n\n"
      "Examples:\n"
      "  wavetank hunt scenarios/log/quickstart.json --seeds 1..200\n"
      "  wavetank hunt x.json --budget 60s -j 4 -o finds\n");
  verb->add_option("FILE", arguments->file, "A scenario; its own faults are left out")->required();
  verb->add_option("--seeds", arguments->seeds, "A range of seeds")->capture_default_str();
  verb->add_option("--budget", arguments->budget,
                   "Wall time after which the hunt ends; runs at work are dropped");
  verb->add_option("--set", arguments->overrides, "Change a value: path=value")
      ->take_all()
      ->allow_extra_args(false);
  add_shard(*verb, arguments->shard);
  add_jobs(*verb, arguments->jobs);
  verb->add_option("--faults", arguments->faults_max, "The most faults of a plan")
      ->capture_default_str()
      ->check(CLI::Range(std::uint32_t{1}, scenarios::kPlannedFaultsMax));
  verb->add_flag(
      "--unlimited", arguments->unlimited,
      "Faults beyond what the services promise to survive; only rules that hold whatever "
      "is lost are judged");
  verb->add_flag("--first", arguments->first, "Stop at the first find");
  verb->add_option("-o,--output", arguments->folder,
                   "Folder for what is found (default: wavetank-hunt)");
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = HuntCommand(*arguments, options).run(); });
}

}  // namespace wavetank::cli
