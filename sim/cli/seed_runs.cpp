#include "sim/cli/seed_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "reports/printable.h"
#include "reports/slo_evaluation.h"
#include "reports/study/seed_summary.h"
#include "scenarios/load.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/seed_range.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/run/run.h"
#include "sim/run/workers.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using reports::PrecisionGoal;
using Json = nlohmann::ordered_json;

/// Of one command.
constexpr std::uint64_t kMostSeeds = 1'000;
/// Of the clock on the wall, for one run.
constexpr std::chrono::minutes kPatience{30};

/// What a process says of its seed.
struct SeedAnswer {
  ExitCode code = ExitCode::ok;
  std::string summary;
  std::vector<reports::Quantity> figures;
  reports::SeedValue wanted;  ///< the figure of --until-ci
  std::string why;            ///< there is none
};

std::string write_answer(const SeedAnswer& answer) {
  Json figures = Json::array();
  for (const reports::Quantity& it : answer.figures) {
    figures.push_back({it.name, it.unit, it.value});
  }
  const Json json = {{"code", static_cast<int>(answer.code)},
                     {"summary", answer.summary},
                     {"figures", std::move(figures)},
                     {"wanted", answer.wanted ? Json(*answer.wanted) : Json(nullptr)},
                     {"why", answer.why}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SeedAnswer read_answer(const sim::Workers::Answer& said) {
  if (!said.text) {
    return said.took_too_long
               ? SeedAnswer{ExitCode::stopped_by_budget, "it took too long", {}, {}, {}}
               : SeedAnswer{ExitCode::internal_error, "its process died", {}, {}, {}};
  }
  const Json json = Json::parse(*said.text);
  SeedAnswer answer{
      static_cast<ExitCode>(json["code"].get<int>()), json["summary"], {}, {}, json["why"]};
  for (const Json& it : json["figures"]) {
    answer.figures.push_back({it[0], it[1], reports::Better::neither, it[2].get<double>()});
  }
  if (!json["wanted"].is_null()) {
    answer.wanted = json["wanted"].get<double>();
  }
  return answer;
}

struct SeedsWanted {
  SeedRange range;                    ///< at most
  std::optional<PrecisionGoal> goal;  ///< of which those that it takes
};

class SeedRuns {
 public:
  SeedRuns(const RunArguments& arguments, SeedsWanted wanted, const GlobalOptions& options)
      : arguments_(arguments),
        file_(arguments.files.front()),
        seeds_(wanted.range),
        goal_(std::move(wanted.goal)),
        options_(options),
        progress_(wants_progress(options)),
        folder_(arguments.folder.empty() ? fmt::format("wavetank-out/{}-seeds{}..{}",
                                                       std::filesystem::path(file_).stem().string(),
                                                       seeds_.first, seeds_.last)
                                         : arguments.folder) {}

  ExitCode run() {
    const scenarios::Loaded loaded = load(seeds_.first);
    print_diagnostics(loaded.diagnostics, stderr);
    if (!loaded.scenario) {
      return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
    }
    if (const Status ready = prepare_folder_for("result.json", folder_); !ready) {
      return complain(ready.error().message, ExitCode::input_output);
    }
    catch_signals();
    const auto stopped = [] { return interruption(Time(), Time()).has_value(); };
    sim::Workers workers(jobs_or_processors(arguments_.jobs), kPatience);
    std::uint64_t next = seeds_.first;
    while ((next < end() || !workers.is_idle()) && !stopped()) {
      for (; next < end() && workers.has_room(); ++next) {
        workers.start(next, [this, next] { return write_answer(run_seed(next)); });
        progress_.step(fmt::format("seed {} of {}..{}", next, seeds_.first, end() - 1));
      }
      if (const auto answer = workers.next(stopped)) {
        take(answer->task, read_answer(*answer));
      }
    }
    progress_.clear();
    return conclude();
  }

 private:
  [[nodiscard]] scenarios::Loaded load(std::uint64_t seed) const {
    return scenarios::load_file(file_, {arguments_.overrides, seed, {}});
  }

  /// The seed before which to stop, as far as is known.
  [[nodiscard]] std::uint64_t end() const {
    return goal_ ? seeds_.first +
                       reports::seeds_wanted(values_in_order(), goal_->share, seeds_.size())
                 : seeds_.last + 1;
  }

  /// Of the first seeds, up to the first that is not there yet.
  [[nodiscard]] std::vector<reports::SeedValue> values_in_order() const {
    std::vector<reports::SeedValue> values;
    for (const auto& [seed, answer] : answers_) {
      if (seed != seeds_.first + values.size()) {
        break;
      }
      values.push_back(answer.wanted);
    }
    return values;
  }

  /// In a process of its own.
  [[nodiscard]] SeedAnswer run_seed(std::uint64_t seed) const {
    const auto failed = [](ExitCode code, const std::string& why) {
      return SeedAnswer{code, why, {}, {}, why};
    };
    const scenarios::Loaded loaded = load(seed);
    if (!loaded.scenario) {
      return failed(ExitCode::scenario_invalid, "the file has changed since it was read");
    }
    sim::RunHooks hooks;
    const auto began = std::chrono::steady_clock::now();
    Time reached;
    hooks.progress = [&](Time now, Time /*end*/) { reached = now; };
    reports::LatencyLog latencies;
    Result<double> wanted = fail("nobody asked");
    hooks.concluded = [&](const reports::RunResult& result, const reports::Evidence& evidence) {
      latencies = reports::latency_log(result.provenance.digest, evidence);
      if (goal_) {
        wanted = reports::measure_one(goal_->figure, result, evidence);
      }
    };
    const Result<reports::RunResult> result = sim::run(*loaded.scenario, hooks);
    if (!result) {
      return failed(ExitCode::scenario_invalid, result.error().message);
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    reports::RunMeta meta = measure_process(wall.count(), *result, reached - Time());
    meta.command = arguments_.repeat_command(file_, seed);
    const std::string own = fmt::format("{}/seed{}", folder_, seed);
    if (const Status ready = prepare_folder(own); !ready) {
      return failed(ExitCode::input_output, ready.error().message);
    }
    if (const auto written = write_results(own, *result, meta, latencies); !written) {
      return failed(ExitCode::input_output, written.error().message);
    }
    SeedAnswer answer{result->exit_code, result->summary, reports::quantities(*result), {}, {}};
    if (wanted) {
      answer.wanted = *wanted;
    } else {
      answer.why = wanted.error().message;
    }
    return answer;
  }

  void take(std::uint64_t seed, SeedAnswer answer) {
    progress_.clear();
    if (!options_.json && !options_.quiet) {
      const bool ascii = is_ascii();
      const bool ok = answer.code == ExitCode::ok;
      const char* mark = ascii ? (ok ? "ok  " : "FAIL") : (ok ? "✓" : "✗");
      fmt::print("{} seed {}: {}\n", mark, seed, reports::printable(answer.summary, ascii));
      std::fflush(stdout);
    }
    answers_.emplace(seed, std::move(answer));
  }

  ExitCode conclude() {
    std::vector<ExitCode> codes;
    std::vector<std::vector<reports::Quantity>> figures;
    for (const auto& [seed, answer] : answers_) {
      codes.push_back(answer.code);
      figures.push_back(answer.figures);
    }
    const auto passed = static_cast<std::uint64_t>(std::ranges::count(codes, ExitCode::ok));
    const std::vector<reports::SeedFigure> together = reports::over_seeds(figures);
    std::optional<reports::Precision> reached;
    if (goal_) {
      reached = reports::precision(values_in_order(), goal_->share);
      if (!reached->reached) {
        codes.push_back(ExitCode::experiment_void);
      }
    }
    if (const auto stop = interruption(Time(), Time())) {
      codes.push_back(complain("stopped: some seeds were not run", stop->code));
    }
    if (options_.json) {
      print_json(passed, together, reached);
    } else if (!options_.quiet) {
      print_text(passed, together, reached);
    }
    return reports::most_serious(codes);
  }

  void print_text(std::uint64_t passed, const std::vector<reports::SeedFigure>& figures,
                  const std::optional<reports::Precision>& reached) const {
    const std::string folder = reports::printable(folder_);
    fmt::print("{} of {} seeds passed: {}\n", passed, asked(), folder);
    if (answers_.size() > 1) {
      fmt::print("\n{}\n", reports::seed_figures_text(figures, answers_.size(), is_ascii()));
    }
    if (reached) {
      fmt::print("{}\n", reports::printable(in_words(*reached), is_ascii()));
    }
    fmt::print("next:  wavetank compare {} OTHER\n", folder);
  }

  [[nodiscard]] std::string in_words(const reports::Precision& it) const {
    const std::string goal = fmt::format("within {:g} % of its mean", 100 * goal_->share);
    const std::string figure = goal_->figure.text;
    if (!it.share()) {
      return fmt::format("{}: {} of {} seeds have it, and no interval{}", figure, it.with_figure,
                         it.seeds, reason());
    }
    return fmt::format(
        "{}: the 95 % interval is {}{} ({:.2g} %) over {} seeds{}", figure,
        it.reached ? "" : "not ", goal, 100 * *it.share(), it.with_figure,
        it.reached ? ""
                   : fmt::format(", and --seeds {}..{} allows no more", seeds_.first, seeds_.last));
  }

  /// Why the first seed that does not have the figure has none.
  [[nodiscard]] std::string reason() const {
    const auto found = std::ranges::find_if(
        answers_, [](const auto& it) { return !it.second.wanted && !it.second.why.empty(); });
    return found == answers_.end() ? ""
                                   : fmt::format(" (seed {}: {})", found->first, found->second.why);
  }

  void print_json(std::uint64_t passed, const std::vector<reports::SeedFigure>& figures,
                  const std::optional<reports::Precision>& reached) const {
    Json seeds = Json::array();
    for (const auto& [seed, answer] : answers_) {
      seeds.push_back({{"seed", seed},
                       {"exit_code", static_cast<int>(answer.code)},
                       {"summary", answer.summary}});
    }
    Json document = {{"folder", folder_}, {"asked", asked()}, {"passed", passed}};
    if (reached) {
      const std::optional<double> share = reached->share();
      document["until_ci"] = {{"figure", goal_->figure.text},
                              {"share", goal_->share},
                              {"reached", reached->reached},
                              {"seeds", reached->seeds},
                              {"with_figure", reached->with_figure},
                              {"share_reached", share ? Json(*share) : Json(nullptr)}};
    }
    document["figures"] = Json::parse(reports::seed_figures_json(figures));
    document["seeds"] = std::move(seeds);
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  }

  [[nodiscard]] std::uint64_t asked() const { return end() - seeds_.first; }
  [[nodiscard]] bool is_ascii() const { return stdout_style(options_).ascii; }

  const RunArguments& arguments_;
  const std::string& file_;
  SeedRange seeds_;
  std::optional<PrecisionGoal> goal_;
  const GlobalOptions& options_;
  Progress progress_;
  std::string folder_;
  std::map<std::uint64_t, SeedAnswer> answers_;  ///< by seed
};

/// Nothing: stderr says what is wrong.
std::optional<SeedRange> range_of(const RunArguments& arguments) {
  if (arguments.seeds.empty()) {
    return SeedRange{1, kMostSeedsUntilCi};
  }
  const auto seeds = parse_seed_range(arguments.seeds);
  if (!seeds) {
    complain(fmt::format("--seeds {}: expected a range, such as 1..10", arguments.seeds),
             ExitCode::usage);
    return std::nullopt;
  }
  if (seeds->size() > kMostSeeds) {
    complain(fmt::format("--seeds {}: at most {} at a time", arguments.seeds, kMostSeeds),
             ExitCode::usage);
    return std::nullopt;
  }
  return seeds;
}

}  // namespace

ExitCode run_seeds(const RunArguments& arguments, const GlobalOptions& options) {
  SeedsWanted wanted;
  if (const auto range = range_of(arguments)) {
    wanted.range = *range;
  } else {
    return ExitCode::usage;
  }
  if (arguments.until.is_given()) {
    wanted.goal = parse_until_ci(arguments.until);
    if (!wanted.goal || !has_room_for_interval(wanted.range.size())) {
      return ExitCode::usage;
    }
  }
  if (arguments.files.size() > 1 || arguments.seed || arguments.verify ||
      !arguments.baseline.empty()) {
    return complain(
        "--seeds and --until-ci take one FILE, and no --seed, --verify or --baseline: the results "
        "are in their folder",
        ExitCode::usage);
  }
  return SeedRuns(arguments, std::move(wanted), options).run();
}

}  // namespace wavetank::cli
