#pragma once

// Objectives against what was measured.

#include <optional>

#include "engine/base/result.h"
#include "reports/baseline.h"
#include "reports/result.h"
#include "scenarios/slo.h"

namespace wavetank::reports {

/// Judges one objective. REQUIRES: `result` has been measured (measure.h).
///
/// "during fault" is the phase of that name: from each fault until it is drained; "during after" is
/// what follows. An objective
/// "over" a duration must hold in every stretch of it; what is observed is the worst one.
///
/// Unknown, with the reason: the phase did not happen; fewer samples than 1 / (1 - percentile); a
/// stretch longer than the phase; no comparable baseline; a latency or a rate under the adversarial
/// regime. What was seen is told though its limit is unknown: the next run's baseline needs it. A
/// recovery that never came violates any bound on it.
SloReport evaluate(const scenarios::Slo& slo, const RunResult& result, const Evidence& evidence,
                   const Baseline* baseline = nullptr);

/// The phase that an objective speaks of; none: the whole run.
std::optional<Phase> phase_wanted(const scenarios::Slo& slo);

/// The number that an objective speaks of, in its metric's base unit; or why it is unknown.
/// REQUIRES: as above; `subject` has no "over".
Result<double> measure_one(const scenarios::Slo& subject, const RunResult& result,
                           const Evidence& evidence);

}  // namespace wavetank::reports
