#include "sim/study/sweep.h"

#include <utility>

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
    line = reports::write_run(reports::summarise(number, result, evidence));
  };
  const Result<reports::RunResult> result = run(*loaded.scenario, hooks);
  return result ? kRan + line : kFailed + result.error().message;
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
           const std::set<std::uint64_t>& done, std::size_t jobs, const SweepHooks& hooks) {
  Workers workers(jobs, kPatience);
  std::uint64_t next = 0;
  const auto skip = [&] {
    while (next < plan.runs() && (!plan.shard.has(next) || done.contains(next))) {
      ++next;
    }
  };
  for (skip(); next < plan.runs() || !workers.is_idle(); skip()) {
    if (next < plan.runs() && workers.has_room()) {
      workers.start(next, [&, number = next] { return run_one(scenario, plan, number); });
      ++next;
      continue;
    }
    const std::optional<Workers::Answer> answer = workers.next(hooks.give_up);
    if (!answer) {
      return;
    }
    tell(*answer, hooks);
  }
}

}  // namespace wavetank::sim
