#pragma once

// What a sweep leaves: plan.json and runs.jsonl, from which everything else is made: sweep.json,
// sweep.md, report.html. A run's line is written when the run has ended; whatever ends the sweep,
// what is there stays, and the sweep can go on.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "reports/study/sweep_table.h"

namespace wavetank::cli {

class SweepFolder {
 public:
  /// Begins the sweep in this folder, or goes on with what is there. Fails if that is another
  /// sweep, or if the folder cannot be written to.
  static Result<SweepFolder> open(const std::string& folder, const reports::SweepPlan& plan);

  /// The runs that were there, each with the figure that the plan wants to know.
  [[nodiscard]] const std::map<std::uint64_t, reports::SeedValue>& found() const { return found_; }
  Status add(const std::string& line);
  /// Puts the runs in order and writes the tables. Gives what they show.
  Result<reports::SweepTable> conclude();

 private:
  SweepFolder(std::string folder, reports::SweepPlan plan)
      : folder_(std::move(folder)), plan_(std::move(plan)) {}

  std::string folder_;
  reports::SweepPlan plan_;
  std::map<std::uint64_t, reports::SeedValue> found_;
};

/// The plan and the runs of a folder, of which a last line that is cut off is left out.
Result<reports::SweepPart> read_sweep(const std::string& folder);
/// Writes everything that a sweep leaves. REQUIRES: `lines` are those of `runs`, by number.
Result<reports::SweepTable> write_sweep(const std::string& folder, const reports::SweepPlan& plan,
                                        const std::vector<std::string>& lines,
                                        const std::vector<reports::SweepRun>& runs);

}  // namespace wavetank::cli
