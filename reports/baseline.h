#pragma once

// What is kept of a run that was well, for later runs to be held against: which run it was, its
// figures, and what its objectives saw. A few kilobytes, a line a figure, made to live in a
// repository.
//
// The same program gives the same events; another one may draw its random numbers in another order
// and be no worse for it. So a baseline can hold, beside each figure, the worst that other seeds of
// the same scenario gave: what a mere reshuffling of chance may do.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "reports/result.h"

namespace wavetank::reports {

inline constexpr int kBaselineVersion = 1;

struct BaselineFigure {
  std::string name;  ///< as in `quantities`: "e2e.p99 during fault"
  std::string unit;
  double value = 0;
  std::optional<double> worst;  ///< over other seeds too; missing: it has no better and worse
  friend bool operator==(const BaselineFigure&, const BaselineFigure&) = default;
};

/// What an objective saw, in the base unit of its metric.
struct BaselineObjective {
  std::string expr;
  double observed = 0;
  friend bool operator==(const BaselineObjective&, const BaselineObjective&) = default;
};

struct Baseline {
  std::string scenario_sha256;
  Regime regime = Regime::realistic;
  std::uint64_t seed = 0;
  std::uint64_t seeds = 1;  ///< that `worst` is over
  std::string program_version;
  std::string digest;
  std::uint64_t events = 0;
  std::vector<BaselineFigure> figures;
  std::vector<BaselineObjective> objectives;
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

/// A figure as baselines keep it: to nine digits, for people read it. What objectives saw is kept
/// exactly, for it decides.
double as_kept(double figure);
Baseline baseline_of(const RunResult& result);
/// Makes room for what another seed of the same scenario gave.
void widen(Baseline& baseline, const RunResult& other_seed);

std::string write_baseline(const Baseline& baseline);
/// Of a baseline, or of a whole result.json. Errors say what is wrong with it.
Result<Baseline> read_baseline(std::string_view text);

/// Whether both are of the same scenario (their seeds may differ), so that ratios mean something.
[[nodiscard]] bool comparable(const RunResult& result, const Baseline& baseline);

/// Whether the run had the very events of the baseline's.
[[nodiscard]] bool same_events(const Baseline& baseline, const RunResult& result);

/// The figures of `result` that `baseline` lacks, or has without the worst that they are judged by.
std::vector<std::string> lacking(const Baseline& baseline, const RunResult& result);
/// What is wrong with the figures of a baseline of the same scenario and seed; empty if nothing is.
/// Those of the same events must all be there. Of other events, the recovery from a fault or an
/// error may come that did not come then; what every run has must be there, and all must be in the
/// unit of today.
std::string gap(const Baseline& baseline, const RunResult& result);

}  // namespace wavetank::reports
