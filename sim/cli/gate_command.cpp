#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/gate/gate.h"
#include "reports/printable.h"
#include "reports/result_json.h"
#include "scenarios/adversary/slowdown.h"
#include "scenarios/load.h"
#include "sim/cli/command.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/scenario_files.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/run/run.h"
#include "sim/run/workers.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using reports::GatedRun;
using reports::RunResult;
using Json = nlohmann::ordered_json;

/// Of the clock on the wall, for one run of a gate.
constexpr std::chrono::minutes kPatience{30};
/// Of a baseline.
constexpr std::uint64_t kMostSeeds = 100;
constexpr std::string_view kNoticed = "noticed";

struct GateArguments {
  std::vector<std::string> paths;
  std::string baseline;
  double tolerance_percent = 5;
  std::optional<std::uint64_t> seeds;
  std::string junit;
  std::string markdown;
  bool update = false;
  bool self_test = false;
  bool soft = false;
  bool github = false;
  std::size_t jobs = 0;
};

/// One scenario, its baseline, and what its run gave.
struct Gated {
  std::string name;
  std::string file;
  scenarios::Scenario scenario;
  std::optional<reports::Baseline> baseline;
  std::string missing;  ///< why there is no baseline
  std::optional<RunResult> result;
  std::string failure;                       ///< why there is no result
  ExitCode code = ExitCode::internal_error;  ///< without a result
  std::uint64_t seeds = 1;                   ///< that its new baseline is to know
};

class GateCommand {
 public:
  GateCommand(const GateArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    if (const ExitCode wrong = read_arguments(); wrong != ExitCode::ok) {
      return wrong;
    }
    if (const ExitCode wrong = load(); wrong != ExitCode::ok) {
      return wrong;
    }
    catch_signals();
    play(gated_);
    if (const auto stopped = interruption(Time(), Time())) {
      return complain("stopped: nothing was judged or written", stopped->code);
    }
    return arguments_.update ? update() : arguments_.self_test ? self_test() : judge();
  }

 private:
  ExitCode read_arguments() {
    const bool against = !arguments_.baseline.empty();
    if (arguments_.update && !against) {
      return complain("--update needs --baseline DIR, the folder to write to", ExitCode::usage);
    }
    if (arguments_.seeds && !arguments_.update) {
      return complain("--seeds goes with --update: it is the baseline that knows other seeds",
                      ExitCode::usage);
    }
    if (arguments_.soft && (arguments_.update || arguments_.self_test)) {
      return complain("--soft is about judging: not for --update or --self-test", ExitCode::usage);
    }
    if (arguments_.update && arguments_.self_test) {
      return complain("--update and --self-test are two things: ask for one", ExitCode::usage);
    }
    const bool answers = !arguments_.junit.empty() || !arguments_.markdown.empty();
    if (answers && (arguments_.update || arguments_.self_test)) {
      return complain(
          "--junit and --markdown write what was judged: leave out --update and --self-test",
          ExitCode::usage);
    }
    if (prints_files() && (options_.json || arguments_.junit == arguments_.markdown)) {
      return complain("stdout takes one of --json, --junit - and --markdown -", ExitCode::usage);
    }
    return ExitCode::ok;
  }

  /// Then nothing else is printed.
  [[nodiscard]] bool prints_files() const {
    return arguments_.junit == "-" || arguments_.markdown == "-";
  }
  [[nodiscard]] double tolerance() const { return arguments_.tolerance_percent / 100; }

  ExitCode load() {
    const auto paths = scenario_files(arguments_.paths);
    if (!paths) {
      return complain(paths.error().message, ExitCode::input_output);
    }
    std::vector<ExitCode> codes;
    std::map<std::string, std::string> files;  // by name
    for (const std::filesystem::path& path : *paths) {
      scenarios::Loaded loaded = scenarios::load_file(path.string());
      print_diagnostics(loaded.diagnostics, stderr);
      if (!loaded.scenario) {
        codes.push_back(loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid);
        continue;
      }
      const auto [other, first] = files.emplace(path.stem().string(), path.string());
      if (!first) {
        return complain(fmt::format("{} and {} would share a baseline: gate them one by one",
                                    other->second, path.string()),
                        ExitCode::usage);
      }
      gated_.push_back({other->first, path.string(), std::move(*loaded.scenario), {}, {}, {}, {}});
      find_baseline(gated_.back());
    }
    return reports::most_serious(codes);
  }

