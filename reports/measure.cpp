#include "reports/measure.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

namespace wavetank::reports {

namespace {

std::size_t index(Phase phase) {
  return static_cast<std::size_t>(phase);
}

/// The spans of all faults within [from, to), in order, joined where they touch.
std::vector<Span> fault_spans(const RunResult& result, Time from, Time to) {
  std::vector<Span> spans;
  for (const FaultReport& fault : result.faults) {
    const Span span{std::max(fault.at, from), end_of(fault, to)};
    if (span.from < span.to) {
      spans.push_back(span);
    }
  }
  std::ranges::sort(spans, {}, [](const Span& s) { return s.from; });
  std::vector<Span> joined;
  for (const Span& span : spans) {
    if (!joined.empty() && span.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, span.to);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

/// What the windows of one phase, or of all, add up to.
struct Sums {
  Histogram e2e;
  Histogram publish;
  std::uint64_t windows = 0;
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
  std::uint64_t bytes_in = 0;
  Duration load_time;      ///< without the drain after the load
  bool has_whole = false;  ///< windows that lie within it

  void add(const Window& window, Time ended_at) {
    ++windows;
    e2e.merge(window.e2e);
    publish.merge(window.publish);
    // Rates are of the load; what trickles in after it would only dilute them, and what had piled
    // up and is taken in the rest of its last window would raise them. Without a whole window, that
    // part of one has to do.
    const bool is_whole = window.to <= ended_at;
    if (is_whole && !has_whole) {
      has_whole = true;
      records_in = records_out = bytes_in = 0;
      load_time = Duration();
    }
    if (window.from < ended_at && (is_whole || !has_whole)) {
      records_in += window.records_in;
      records_out += window.records_out;
      bytes_in += window.bytes_in;
      load_time += std::min(window.to, ended_at) - window.from;
    }
  }
  [[nodiscard]] double per_second(std::uint64_t n) const {
    return load_time > Duration() ? static_cast<double>(n) / load_time.seconds() : 0.0;
  }
};

void fill_metrics(Metrics& metrics, const Sums& all, const std::array<Sums, kPhaseCount>& phases) {
  metrics.e2e.all = summarise(all.e2e);
  metrics.publish.all = summarise(all.publish);
  metrics.throughput_in.all = all.per_second(all.records_in);
  metrics.throughput_out.all = all.per_second(all.records_out);
  metrics.bytes_in.all = all.per_second(all.bytes_in);
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    const Sums& sums = phases[i];
    if (sums.windows == 0) {
      continue;
    }
    metrics.e2e.by_phase[i] = summarise(sums.e2e);
    metrics.publish.by_phase[i] = summarise(sums.publish);
    if (sums.load_time > Duration()) {
      metrics.throughput_in.by_phase[i] = sums.per_second(sums.records_in);
      metrics.throughput_out.by_phase[i] = sums.per_second(sums.records_out);
      metrics.bytes_in.by_phase[i] = sums.per_second(sums.bytes_in);
    }
  }
}

SeriesPoint point_of(std::span<const Window> windows) {
  SeriesPoint point;
  point.at = windows.front().from;
  Histogram e2e;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  Duration time;
  for (const Window& window : windows) {
    e2e.merge(window.e2e);
    in += window.records_in;
    out += window.records_out;
    time += window.to - window.from;
    point.lag_records = std::max(point.lag_records, window.lag_records);
  }
  point.count = e2e.count();
  point.e2e_p50 = e2e.quantile(0.5);
  point.e2e_p99 = e2e.quantile(0.99);
  point.e2e_max = e2e.max();
  if (time > Duration()) {
    point.in_per_s = static_cast<double>(in) / time.seconds();
    point.out_per_s = static_cast<double>(out) / time.seconds();
  }
  return point;
}

HeatColumn heat_column(std::span<const Window> windows) {
  Histogram latencies;
  for (const Window& window : windows) {
    latencies.merge(window.e2e);
  }
  HeatColumn column{windows.front().from, HeatColumn::bucket_of(latencies.min()), {}};
  for (std::size_t i = 0; i < latencies.counts().size(); ++i) {
    if (latencies.counts()[i] > 0) {
      const std::uint64_t bucket =
          HeatColumn::bucket_of(Histogram::value_at(i)) - column.first_bucket;
      column.counts.resize(bucket + 1);
      column.counts[bucket] += latencies.counts()[i];
    }
  }
  return column;
}

/// `make` of as many windows at a time as it takes for at most `most` elements.
template <class Make>
auto grouped(const std::vector<Window>& windows, std::size_t most, Make&& make) {
  const std::size_t group = std::max<std::size_t>(1, (windows.size() + most - 1) / most);
  std::vector<decltype(make(std::span(windows)))> made;
  for (std::size_t at = 0; at < windows.size(); at += group) {
    made.push_back(make(std::span(windows).subspan(at, std::min(group, windows.size() - at))));
  }
  return made;
}

}  // namespace

std::uint64_t HeatColumn::bucket_of(Duration latency) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.ns(), 1));
  const int octave = std::bit_width(ns) - 1;
  const std::uint64_t upper_half = octave > 0 ? (ns >> (octave - 1)) & 1 : 0;
  return 2 * static_cast<std::uint64_t>(octave) + upper_half;
}

