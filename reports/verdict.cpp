#include "reports/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/suggest.h"
#include "reports/format_units.h"

namespace wavetank::reports {

namespace {

using scenarios::MeantToFail;

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_excused(const InvariantReport& invariant, const MeantToFail& meant) {
  return invariant.verdict == Verdict::fail && names(meant.invariants, invariant.name);
}
bool is_excused(const SloReport& slo, const MeantToFail& meant) {
  return slo.ok == false && names(meant.slos, slo.expr);
}
/// What is lost breaks a rule, and is excused with that; a ledger that does not balance never is.
bool is_loss_excused(const RunResult& result, const MeantToFail& meant) {
  return std::ranges::any_of(result.invariants,
                             [&](const InvariantReport& it) { return is_excused(it, meant); });
}

bool is_broken(const RunResult& result, const MeantToFail& excused = {}) {
  return (result.ledger.lost > 0 && !is_loss_excused(result, excused)) ||
         !balances(result.ledger) ||
         std::ranges::any_of(result.invariants, [&](const InvariantReport& invariant) {
           return invariant.verdict == Verdict::fail && !is_excused(invariant, excused);
         });
}

void add_codes(const SloReport& slo, bool had_faults, std::vector<ExitCode>& codes) {
  if (!slo.ok) {
    codes.push_back(slo.against_baseline ? ExitCode::baseline_not_comparable
                                         : ExitCode::experiment_void);
  } else if (!*slo.ok) {
    codes.push_back(ExitCode::slo_violated);
    if (slo.against_baseline) {
      codes.push_back(ExitCode::regression);
    }
    if (had_faults && slo.phase == "steady") {
      codes.push_back(ExitCode::experiment_void);
    }
  }
}

/// But for what is excused.
std::vector<ExitCode> codes_of(const RunResult& result, const MeantToFail& excused = {}) {
  std::vector<ExitCode> codes;
  if (is_broken(result, excused)) {
    codes.push_back(ExitCode::invariant_broken);
  }
  for (const InvariantReport& invariant : result.invariants) {
    if (invariant.verdict == Verdict::unknown) {
      codes.push_back(ExitCode::experiment_void);
    }
  }
  for (const SloReport& slo : result.slos) {
    if (!is_excused(slo, excused)) {
      add_codes(slo, !result.faults.empty(), codes);
    }
  }
  if (result.partial) {
    codes.push_back(result.partial->code);
  }
  sort_by_seriousness(codes);
  return codes;
}

/// The violated objective that missed its limit by most.
const SloReport* worst_violation(const std::vector<SloReport>& slos) {
  const SloReport* worst = nullptr;
  for (const SloReport& slo : slos) {
    if (slo.ok == false &&
        (worst == nullptr || slo.margin.value_or(-1) < worst->margin.value_or(-1))) {
      worst = &slo;
    }
  }
  return worst;
}

std::string what_struck(const FaultReport& fault) {
  if (fault.kind == "crash") {
    return fault.target + " crashed";
  }
  std::string kind = fault.kind;
  std::ranges::replace(kind, '_', ' ');
  return fault.target.empty() ? kind : fmt::format("{} of {}", kind, fault.target);
}

/// ", missed from 120 s to 171 s after broker-2 crashed": the value before it is of all that the
/// objective is about, not of this span alone.
std::string when_broken(const SloReport& slo, const std::vector<FaultReport>& faults) {
  if (slo.breaches.empty()) {
    return {};
  }
  const Span first = slo.breaches.front();
  std::string text = fmt::format(", missed from {} to {}", format_time(first.from),
                                 format_time(slo.breaches.back().to));
  const FaultReport* cause = nullptr;
  for (const FaultReport& fault : faults) {
    if (fault.at < first.to && (cause == nullptr || fault.at >= cause->at)) {
      cause = &fault;
    }
  }
  return cause == nullptr ? text : fmt::format("{} after {}", text, what_struck(*cause));
}

std::string violation(const SloReport& slo, const std::vector<FaultReport>& faults) {
  const std::string& what = slo.what.empty() ? slo.expr : slo.what;
  if (!slo.observed) {
    return fmt::format("{}: {}", slo.expr, slo.why);
  }
  const std::string observed = format_value(*slo.observed, slo.unit);
  if (!slo.limit) {
    return fmt::format("{} was {}{}", what, observed, when_broken(slo, faults));
  }
  return fmt::format("{} was {} (limit {}){}", what, observed, format_value(*slo.limit, slo.unit),
                     when_broken(slo, faults));
}

std::string broken_invariant(const RunResult& result) {
  if (result.ledger.lost > 0) {
    std::string text = fmt::format("{} acknowledged {} lost", format_exact(result.ledger.lost),
                                   result.ledger.lost == 1 ? "write was" : "writes were");
    const auto worst = std::ranges::max_element(result.faults, {}, &FaultReport::lost);
    if (worst == result.faults.end() || worst->lost == 0) {
      return text;
    }
    const std::string of_them = worst->lost < result.ledger.lost
                                    ? fmt::format(", {} of them", format_exact(worst->lost))
                                    : std::string();
    return text + of_them + " after " + what_struck(*worst);
  }
  for (const InvariantReport& invariant : result.invariants) {
    if (invariant.verdict == Verdict::fail) {
      return fmt::format("{} is broken{}", invariant.name,
                         invariant.first ? ": " + *invariant.first : std::string());
    }
  }
  return "the ledger does not balance";
}

/// What is not known, or nothing.
std::string first_unknown(const RunResult& result) {
  for (const SloReport& slo : result.slos) {
    if (!slo.ok) {
      return fmt::format("{} is unknown: {}", slo.expr, slo.why);
    }
  }
  for (const InvariantReport& invariant : result.invariants) {
    if (invariant.verdict == Verdict::unknown) {
      return fmt::format("{} is unknown: {}", invariant.name,
                         invariant.first.value_or("too little evidence"));
    }
  }
  return {};
}

std::string all_met(const RunResult& result) {
  std::string text = result.slos.empty() ? "no objective was set"
                     : result.slos.size() == 1
                         ? "the objective was met"
                         : fmt::format("all {} objectives were met", result.slos.size());
  const LatencySummary& e2e = result.metrics.e2e.all;
  if (e2e.count > 0) {
    text += fmt::format("; p99 end-to-end was {}", format_duration(e2e.p99));
  }
  return text;
}

/// "; recovered in 51 s", or nothing without faults.
std::string recovery(const std::vector<FaultReport>& faults) {
  if (faults.empty()) {
    return {};
  }
  Duration longest;
  for (const FaultReport& fault : faults) {
    if (!fault.recovered) {
      return fmt::format("; not recovered: {}", what_struck(fault));
    }
    longest = std::max(longest, *fault.recovered);
  }
  return fmt::format("; recovered {} {}", faults.size() == 1 ? "in" : "each time within",
                     format_duration(longest));
}

/// "; this is what the scenario is there to show: nobody says ...", or nothing.
std::string what_was_meant(const RunResult& result) {
  if (!result.meant_to_fail) {
    return {};
  }
  if (is_as_meant(result)) {
    return fmt::format("; this is what the scenario is there to show: {}",
                       result.meant_to_fail->why);
  }
  const std::vector<std::string> absent = absent_failures(result);
  return absent.empty() ? "; the scenario is there to show less than that"
                        : fmt::format("; the scenario is there to show something else: {}",
                                      fmt::join(absent, ", "));
}

}  // namespace

bool is_meant(const RunResult& result, const InvariantReport& failed) {
  return result.meant_to_fail && is_excused(failed, *result.meant_to_fail);
}
bool is_meant(const RunResult& result, const SloReport& violated) {
  return result.meant_to_fail && is_excused(violated, *result.meant_to_fail);
}
bool is_loss_meant(const RunResult& result) {
  return result.meant_to_fail && is_loss_excused(result, *result.meant_to_fail);
}

std::vector<std::string> absent_failures(const RunResult& result) {
  std::vector<std::string> absent;
  if (!result.meant_to_fail) {
    return absent;
  }
  std::vector<std::string_view> judged;
  for (const InvariantReport& it : result.invariants) {
    judged.push_back(it.name);
  }
  for (const std::string& name : result.meant_to_fail->invariants) {
    const auto found = std::ranges::find(result.invariants, name, &InvariantReport::name);
    if (found == result.invariants.end()) {
      const auto near = nearest(name, judged);
      absent.push_back(fmt::format("nobody judged {}{}", name,
                                   near ? fmt::format(" (did you mean {}?)", *near) : ""));
    } else if (found->verdict != Verdict::fail) {
      absent.push_back(fmt::format("{} is not broken", name));
    }
  }
  for (const std::string& expr : result.meant_to_fail->slos) {
    const auto found = std::ranges::find(result.slos, expr, &SloReport::expr);
    if (found == result.slos.end() || found->ok != false) {
      absent.push_back(fmt::format("{} is not violated", expr));
    }
  }
  return absent;
}

std::vector<ExitCode> codes_beyond_meant(const RunResult& result) {
  if (!result.meant_to_fail) {
    return result.exit_codes;
  }
  std::vector<ExitCode> codes = codes_of(result, *result.meant_to_fail);
  if (!absent_failures(result).empty()) {
    codes.push_back(ExitCode::experiment_void);
  }
  sort_by_seriousness(codes);
  return codes;
}

bool is_as_meant(const RunResult& result) {
  return result.meant_to_fail && codes_beyond_meant(result).empty();
}

void judge(RunResult& result) {
  result.exit_codes = codes_of(result);
  result.exit_code = most_serious(result.exit_codes);
  const bool violated =
      std::ranges::any_of(result.slos, [](const SloReport& slo) { return slo.ok == false; });
  result.verdict = is_broken(result) || violated ? Verdict::fail
                   : result.exit_codes.empty()   ? Verdict::pass
                                                 : Verdict::unknown;
  result.as_meant = result.meant_to_fail ? std::optional(is_as_meant(result)) : std::nullopt;
  result.summary = summary_sentence(result);
}

std::string summary_sentence(const RunResult& result) {
  std::string text;
  if (result.partial) {
    text = result.partial->reason + "; so far: ";
  }
  const SloReport* worst = worst_violation(result.slos);
  if (is_broken(result)) {
    text += broken_invariant(result);
  } else if (worst != nullptr) {
    text += violation(*worst, result.faults);
  } else if (const std::string unknown = first_unknown(result); !unknown.empty()) {
    text += unknown;
  } else {
    text += all_met(result);
  }
  text += recovery(result.faults);
  return fmt::format("{}; {} lost, {} duplicate{}{}", text, format_exact(result.ledger.lost),
                     format_exact(result.ledger.duplicated),
                     result.ledger.duplicated == 1 ? "" : "s", what_was_meant(result));
}

const char* name(Verdict verdict) {
  return verdict == Verdict::pass ? "pass" : verdict == Verdict::fail ? "fail" : "unknown";
}

const char* name(Regime regime) {
  return regime == Regime::realistic ? "realistic" : "adversarial";
}

const char* name(Phase phase) {
  return phase == Phase::steady ? "steady" : phase == Phase::fault ? "fault" : "after";
}

}  // namespace wavetank::reports
