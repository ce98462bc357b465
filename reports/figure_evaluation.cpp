#include "reports/figure_evaluation.h"

#include <algorithm>
#include <string_view>

namespace wavetank::reports {

namespace {

bool is_recovery(std::string_view id) {
  return id.find("/recovery-") != std::string_view::npos;
}
bool is_throughput(std::string_view id) {
  return id.ends_with("/broker-throughput");
}

std::optional<double> slowest_recovery(const RunResult& result) {
  std::optional<Duration> longest;
  for (const FaultReport& fault : result.faults) {
    if (fault.kind != "crash") {
      continue;
    }
    if (!fault.recovered) {
      return std::nullopt;
    }
    longest = std::max(longest.value_or(Duration()), *fault.recovered);
  }
  return longest ? std::optional(longest->seconds()) : std::nullopt;
}

/// What was sustained before anything went wrong.
std::optional<double> steady_throughput(const RunResult& result) {
  const RateMetric& rate = result.metrics.throughput_out;
  const std::optional<double> steady = rate.by_phase[static_cast<std::size_t>(Phase::steady)];
  return steady ? steady : result.phases.empty() ? std::nullopt : std::optional(rate.all);
}

}  // namespace

std::optional<double> measured_figure(const scenarios::Figure& figure, const RunResult& result) {
  if (is_recovery(figure.id)) {
    return slowest_recovery(result);
  }
  return is_throughput(figure.id) ? steady_throughput(result) : std::nullopt;
}

FigureReport evaluate(const scenarios::Figure& figure, const FigureMeasurement& measurement,
                      const RunResult& result) {
  FigureReport report;
  report.id = figure.id;
  report.claimed = scenarios::claim(figure);
  report.unit = figure.unit;
  report.why = measurement.why;
  report.knee = measurement.knee;
  report.knee_unit = measurement.knee_unit;
  report.bound_by = measurement.bound_by;
  report.simulated = measurement.simulated || !measurement.why.empty()
                         ? measurement.simulated
                         : measured_figure(figure, result);
  if (result.regime == Regime::adversarial) {
    report.why = "figures of an adversarial run mean nothing";
  } else if (!report.simulated) {
    report.why = report.why.empty() ? "not measured" : report.why;
  } else if ((is_recovery(figure.id) || is_throughput(figure.id)) && result.ledger.lost > 0) {
    report.holds = false;
    report.why = "acknowledged writes were lost";
  } else {
    report.holds = scenarios::holds(figure, *report.simulated);
    if (!report.holds && report.why.empty()) {
      report.why = "reported only";
    }
  }
  return report;
}

}  // namespace wavetank::reports
