#include "reports/export/alert_rehearsal.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "reports/export/buckets.h"
#include "reports/export/dates.h"

namespace wavetank::reports {

namespace {

constexpr double kQuantile = 0.99;
constexpr std::string_view kAlert = "HighLatency";
constexpr std::string_view kMetric = "wavetank_e2e_latency_seconds_bucket";

/// JSON's quotes are YAML's double quotes.
std::string in_quotes(std::string_view plain) {
  return nlohmann::json(plain).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string prometheus_time(Duration duration) {
  const std::int64_t ms = duration.ms();
  return ms % 60'000 == 0  ? fmt::format("{}m", ms / 60'000)
         : ms % 1'000 == 0 ? fmt::format("{}s", ms / 1'000)
                           : fmt::format("{}ms", ms);
}

/// Cumulative counts at even steps of time: as promtool is given them.
struct Series {
  Duration step;
  std::vector<double> all;
  std::vector<double> at_most_limit;
};

/// A way to read the rule: whether a window holds the sample at its very beginning (Prometheus
/// before version 3) or not; and what becomes of a share that is just the quantile, which depends
/// on how a reader rounds.
struct Reading {
  bool closed = true;
  double tolerance = 0;
};
constexpr Reading kReadings[] = {{true, 1e-9}, {true, -1e-9}, {false, 1e-9}, {false, -1e-9}};

/// The per-second rate that Prometheus makes of the samples [first, last] of a counter, for a
/// window that began at `begin`: with a part of the way to its edges, but not beyond where it was
/// zero.
double extrapolated(const Series& series, const std::vector<double>& counter, std::size_t first,
                    std::size_t last, Duration begin) {
  const double increase = counter[last] - counter[first];
  const double sampled = (series.step * static_cast<std::int64_t>(last - first)).seconds();
  double to_start = (series.step * static_cast<std::int64_t>(first) - begin).seconds();
  if (increase > 0) {
    to_start = std::min(to_start, sampled * counter[first] / increase);
  }
  const double step = series.step.seconds();
  return increase * (sampled + (to_start < step * 1.1 ? to_start : step / 2)) / sampled;
}

bool is_above(const Series& series, const AlertRule& rule, std::size_t now,
              const Reading& reading) {
  const Duration begin = series.step * static_cast<std::int64_t>(now) - rule.over;
  const std::int64_t ns = std::max<std::int64_t>(begin.ns(), 0);
  auto first = static_cast<std::size_t>((ns + series.step.ns() - 1) / series.step.ns());
  if (!reading.closed && series.step * static_cast<std::int64_t>(first) == begin) {
    ++first;
  }
  if (first >= now) {
    return false;  // a rate is of two samples at least
  }
  const double all = extrapolated(series, series.all, first, now, begin);
  const double within = extrapolated(series, series.at_most_limit, first, now, begin);
  return all > 0 && within < kQuantile * all * (1 + reading.tolerance);
}

/// Whether the alert fires at each step.
std::vector<bool> firing(const Series& series, const AlertRule& rule, const Reading& reading) {
  std::vector<bool> fires(series.all.size());
  bool was_above = false;
  Duration since;
  for (std::size_t i = 0; i < fires.size(); ++i) {
    const Duration now = series.step * static_cast<std::int64_t>(i);
    const bool above = is_above(series, rule, i, reading);
    if (!was_above) {
      since = now;
    }
    was_above = above;
    fires[i] = above && now - since >= rule.hold;
  }
  return fires;
}

/// The first and the last step of every stretch in which all readings agree.
std::vector<AlertCheck> checks_of(const Series& series, const AlertRule& rule) {
  std::vector<std::vector<bool>> readings;
  for (const Reading& reading : kReadings) {
    readings.push_back(firing(series, rule, reading));
  }
  const auto agreed = [&](std::size_t i) {
    const bool first = readings.front()[i];
    const bool all = std::ranges::all_of(readings, [&](const auto& it) { return it[i] == first; });
    return all ? std::optional(first) : std::nullopt;
  };
  std::vector<AlertCheck> checks;
  for (std::size_t i = 0; i < series.all.size(); ++i) {
    const std::optional<bool> now = agreed(i);
    const bool is_first = i == 0 || agreed(i - 1) != now;
    const bool is_last = i + 1 == series.all.size() || agreed(i + 1) != now;
    if (now && (is_first || is_last) && checks.size() < AlertRehearsal::kChecksMax) {
      checks.push_back({series.step * static_cast<std::int64_t>(i), *now});
    }
  }
  return checks;
}

/// The interval of the samples; nothing if they are not even (the last may be shorter), or have no
/// length.
std::optional<Duration> even_step(const std::vector<Buckets::Sample>& samples) {
  if (samples.size() < 3) {
    return std::nullopt;
  }
  const Duration step = samples[1].at - samples[0].at;
  if (step <= Duration()) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i + 1 < samples.size(); ++i) {
    if (samples[i].at - samples[i - 1].at != step) {
      return std::nullopt;
    }
  }
  return step;
}

