#include "reports/export/latency_log.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "reports/export/dates.h"
#include "reports/export/hdr_codec.h"

namespace wavetank::reports {

namespace {

struct Kind {
  std::string_view tag;  ///< empty: what tools show that know no tags
  PackedHistogram LatencyInterval::*histogram;
};
constexpr std::array kKinds{Kind{"", &LatencyInterval::e2e},
                            Kind{"publish", &LatencyInterval::publish}};

constexpr std::string_view kRunComment = "#[Run: ";

std::string line_of(const LatencyInterval& interval, const Kind& kind) {
  const PackedHistogram& packed = interval.*kind.histogram;
  Histogram histogram;
  histogram.merge(packed);
  return fmt::format("{}{}{},{},{:.3f},{}\n", kind.tag.empty() ? "" : "Tag=", kind.tag,
                     (kind.tag.empty() ? "" : ",") + seconds_text(interval.from - Time()),
                     seconds_text(interval.to - interval.from),
                     static_cast<double>(packed.max().ns()) / 1e6, encode_hdr(histogram));
}

/// A line of the file, taken apart.
struct Line {
  std::string_view tag;
  Time from;
  Time to;
  Histogram histogram;
};

std::optional<Duration> parse_seconds(std::string_view text) {
  constexpr double kMost = 1e9;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value < kMost)) {
    return std::nullopt;
  }
  return milliseconds(std::llround(value * 1e3));
}

std::string_view take_field(std::string_view& line) {
  const std::size_t comma = line.find(',');
  const std::string_view field = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return field;
}

Result<Line> parse_line(std::string_view text) {
  Line line;
  if (text.starts_with("Tag=")) {
    line.tag = take_field(text).substr(4);
  }
  const std::optional<Duration> from = parse_seconds(take_field(text));
  const std::optional<Duration> length = parse_seconds(take_field(text));
  take_field(text);  // the maximum stands in the histogram, too
  if (!from || !length) {
    return fail("it has no start and length in seconds");
  }
  line.from = Time() + *from;
  line.to = line.from + *length;
  Result<Histogram> histogram = decode_hdr(text);
  if (!histogram) {
    return fail("its histogram cannot be read: " + histogram.error().message);
  }
  line.histogram = std::move(*histogram);
  return line;
}

/// Lines without a tag begin an interval, those with one belong to it. What has another tag is
/// somebody else's.
Status add(LatencyLog& log, const Line& line) {
  if (line.tag.empty()) {
    if (log.intervals.size() >= LatencyLog::kIntervalsMax) {
      return fail(fmt::format("there are more than {} intervals", LatencyLog::kIntervalsMax));
    }
    if (!log.intervals.empty() && line.from < log.intervals.back().to) {
      return fail("it begins before the last one ends");
    }
    log.intervals.push_back({line.from, line.to, {}, {}});
  } else if (log.intervals.empty() || log.intervals.back().from != line.from) {
    return fail("it has a tag and no line of the same start before it that has none");
  }
  for (const Kind& kind : kKinds) {
    if (kind.tag == line.tag) {
      log.intervals.back().*kind.histogram = PackedHistogram(line.histogram);
    }
  }
  return {};
}

}  // namespace

LatencyLog latency_log(const std::string& digest, const Evidence& evidence) {
  LatencyLog log{digest, {}};
  for (const Window& window : evidence.windows) {
    log.intervals.push_back({window.from, window.to, window.e2e, window.publish});
  }
  return log;
}

std::string write_latency_log(const LatencyLog& log, std::int64_t epoch_s) {
  std::string text = fmt::format(
      "#[Histogram log format version 1.3]\n"
      "{}{}]\n"
      "#[Values: nanoseconds from the intended send time; no tag: to delivery; publish: to the "
      "acknowledgement]\n"
      "#[StartTime: {}.000 (seconds since epoch), {}]\n"
      "#[BaseTime: {}.000 (seconds since epoch)]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      kRunComment, log.digest, epoch_s, date_text(epoch_s), epoch_s);
  for (const LatencyInterval& interval : log.intervals) {
    for (const Kind& kind : kKinds) {
      text += line_of(interval, kind);
    }
  }
  return text;
}

Result<LatencyLog> read_latency_log(std::string_view text) {
  LatencyLog log;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with(kRunComment) && line.ends_with(']')) {
      log.digest = line.substr(kRunComment.size(), line.size() - kRunComment.size() - 1);
    }
    if (line.empty() || line.starts_with('#') || line.starts_with('"')) {
      continue;
    }
    const Result<Line> parsed = parse_line(line);
    const Status added = parsed ? add(log, *parsed) : Status(fail(parsed.error().message));
    if (!added) {
      return fail(fmt::format("line {}: {}", number, added.error().message));
    }
  }
  return log;
}

Histogram measured(const LatencyLog& log, PackedHistogram LatencyInterval::*kind, Duration warmup) {
  Histogram all;
  for (const LatencyInterval& interval : log.intervals) {
    if (interval.from >= Time() + warmup) {
      all.merge(interval.*kind);
    }
  }
  return all;
}

}  // namespace wavetank::reports
