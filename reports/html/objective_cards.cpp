#include <algorithm>
#include <cmath>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/scale.h"
#include "reports/summary_parts.h"

namespace wavetank::reports::html {

namespace {

/// The limit stands here on the bullet bar, so that there is room beyond it.
constexpr double kLimitAt = 70;
constexpr double kBarWidth = 100;

const char* state(const SloReport& slo) {
  return !slo.ok ? "unknown" : *slo.ok ? "pass" : "fail";
}
const char* mark(const SloReport& slo) {
  return !slo.ok ? "?" : *slo.ok ? "✓" : "✗";
}

/// The observed value as a bar, the limit as a mark across it.
Markup bullet_bar(const SloReport& slo) {
  if (!slo.observed || !slo.limit || !(*slo.limit > 0) || !std::isfinite(*slo.observed)) {
    return {};
  }
  const double filled = std::clamp(*slo.observed / *slo.limit * kLimitAt, 0.5, kBarWidth);
  return markup(
      "<svg class=\"bullet\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><rect class=\"track\" width=\"100\" height=\"8\"/>"
      "<rect class=\"fill\" y=\"2\" width=\"{:.1f}\" height=\"4\"/>"
      "<rect class=\"limit\" x=\"{}\" width=\"0.8\" height=\"8\"/></svg>",
      filled, kLimitAt);
}

/// When it did not hold, over the time of the run.
Markup breach_strip(const SloReport& slo, const RunResult& result) {
  if (slo.breaches.empty() || result.ended_at <= Time()) {
    return {};
  }
  const Scale x = Scale::linear({0, result.ended_at.seconds()}, {0, 100});
  Markup spans;
  for (const Span& breach : slo.breaches) {
    const double from = x(breach.from.seconds());
    const double to = x(breach.to.seconds());
    spans += markup("<rect x=\"{:.2f}\" width=\"{:.2f}\" height=\"6\"/>", from,
                    std::max(to - from, 0.5));
  }
  return markup(
      "<svg class=\"breaches\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" role=\"img\">"
      "<title>violated from {}</title><rect class=\"track\" width=\"100\" height=\"6\"/>{}</svg>",
      when_or_why(slo), spans);
}

Markup limit_and_margin(const SloReport& slo) {
  Markup parts;
  if (slo.limit) {
    parts += markup("limit {}", format_value(*slo.limit, slo.unit));
  }
  if (slo.margin) {
    parts += markup(" · margin {}", margin_text(slo));
  }
  return parts;
}

/// What the baseline's run observed of the same objective.
Markup then(const SloReport& slo, const RunResult* baseline) {
  if (baseline == nullptr) {
    return {};
  }
  const auto same = std::ranges::find(baseline->slos, slo.expr, &SloReport::expr);
  if (same == baseline->slos.end() || !same->observed || !slo.observed) {
    return {};
  }
  const std::string change =
      *same->observed != 0
          ? format_margin((*slo.observed - *same->observed) / std::abs(*same->observed))
          : "";
  return markup("<p class=\"faint\">baseline {} {}</p>", observed_text(*same), change);
}

Markup card(const SloReport& slo, const RunResult& result, const RunResult* baseline) {
  const std::string when = when_or_why(slo);
  const char* before = slo.ok == false && !slo.breaches.empty() ? "from " : "";
  return markup(
      "<li class=\"card {}\"><p class=\"objective\"><span class=\"mark\" aria-hidden=\"true\">{}"
      "</span> <code>{}</code></p>\n<p class=\"observed\">{}</p>\n{}<p class=\"faint\">{}</p>{}{}"
      "<p class=\"when\">{}{}</p></li>\n",
      state(slo), mark(slo), slo.expr, observed_text(slo), bullet_bar(slo), limit_and_margin(slo),
      then(slo, baseline), breach_strip(slo, result), when.empty() ? "" : before, when);
}

}  // namespace

Markup objective_cards(const RunResult& result, const RunResult* baseline) {
  if (result.slos.empty()) {
    return {};
  }
  const std::vector<SloReport> slos = worst_first(result.slos);
  const std::size_t shown = std::min(slos.size(), kMostCards);
  Markup cards;
  for (std::size_t i = 0; i < shown; ++i) {
    cards += card(slos[i], result, baseline);
  }
  return markup("<section>\n<h2>Objectives</h2>\n<ul class=\"cards\">\n{}</ul>\n{}</section>\n",
                cards, left_out(slos.size() - shown));
}

}  // namespace wavetank::reports::html
