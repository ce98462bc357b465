#pragma once

// A pipeline's question: may this change pass? Each run is judged by its invariants and objectives,
// and held against what was kept when all was well, its baseline. There is no noise to allow for:
// runs of the same program, scenario and seed are identical, and what differs has a reason. What
// has no comparable baseline is never green. A scenario that is there to show failures passes if
// these happen, and no others.
//
// Figures are judged, and identity is only told: a changed program may draw its random numbers in
// another order. A figure is worse if it is worse than the baseline's, and than the worst of the
// seeds that the baseline knows, by more than the tolerance.

#include <optional>
#include <string>
#include <vector>

#include "reports/baseline.h"
#include "reports/result.h"
#include "reports/terminal_summary.h"

namespace wavetank::reports {

/// One thing that a gate looked at: "invariant log/lost-write".
struct GateCheck {
  std::string name;
  bool ok = false;
  std::string detail;  ///< of what is not ok, and of the baseline always
  /// There was nothing to judge: no run, no baseline. No fault of what is tested.
  bool is_trouble = false;
  friend bool operator==(const GateCheck&, const GateCheck&) = default;
};

struct GatedRun {
  std::string name;  ///< of the scenario's file, without ".json"
  std::string file;
  ExitCode code = ExitCode::ok;
  std::vector<GateCheck> checks;
  bool is_let_pass = false;  ///< by `soften`: what is not well is told, and stops nobody
  friend bool operator==(const GatedRun&, const GatedRun&) = default;
};

/// What a run is held against.
struct GateReference {
  bool wanted = false;  ///< without: only invariants and objectives count
  const Baseline* baseline = nullptr;
  std::string missing;      ///< why there is none
  double tolerance = 0.05;  ///< share by which a figure may be worse
};

GatedRun gate(const std::string& name, const std::string& file, const RunResult& result,
              const GateReference& reference);
/// A run that gave no result.
GatedRun gate_nothing(const std::string& name, const std::string& file, ExitCode code,
                      const std::string& why);

/// For a pipeline that is to be told of figures and not yet to be stopped by them: lets pass the
/// runs that are red for regressions, and for objectives and claims that are not met, and for
/// nothing else. What is lost, missing or died stops it all the same.
void soften(std::vector<GatedRun>& runs);

/// The most serious of all but those that are let pass.
ExitCode gate_code(const std::vector<GatedRun>& runs);

/// For a terminal: a line a run, then what is wrong, then the verdict.
std::string gate_text(const std::vector<GatedRun>& runs, const Style& style);
/// As one JSON document.
std::string gate_json(const std::vector<GatedRun>& runs);
/// For a pull request or a job's summary.
std::string gate_markdown(const std::vector<GatedRun>& runs);
/// JUnit XML as Jenkins' schema has it: a suite a run, a case a check. What could not be judged is
/// an error there, not a failure, and what is let pass a skipped one, for a pipeline is red by its
/// failures. Cases have no time: a gate does not know how long each took.
std::string gate_junit(const std::vector<GatedRun>& runs);
/// GitHub's workflow commands: an error for each check that is not ok, a warning where the run is
/// let pass; at most ten in all, for GitHub shows no more of a step.
std::string gate_annotations(const std::vector<GatedRun>& runs);

}  // namespace wavetank::reports
