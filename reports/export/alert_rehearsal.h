#pragma once

// An alert, rehearsed on a run: the run's latencies as input of a promtool rule test, with the
// times at which the alert must be firing, and at which it must not. The rule is the HighLatency of
// "Universal Data Orchestration Platform Architecture", section 4: the 99th percentile of a window
// stays above a limit for a time. When that is so is worked out here, from the buckets, and
// promtool must come to the same.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "reports/export/exported.h"

namespace wavetank::reports {

struct AlertRule {
  Duration over = seconds(300);        ///< the window whose percentile counts
  Duration hold = seconds(120);        ///< how long it must stay above
  Duration limit = milliseconds(100);  ///< of the 99th percentile
};

/// When the alert must fire, or must not, at a second of the run.
struct AlertCheck {
  Duration at;
  bool fires = false;
  friend bool operator==(const AlertCheck&, const AlertCheck&) = default;
};

struct AlertRehearsal {
  static constexpr std::size_t kChecksMax = 200;

  std::string rules;               ///< a rule file
  std::string test;                ///< a promtool test of it
  std::vector<AlertCheck> checks;  ///< around every change of the alert, as the test has them
};

/// `rules_file`: what the test calls the rule file. Fails where the log's intervals are of no even
/// length. REQUIRES: the times of the rule are whole milliseconds and positive; `hold` may be zero.
Result<AlertRehearsal> rehearse_alert(const Exported& subject, const AlertRule& rule,
                                      const std::string& rules_file);

}  // namespace wavetank::reports
