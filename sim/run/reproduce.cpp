#include "sim/run/reproduce.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reports/slo_evaluation.h"
#include "sim/run/child_process.h"
#include "sim/run/run.h"

namespace wavetank::sim {

namespace {

using nlohmann::json;
using scenarios::Slo;

// ------------------------------------------------------------------------------- in the child

json to_json(const Result<double>& value) {
  return value ? json{{"value", *value}} : json{{"why", value.error().message}};
}

json to_json(const reports::FigureReport& claim) {
  json made = {
      {"id", claim.id}, {"claimed", claim.claimed}, {"unit", claim.unit}, {"why", claim.why}};
  if (claim.simulated) {
    made["simulated"] = *claim.simulated;
  }
  if (claim.holds) {
    made["holds"] = *claim.holds;
  }
  return made;
}

/// What spoils a run whatever its figures are.
reports::ExitCode spoiled_by(const reports::RunResult& result) {
  std::vector<reports::ExitCode> codes;
  for (const reports::ExitCode code : result.exit_codes) {
    if (code == reports::ExitCode::invariant_broken || result.partial) {
      codes.push_back(code);
    }
  }
  return reports::most_serious(codes);
}

std::string run_for(const scenarios::Scenario& scenario, const std::vector<Slo>& wanted) {
  json answer = {{"values", json::array()}, {"claims", json::array()}, {"code", 0}};
  RunHooks hooks;
  hooks.concluded = [&](const reports::RunResult& result, const reports::Evidence& evidence) {
    for (const Slo& subject : wanted) {
      answer["values"].push_back(to_json(reports::measure_one(subject, result, evidence)));
    }
    for (const reports::FigureReport& claim : result.figures) {
      answer["claims"].push_back(to_json(claim));
    }
    answer["code"] = static_cast<int>(spoiled_by(result));
  };
  const Result<reports::RunResult> result = run(scenario, hooks, !scenario.knees.empty());
  if (!result) {
    answer["failure"] = result.error().message;
  }
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

// ------------------------------------------------------------------------------- in the parent

/// A scenario's run, before and after.
struct Part {
  const NamedScenario* scenario = nullptr;
  std::vector<Slo> wanted;
  std::unique_ptr<ChildProcess> child;
  json answer;

  [[nodiscard]] bool is_needed() const {
    return !wanted.empty() || !scenario->scenario.figures.empty();
  }
};

class Reproducing {
 public:
  explicit Reproducing(const std::vector<NamedScenario>& scenarios) {
    for (const NamedScenario& it : scenarios) {
      parts_.push_back({&it, {}, nullptr, {}});
    }
    for (Part& part : parts_) {
      for (const scenarios::Expectation& expected : part.scenario->scenario.expect) {
        want(part, expected.value);
        if (expected.divisor) {
          want(part, *expected.divisor);
        }
      }
    }
  }

  void run(std::size_t jobs, const std::function<void(const NamedScenario&)>& begins,
           const std::function<bool()>& give_up) {
    std::deque<Part*> running;
    for (Part& part : parts_) {
      if (!part.is_needed()) {
        continue;
      }
      if (running.size() == jobs) {
        finish(*running.front(), give_up);
        running.pop_front();
      }
      if (give_up()) {
        break;
      }
      begins(*part.scenario);
      part.child = std::make_unique<ChildProcess>(
          [&part] { return run_for(part.scenario->scenario, part.wanted); });
      running.push_back(&part);
    }
    for (Part* part : running) {
      finish(*part, give_up);
    }
  }

  Reproduction conclude() const {
    Reproduction done;
    for (const Part& part : parts_) {
      for (const scenarios::Expectation& expected : part.scenario->scenario.expect) {
        done.rows.push_back(reports::compare(expected, simulated(part, expected)));
      }
      if (!part.answer.is_object()) {
        continue;
      }
      for (const json& claim : part.answer["claims"]) {
        done.rows.push_back(reports::compare(claim_from(claim)));
      }
      done.codes.push_back(static_cast<reports::ExitCode>(part.answer["code"].get<int>()));
    }
    return done;
  }

 private:
  Part* part_of(const Part& own, const scenarios::Measured& measured) {
    return const_cast<Part*>(std::as_const(*this).part_of(own, measured));
  }
  const Part* part_of(const Part& own, const scenarios::Measured& measured) const {
    const std::string& name = measured.scenario.empty() ? own.scenario->name : measured.scenario;
    const auto found =
        std::ranges::find(parts_, name, [](const Part& part) { return part.scenario->name; });
    return found == parts_.end() ? nullptr : &*found;
  }

  void want(const Part& own, const scenarios::Measured& measured) {
    if (Part* part = part_of(own, measured)) {
      part->wanted.push_back(measured.subject);
    }
  }

  static void finish(Part& part, const std::function<bool()>& give_up) {
    const std::optional<std::string> text = part.child->wait(give_up);
    part.child.reset();
    part.answer = text ? json::parse(*text, nullptr, false) : json();
  }

  Result<double> value_of(const Part& own, const scenarios::Measured& measured) const {
    const Part* part = part_of(own, measured);
    if (part == nullptr) {
      return fail(fmt::format("there is no scenario \"{}\" among the files", measured.scenario));
    }
    if (!part->answer.is_object()) {
      return fail("its run did not come to an end");
    }
    if (part->answer.contains("failure")) {
      return fail(part->answer["failure"].get<std::string>());
    }
    const auto at = std::ranges::find(part->wanted, measured.subject.text, &Slo::text);
    const json& value = part->answer["values"][static_cast<std::size_t>(at - part->wanted.begin())];
    return value.contains("value") ? Result<double>(value["value"].get<double>())
                                   : fail(value["why"].get<std::string>());
  }

  Result<double> simulated(const Part& own, const scenarios::Expectation& expected) const {
    Result<double> value = value_of(own, expected.value);
    if (!value || !expected.divisor) {
      return value;
    }
    const Result<double> divisor = value_of(own, *expected.divisor);
    if (!divisor) {
      return divisor;
    }
    return *divisor == 0 ? Result<double>(fail("the divisor is zero")) : *value / *divisor;
  }

  static reports::FigureReport claim_from(const json& claim) {
    reports::FigureReport report;
    report.id = claim["id"];
    report.claimed = claim["claimed"];
    report.unit = claim["unit"];
    report.why = claim["why"];
    if (claim.contains("simulated")) {
      report.simulated = claim["simulated"].get<double>();
    }
    if (claim.contains("holds")) {
      report.holds = claim["holds"].get<bool>();
    }
    return report;
  }

  std::vector<Part> parts_;
};

}  // namespace

Reproduction reproduce(const std::vector<NamedScenario>& scenarios, std::size_t jobs,
                       const std::function<void(const NamedScenario&)>& begins,
                       const std::function<bool()>& give_up) {
  Reproducing it(scenarios);
  it.run(jobs, begins, give_up);
  return it.conclude();
}

}  // namespace wavetank::sim
