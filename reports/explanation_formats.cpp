#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/explain.h"
#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/tails.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

std::string observed_sentence(const SloReport& slo) {
  const char* state = !slo.ok ? "is unknown" : *slo.ok ? "holds" : "is broken";
  std::string text = fmt::format("{} {}", slo.expr, state);
  if (slo.observed) {
    text += fmt::format(": {} was {}", slo.what, format_value(*slo.observed, slo.unit));
  }
  return slo.ok || slo.why.empty() ? text : fmt::format("{} ({})", text, slo.why);
}

nlohmann::ordered_json period_json(const RunResult& result, const TailPeriod& period) {
  nlohmann::ordered_json json{{"phase", name(period.phase)}, {"fault", nullptr}};
  if (period.fault && *period.fault < result.faults.size()) {
    json["fault"] = *period.fault;
  }
  return json;
}

}  // namespace

std::string explanation_text(const Explanation& explanation, const std::string& where,
                             const Style& style) {
  const auto show = [&](std::string_view text) { return printable(text, style.ascii); };
  std::string out;
  if (explanation.slo != nullptr) {
    out += show(observed_sentence(*explanation.slo)) + "\n";
  }
  if (explanation.slo == nullptr || explanation.tail == nullptr) {
    out += show(explanation.headline) + "\n";
  }
  if (!explanation.causes.empty()) {
    out += fmt::format("\ncauses, by their share of {}\n", show(explanation.shares_of));
    for (const Reason& reason : explanation.causes) {
      out += fmt::format("{:>6}  {}\n", format_percent(reason.share), show(reason.what));
      for (const std::string& detail : reason.details) {
        out += fmt::format("        {}\n", show(detail));
      }
    }
  }
  if (!explanation.facts.empty()) {
    out += "\n";
    for (const std::string& fact : explanation.facts) {
      out += fmt::format("- {}\n", show(fact));
    }
  }
  if (!explanation.next.empty()) {
    out += fmt::format("\nnext:   wavetank replay {} {}\n", show(where), show(explanation.next));
  }
  return out;
}

std::string explanation_json(const RunResult& result, const Explanation& explanation) {
  using Json = nlohmann::ordered_json;
  Json json{{"subject", explanation.subject}, {"objective", nullptr}};
  if (explanation.slo != nullptr) {
    const SloReport& slo = *explanation.slo;
    json["objective"] = {{"expr", slo.expr},
                         {"ok", nullptr},
                         {"observed", nullptr},
                         {"limit", nullptr},
                         {"unit", slo.unit}};
    slo.ok ? json["objective"]["ok"] = *slo.ok : Json();
    slo.observed ? json["objective"]["observed"] = *slo.observed : Json();
    slo.limit ? json["objective"]["limit"] = *slo.limit : Json();
  }
  json["headline"] = explanation.headline;
  json["shares_of"] = explanation.shares_of;
  json["causes"] = Json::array();
  for (std::size_t i = 0; i < explanation.causes.size(); ++i) {
    const Reason& reason = explanation.causes[i];
    Json one{{"share", reason.share}, {"what", reason.what}, {"details", reason.details}};
    if (explanation.tail != nullptr) {
      const TailCause& cause = explanation.tail->causes[i];
      one["leg"] = name(cause.leg);
      one["period"] = period_json(result, cause.period);
      one["records"] = cause.records;
      one["mean_ms"] = cause.mean.seconds() * 1e3;
      one["without_ms"] = cause.without.seconds() * 1e3;
    }
    json["causes"].push_back(std::move(one));
  }
  json["facts"] = explanation.facts;
  json["next"] = explanation.next;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
