#include "sim/hunt/failure.h"

#include <fmt/format.h>

#include "engine/base/ensure.h"
#include "reports/program_version.h"
#include "scenarios/document.h"

namespace wavetank::sim {

using scenarios::Members;
using scenarios::Value;

std::string failure_file(const std::string& plan, const Origin& origin) {
  auto parsed = scenarios::parse_document(plan, "plan");
  ENSURE(parsed.has_value(), "a plan is a scenario file");
  Value found{Value::Data(Members{})};
  found.set("rule", std::string_view(origin.violation.rule));
  found.set("first", std::string_view(origin.violation.first));
  found.set("seed", Value(Value::Data(static_cast<std::int64_t>(origin.seed))));
  found.set("unlimited", Value(Value::Data(origin.unlimited)));
  found.set("scenario", std::string_view(origin.scenario_sha256));
  found.set("program", reports::program_version());
  parsed->set("found", std::move(found));
  return scenarios::pretty_text(*parsed) + "\n";
}

Status is_ours(const scenarios::Scenario& failure) {
  if (!failure.found) {
    return fail(
        "it has no \"found\", so nothing says which rule it breaks: give a file that "
        "`wavetank hunt` wrote");
  }
  if (failure.found->program != reports::program_version()) {
    return fail(
        fmt::format("it was found by version {} of the program, and this is version {}: "
                    "the same events may not come again; hunt anew",
                    failure.found->program, reports::program_version()));
  }
  return {};
}

}  // namespace wavetank::sim
