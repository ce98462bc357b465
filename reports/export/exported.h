#pragma once

// What is exported: a result, and its latencies second by second. Each format has a file of its
// own, and is what its own tools read.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "reports/export/latency_log.h"
#include "reports/result.h"

namespace wavetank::reports {

struct Exported {
  RunResult run;
  LatencyLog latencies;  ///< of the same run
};

/// Fails if the log is of another run, or tells of times at which the run was over.
Result<Exported> together(RunResult run, LatencyLog latencies);

/// Columns that formats repeat a text with.
inline constexpr std::size_t kRepeatedColumns = 200;
/// A title or a name for every line: printable, and cut. Runs are told apart by more than that.
std::string repeated(std::string_view text);

/// When the point of a run's series ends: where the next begins, or the log does.
Time end_of_point(const Exported& subject, std::size_t point);
/// What a rate adds up to within the point of a series. Rates of results are quotients of whole
/// numbers.
std::uint64_t count_within(const Exported& subject, std::size_t point, double per_second);

/// OpenMetrics text, version 1.0, for promtool to make blocks of, or for any scraper. Counters and
/// histograms stand at the end of every second. Every series has the labels run (the digest),
/// scenario (the title) and seed. `epoch_s` dates the start of the runs. REQUIRES: no run twice.
std::string to_openmetrics(std::span<const Exported> subjects, std::int64_t epoch_s);

/// The file of HdrHistogram's percentile plots (.hgrm), of everything after the warm-up, in
/// milliseconds.
std::string to_hgrm(const Histogram& latencies);

/// The series of the charts as a table with a header (RFC 4180, but for line feeds), a line a
/// point.
std::string to_csv(std::span<const Exported> subjects);

/// Objectives and invariants as JUnit XML, by the gate's writer.
std::string to_junit(std::span<const Exported> subjects);

/// JSON of Google Benchmark: a benchmark for each latency (real_time), rate (time a record) and
/// recovery; runs of one scenario are repetitions. Scenarios of the same title have a digest behind
/// it.
std::string to_gbench(std::span<const Exported> subjects, std::int64_t epoch_s);

/// What producers made of records, second by second. A result does not keep it; a run again tells.
struct Sending {
  struct Second {
    Time from;
    PackedHistogram delay;  ///< intended send time to when a producer took the record
    std::uint64_t refused = 0;
  };
  std::vector<Second> seconds;
};

/// The result file of the OpenMessaging Benchmark: samples of 10 s after the warm-up, and their
/// sums. Latencies of publishing count from the intended send time, and so include the delay.
std::string to_omb(const Exported& subject, const Sending& sending);

}  // namespace wavetank::reports
