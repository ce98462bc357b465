#pragma once

// Runs scenarios for the sake of the figures they reproduce: each in a process of its own, several
// at a time. A ratio between two scenarios takes each value from the run it belongs to.

#include <functional>
#include <string>
#include <vector>

#include "reports/published_table.h"
#include "scenarios/scenario.h"

namespace wavetank::sim {

struct NamedScenario {
  std::string name;  ///< what "of" calls it: the file's name without ".json"
  scenarios::Scenario scenario;
};

struct Reproduction {
  std::vector<reports::PublishedRow> rows;  ///< in the order of scenarios, and of their files
  /// What went wrong in the runs themselves: a broken invariant, an interruption. An objective that
  /// was not met is the figure's affair.
  std::vector<reports::ExitCode> codes;
};

/// REQUIRES: jobs > 0; this process has built no world. `begins` is told of every run; `give_up` is
/// asked now and then, and once it says so, what is left is unknown.
Reproduction reproduce(const std::vector<NamedScenario>& scenarios, std::size_t jobs,
                       const std::function<void(const NamedScenario&)>& begins,
                       const std::function<bool()>& give_up);

}  // namespace wavetank::sim
