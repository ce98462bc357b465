#include "sim/hunt/hunt.h"

#include "sim/hunt/failure.h"

namespace wavetank::sim {

namespace {

class Hunting {
 public:
  Hunting(const scenarios::Scenario& base, const HuntOptions& options, const HuntHooks& hooks)
      : base_(base),
        options_(options),
        hooks_(hooks),
        workers_(options.jobs, options.bounds.wall_max) {
    options_.bounds.safety_only = options.plan.unlimited;
  }

  Tally run() {
    const std::uint64_t stride = options_.shard.count;
    for (std::uint64_t seed = options_.first_seed + options_.shard.index - 1;
         seed <= options_.last_seed || !workers_.is_idle();) {
      if (seed <= options_.last_seed && workers_.has_room()) {
        begin(seed);
        seed += stride;
        continue;
      }
      const std::optional<Workers::Answer> answer = workers_.next(hooks_.give_up);
      if (!answer) {
        break;
      }
      note(*answer);
    }
    return tally_;
  }

 private:
  /// The child draws the plan: it costs as much as a tenth of a short run.
  void begin(std::uint64_t seed) {
    workers_.start(seed, [this, seed] {
      return run_trial(scenarios::draw_plan(base_, seed, options_.plan).text, options_.bounds);
    });
  }

  void note(const Workers::Answer& answer) {
    const Outcome outcome = outcome_of(answer);
    ++tally_.runs;
    ++tally_.ends[outcome.end];
    tally_.simulated_s += outcome.simulated_s;
    tally_.coverage.add(answer.task, outcome.marks);
    if (hooks_.ended) {
      hooks_.ended(answer.task, outcome);
    }
    if (outcome.end == TrialEnd::broken) {
      const scenarios::Plan plan = scenarios::draw_plan(base_, answer.task, options_.plan);
      hooks_.found({answer.task, plan.faults, outcome.violations,
                    failure_file(plan.text, {base_.sha256, answer.task, options_.plan.unlimited,
                                             outcome.violations.front()})});
    } else if (!outcome.why.empty()) {
      tally_.last_trouble = outcome.why;
    }
    hooks_.progress(tally_);
  }

  const scenarios::Scenario& base_;
  HuntOptions options_;
  const HuntHooks& hooks_;
  Workers workers_;
  Tally tally_;
};

}  // namespace

Tally hunt(const scenarios::Scenario& base, const HuntOptions& options, const HuntHooks& hooks) {
  return Hunting(base, options, hooks).run();
}

}  // namespace wavetank::sim