  [[nodiscard]] std::string baseline_of(const Gated& it) const {
    return arguments_.baseline + "/" + it.name + ".json";
  }
  void find_baseline(Gated& it) const {
    if (arguments_.baseline.empty() || arguments_.update) {
      return;
    }
    if (!std::filesystem::exists(baseline_of(it))) {
      it.missing = fmt::format("{} is not there: write it with --update", baseline_of(it));
    } else if (auto kept = load_baseline(baseline_of(it)); kept) {
      it.baseline = std::move(*kept);
    } else {
      it.missing = kept.error().message;
    }
  }

  /// Runs them, each in a process of its own.
  void play(std::vector<Gated>& all) {
    sim::Workers workers(jobs_or_processors(arguments_.jobs), kPatience);
    const auto stopped = [] { return interruption(Time(), Time()).has_value(); };
    std::size_t begun = 0;
    while ((begun < all.size() || !workers.is_idle()) && !stopped()) {
      for (; begun < all.size() && workers.has_room(); ++begun) {
        workers.start(begun, [&it = all[begun]] { return result_text(it); });
        progress_.step(fmt::format("{} of {}: {}", begun + 1, all.size(), all[begun].name));
      }
      if (const auto answer = workers.next(stopped)) {
        take(all[answer->task], *answer);
      }
    }
    progress_.clear();
  }

  /// "+" and the result, or "-" and why there is none.
  static std::string result_text(const Gated& it) {
    sim::RunHooks hooks;
    hooks.baseline = it.baseline ? &*it.baseline : nullptr;
    const Result<RunResult> result = sim::run(it.scenario, hooks);
    return result ? "+" + reports::write_result(*result) : "-" + result.error().message;
  }

  static void take(Gated& it, const sim::Workers::Answer& answer) {
    if (!answer.text) {
      it.failure = answer.took_too_long ? "it took too long" : "its process died";
      it.code = answer.took_too_long ? ExitCode::stopped_by_budget : ExitCode::internal_error;
      return;
    }
    if (!answer.text->starts_with('+')) {
      it.failure = answer.text->empty() ? "it said nothing" : answer.text->substr(1);
      it.code = answer.text->empty() ? ExitCode::internal_error : ExitCode::scenario_invalid;
      return;
    }
    Result<RunResult> result = reports::read_result(std::string_view(*answer.text).substr(1));
    if (result) {
      it.result = std::move(*result);
    } else {
      it.failure = "its result cannot be read: " + result.error().message;
      it.code = ExitCode::internal_error;
    }
  }

  // ------------------------------------------------------------------------------------ judging

  [[nodiscard]] std::vector<GatedRun> judged() const {
    std::vector<GatedRun> runs;
    for (const Gated& it : gated_) {
      const reports::GateReference reference{!arguments_.baseline.empty() && !arguments_.update,
                                             it.baseline ? &*it.baseline : nullptr, it.missing,
                                             tolerance()};
      runs.push_back(it.result ? reports::gate(it.name, it.file, *it.result, reference)
                               : reports::gate_nothing(it.name, it.file, it.code, it.failure));
    }
    return runs;
  }

  ExitCode judge() const {
    std::vector<GatedRun> runs = judged();
    const ExitCode found = reports::gate_code(runs);
    if (arguments_.soft) {
      reports::soften(runs);
    }
    const ExitCode code = reports::gate_code(runs);
    const ExitCode written = write_formats(runs);
    if (options_.json) {
      fmt::print("{}", reports::gate_json(runs));
    } else if (!options_.quiet && !prints_files()) {
      fmt::print("{}", reports::gate_text(runs, stdout_style(options_)));
      if (found == ExitCode::regression || found == ExitCode::baseline_not_comparable) {
        fmt::print("next:  wavetank gate {} --baseline {} --update   if the change is meant\n",
                   reports::printable(fmt::format("{}", fmt::join(arguments_.paths, " "))),
                   reports::printable(arguments_.baseline));
      }
    }
    return reports::most_serious({code, written});
  }

