#include "reports/export/exported.h"

#include <cmath>

#include "reports/gate/gate.h"

namespace wavetank::reports {

Time end_of_point(const Exported& subject, std::size_t point) {
  const std::vector<SeriesPoint>& series = subject.run.series;
  if (point + 1 < series.size()) {
    return series[point + 1].at;
  }
  return subject.latencies.intervals.empty() ? series[point].at
                                             : subject.latencies.intervals.back().to;
}

std::uint64_t count_within(const Exported& subject, std::size_t point, double per_second) {
  const Duration length = end_of_point(subject, point) - subject.run.series[point].at;
  return static_cast<std::uint64_t>(std::llround(per_second * length.seconds()));
}

std::string to_junit(std::span<const Exported> subjects) {
  std::vector<GatedRun> runs;
  for (const Exported& subject : subjects) {
    runs.push_back(gate(subject.run.title, "", subject.run, {}));
  }
  return gate_junit(runs);
}

}  // namespace wavetank::reports
