#include "sim/hunt/shrink.h"

#include <algorithm>
#include <optional>

#include "engine/base/ensure.h"
#include "scenarios/document.h"
#include "sim/hunt/reductions.h"

namespace wavetank::sim {

namespace {

using scenarios::List;
using scenarios::Value;

/// Passes over all that can be left out: what one has kept may let the next leave out more.
constexpr int kRounds = 6;

class Shrinking {
 public:
  Shrinking(Value scenario, std::string rule, const ShrinkOptions& options,
            const ShrinkHooks& hooks)
      : least_(std::move(scenario)),
        rule_(std::move(rule)),
        options_(options),
        hooks_(hooks),
        workers_(options.jobs, options.bounds.wall_max) {}

  Result<Shrunk> run() {
    Shrunk shrunk;
    shrunk.faults_before = faults().size();
    if (!fails_first({least_})) {
      return fail(stopped_ ? "stopped before it was known whether it breaks " + rule_
                           : "it does not break " + rule_ + " any more");
    }
    drop_faults();
    for (int round = 0; round < kRounds && !stopped_; ++round) {
      const std::uint64_t before = kept_;
      keep_all([](const Value& scenario) { return reductions(scenario); });
      keep_all([](const Value& scenario) { return milder_faults(scenario); });
      drop_faults();
      if (kept_ == before) {
        break;
      }
    }
    if (Value* found = least_.member("found")) {
      found->set("first", std::string_view(violation_.first));
    }
    shrunk.scenario = scenarios::pretty_text(least_) + "\n";
    shrunk.violation = violation_;
    shrunk.tries = tries_;
    shrunk.faults_after = faults().size();
    shrunk.finished = !stopped_;
    return shrunk;
  }

 private:
  [[nodiscard]] List faults() const {
    const Value* list = least_.member("faults");
    return list && list->get<List>() ? *list->get<List>() : List{};
  }
  [[nodiscard]] Value with(List faults) const {
    Value scenario = least_;
    scenario.set("faults", Value(Value::Data(std::move(faults))));
    return scenario;
  }

  /// Delta debugging: the list without ever smaller parts of it, until it can lose no single one.
  void drop_faults() {
    std::size_t parts = 2;
    while (faults().size() >= 1 && !stopped_) {
      const List all = faults();
      parts = std::min(parts, all.size());
      std::vector<Value> candidates;
      for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t from = part * all.size() / parts;
        const std::size_t to = (part + 1) * all.size() / parts;
        List rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from));
        rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(to), all.end());
        candidates.push_back(with(std::move(rest)));
      }
      if (const auto failing = fails_first(candidates)) {
        keep(candidates[*failing]);
        parts = std::max<std::size_t>(parts - 1, 2);
      } else if (parts == all.size()) {
        return;
      } else {
        parts *= 2;
      }
    }
  }

  /// Takes every candidate that still fails, one after the other: what was refused is not tried
  /// again in this round.
  template <class Candidates>
  void keep_all(Candidates&& of) {
    std::size_t next = 0;
    while (!stopped_) {
      std::vector<Value> candidates = of(least_);
      candidates.erase(
          candidates.begin(),
          candidates.begin() + static_cast<std::ptrdiff_t>(std::min(next, candidates.size())));
      const auto failing = fails_first(candidates);
      if (!failing) {
        return;
      }
      keep(candidates[*failing]);
      next += *failing;
    }
  }

  void keep(Value scenario) {
    least_ = std::move(scenario);
    ++kept_;
  }

  /// The first of the candidates that breaks the rule; those beside it may be run for nothing.
  std::optional<std::size_t> fails_first(const std::vector<Value>& candidates) {
    std::vector<std::optional<Outcome>> outcomes(candidates.size());
    std::size_t begun = 0;
    for (std::size_t known = 0; known < candidates.size() && !stopped_;) {
      if (begun < candidates.size() && workers_.has_room()) {
        begin(begun, candidates[begun]);
        ++begun;
        continue;
      }
      const std::optional<Workers::Answer> answer = workers_.next(hooks_.give_up);
      if (!answer) {
        stopped_ = true;
        return std::nullopt;
      }
      outcomes[answer->task] = outcome_of(*answer);
      for (; known < outcomes.size() && outcomes[known]; ++known) {
        if (breaks_the_rule(*outcomes[known])) {
          workers_.forget_all();
          return known;
        }
      }
    }
    return std::nullopt;
  }

  void begin(std::size_t index, const Value& candidate) {
    workers_.start(index,
                   [&] { return run_trial(scenarios::pretty_text(candidate), options_.bounds); });
    ++tries_;
    stopped_ = stopped_ || tries_ >= options_.tries_max;
    hooks_.progress(tries_, faults().size());
  }

  bool breaks_the_rule(const Outcome& outcome) {
    const auto it = std::ranges::find(outcome.violations, rule_, &Violation::rule);
    if (it == outcome.violations.end()) {
      return false;
    }
    violation_ = *it;
    return true;
  }

  Value least_;
  std::string rule_;
  const ShrinkOptions& options_;
  const ShrinkHooks& hooks_;
  Workers workers_;
  Violation violation_;
  std::uint32_t tries_ = 0;
  std::uint64_t kept_ = 0;
  bool stopped_ = false;
};

}  // namespace

Result<Shrunk> shrink(const std::string& scenario, const std::string& rule,
                      const ShrinkOptions& options, const ShrinkHooks& hooks) {
  auto parsed = scenarios::parse_document(scenario, "failure");
  ENSURE(parsed.has_value(), "a scenario that was loaded");
  return Shrinking(std::move(*parsed), rule, options, hooks).run();
}

}  // namespace wavetank::sim