  ExitCode write_formats(const std::vector<GatedRun>& runs) const {
    Status written;
    if (!arguments_.junit.empty()) {
      written = write_file(arguments_.junit, reports::gate_junit(runs));
    }
    if (written && !arguments_.markdown.empty()) {
      written = write_file(arguments_.markdown, reports::gate_markdown(runs));
    }
    if (written && in_github()) {
      if (!options_.json && !prints_files()) {
        fmt::print("{}", reports::gate_annotations(runs));
      }
      written = add_to_job_summary(reports::gate_markdown(runs));
    }
    return written ? ExitCode::ok : complain(written.error().message, ExitCode::input_output);
  }
  [[nodiscard]] bool in_github() const {
    const char* actions = std::getenv("GITHUB_ACTIONS");
    return arguments_.github || (actions != nullptr && std::string_view(actions) == "true");
  }
  /// GitHub shows nothing of a step whose summary is longer than a mebibyte.
  static std::string cut_to_summary(const std::string& markdown) {
    constexpr std::size_t kMost = 1'000'000;
    return markdown.size() <= kMost ? markdown
                                    : markdown.substr(0, markdown.rfind('\n', kMost)) +
                                          "\n\nand more: see the log of this step\n";
  }
  /// The file that GitHub shows on the page of the job; other steps have written to it, too.
  static Status add_to_job_summary(const std::string& markdown) {
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr) {
      return {};
    }
    std::FILE* file = std::fopen(path, "a");
    const bool ok = file != nullptr && std::fputs(cut_to_summary(markdown).c_str(), file) >= 0;
    const bool closed = file == nullptr || std::fclose(file) == 0;
    return ok && closed ? Status() : fail(std::string(path) + ": cannot write to it");
  }

  // ----------------------------------------------------------------------------------- updating

  /// A run that is not well in itself is no baseline: nothing is written then. Objectives against a
  /// baseline cannot be known before there is one.
  ExitCode update() {
    const std::vector<GatedRun> runs = judged();
    if (const ExitCode code = reports::gate_code(runs); !is_well(code)) {
      fmt::print("{}", options_.json ? reports::gate_json(runs)
                                     : reports::gate_text(runs, stdout_style(options_)));
      return complain("no baseline was written: these runs are not well in themselves", code);
    }
    if (const Status ready = prepare_folder(arguments_.baseline); !ready) {
      return complain(ready.error().message, ExitCode::input_output);
    }
    for (Gated& it : gated_) {
      it.seeds = arguments_.seeds.value_or(seeds_of_what_is_there(it));
      it.baseline = reports::baseline_of(*it.result);
    }
    if (const ExitCode wrong = look_at_other_seeds(); wrong != ExitCode::ok) {
      return wrong;
    }
    for (const Gated& it : gated_) {
      const Status written = write_file(baseline_of(it), reports::write_baseline(*it.baseline));
      if (!written) {
        return complain(written.error().message, ExitCode::input_output);
      }
    }
    if (options_.json) {
      print_updated();
    } else if (!options_.quiet) {
      fmt::print("{} baseline{} written to {}\n", gated_.size(), gated_.size() == 1 ? "" : "s",
                 reports::printable(arguments_.baseline));
    }
    return ExitCode::ok;
  }
  /// A baseline that is renewed goes on knowing as many seeds as it did.
  [[nodiscard]] std::uint64_t seeds_of_what_is_there(const Gated& it) const {
    if (!std::filesystem::exists(baseline_of(it))) {
      return 1;
    }
    const auto kept = load_baseline(baseline_of(it));
    return kept ? std::clamp(kept->seeds, std::uint64_t{1}, kMostSeeds) : 1;
  }
  void print_updated() const {
    Json list = Json::array();
    for (const Gated& it : gated_) {
      list.push_back({{"name", it.name},
                      {"file", it.file},
                      {"baseline", baseline_of(it)},
                      {"seeds", it.baseline->seeds}});
    }
    print_json({{"updated", std::move(list)}});
  }

  /// How far chance alone may move each figure.
  ExitCode look_at_other_seeds() {
    std::vector<Gated> others;
    for (const Gated& it : gated_) {
      for (std::uint64_t n = 1; n < it.seeds; ++n) {
        scenarios::Loaded other = scenarios::load_file(it.file, {{}, it.scenario.seed + n, {}});
        if (!other.scenario) {
          return complain(it.file + " has changed since it was read", ExitCode::scenario_invalid);
        }
        others.push_back({it.name, it.file, std::move(*other.scenario), {}, {}, {}, {}});
      }
    }
    play(others);
    if (const auto stopped = interruption(Time(), Time())) {
      return complain("stopped: nothing was written", stopped->code);
    }
    for (const Gated& other : others) {
      if (!other.result) {
        return complain(
            fmt::format("{} with seed {}: {}", other.name, other.scenario.seed, other.failure),
            other.code);
      }
      const auto of = std::ranges::find(gated_, other.name, &Gated::name);
      reports::widen(*of->baseline, *other.result);
    }
    return ExitCode::ok;
  }

  // ---------------------------------------------------------------------------------- self-test

  /// Each scenario once more in a world that is slower: the gate must turn red, held against the
  /// run that has just been.
  ExitCode self_test() {
    std::vector<Gated> slow;
    for (const Gated& it : gated_) {
      std::optional<scenarios::Scenario> slowed = scenarios::slowed_down(it.scenario);
      if (slowed && is_well(it)) {
        slow.push_back(
            {it.name, it.file, std::move(*slowed), reports::baseline_of(*it.result), {}, {}, {}});
      } else {
        tell(it.name, slowed ? "UNNOTICED, for it is red as it stands"
                             : "UNNOTICED, for its faults leave no room for a slower world");
      }
    }
    play(slow);
    if (const auto stopped = interruption(Time(), Time())) {
      return complain("stopped: nothing was judged", stopped->code);
    }
    const auto noticed = static_cast<std::size_t>(
        std::ranges::count_if(slow, [this](Gated& it) { return notices(it); }));
    const bool all = noticed == gated_.size();
    if (options_.json) {
      print_json({{"pass", all}, {"noticed", noticed}, {"scenarios", told_}});
    } else if (!options_.quiet) {
      fmt::print("{}  the gate notices a slower world in {} of {} scenarios\n",
                 all ? "PASS" : "FAIL", noticed, gated_.size());
    }
    return all ? ExitCode::ok : ExitCode::failure;
  }

  /// But for a baseline that is not there yet.
  [[nodiscard]] static bool is_well(ExitCode code) {
    return code == ExitCode::ok || code == ExitCode::baseline_not_comparable;
  }
  [[nodiscard]] static bool is_well(const Gated& it) {
    return it.result && is_well(reports::gate(it.name, it.file, *it.result, {}).code);
  }
  /// Whether a run in the slower world is red beside the run before.
  bool notices(Gated& it) {
    bool red = false;
    if (it.result) {
      it.result->provenance.scenario_sha256 = it.baseline->scenario_sha256;
      const reports::GateReference reference{true, &*it.baseline, {}, tolerance()};
      red = reports::gate(it.name, it.file, *it.result, reference).code != ExitCode::ok;
    }
    tell(it.name, red ? kNoticed : "UNNOTICED");
    return red;
  }
  void tell(const std::string& name, std::string_view what) {
    if (options_.json) {
      told_.push_back({{"name", name}, {"noticed", what == kNoticed}, {"said", what}});
    } else if (!options_.quiet) {
      fmt::print("{}  {}\n", reports::printable(name), what);
    }
  }
  static void print_json(const Json& document) {
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
  }

  const GateArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  std::vector<Gated> gated_;
  Json told_ = Json::array();  ///< of a self-test, for who wants JSON
};

}  // namespace

