#include "reports/export/exported.h"

#include <fmt/format.h>

#include <cmath>

#include "reports/export/dates.h"
#include "reports/gate/gate.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

/// By when the run's series is over; a point of several windows is as long as those before it.
Time end_of_series(const std::vector<SeriesPoint>& series) {
  if (series.empty()) {
    return Time();
  }
  const std::size_t last = series.size() - 1;
  return series[last].at + (last > 0 ? series[last].at - series[last - 1].at : Duration());
}

}  // namespace

Result<Exported> together(RunResult run, LatencyLog latencies) {
  if (latencies.digest != run.provenance.digest) {
    return fail("it is of another run than the result.json beside it");
  }
  const Time end = end_of_series(run.series);
  if (!latencies.intervals.empty() && latencies.intervals.back().from > end) {
    return fail(fmt::format("it goes on at {} s: the run was over at {} s",
                            in_seconds(latencies.intervals.back().from - Time()),
                            in_seconds(end - Time())));
  }
  return Exported{std::move(run), std::move(latencies)};
}

std::string repeated(std::string_view text) {
  return cut_to(printable(text), kRepeatedColumns);
}

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
    runs.push_back(gate(repeated(subject.run.title), "", subject.run, {}));
  }
  return gate_junit(runs);
}

}  // namespace wavetank::reports
