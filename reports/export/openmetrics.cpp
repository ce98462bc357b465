// OpenMetrics text, as promtool and scrapers read it: families of samples, each with its labels and
// its date, a counter's from nothing at the start.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>

#include "reports/export/buckets.h"
#include "reports/export/dates.h"
#include "reports/export/exported.h"

namespace wavetank::reports {

namespace {

/// A label's value.
std::string escaped(std::string_view plain) {
  std::string out;
  for (const char c : repeated(plain)) {
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// One run, as labels and dates.
struct Source {
  const Exported& subject;
  std::string labels;
  std::int64_t epoch_s = 0;

  [[nodiscard]] std::string date(Time at) const {
    return seconds_text(seconds(epoch_s) + (at - Time()));
  }
};

class Writer {
 public:
  Writer(std::span<const Exported> subjects, std::int64_t epoch_s) {
    for (const Exported& subject : subjects) {
      const Provenance& origin = subject.run.provenance;
      sources_.push_back(
          {subject,
           fmt::format("run=\"{}\",scenario=\"{}\",seed=\"{}\"", escaped(origin.digest),
                       escaped(subject.run.title), origin.seed),
           epoch_s});
    }
  }

  /// A family of metrics: `samples` writes those of one run.
  void family(std::string_view name, std::string_view type, std::string_view unit,
              std::string_view help, const std::function<void(const Source&)>& samples) {
    name_ = fmt::format("wavetank_{}", name);
    text_ += fmt::format("# TYPE {} {}\n", name_, type);
    if (!unit.empty()) {
      text_ += fmt::format("# UNIT {} {}\n", name_, unit);
    }
    text_ += fmt::format("# HELP {} {}\n", name_, help);
    for (const Source& source : sources_) {
      samples(source);
    }
  }
  template <class Value>
  void sample(const Source& source, std::string_view suffix, std::string_view labels, Value value,
              Time at) {
    text_ += fmt::format("{}{}{{{}{}{}}} {} {}\n", name_, suffix, source.labels,
                         labels.empty() ? "" : ",", labels, value, source.date(at));
  }
  std::string finish() { return std::move(text_) + "# EOF\n"; }

 private:
  std::vector<Source> sources_;
  std::string name_;
  std::string text_;
};

/// Bucket by bucket, for the samples of one series stand together.
void latencies(Writer& out, std::string_view name, std::string_view help,
               PackedHistogram LatencyInterval::*kind) {
  out.family(name, "histogram", "seconds", help, [&](const Source& source) {
    const Buckets buckets(source.subject.latencies, kind, kBounds);
    for (std::size_t bound = 0; bound <= kBounds.size(); ++bound) {
      const std::string label = fmt::format("le=\"{}\"", bound_text(kBounds, bound));
      for (const Buckets::Sample& sample : buckets.samples()) {
        out.sample(source, "_bucket", label, sample.at_most[bound], sample.at);
      }
    }
    for (const Buckets::Sample& sample : buckets.samples()) {
      out.sample(source, "_count", "", sample.at_most.back(), sample.at);
    }
    for (const Buckets::Sample& sample : buckets.samples()) {
      out.sample(source, "_sum", "", sample.sum_s, sample.at);
    }
  });
}

void counter(Writer& out, std::string_view name, std::string_view help,
             double SeriesPoint::*per_second) {
  out.family(name, "counter", "", help, [&](const Source& source) {
    out.sample(source, "_total", "", 0, Time());
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < source.subject.run.series.size(); ++i) {
      total += count_within(source.subject, i, source.subject.run.series[i].*per_second);
      out.sample(source, "_total", "", total, end_of_point(source.subject, i));
    }
  });
}

/// How many faults of a kind are under way at the end of each point.
void faults(Writer& out) {
  const auto help = "Faults under way, by kind";
  out.family("faults_active", "gauge", "", help, [&](const Source& source) {
    std::map<std::string, std::vector<const FaultReport*>> kinds;
    for (const FaultReport& fault : source.subject.run.faults) {
      kinds[fault.kind].push_back(&fault);
    }
    for (const auto& [kind, of_kind] : kinds) {
      for (std::size_t i = 0; i < source.subject.run.series.size(); ++i) {
        const Time at = end_of_point(source.subject, i);
        std::uint64_t active = 0;
        for (const FaultReport* fault : of_kind) {
          active += fault->at <= at && at < fault->until.value_or(Time::never()) ? 1 : 0;
        }
        out.sample(source, "", fmt::format("kind=\"{}\"", escaped(kind)), active, at);
      }
    }
  });
}

/// What is known once a run is over.
void verdicts(Writer& out) {
  const auto slo_help = "1: the objective holds, 0: it does not; none: unknown";
  out.family("slo_met", "gauge", "", slo_help, [&](const Source& source) {
    std::map<std::string, bool> by_text;  // an objective may be written twice
    for (const SloReport& slo : source.subject.run.slos) {
      if (slo.ok) {
        by_text[repeated(slo.expr)] = *slo.ok;
      }
    }
    for (const auto& [text, ok] : by_text) {
      out.sample(source, "", fmt::format("slo=\"{}\"", escaped(text)), ok ? 1 : 0,
                 source.subject.run.ended_at);
    }
  });
  const auto rule_help = "1: the rule was kept, 0: it is broken; none: unknown";
  out.family("invariant_met", "gauge", "", rule_help, [&](const Source& source) {
    for (const InvariantReport& rule : source.subject.run.invariants) {
      if (rule.verdict != Verdict::unknown) {
        out.sample(source, "", fmt::format("invariant=\"{}\"", escaped(rule.name)),
                   rule.verdict == Verdict::pass ? 1 : 0, source.subject.run.ended_at);
      }
    }
  });
}

/// Where a resource is of one process, the process is named.
void utilisation(Writer& out) {
  const auto help = "Share of what a resource of a host can do that was asked of it in the window";
  out.family("resource_busy_ratio", "gauge", "ratio", help, [&](const Source& source) {
    const Utilisation& all = source.subject.run.utilisation;
    for (const ResourceUse& use : all.resources) {
      const std::string labels =
          fmt::format("host=\"{}\",resource=\"{}\",process=\"{}\"", escaped(use.host),
                      name(use.resource), escaped(use.process));
      for (std::size_t i = 0; i < use.windows.size(); ++i) {
        const Time end = all.from + all.window * static_cast<std::int64_t>(i + 1);
        out.sample(source, "", labels, use.windows[i], std::min(end, all.to));
      }
    }
  });
}

}  // namespace

std::string to_openmetrics(std::span<const Exported> subjects, std::int64_t epoch_s) {
  Writer out(subjects, epoch_s);
  latencies(out, "e2e_latency_seconds", "Intended send time to delivery", &LatencyInterval::e2e);
  latencies(out, "publish_latency_seconds", "Intended send time to acknowledgement",
            &LatencyInterval::publish);
  counter(out, "records_produced", "Records handed to producers", &SeriesPoint::in_per_s);
  counter(out, "records_delivered", "Records delivered", &SeriesPoint::out_per_s);
  out.family("lag_records", "gauge", "records",
             "Most records of the second that were produced, and neither delivered nor refused",
             [&](const Source& source) {
               for (std::size_t i = 0; i < source.subject.run.series.size(); ++i) {
                 out.sample(source, "", "", source.subject.run.series[i].lag_records,
                            end_of_point(source.subject, i));
               }
             });
  faults(out);
  verdicts(out);
  utilisation(out);
  return out.finish();
}

}  // namespace wavetank::reports
