#pragma once

// When rules break that are judged while a run goes on: of what observers find later, at the end,
// nobody knows the moment.

#include <optional>
#include <string>
#include <vector>

#include "reports/result.h"
#include "sim/run/run.h"

namespace wavetank::sim {

class RuleWatch {
 public:
  /// The rules that are broken by now, in the order of the checkers.
  [[nodiscard]] static std::vector<reports::InvariantReport> broken(const RunParts& parts);

  /// Has a look; remembers when the first rule was seen broken.
  void look(const RunParts& parts);
  struct First {
    Time at;
    std::string rule;
  };
  [[nodiscard]] const std::optional<First>& first() const { return first_; }

 private:
  std::optional<First> first_;
};

}  // namespace wavetank::sim
