#include "reports/gate/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "reports/comparison.h"
#include "reports/format_units.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

/// Figures of one run that its check spells out; the others are counted.
constexpr std::size_t kMostSpelledOut = 5;

constexpr const char* kAsMeant = "as the scenario is meant to show";

void look_at_invariants(const RunResult& result, GatedRun& run) {
  for (const InvariantReport& it : result.invariants) {
    const bool meant = is_meant(result, it);
    run.checks.push_back({"invariant " + it.name, it.verdict == Verdict::pass || meant,
                          meant                            ? kAsMeant
                          : it.verdict == Verdict::fail    ? it.first.value_or("broken")
                          : it.verdict == Verdict::unknown ? "too little evidence"
                                                           : ""});
  }
  if (!balances(result.ledger)) {
    run.checks.push_back({"ledger", false, "the ledger does not balance"});
  } else if (result.ledger.lost > 0) {
    const bool meant = is_loss_meant(result);
    run.checks.push_back(
        {"ledger", meant,
         meant ? kAsMeant : fmt::format("{} acknowledged records are gone", result.ledger.lost)});
  } else {
    run.checks.push_back({"ledger", true, ""});
  }
}

void look_at_objectives(const RunResult& result, GatedRun& run) {
  for (const SloReport& it : result.slos) {
    const bool meant = is_meant(result, it);
    GateCheck check{"objective " + it.expr, it.ok.value_or(false) || meant, ""};
    if (meant) {
      check.detail = kAsMeant;
    } else if (!it.ok) {
      check.detail = "unknown: " + it.why;
    } else if (!*it.ok && it.observed) {
      check.detail = fmt::format("{} was {}", it.what, format_value(*it.observed, it.unit));
    }
    run.checks.push_back(std::move(check));
  }
}

/// Claims of papers that the scenario reproduces; what cannot be known here is told and not held
/// against it.
ExitCode look_at_figures(const RunResult& result, GatedRun& run) {
  ExitCode code = ExitCode::ok;
  for (const FigureReport& it : result.figures) {
    GateCheck check{"figure " + it.id, it.holds.value_or(true), ""};
    if (!check.ok) {
      check.detail = fmt::format("claimed {}: {}", it.claimed, figure_text(it));
      code = ExitCode::slo_violated;
    }
    run.checks.push_back(std::move(check));
  }
  return code;
}

void look_at_what_is_meant(const RunResult& result, GatedRun& run) {
  if (result.meant_to_fail) {
    const std::vector<std::string> absent = absent_failures(result);
    run.checks.push_back(
        {"meant to fail", absent.empty(), fmt::format("{}", fmt::join(absent, "; "))});
  }
}

// ------------------------------------------------------------------------------- the baseline

/// One figure beside the baseline's.
struct Beside {
  const BaselineFigure* then = nullptr;
  std::optional<Quantity> now;  ///< missing: this run does not have it
  bool worse = false;           ///< by more than may be

  [[nodiscard]] bool changed() const { return !now || as_kept(now->value) != then->value; }
  [[nodiscard]] double relative() const {
    return !now || then->value == 0 ? 0.0 : (now->value - then->value) / std::abs(then->value);
  }
};

/// Worse than the baseline's and than the worst of its seeds, by more than may be. What was zero
/// may not become anything worse. A time or a rate that is gone is one that never came: of a fault
/// from which nobody recovered.
bool is_worse(const BaselineFigure& then, const std::optional<Quantity>& now, double tolerance) {
  if (!then.worst) {
    return false;
  }
  if (!now) {
    return then.unit == "s" || (then.unit == "records/s" && then.value > 0);
  }
  const bool higher = now->better == Better::higher;
  const double worst =
      higher ? std::min(then.value, *then.worst) : std::max(then.value, *then.worst);
  const double room = tolerance * std::abs(worst);
  return higher ? now->value < worst - room : now->value > worst + room;
}

std::vector<Beside> side_by_side(const Baseline& baseline, const RunResult& result,
                                 double tolerance) {
  const std::vector<Quantity> now = quantities(result);
  std::vector<Beside> figures;
  for (const BaselineFigure& then : baseline.figures) {
    const auto found = std::ranges::find(now, then.name, &Quantity::name);
    Beside beside{&then, found == now.end() ? std::nullopt : std::optional(*found), false};
    beside.worse = is_worse(then, beside.now, tolerance);
    figures.push_back(std::move(beside));
  }
  return figures;
}

