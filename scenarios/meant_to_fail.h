#pragma once

#include <string>
#include <vector>

namespace wavetank::scenarios {

/// Which failures a scenario is there to show. Its verdict stays what it is; a gate lets it pass if
/// these failures happen, and no others.
struct MeantToFail {
  std::vector<std::string> invariants;  ///< that are broken, as results name them: "log/lost-write"
  std::vector<std::string> slos;        ///< that are violated, as written in the scenario
  std::string why;                      ///< a sentence for people
  friend bool operator==(const MeantToFail&, const MeantToFail&) = default;
};

}  // namespace wavetank::scenarios
