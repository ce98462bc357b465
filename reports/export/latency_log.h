#pragma once

// The latencies of a run second by second, kept whole: `latency.hlog`, which every run leaves
// beside its result, in the log format of HdrHistogram (version 1.3), which tools for such logs
// read. Lines without a tag are of the end-to-end latency, those tagged "publish" of that of
// publishing. Values are nanoseconds, the column of maxima milliseconds, times seconds since the
// start of the run.

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "reports/result.h"

namespace wavetank::reports {

struct LatencyInterval {
  Time from;
  Time to;
  PackedHistogram e2e;      ///< intended send time to delivery
  PackedHistogram publish;  ///< intended send time to acknowledgement
};

struct LatencyLog {
  static constexpr std::size_t kIntervalsMax = 200'000;

  std::string digest;                      ///< of the run
  std::vector<LatencyInterval> intervals;  ///< one after the other
};

/// Those of the windows of evidence.
LatencyLog latency_log(const std::string& digest, const Evidence& evidence);

/// `epoch_s`: what the run's start is dated, in seconds since 1970.
std::string write_latency_log(const LatencyLog& log, std::int64_t epoch_s = 0);
/// To the millisecond in time, and to the bucket in latencies. Errors name the line.
Result<LatencyLog> read_latency_log(std::string_view text);

/// The histograms of one kind from the end of the warm-up on, together.
Histogram measured(const LatencyLog& log, PackedHistogram LatencyInterval::*kind, Duration warmup);

}  // namespace wavetank::reports