std::string spelled_out(const Beside& it) {
  const std::string then = format_value(it.then->value, it.then->unit);
  if (!it.now) {
    return fmt::format("{} was {} and is missing", it.then->name, then);
  }
  const std::string seeds =
      it.then->worst && *it.then->worst != it.then->value
          ? fmt::format(", at worst {}", format_value(*it.then->worst, it.then->unit))
          : "";
  return fmt::format("{} {} against {}{}{}", it.then->name,
                     format_value(it.now->value, it.then->unit), then, seeds,
                     it.then->value == 0 ? "" : " (" + format_margin(it.relative()) + ")");
}

/// The worst first, as far as there is room.
std::string spelled_out(const std::vector<Beside>& worse) {
  std::string text;
  for (std::size_t i = 0; i < std::min(worse.size(), kMostSpelledOut); ++i) {
    text += (i == 0 ? "" : "; ") + spelled_out(worse[i]);
  }
  return worse.size() <= kMostSpelledOut
             ? text
             : text + fmt::format("; and {} more", worse.size() - kMostSpelledOut);
}

/// Of a run that may pass: that it is identical, or how far it is from that.
std::string nearness(const std::vector<Beside>& figures, bool same_events, double tolerance) {
  const auto changed = static_cast<std::size_t>(std::ranges::count_if(figures, &Beside::changed));
  if (changed == 0) {
    return same_events ? "identical" : "the same figures, of other events";
  }
  const auto most = std::ranges::max_element(
      figures, {}, [](const Beside& it) { return std::abs(it.relative()); });
  return fmt::format("no figure is worse by more than {}; {} of {} differ, most of all {}",
                     format_percent(tolerance), changed, figures.size(), spelled_out(*most));
}

/// Of what no baseline can be held against, for it did not come then.
std::string appeared(const std::vector<std::string>& names) {
  return names.empty()
             ? ""
             : fmt::format("; not judged, for the baseline lacks {}: {}{}",
                           names.size() == 1 ? "it" : "them", names.front(),
                           names.size() == 1 ? "" : fmt::format(" and {} more", names.size() - 1));
}

GateCheck against(const RunResult& result, const GateReference& reference, ExitCode& code) {
  GateCheck check{"baseline", false, reference.missing, true};
  code = ExitCode::baseline_not_comparable;
  if (reference.baseline == nullptr) {
    return check;
  }
  const Baseline& baseline = *reference.baseline;
  if (!comparable(result, baseline) || baseline.seed != result.provenance.seed) {
    check.detail = comparable(result, baseline) ? "the baseline is of another seed"
                                                : "the baseline is of another scenario";
    return check;
  }
  check.detail = gap(baseline, result);
  if (!check.detail.empty()) {
    return check;
  }
  check.is_trouble = false;
  const std::vector<Beside> figures = side_by_side(baseline, result, reference.tolerance);
  std::vector<Beside> worse;
  std::ranges::copy_if(figures, std::back_inserter(worse), &Beside::worse);
  check.ok = worse.empty();
  code = check.ok ? ExitCode::ok : ExitCode::regression;
  check.detail = check.ok ? nearness(figures, same_events(baseline, result), reference.tolerance) +
                                appeared(lacking(baseline, result))
                          : spelled_out(worse);
  return check;
}

}  // namespace

GatedRun gate(const std::string& name, const std::string& file, const RunResult& result,
              const GateReference& reference) {
  GatedRun run{name, file, ExitCode::ok, {}};
  look_at_invariants(result, run);
  look_at_objectives(result, run);
  look_at_what_is_meant(result, run);
  std::vector<ExitCode> codes = codes_beyond_meant(result);
  codes.push_back(look_at_figures(result, run));
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
  return {name, file, code, {{"run", false, why, true}}};
}

void soften(std::vector<GatedRun>& runs) {
  for (GatedRun& run : runs) {
    // A baseline that is missing is less serious than an objective, and hides behind it.
    const bool is_judged = std::ranges::none_of(
        run.checks, [](const GateCheck& check) { return !check.ok && check.is_trouble; });
    const bool is_of_figures =
        run.code == ExitCode::regression || run.code == ExitCode::slo_violated;
    run.is_let_pass = is_of_figures && is_judged;
  }
}

ExitCode gate_code(const std::vector<GatedRun>& runs) {
  std::vector<ExitCode> codes;
  for (const GatedRun& run : runs) {
    codes.push_back(run.is_let_pass ? ExitCode::ok : run.code);
  }
  return most_serious(codes);
}

}  // namespace wavetank::reports
