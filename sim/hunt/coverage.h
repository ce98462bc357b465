#pragma once

// Which rare branches of the engine runs have taken: its marks (engine/base/sometimes.h).

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/hunt/trial.h"

namespace wavetank::sim {

/// Marks that this process has reached, by name.
std::vector<std::string> marks_reached();

class Coverage {
 public:
  struct Reached {
    std::uint64_t runs = 0;   ///< that reached it
    std::uint64_t first = 0;  ///< the least of their numbers
  };

  /// `run` is its number: the seed of a hunt's plan, or a place in a list.
  void add(std::uint64_t run, const std::vector<std::string>& marks);
  [[nodiscard]] const std::map<std::string, Reached>& reached() const { return reached_; }
  /// Marks of this program that no run has reached, by name.
  [[nodiscard]] std::vector<std::string> never() const;
  /// Marks of this program.
  [[nodiscard]] static std::size_t all();
  /// The number of the run that brought the last new mark, were they taken in order; 0: none did.
  [[nodiscard]] std::uint64_t last_news() const;

 private:
  std::map<std::string, Reached> reached_;
};

/// A scenario to be run for the marks that it reaches.
struct Visit {
  std::string name;                   ///< "log/quickstart"
  std::function<std::string()> text;  ///< called in the process that runs it
};
struct Survey {
  Coverage coverage;                 ///< runs are numbered from 0, as the visits
  std::vector<std::string> trouble;  ///< "log/quickstart: why it came to no end", in any order
};
struct SurveyHooks {
  std::function<void(std::size_t done)> progress;
  std::function<bool()> give_up;  ///< asked every tenth of a second
};
/// Each in a process of its own, `jobs` at a time. REQUIRES: what ChildProcess requires.
Survey survey(const std::vector<Visit>& visits, std::size_t jobs, const SurveyHooks& hooks);

}  // namespace wavetank::sim
