#include "sim/study/sweep.h"

#include <utility>

#include "reports/slo_evaluation.h"
#include "sim/run/run.h"
#include "sim/run/workers.h"

namespace wavetank::sim {

namespace {

/// Runs end by themselves; this only keeps a defect from waiting for ever.
constexpr std::chrono::hours kPatience{24};

/// A child says either of these before what it has to say.
constexpr char kRan = '+';
constexpr char kFailed = '-';

std::string run_one(const StudiedScenario& scenario, const reports::SweepPlan& plan,
                    std::uint64_t number) {
  const scenarios::Loaded loaded =
      scenario.load(plan.overrides_at(plan.point_of(number)), plan.seed_of(number));
  if (!loaded.scenario) {
    return kFailed + loaded.diagnostics.front().message;
  }
  std::string line;
  RunHooks hooks;
  hooks.concluded = [&](const reports::RunResult& result, const reports::Evidence& evidence) {
    reports::SweepRun kept = reports::summarise(number, result, evidence);
    if (plan.until) {
      const Result<double> figure = reports::measure_one(plan.until->figure, result, evidence);
      kept.figure = figure ? reports::SeedValue(*figure) : std::nullopt;
    }
    line = reports::write_run(kept);
  };
  const Result<reports::RunResult> result = run(*loaded.scenario, hooks);
  return result ? kRan + line : kFailed + result.error().message;
}

reports::SeedValue figure_of(const reports::SweepPlan& plan, const Workers::Answer& answer) {
  if (!plan.until || !answer.text || !answer.text->starts_with(kRan)) {
    return std::nullopt;
  }
  const Result<reports::SweepRun> run = reports::read_run(answer.text->substr(1));
  return run ? run->figure : std::nullopt;
}

void tell(const Workers::Answer& answer, const SweepHooks& hooks) {
  if (!answer.text || answer.text->empty()) {
    hooks.failed(answer.task, answer.took_too_long ? "it took too long" : "its process died");
  } else if (answer.text->front() == kRan) {
    hooks.finished(answer.task, answer.text->substr(1));
  } else {
    hooks.failed(answer.task, answer.text->substr(1));
  }
}

}  // namespace

scenarios::Loaded StudiedScenario::load(const std::vector<std::string>& more,
                                        std::optional<std::uint64_t> seed) const {
  scenarios::LoadOptions options;
  options.overrides = overrides;
  options.overrides.insert(options.overrides.end(), more.begin(), more.end());
  options.seed = seed;
  options.limits = limits;
  return scenarios::load_text(text, name, options);
}

void sweep(const StudiedScenario& scenario, const reports::SweepPlan& plan,
           reports::SweepSeeds& seeds, std::size_t jobs, const SweepHooks& hooks) {
  Workers workers(jobs, kPatience);
  for (;;) {
    if (workers.has_room()) {
      if (const std::optional<std::uint64_t> next = seeds.begin()) {
        workers.start(*next, [&, number = *next] { return run_one(scenario, plan, number); });
        continue;
      }
    }
    if (workers.is_idle()) {
      return;
    }
    const std::optional<Workers::Answer> answer = workers.next(hooks.give_up);
    if (!answer) {
      return;
    }
    seeds.ended(answer->task, figure_of(plan, *answer));
    tell(*answer, hooks);
  }
}

}  // namespace wavetank::sim
