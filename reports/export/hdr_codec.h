#pragma once

// A histogram as the text that HdrHistogram's tools exchange (Gil Tene; encoding V2, compressed):
// counts of buckets as ZigZag LEB128 numbers, where a run of k empty ones is the number -k, behind
// a header of 40 bytes, deflated (RFC 1950), behind a header of 8 bytes, in Base64. It is a
// histogram of nanoseconds with 3 significant digits. What is decoded has every value at the
// greatest of its bucket.

#include <string>
#include <string_view>

#include "engine/base/histogram.h"
#include "engine/base/result.h"

namespace wavetank::reports {

/// Begins with "HISTFAAAA".
std::string encode_hdr(const Histogram& histogram);
/// Fails, with the reason, on what is no such text, of another layout of buckets, or beyond what
/// results may hold (reports/bounds.h).
Result<Histogram> decode_hdr(std::string_view text);

}  // namespace wavetank::reports