void add_gate(CLI::App& app, const GlobalOptions& options, ExitCode& exit_code) {
  auto arguments = std::make_shared<GateArguments>();
  CLI::App* verb = app.add_subcommand("gate", "May this change pass? For pipelines");
  verb->footer(
      "Runs scenarios and judges each by its invariants, its objectives, and against its "
      "baseline:\n"
      "the figures that --update kept. One that is missing or not comparable is never green. Runs "
      "of\n"
      "the same program are identical, so there is no noise to allow for; of a changed program, a\n"
      "figure may be worse by the tolerance, and than the worst of the seeds that the baseline "
      "knows.\n\n"
      "Examples:\n"
      "  wavetank gate scenarios/coordination --baseline baselines --update --seeds 5\n"
      "  wavetank gate scenarios/coordination --baseline baselines --junit gate.xml\n"
      "  wavetank gate x.json --self-test\n");
  verb->add_option("PATH", arguments->paths, "Scenario files, or folders of them")->required();
  verb->add_option("--baseline", arguments->baseline, "Folder of baselines, a file a scenario");
  verb->add_flag("--update", arguments->update, "Write the baselines instead of judging by them");
  verb->add_option("--seeds", arguments->seeds,
                   "With --update: so many seeds say what chance alone may do to a figure "
                   "(default: as many as the baseline that is there)")
      ->check(CLI::Range(std::uint64_t{1}, kMostSeeds));
  verb->add_option("--tolerance", arguments->tolerance_percent,
                   "Per cent by which a figure may be worse")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb->add_flag("--self-test", arguments->self_test,
                 "Run each in a slower world, too: the gate must turn red");
  verb->add_flag("--soft", arguments->soft,
                 "Let pass what is only a regression or an objective that is not met, and say so");
  verb->add_option("--junit", arguments->junit, "Write JUnit XML to this file (- is stdout)");
  verb->add_option("--markdown", arguments->markdown, "Write Markdown to this file (- is stdout)");
  verb->add_flag("--github", arguments->github,
                 "Annotations and a job summary (as by itself under GitHub Actions)");
  add_jobs(*verb, arguments->jobs);
  verb->callback(
      [arguments, &options, &exit_code] { exit_code = GateCommand(*arguments, options).run(); });
}

}  // namespace wavetank::cli
