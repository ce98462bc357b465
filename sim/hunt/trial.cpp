#include "sim/hunt/trial.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>

#include "engine/base/ensure.h"
#include "sim/check/rules.h"
#include "sim/hunt/coverage.h"
#include "sim/run/run.h"

namespace wavetank::sim {

namespace {

using nlohmann::json;
using reports::RunResult;

/// Whether every record is meant to be read: one that nobody reads is under way for good. Of a
/// compacted topic only the last of each key is; and a short retention may be shorter than a pause.
bool all_is_read(const scenarios::Scenario& scenario) {
  return std::ranges::all_of(scenario.workloads, [&](const scenarios::Workload& workload) {
    const log::TopicConfig& topic = scenario.log.topics[workload.topic_index];
    return !topic.compacts() && topic.retention >= scenario.duration &&
           std::ranges::any_of(scenario.consumers, [&](const scenarios::ConsumerGroup& group) {
             return std::ranges::find(group.topic_indices, workload.topic_index) !=
                    group.topic_indices.end();
           });
  });
}

std::vector<Violation> violations_of(const scenarios::Scenario& scenario, const RunResult& result,
                                     bool safety_only) {
  std::vector<Violation> found;
  for (const reports::InvariantReport& rule : result.invariants) {
    if (rule.verdict == reports::Verdict::fail &&
        (!safety_only || find_rule(rule.name)->whatever_is_lost)) {
      found.push_back({rule.name, rule.first.value_or("")});
    }
  }
  if (!safety_only && !result.partial && result.ledger.in_flight > 0 && all_is_read(scenario)) {
    found.push_back({kSettlesRule, fmt::format("{} records or requests still wait at the end",
                                               result.ledger.in_flight)});
  }
  return found;
}

Outcome judged(const scenarios::Scenario& scenario, const RunResult& result, bool safety_only) {
  Outcome outcome;
  outcome.digest = result.provenance.digest;
  outcome.simulated_s = (result.ended_at - Time()).seconds();
  outcome.violations = violations_of(scenario, result, safety_only);
  // Not those that found nothing to look at. Nor a fault whose event never came: it has changed
  // nothing, and the others were judged all the same.
  const auto unknown = std::ranges::find_if(result.invariants, [](const auto& rule) {
    return rule.verdict == reports::Verdict::unknown && rule.first && rule.name != "faults/struck";
  });
  if (!outcome.violations.empty()) {
    outcome.end = TrialEnd::broken;
  } else if (result.partial) {
    outcome.end = TrialEnd::out_of_budget;
    outcome.why = result.partial->reason;
  } else if (unknown != result.invariants.end()) {
    outcome.end = TrialEnd::unjudged;
    outcome.why = unknown->name + ": " + unknown->first.value_or("");
  }
  return outcome;
}

Outcome broken(const char* rule, std::string first) {
  Outcome outcome;
  outcome.end = TrialEnd::broken;
  outcome.violations.push_back({rule, std::move(first)});
  return outcome;
}

Outcome ended(TrialEnd end, std::string why) {
  Outcome outcome;
  outcome.end = end;
  outcome.why = std::move(why);
  return outcome;
}

Outcome tried(const std::string& text, const TrialBounds& bounds) {
  const rlimit memory{bounds.memory_max_bytes, bounds.memory_max_bytes};
  setrlimit(RLIMIT_AS, &memory);
  try {
    const scenarios::Loaded loaded = scenarios::load_text(text, "plan");
    if (!loaded.scenario) {
      return ended(TrialEnd::invalid, loaded.diagnostics.empty()
                                          ? "it cannot be read"
                                          : loaded.diagnostics.front().message);
    }
    RunHooks hooks;
    hooks.events_max = bounds.events_max;
    const Result<RunResult> result = run(*loaded.scenario, hooks);
    return result ? judged(*loaded.scenario, *result, bounds.safety_only)
                  : ended(TrialEnd::invalid, result.error().message);
  } catch (const std::bad_alloc&) {
    return ended(TrialEnd::out_of_budget,
                 fmt::format("more than {} MiB of memory", bounds.memory_max_bytes >> 20));
  } catch (const EnsureFailure& failure) {
    return broken(kDefectRule, failure.what());
  }
}

}  // namespace

std::string run_trial(const std::string& text, const TrialBounds& bounds) {
  const Outcome outcome = tried(text, bounds);
  json out{{"end", static_cast<int>(outcome.end)},
           {"why", outcome.why},
           {"digest", outcome.digest},
           {"simulated_s", outcome.simulated_s},
           {"marks", marks_reached()},
           {"violations", json::array()}};
  for (const Violation& violation : outcome.violations) {
    out["violations"].push_back({{"rule", violation.rule}, {"first", violation.first}});
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Outcome outcome_of(const Workers::Answer& answer) {
  if (answer.took_too_long) {
    return ended(TrialEnd::out_of_budget, "it took too long");
  }
  const json in = answer.text ? json::parse(*answer.text, nullptr, false) : json();
  if (!in.is_object()) {
    return broken(kDefectRule, "the process died");
  }
  Outcome outcome = ended(static_cast<TrialEnd>(in["end"].get<int>()), in["why"]);
  outcome.digest = in["digest"];
  outcome.simulated_s = in["simulated_s"];
  outcome.marks = in["marks"].get<std::vector<std::string>>();
  for (const json& violation : in["violations"]) {
    outcome.violations.push_back({violation["rule"], violation["first"]});
  }
  return outcome;
}

}  // namespace wavetank::sim