Duration HeatColumn::least(std::uint64_t bucket) {
  const std::int64_t octave = std::int64_t{1} << (bucket / 2);
  return Duration(octave + (bucket % 2 == 1 ? octave / 2 : 0));
}

bool balances(const Ledger& l) {
  return l.produced == l.delivered + l.dead_lettered + l.in_flight + l.refused + l.expired +
                           l.skipped + l.compacted + l.lost;
}

std::vector<PhaseSpan> phase_spans(const RunResult& result) {
  std::vector<PhaseSpan> phases;
  Time at = Time() + result.warmup;
  const auto until = [&](Phase phase, Time end) {
    if (at < end) {
      phases.push_back({phase, {at, end}});
      at = end;
    }
  };
  bool faulted = false;
  for (const Span& fault : fault_spans(result, at, result.ended_at)) {
    until(faulted ? Phase::after : Phase::steady, fault.from);
    until(Phase::fault, fault.to);
    faulted = true;
  }
  until(faulted ? Phase::after : Phase::steady, result.ended_at);
  return phases;
}

std::optional<Phase> phase_of(const Window& window, const RunResult& result) {
  if (result.phases.empty() || window.from < Time() + result.warmup) {
    return std::nullopt;
  }
  std::optional<Phase> found;
  for (const PhaseSpan& phase : result.phases) {
    const bool touches = window.from < phase.span.to && window.to > phase.span.from;
    if (touches && (!found || phase.phase == Phase::fault)) {
      found = phase.phase;
    }
  }
  return found ? found : result.phases.back().phase;
}

Time end_of(const FaultReport& fault, Time ended_at) {
  const std::optional<Duration> whole = fault.drained ? fault.drained : fault.recovered;
  if (!whole && !fault.until) {
    return ended_at;
  }
  const Time end = std::max(whole ? fault.at + *whole : fault.at, fault.until.value_or(fault.at));
  return std::min(end, ended_at);
}

std::vector<CurvePoint> curve_of(const Histogram& latencies) {
  constexpr double kPointsPerNine = 8;
  std::vector<CurvePoint> points;
  const auto count = static_cast<double>(latencies.count());
  for (int k = 0;; ++k) {
    const double beyond = std::pow(10, -k / kPointsPerNine);
    if (beyond * count < 1) {
      return points;
    }
    points.push_back({1 - beyond, latencies.quantile(1 - beyond)});
  }
}

LatencySummary summarise(const Histogram& histogram) {
  LatencySummary s;
  s.count = histogram.count();
  s.mean = Duration(std::llround(histogram.mean_ns()));
  s.p50 = histogram.quantile(0.5);
  s.p90 = histogram.quantile(0.9);
  s.p95 = histogram.quantile(0.95);
  s.p99 = histogram.quantile(0.99);
  s.p999 = histogram.quantile(0.999);
  s.p9999 = histogram.quantile(0.9999);
  s.max = histogram.max();
  return s;
}

void measure(RunResult& result, const Evidence& evidence) {
  result.phases = phase_spans(result);
  Sums all;
  std::array<Sums, kPhaseCount> by_phase;
  result.metrics.lag = {};
  for (const Window& window : evidence.windows) {
    const std::optional<Phase> phase = phase_of(window, result);
    result.metrics.lag.final = window.lag_records;
    if (!phase) {
      continue;
    }
    all.add(window, result.ended_at);
    by_phase[index(*phase)].add(window, result.ended_at);
    result.metrics.lag.peak = std::max(result.metrics.lag.peak, window.lag_records);
  }
  fill_metrics(result.metrics, all, by_phase);
  result.series = grouped(evidence.windows, kMaxSeriesPoints, point_of);
  result.heat = grouped(evidence.windows, kMaxHeatColumns, heat_column);
  result.curves = {{std::nullopt, curve_of(all.e2e)}};
  for (const Phase phase : {Phase::steady, Phase::fault, Phase::after}) {
    if (by_phase[index(phase)].e2e.count() > 0) {
      result.curves.push_back({phase, curve_of(by_phase[index(phase)].e2e)});
    }
  }
}

}  // namespace wavetank::reports
