#include "reports/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/format_units.h"

namespace wavetank::reports {

namespace {

bool is_broken(const RunResult& result) {
  return result.ledger.lost > 0 || !balances(result.ledger) ||
         std::ranges::any_of(result.invariants, [](const InvariantReport& invariant) {
           return invariant.verdict == Verdict::fail;
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

std::vector<ExitCode> codes_of(const RunResult& result) {
  std::vector<ExitCode> codes;
  if (is_broken(result)) {
    codes.push_back(ExitCode::invariant_broken);
  }
  for (const InvariantReport& invariant : result.invariants) {
    if (invariant.verdict == Verdict::unknown) {
      codes.push_back(ExitCode::experiment_void);
    }
  }
  for (const SloReport& slo : result.slos) {
    add_codes(slo, !result.faults.empty(), codes);
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

/// " from 120 s to 171 s after broker-2 crashed"
std::string when_broken(const SloReport& slo, const std::vector<FaultReport>& faults) {
  if (slo.breaches.empty()) {
    return {};
  }
  const Span first = slo.breaches.front();
  std::string text =
      fmt::format(" from {} to {}", format_time(first.from), format_time(slo.breaches.back().to));
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
    if (!result.faults.empty()) {
      text += " after " + what_struck(result.faults.front());
    }
    return text;
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

}  // namespace

void judge(RunResult& result) {
  result.exit_codes = codes_of(result);
  result.exit_code = most_serious(result.exit_codes);
  const bool violated =
      std::ranges::any_of(result.slos, [](const SloReport& slo) { return slo.ok == false; });
  result.verdict = is_broken(result) || violated ? Verdict::fail
                   : result.exit_codes.empty()   ? Verdict::pass
                                                 : Verdict::unknown;
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
  return fmt::format("{}; {} lost, {} duplicate{}", text, format_exact(result.ledger.lost),
                     format_exact(result.ledger.duplicated),
                     result.ledger.duplicated == 1 ? "" : "s");
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
