#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/printable.h"
#include "scenarios/adversary/plan.h"
#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/scenario_files.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/hunt/coverage.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

/// What only a few plans reach, another draw of the plans may miss: such marks are not expected.
constexpr std::uint64_t kPlansToExpect = 6;

struct MarksArguments {
  std::vector<std::string> paths;
  std::vector<std::string> grounds;
  std::uint64_t plans = 20;
  std::string expected;
  std::string keep;
  std::size_t jobs = 0;
};

class MarksCommand {
 public:
  MarksCommand(const MarksArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    if (arguments_.paths.empty() && arguments_.grounds.empty()) {
      return complain("marks: name scenarios or folders of them, or grounds with --hunt",
                      ExitCode::usage);
    }
    if (const ExitCode code = plan_visits(); code != ExitCode::ok) {
      return code;
    }
    if (!arguments_.expected.empty()) {
      if (const ExitCode code = read_expected(); code != ExitCode::ok) {
        return code;
      }
    }
    catch_signals();
    sim::SurveyHooks hooks;
    hooks.progress = [&](std::size_t done) {
      progress_.step(fmt::format("{} of {} runs", done, visits_.size()));
    };
    hooks.give_up = [] { return interruption(Time(), Time()).has_value(); };
    survey_ = sim::survey(visits_, jobs_or_processors(arguments_.jobs), hooks);
    progress_.clear();
    if (const auto stopped = interruption(Time(), Time())) {
      return stopped->code;  // what was not run has reached nothing
    }
    for (const std::string& mark : expected_) {
      if (!survey_.coverage.reached().contains(mark)) {
        lost_.push_back(mark);
      }
    }
    if (options_.json) {
      print_json();
    } else if (!options_.quiet) {
      print_text();
    }
    return exit_code();
  }

 private:
  ExitCode plan_visits() {
    for (const bool hunts : {false, true}) {
      const auto files = scenario_files(hunts ? arguments_.grounds : arguments_.paths);
      if (!files) {
        return complain(files.error().message, ExitCode::input_output);
      }
      for (const std::filesystem::path& file : *files) {
        const scenarios::Loaded loaded = scenarios::load_file(file.string(), {});
        if (!loaded.scenario) {
          print_diagnostics(loaded.diagnostics, stderr);
          return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
        }
        auto scenario = std::make_shared<const scenarios::Scenario>(*loaded.scenario);
        const std::string name = (file.parent_path().filename() / file.stem()).generic_string();
        if (!hunts) {
          visits_.push_back({name, [scenario] { return scenario->effective_json; }});
          ++scenarios_;
        }
        for (std::uint64_t seed = 1; hunts && seed <= arguments_.plans; ++seed) {
          visits_.push_back({fmt::format("{} plan {}", name, seed), [scenario, seed] {
                               return scenarios::draw_plan(*scenario, seed, {}).text;
                             }});
        }
      }
    }
    return ExitCode::ok;
  }

  /// A name a line; lines that begin with '#' are for people.
  ExitCode read_expected() {
    const Result<std::string> text = read_file(arguments_.expected);
    if (!text) {
      return complain(text.error().message, ExitCode::input_output);
    }
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && !line.starts_with('#')) {
        expected_.push_back(line);
      }
    }
    return ExitCode::ok;
  }

  void print_text() const {
    const auto& reached = survey_.coverage.reached();
    fmt::print("{} of {} marks reached by {} runs\n\n  runs  mark{:45}first\n", reached.size(),
               sim::Coverage::all(), visits_.size(), "");
    for (const auto& [mark, it] : reached) {
      fmt::print("{:>6}  {:<48} {}\n", it.runs, mark, reports::printable(visits_[it.first].name));
    }
    const std::vector<std::string> never = survey_.coverage.never();
    fmt::print("\nnever reached: {}\n", never.empty() ? "none" : "");
    for (const std::string& mark : never) {
      fmt::print("        {}\n", mark);
    }
    if (!lost_.empty()) {
      fmt::print("\nLOST  {} of the marks of {} are not reached any more:\n", lost_.size(),
                 arguments_.expected);
      for (const std::string& mark : lost_) {
        fmt::print("        {}\n", reports::printable(mark));
      }
      fmt::print(
          "These branches are not tested now. Give them a scenario that takes them; or, if they\n"
          "are gone for a reason, write the list anew with --keep {}\n",
          arguments_.expected);
    }
  }

  void print_json() const {
    nlohmann::json out{{"runs", visits_.size()},
                       {"marks", sim::Coverage::all()},
                       {"reached", nlohmann::json::object()},
                       {"never", survey_.coverage.never()},
                       {"lost", lost_},
                       {"trouble", survey_.trouble}};
    for (const auto& [mark, it] : survey_.coverage.reached()) {
      out["reached"][mark] = {{"runs", it.runs}, {"first", visits_[it.first].name}};
    }
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  [[nodiscard]] ExitCode exit_code() const {
    std::vector<ExitCode> codes;
    for (const std::string& trouble : survey_.trouble) {
      codes.push_back(complain(trouble, ExitCode::experiment_void));
    }
    if (!lost_.empty()) {
      codes.push_back(ExitCode::regression);
    }
    if (!arguments_.keep.empty() && survey_.trouble.empty()) {
      if (const Status written = write_file(arguments_.keep, list()); !written) {
        codes.push_back(complain(written.error().message, ExitCode::input_output));
      }
    }
    return reports::most_serious(codes);
  }

  [[nodiscard]] std::string list() const {
    std::string list = fmt::format(
        "# Marks that scenarios reach as they stand, or at least {} plans (wavetank marks).\n",
        kPlansToExpect);
    for (const auto& [mark, it] : survey_.coverage.reached()) {
      if (it.first < scenarios_ || it.runs >= kPlansToExpect) {
        list += mark + "\n";
      }
    }
    return list;
  }

  const MarksArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  std::vector<sim::Visit> visits_;  ///< scenarios as they stand, then plans
  std::size_t scenarios_ = 0;       ///< of them
  std::vector<std::string> expected_;
  std::vector<std::string> lost_;
  sim::Survey survey_;
};

}  // namespace

void add_marks(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<MarksArguments>();
  CLI::App* verb = app.add_subcommand("marks", "Which rare branches of the engine scenarios take");
  verb->footer(
      "The engine marks branches that only some runs should take (a follower truncates, a vote is\n"
      "split). Scenarios are run as they stand, grounds with the plans of a hunt. With --expect,\n"
      "the exit code is 10 if a mark of that list is not reached any more.\n\n"
      "Examples:\n"
      "  wavetank marks scenarios/log\n"
      "  wavetank marks scenarios/log --hunt scenarios/hunt --plans 50 --json\n");
  verb->add_option("PATH", arguments->paths, "Scenario files, or folders of them");
  verb->add_option("--hunt", arguments->grounds, "Grounds for a hunt, or folders of them")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--plans", arguments->plans, "Plans of each ground, with the seeds 1, 2, ...")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  verb->add_option("--expect", arguments->expected, "A list of marks that must be reached");
  verb->add_option("--keep", arguments->keep, "Write the list of those that are reached");
  add_jobs(*verb, arguments->jobs);
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = MarksCommand(*arguments, options).run(); });
}

}  // namespace wavetank::cli
