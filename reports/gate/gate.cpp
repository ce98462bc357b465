#include "reports/gate/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/comparison.h"
#include "reports/format_units.h"
#include "reports/slo_evaluation.h"

namespace wavetank::reports {

namespace {

/// Changes of one run that its check spells out; the others are counted.
constexpr std::size_t kMostSpelledOut = 5;

void look_at_invariants(const RunResult& result, GatedRun& run) {
  for (const InvariantReport& it : result.invariants) {
    run.checks.push_back({"invariant " + it.name, it.verdict == Verdict::pass,
                          it.verdict == Verdict::fail      ? it.first.value_or("broken")
                          : it.verdict == Verdict::unknown ? "too little evidence"
                                                           : ""});
  }
  run.checks.push_back({"ledger", balances(result.ledger) && result.ledger.lost == 0,
                        balances(result.ledger)
                            ? fmt::format("{} acknowledged records are gone", result.ledger.lost)
                            : "the ledger does not balance"});
  if (run.checks.back().ok) {
    run.checks.back().detail.clear();
  }
}

void look_at_objectives(const RunResult& result, GatedRun& run) {
  for (const SloReport& it : result.slos) {
    GateCheck check{"objective " + it.expr, it.ok.value_or(false), ""};
    if (!it.ok) {
      check.detail = "unknown: " + it.why;
    } else if (!*it.ok && it.observed) {
      check.detail = fmt::format("{} was {}", it.what, format_value(*it.observed, it.unit));
    }
    run.checks.push_back(std::move(check));
  }
}

std::string spelled_out(const Change& change) {
  const std::optional<double> relative = change.relative();
  return fmt::format("{} {} against {}{}", change.name, format_value(*change.changed, change.unit),
                     format_value(*change.base, change.unit),
                     relative ? " (" + format_margin(*relative) + ")" : "");
}

/// Worse by more than may be. A number that was zero may not become anything worse.
bool is_regression(const Change& change, double tolerance) {
  const std::optional<double> relative = change.relative();
  return change.effect == Effect::worse && (!relative || std::abs(*relative) > tolerance);
}

GateCheck against(const RunResult& result, const GateReference& reference, ExitCode& code) {
  GateCheck check{"baseline", false, reference.missing};
  code = ExitCode::baseline_not_comparable;
  if (reference.baseline == nullptr) {
    return check;
  }
  const Comparison comparison = compare(*reference.baseline, result);
  if (!comparison.same_scenario || !comparison.same_seed) {
    check.detail = comparison.same_scenario ? "the baseline is of another seed"
                                            : "the baseline is of another scenario";
    return check;
  }
  std::vector<Change> worse;
  std::ranges::copy_if(comparison.changes, std::back_inserter(worse), [&](const Change& change) {
    return is_regression(change, reference.tolerance);
  });
  check.ok = worse.empty();
  code = check.ok ? ExitCode::ok : ExitCode::regression;
  if (check.ok && comparison.identical) {
    check.detail = "identical";
  } else if (check.ok) {
    check.detail =
        fmt::format("no number is worse by more than {}", format_percent(reference.tolerance));
  } else {
    check.detail.clear();
    for (std::size_t i = 0; i < std::min(worse.size(), kMostSpelledOut); ++i) {
      check.detail += (i == 0 ? "" : "; ") + spelled_out(worse[i]);
    }
    if (worse.size() > kMostSpelledOut) {
      check.detail += fmt::format("; and {} more", worse.size() - kMostSpelledOut);
    }
  }
  if (!comparison.identical && comparison.differs_from) {
    check.detail += fmt::format("; differs from {} on", format_time(*comparison.differs_from));
  }
  return check;
}

}  // namespace

GatedRun gate(const std::string& name, const std::string& file, const RunResult& result,
              const GateReference& reference) {
  GatedRun run{name, file, ExitCode::ok, {}};
  look_at_invariants(result, run);
  look_at_objectives(result, run);
  std::vector<ExitCode> codes = result.exit_codes;
  if (reference.wanted) {
    ExitCode code = ExitCode::ok;
    run.checks.push_back(against(result, reference, code));
    codes.push_back(code);
  }
  run.code = most_serious(codes);
  return run;
}

GatedRun gate_nothing(const std::string& name, const std::string& file, ExitCode code,
                      const std::string& why) {
  return {name, file, code, {{"run", false, why}}};
}

ExitCode gate_code(const std::vector<GatedRun>& runs) {
  std::vector<ExitCode> codes;
  for (const GatedRun& run : runs) {
    codes.push_back(run.code);
  }
  return most_serious(codes);
}

}  // namespace wavetank::reports
