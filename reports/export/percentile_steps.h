#pragma once

// The percentiles of HdrHistogram's plots, which the OpenMessaging Benchmark draws, too: dense
// where a tail is.

namespace wavetank::reports {

/// The percentile of the next line: from each point on what is left halves in five steps. Below 100
/// it comes ever nearer to 100. REQUIRES: from 0 to below 100.
double after(double percentile);

}  // namespace wavetank::reports