std::string summary_of(const AlertRule& rule) {
  return in_quotes(fmt::format("p99 end-to-end is above {} s", in_seconds(rule.limit)));
}

std::string rules_text(const AlertRule& rule) {
  return fmt::format(
      "# After \"Universal Data Orchestration Platform Architecture\", section 4.\n"
      "groups:\n"
      "  - name: platform_sli\n"
      "    rules:\n"
      "      - alert: {}\n"
      "        expr: histogram_quantile({}, rate({}[{}])) > {}\n"
      "        for: {}\n"
      "        labels:\n"
      "          severity: warning\n"
      "        annotations:\n"
      "          summary: {}\n",
      kAlert, kQuantile, kMetric, prometheus_time(rule.over), in_seconds(rule.limit),
      prometheus_time(rule.hold), summary_of(rule));
}

/// "HighLatency fires from 131 s until 240 s", as comments, a line a stretch.
std::string told(const std::vector<AlertCheck>& checks) {
  std::string text;
  bool fires = false;
  for (const AlertCheck& check : checks) {
    if (check.fires != fires) {
      text += check.fires ? fmt::format("# {} fires from {} s", kAlert, in_seconds(check.at))
                          : fmt::format(" until {} s\n", in_seconds(check.at));
      fires = check.fires;
    }
  }
  const bool all = checks.size() < AlertRehearsal::kChecksMax;
  text += !fires ? "" : all ? " to the end\n" : "\n";
  text += all ? "" : fmt::format("# after {} s it is not checked\n", in_seconds(checks.back().at));
  return text.empty() ? fmt::format("# {} never fires\n", kAlert) : text;
}

std::string series_text(const Exported& subject, const std::vector<Duration>& bounds,
                        const std::vector<Buckets::Sample>& samples) {
  const Provenance& origin = subject.run.provenance;
  std::string out;
  for (std::size_t bound = 0; bound <= bounds.size(); ++bound) {
    const std::string name = fmt::format(
        "{}{{le=\"{}\",run={},scenario={},seed=\"{}\"}}", kMetric, bound_text(bounds, bound),
        in_quotes(repeated(origin.digest)), in_quotes(repeated(subject.run.title)), origin.seed);
    out += fmt::format("      - series: {}\n        values: \"", in_quotes(name));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      out += fmt::format("{}{}", i > 0 ? " " : "", samples[i].at_most[bound]);
    }
    out += "\"\n";
  }
  return out;
}

std::string checks_text(const Exported& subject, const AlertRule& rule,
                        const std::vector<AlertCheck>& checks) {
  const Provenance& origin = subject.run.provenance;
  const std::string alert = fmt::format(
      "        exp_alerts:\n"
      "          - exp_labels: {{severity: warning, run: {}, scenario: {}, seed: \"{}\"}}\n"
      "            exp_annotations: {{summary: {}}}\n",
      in_quotes(repeated(origin.digest)), in_quotes(repeated(subject.run.title)), origin.seed,
      summary_of(rule));
  std::string out;
  for (const AlertCheck& check : checks) {
    out +=
        fmt::format("      - eval_time: {}\n        alertname: {}\n{}", prometheus_time(check.at),
                    kAlert, check.fires ? alert : "        exp_alerts: []\n");
  }
  return out;
}

}  // namespace

Result<AlertRehearsal> rehearse_alert(const Exported& subject, const AlertRule& rule,
                                      const std::string& rules_file) {
  std::vector<Duration> bounds(kBounds.begin(), kBounds.end());
  // The quantile can exceed a limit only where there is a bucket beyond it.
  for (const Duration bound : {rule.limit, rule.limit * 10}) {
    if (!std::ranges::binary_search(bounds, bound)) {
      bounds.insert(std::ranges::lower_bound(bounds, bound), bound);
    }
  }
  const Buckets buckets(subject.latencies, &LatencyInterval::e2e, bounds);
  const std::vector<Buckets::Sample>& samples = buckets.samples();
  const std::optional<Duration> step = even_step(samples);
  if (!step) {
    return fail("its latencies are too few, or not of even intervals: no alert can be rehearsed");
  }
  const auto limit =
      static_cast<std::size_t>(std::ranges::find(bounds, rule.limit) - bounds.begin());
  Series series{*step, {}, {}};
  for (const Buckets::Sample& sample : samples) {
    series.all.push_back(static_cast<double>(sample.at_most.back()));
    series.at_most_limit.push_back(static_cast<double>(sample.at_most[limit]));
  }

  AlertRehearsal rehearsal;
  rehearsal.rules = rules_text(rule);
  rehearsal.checks = checks_of(series, rule);
  rehearsal.test =
      told(rehearsal.checks) +
      fmt::format(
          "rule_files: [{}]\nevaluation_interval: {}\ntests:\n  - interval: {}\n"
          "    input_series:\n{}    alert_rule_test:\n{}",
          in_quotes(rules_file), prometheus_time(*step), prometheus_time(*step),
          series_text(subject, bounds, samples), checks_text(subject, rule, rehearsal.checks));
  return rehearsal;
}

}  // namespace wavetank::reports
