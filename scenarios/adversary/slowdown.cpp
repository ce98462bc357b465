#include "scenarios/adversary/slowdown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/ensure.h"
#include "scenarios/document.h"
#include "scenarios/in_use.h"
#include "scenarios/load.h"

namespace wavetank::scenarios {

namespace {

constexpr double kTimesSlower = 10;
constexpr const char* kLate = "50ms";

std::optional<Scenario> with_fault(const Scenario& scenario, Value fault) {
  auto document = parse_document(scenario.effective_json, scenario.source);
  ENSURE(document.has_value(), "the loader's own text");
  List faults;
  if (const Value* own = document->member("faults")) {
    faults = *own->get<List>();
  }
  faults.push_back(std::move(fault));
  document->set("faults", Value(Value::Data(std::move(faults))));
  Loaded loaded = load_text(pretty_text(*document), scenario.source);
  return std::move(loaded.scenario);
}

}  // namespace

std::optional<Scenario> slowed_down(const Scenario& scenario) {
  std::vector<std::string_view> names;
  for (std::uint32_t host = 0; host < scenario.cluster.hosts.size(); ++host) {
    if (runs_something(scenario, host)) {
      names.push_back(scenario.cluster.hosts[host].name);
    }
  }
  const auto everywhere = [&](const char* verb, const char* key, Value how_much) {
    Value fault{Value::Data(Members{})};
    fault.set("at", fmt::format("{}ms", scenario.warmup.ns() / 1'000'000));
    fault.set(verb, fmt::format("{}", fmt::join(names, ", ")));
    fault.set(key, std::move(how_much));
    return with_fault(scenario, std::move(fault));
  };
  std::optional<Scenario> slow = everywhere("slow_cpu", "factor", Value(Value::Data(kTimesSlower)));
  return slow ? std::move(slow) : everywhere("delay", "by", kLate);
}

}  // namespace wavetank::scenarios
