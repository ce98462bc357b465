#pragma once

// "Theory against simulated": figures that are known exactly beside what the simulation gives, with
// the interval of the latter over seeds.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/exit_code.h"
#include "reports/study/estimate.h"

namespace wavetank::reports {

/// Half an interval wider than this share of what theory says decides nothing.
inline constexpr double kWidestHalfInterval = 0.025;

enum class Agreement : std::uint8_t {
  within,   ///< what theory says lies in the interval
  outside,  ///< it does not: the model is wrong
  vague,    ///< it does, but in one that is too wide to tell
  unknown,  ///< there are no runs
};

struct TheoryRow {
  std::string law;       ///< "M/M/1, rho 0.8"
  std::string resource;  ///< what of the laboratory it is held against
  std::string source;
  std::string what;
  std::string formula;
  std::string unit;  ///< of all values; empty for shares and counts
  double theory = 0;
  std::optional<Estimate> simulated;
  std::size_t runs = 0;
  Confidence confidence = Confidence::usual;  ///< of the estimate

  /// Half of the interval, as a share of what theory says; nothing of fewer than two runs.
  [[nodiscard]] std::optional<double> half_interval() const;
  [[nodiscard]] Agreement agreement() const;
};

/// `ok` if all rows are within.
ExitCode judge(const std::vector<TheoryRow>& rows);

std::string theory_text(const std::vector<TheoryRow>& rows, bool ascii = false);
std::string theory_json(const std::vector<TheoryRow>& rows);

const char* name(Agreement agreement);

}  // namespace wavetank::reports
