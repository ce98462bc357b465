#pragma once

// A small run, made by hand: five minutes of 100 records a second; broker-2 dies at 120 s, and
// latency and lag are high until 171 s.

#include <string_view>
#include <vector>

#include "reports/conclude.h"
#include "reports/result.h"
#include "scenarios/slo.h"

namespace wavetank::reports::sample {

/// One second of a run in which every record took `latency`.
Window second(std::int64_t from_s, Duration latency, std::uint64_t records = 100,
              std::uint64_t lag = 0);

FaultReport broker_crash();

/// Facts only: before `conclude`.
RunResult facts();
/// Every tenth record, each fourth of them to broker-2; those due from 120 s to 166 s wait.
RecordWays ways();
Evidence evidence();
std::vector<scenarios::Slo> slos(const std::vector<std::string_view>& texts);

/// The whole run, judged by objectives of which one is violated and one unknown.
RunResult concluded();
/// The same run, and nothing to complain of.
RunResult passing();

}  // namespace wavetank::reports::sample
