#pragma once

// Why a figure of a run is what it is, or why an objective was broken: causes in words and figures,
// by their share, from the result alone.

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "reports/result.h"
#include "reports/terminal_summary.h"

namespace wavetank::reports {

/// Something that has a share in what is explained.
struct Reason {
  double share = 0;                  ///< of the whole, 0 to 1
  std::string what;                  ///< "waited for the in-sync replicas"
  std::vector<std::string> details;  ///< a line each
};

struct Explanation {
  std::string subject;             ///< "e2e.p99 during fault"
  const SloReport* slo = nullptr;  ///< the objective, if it is one; of the result
  const Tail* tail = nullptr;      ///< what the causes are of, if it is a percentile; of the result
  std::string headline;            ///< one sentence
  std::string shares_of;           ///< "the time of the slowest 1 %: 182 of 18,136 sampled records"
  std::vector<Reason> causes;      ///< greatest first
  std::vector<std::string> facts;  ///< when, where, and what does not sum to a whole
  std::string next;                ///< options of `wavetank replay RESULT` that show an example
};

/// Explains `subject`: the text of an objective, its number ("2", as listed), or what objectives
/// speak of ("e2e.p99 during fault"); empty: the first violated objective, or else e2e.p99. Errors:
/// it is none of these. REQUIRES: the result outlives the explanation.
Result<Explanation> explain(const RunResult& result, std::string_view subject);

/// Texts that a scenario names are shown through `printable`; the lines are as wide as they need.
/// `where`: the result, as the next command names it.
std::string explanation_text(const Explanation& explanation, const std::string& where,
                             const Style& style);
std::string explanation_json(const RunResult& result, const Explanation& explanation);

/// "crash broker-2", or "the steady phase".
std::string period_name(const RunResult& result, const TailPeriod& period);
/// The three greatest causes of a tail: "batch 80 %, arrival 10 %, retry 6 %, all during crash
/// broker-2".
std::string causes_text(const RunResult& result, const Tail& tail);
/// The tail of a percentile, if the result has it.
const Tail* find_tail(const RunResult& result, const std::optional<Phase>& phase, double quantile);

}  // namespace wavetank::reports
