#include "sim/cli/tornado.h"
#include "reports/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>

#include "reports/html/tornado_chart.h"
#include "reports/slo_evaluation.h"
#include "reports/tornado.h"
#include "scenarios/load.h"
#include "scenarios/slo.h"
#include "scenarios/tunables.h"
#include "sim/cli/diagnostics.h"
#include "sim/cli/jobs.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/run/run.h"
#include "sim/run/workers.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;
using scenarios::Tunable;

/// Runs end by themselves; this only keeps a defect from waiting for ever.
constexpr std::chrono::hours kPatience{24};
/// A child says either of these before what it has to say.
constexpr char kObserved = '+';
constexpr char kFailed = '-';

class TornadoCommand {
 public:
  TornadoCommand(const TornadoArguments& arguments, const GlobalOptions& options)
      : arguments_(arguments), options_(options), progress_(wants_progress(options)) {}

  ExitCode run() {
    if (const ExitCode code = prepare(); code != ExitCode::ok) {
      return code;
    }
    catch_signals();
    run_all();
    progress_.clear();
    if (const auto stopped = interruption(Time(), Time())) {
      return stopped->code;
    }
    if (!base_.observed) {
      return complain(
          fmt::format("{} is unknown as the scenario stands: {}", arguments_.metric, base_.why),
          ExitCode::experiment_void);
    }
    result_.base = *base_.observed;
    reports::sort_by_effect(result_);
    return write();
  }

 private:
  /// Everything that can be wrong is said before anything runs.
  ExitCode prepare() {
    const auto subject = scenarios::parse_subject(arguments_.metric);
    if (!subject) {
      return complain(fmt::format("--metric {}: {}", arguments_.metric, subject.error().message),
                      ExitCode::usage);
    }
    subject_ = *subject;
    const scenarios::Loaded loaded =
        scenarios::load_file(arguments_.file, {arguments_.overrides, std::nullopt, {}});
    print_diagnostics(loaded.diagnostics, stderr);
    if (!loaded.scenario) {
      return loaded.unreadable ? ExitCode::input_output : ExitCode::scenario_invalid;
    }
    result_.title = loaded.scenario->title;
    result_.metric = arguments_.metric;
    result_.unit = std::string(scenarios::symbol(subject_.metric->unit));
    result_.seed = loaded.scenario->seed;
    const bool all = std::ranges::find(arguments_.knobs, "all") != arguments_.knobs.end();
    const bool is_named = !all && !arguments_.knobs.empty();
    for (const Tunable& knob : scenarios::tunables(*loaded.scenario, all || is_named)) {
      if (!is_named || is_meant(knob)) {
        add(knob);
      }
    }
    return result_.bars.empty() ? complain(fmt::format("--knobs: no setting of {} is meant by that",
                                                       arguments_.file),
                                           ExitCode::usage)
                                : ExitCode::ok;
  }

  [[nodiscard]] bool is_meant(const Tunable& knob) const {
    return std::ranges::any_of(arguments_.knobs, [&](const std::string& part) {
      return knob.path.find(part) != std::string::npos;
    });
  }

  /// A value that the scenario's own rules refuse is not tried: the reason stands in its place.
  void add(const Tunable& knob) {
    const auto side =
        [&](const std::optional<std::string>& value) -> std::optional<reports::TornadoSide> {
      return value ? std::optional(reports::TornadoSide{*value, std::nullopt, ""}) : std::nullopt;
    };
    result_.bars.push_back({knob.path, knob.value, side(knob.low), side(knob.high)});
  }

  [[nodiscard]] std::vector<std::string> overrides_with(const std::string& path,
                                                        const std::string& value) const {
    std::vector<std::string> overrides = arguments_.overrides;
    overrides.push_back(path + "=" + value);
    return overrides;
  }

  /// What a child does.
  [[nodiscard]] std::string observe(const std::vector<std::string>& overrides) const {
    const scenarios::Loaded loaded =
        scenarios::load_file(arguments_.file, {overrides, result_.seed, {}});
    if (!loaded.scenario) {
      return kFailed + loaded.diagnostics.front().message;
    }
    std::string said;
    sim::RunHooks hooks;
    hooks.concluded = [&](const reports::RunResult& result, const reports::Evidence& evidence) {
      const reports::SloReport seen = reports::evaluate(subject_, result, evidence);
      said = seen.observed ? fmt::format("{}{}", kObserved, *seen.observed) : kFailed + seen.why;
    };
    const Result<reports::RunResult> result = sim::run(*loaded.scenario, hooks);
    return result ? said : kFailed + result.error().message;
  }

  static void take(const sim::Workers::Answer& answer, reports::TornadoSide& side) {
    if (!answer.text || answer.text->empty()) {
      side.why = "the process died";
    } else if (answer.text->front() == kFailed) {
      side.why = answer.text->substr(1);
    } else {
      double value = 0;
      std::from_chars(answer.text->data() + 1, answer.text->data() + answer.text->size(), value);
      side.observed = value;
    }
  }

  void run_all() {
    struct Task {
      reports::TornadoSide* side;
      std::vector<std::string> overrides;
    };
    std::vector<Task> tasks{{&base_, arguments_.overrides}};
    for (reports::TornadoBar& bar : result_.bars) {
      for (auto* side : {&bar.low, &bar.high}) {
        if (*side) {
          tasks.push_back({&**side, overrides_with(bar.path, (*side)->value)});
        }
      }
    }
    sim::Workers workers(jobs_or_processors(arguments_.jobs), kPatience);
    const auto give_up = [] { return interruption(Time(), Time()).has_value(); };
    std::size_t next = 0;
    std::size_t done = 0;
    while (next < tasks.size() || !workers.is_idle()) {
      if (next < tasks.size() && workers.has_room()) {
        workers.start(next, [&, task = next] { return observe(tasks[task].overrides); });
        ++next;
        continue;
      }
      const std::optional<sim::Workers::Answer> answer = workers.next(give_up);
      if (!answer) {
        return;
      }
      take(*answer, *tasks[answer->task].side);
      progress_.step(fmt::format("{} of {} runs", ++done, tasks.size()));
    }
  }

  ExitCode write() const {
    const std::string to = arguments_.output.empty()
                               ? fmt::format("wavetank-out/{}-tornado.svg",
                                             std::filesystem::path(arguments_.file).stem().string())
                               : arguments_.output;
    const std::string folder = std::filesystem::path(to).parent_path().string();
    if (!folder.empty()) {
      if (const Status ready = prepare_folder(folder); !ready) {
        return complain(ready.error().message, ExitCode::input_output);
      }
    }
    if (const Status written = write_file(to, reports::tornado_svg(result_)); !written) {
      return complain(written.error().message, ExitCode::input_output);
    }
    if (options_.json && to != "-") {
      fmt::print("{}", reports::tornado_json(result_));
    } else if (!options_.quiet && to != "-") {
      fmt::print("{}\nfiles: {}\n", reports::tornado_text(result_, stdout_style(options_)),
                 reports::printable(to));
    }
    return ExitCode::ok;
  }

  const TornadoArguments& arguments_;
  const GlobalOptions& options_;
  Progress progress_;
  scenarios::Slo subject_;
  reports::Tornado result_;
  reports::TornadoSide base_;
};

}  // namespace

ExitCode tornado(const TornadoArguments& arguments, const GlobalOptions& options) {
  return TornadoCommand(arguments, options).run();
}

}  // namespace wavetank::cli
