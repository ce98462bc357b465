#include "scenarios/adversary/plan.h"

#include <fmt/format.h>

#include "engine/base/ensure.h"
#include "scenarios/adversary/faults.h"
#include "scenarios/adversary/knobs.h"
#include "scenarios/load.h"

namespace wavetank::scenarios {

namespace {

/// Until everything has settled after the load: far more than any plan needs.
constexpr const char* kDrain = "60s";
/// Of brokers that have ended themselves over a failing disk.
constexpr const char* kSupervisor = "300ms";

}  // namespace

Plan draw_plan(const Scenario& base, std::uint64_t seed, const PlanOptions& options) {
  ENSURE(options.faults_max >= 1 && options.faults_max <= kPlannedFaultsMax, "a bounded plan");
  auto parsed = parse_document(base.effective_json, base.source);
  ENSURE(parsed.has_value(), "the loader's own text");
  Value& document = *parsed;
  for (const char* judged_elsewhere :
       {"slos", "meant_to_fail", "figures", "paper", "knees", "expect", "$schema"}) {
    document.erase(judged_elsewhere);
  }
  document.set("regime", "adversarial");
  document.set("seed", Value(Value::Data(static_cast<std::int64_t>(seed))));
  document.set("drain", kDrain);
  if (!base.log.brokers.hosts.empty()) {
    set_at(document, "/services/log/restart_after", kSupervisor);
  }
  fit_for_the_hunt(base, document);
  Random knobs(seed, "hunt/knobs");
  turn_knobs(base, knobs, document);
  document.erase("faults");
  const Loaded fitted = load_text(pretty_text(document), base.source);
  ENSURE(fitted.scenario.has_value(), "knobs leave a scenario legal");
  Random misfortune(seed, "hunt/faults");
  List faults = draw_faults(*fitted.scenario, Ground(*fitted.scenario), misfortune, options);
  const auto count = static_cast<std::uint32_t>(faults.size());
  document.set("faults", Value(Value::Data(std::move(faults))));
  return {pretty_text(document), count};
}

}  // namespace wavetank::scenarios
