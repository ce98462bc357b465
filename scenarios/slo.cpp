#include "scenarios/slo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/suggest.h"
#include "engine/coordination/types.h"
#include "engine/log/types.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

using enum MetricKind;
using enum MetricUnit;

constexpr Metric kMetrics[] = {
    {"e2e", trend, seconds, "from the intended send time to delivery to a consumer"},
    {"publish", trend, seconds, "from the intended send time to the acknowledgement"},
    {"leaderless", trend, seconds,
     "from a fault that costs a service its leader to the next leader; one sample a fault"},
    {"interruption", trend, seconds,
     "from a fault that costs a service its leader until a change is confirmed to a client again; "
     "one sample a fault"},
    {"lag", gauge, records,
     "produced, and neither delivered nor refused, nor lost as far as can be known"},
    {"throughput_in", rate, records_per_second, "records handed to producers"},
    {"throughput_out", rate, records_per_second, "records delivered to consumers"},
    {"throughput_acknowledged", rate, records_per_second, "records confirmed to their producers"},
    {"bytes_in", rate, bytes_per_second, "keys and values handed to producers"},
    {"produced", scalar, records, "handed to producers"},
    {"acknowledged", scalar, records, "confirmed to their producer"},
    {"delivered", scalar, records, "read by a consumer at least once"},
    {"dead_lettered", scalar, records, "set aside as unprocessable"},
    {"in_flight", scalar, records, "neither delivered nor given up when the run ended"},
    {"refused", scalar, records, "given up by the producer, which was told"},
    {"expired", scalar, records, "thrown away by retention before the consumers had read it"},
    {"skipped", scalar, records, "stored, and passed over by the consumers' own choice"},
    {"compacted", scalar, records, "gone unread, for a later record of the same key was there"},
    {"lost", scalar, records, "acknowledged, and gone"},
    {"duplicated", scalar, records, "deliveries of records that are stored twice"},
    {"detection", scalar, seconds, "from a fault to its detection; of the slowest fault"},
    {"election", scalar, seconds,
     "from a fault that costs a leader to the next leader; of the slowest such fault"},
    {"controller_takeover", scalar, seconds,
     "from when one stands for controller until it knows the cluster and acts; of the slowest"},
    {"recovery", scalar, seconds,
     "from a fault until service is whole again; of the slowest fault"},
    {"drain", scalar, seconds, "from a fault until its backlog is gone; of the slowest fault"},
    {"catch_up", scalar, seconds,
     "from when a broker is back until its replicas are in sync; of the slowest"},
    {"still_behind", scalar, records,
     "in-sync sets that lacked a broker which a fault had struck, and which was back, when the run "
     "was over"},
    {"unavailability", scalar, seconds, "time in which some partition had no leader"},
    {"move_duration", scalar, seconds,
     "from the request to move partitions until all are where they were to be; of the slowest"},
    {"move_rate", scalar, bytes_per_second, "copied to new replicas, over the time of the moves"},
    {"delivered_beside", scalar, records,
     "read by groups that the verdict does not speak of: a topic's second, or a replay"},
    {"removed", scalar, records,
     "thrown away by retention, read or not; counted once, however many replicas had them"},
    {"cut_by_recovery", scalar, records,
     "held by replicas when their brokers died, and not found whole by the recovery of their logs; "
     "of all replicas"},
    {"timestamp_behind", scalar, seconds,
     "how far the time in a record lies before the time at which it was due; of the worst that "
     "was read"},
    {"bulk_transfers", scalar, records,
     "messages that were large enough to share links as flows: answers to followers that catch up, "
     "snapshots"},
    {"disk_busy", scalar, seconds, "time of the measured load that the busiest disk was at work"},
    {"out_of_range", scalar, records, "offsets that consumers asked for and the log did not have"},
    {"cleanings", scalar, records, "passes of the brokers' log cleaners"},
    {"request_queue_peak", scalar, records,
     "requests that waited for an io thread at once; of the worst broker"},
    {"request_queue_mean", scalar, records, "the same, averaged over the measured time"},
    {"requests_unread_peak", scalar, records,
     "requests that had arrived and not been read; of the worst broker"},
    {"network_threads_stopped", scalar, seconds,
     "time in which network threads could read nothing, for the request queue was full; of all "
     "threads of the worst broker together"},
    {"throttled", scalar, seconds,
     "how long clients were told to keep still, for they exceeded their quotas; all together"},
    {"redelivered", scalar, records,
     "deliveries of records that were read before, from the log's "
     "same place: at-least-once reading after a rebalance"},
    {"stale_reads", scalar, records,
     "serializable reads that showed something older than was acknowledged when they were asked"},
    {"rebalances", scalar, records, "generations of consumer groups that began after the warm-up"},
    {"commits_refused", scalar, records, "commits of offsets that coordinators refused"},
    {"standstill_max", scalar, seconds,
     "longest time in which a partition that is written to was not read; of the worst partition"},
    {"standstill_median", scalar, seconds, "the same, of the median partition"},
    {"transactions_committed", scalar, records, "transactions whose producer was told so"},
    {"transactions_aborted", scalar, records, "transactions given up"},
    {"producers_fenced", scalar, records, "transactional producers that another one replaced"},
    {"throughput_least", scalar, records_per_second,
     "answers to clients of the ensemble, in the worst 300 ms of the measured load"},
    {"sessions_expired", scalar, records,
     "sessions of the ensemble that ended for nothing was heard of them"},
    {"creations", scalar, records_per_second, "nodes of the ensemble that clients created"},
    {"creation_mean", scalar, seconds, "mean time in which a node was created"},
    {"cost_per_hour", scalar, dollars, "of all hosts, at list price"},
    {"cost_per_million", scalar, dollars, "of a million records delivered, at list price"},
};

/// "errors.NAME" of every error of the protocols.
std::vector<std::string> error_names() {
  std::vector<std::string> names;
  const auto add = [&names]<class Code>(Code first, std::string_view end) {
    for (auto code = static_cast<int>(first); name(static_cast<Code>(code)) != end; ++code) {
      names.push_back(fmt::format("errors.{}", name(static_cast<Code>(code))));
    }
  };
  add(static_cast<log::ErrorCode>(1), "unknown");
  add(static_cast<coordination::ErrorCode>(1), "Unknown");
  return names;
}

/// A metric for each of them.
const std::vector<Metric>& error_metrics() {
  static const std::vector<std::string> names = error_names();
  static const std::vector<Metric> metrics = [] {
    std::vector<Metric> all;
    for (const std::string& name : names) {
      all.push_back({name, scalar, records, "answers with this error"});
    }
    return all;
  }();
  return metrics;
}

constexpr std::array<std::string_view, 7> kAggregates = {"min", "mean",  "avg",  "med",
                                                         "max", "value", "count"};

std::vector<std::string_view> metric_names() {
  std::vector<std::string_view> names;
  for (const Metric& metric : kMetrics) {
    names.push_back(metric.name);
  }
  return names;
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> known) {
  const auto near = nearest(wrong, known);
  return near ? fmt::format("; did you mean \"{}\"?", *near) : "";
}

Dimension dimension_of(MetricUnit unit) {
  switch (unit) {
    case seconds:
      return Dimension::duration;
    case records_per_second:
      return Dimension::rate;
    case bytes_per_second:
      return Dimension::bandwidth;
    case records:
    case dollars:
      break;
  }
  return Dimension::count;
}

/// Base units of the dimension in one base unit of the metric.
double base_scale(MetricUnit unit) {
  switch (unit) {
    case seconds:
      return 1e9;
    case bytes_per_second:
      return 8;
    default:
      return 1;
  }
}

std::string_view bound_example(MetricUnit unit) {
  switch (unit) {
    case seconds:
      return "a duration such as 250ms";
    case records_per_second:
      return "a rate such as 49k/s";
    case bytes_per_second:
      return "a bandwidth such as 10MB/s";
    case records:
      return "a count such as 0 or 10k";
    case dollars:
      break;
  }
  return "an amount such as 0.12";
}

std::string_view aggregates_of(MetricKind kind) {
  switch (kind) {
    case trend:
      return "min, mean, med, max, count, p99, p99.9";
    case gauge:
      return "min, mean, max, value, p99";
    case rate:
      return "value, min, max";
    case scalar:
      break;
  }
  return "value, or none";
}

bool allows(MetricKind kind, Aggregate aggregate) {
  switch (kind) {
    case trend:
      return aggregate != Aggregate::value;
    case gauge:
      return aggregate != Aggregate::count;
    case rate:
      return aggregate == Aggregate::value || aggregate == Aggregate::min ||
             aggregate == Aggregate::max;
    case scalar:
      break;
  }
  return aggregate == Aggregate::value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { slo_.text = text; }

  tl::expected<Slo, SloError> parse() {
    if (parse_subject() && parse_comparison() && parse_bound() && parse_window()) {
      return std::move(slo_);
    }
    return tl::unexpected(std::move(error_));
  }

  tl::expected<Slo, SloError> parse_without_bound() {
    if (parse_subject() && parse_window()) {
      if (!slo_.over) {
        return std::move(slo_);
      }
      stop(text_.find(" over"), "\"over\" needs a bound: which stretch is the worst depends on it",
           "no \"over\"");
    }
    return tl::unexpected(std::move(error_));
  }

 private:
  /// Nothing more is read; false.
  bool stop(std::size_t position, std::string message, std::string expected) {
    error_ = {position, std::move(message), std::move(expected)};
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
  }
  std::string_view word() {
    skip_blanks();
    const std::size_t from = at_;
    while (at_ < text_.size() && is_word(text_[at_])) {
      ++at_;
    }
    return text_.substr(from, at_ - from);
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) {
      return false;
    }
    at_ += token.size();
    return true;
  }

  // "errors.corrupt_message"
  bool parse_error(std::size_t start) {
    const std::string_view error = word();
    slo_.metric = find_metric(fmt::format("errors.{}", error));
    if (slo_.metric) {
      return true;
    }
    std::vector<std::string_view> known;
    for (const Metric& metric : error_metrics()) {
      known.push_back(metric.name.substr(std::string_view("errors.").size()));
    }
    return stop(start, fmt::format("unknown error \"{}\"{}", error, did_you_mean(error, known)),
                fmt::format("one of {}", fmt::join(known, ", ")));
  }

  // "e2e.p99", "lost", or k6's "p(95)".
  bool parse_subject() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view name = word();
    if (name.empty()) {
      return stop(at_, "an objective begins with a metric", "such as e2e.p99 < 1s");
    }
    slo_.metric = find_metric(name);
    if (name == "errors" && take(".")) {
      return parse_error(start);
    }
    if (!slo_.metric && (is_aggregate(name) || name == "p")) {
      like_k6_ = true;
      slo_.metric = find_metric("e2e");
      at_ = start;
      return parse_aggregate() && check_aggregate(start);
    }
    if (!slo_.metric) {
      const auto known = metric_names();
      return stop(start, fmt::format("unknown metric \"{}\"{}", name, did_you_mean(name, known)),
                  fmt::format("one of {}", fmt::join(known, ", ")));
    }
    if (take(".")) {
      return parse_aggregate() && check_aggregate(start);
    }
    const MetricKind kind = slo_.metric->kind;
    if (kind == trend || kind == gauge) {
      return stop(at_, fmt::format("{} is many samples: say which", name),
                  fmt::format("{}.{}", name, kind == trend ? "p99" : "max"));
    }
    return true;
  }

  bool check_aggregate(std::size_t start) {
    if (allows(slo_.metric->kind, slo_.aggregate)) {
      return true;
    }
    return stop(
        start,
        fmt::format("{} has no {}", slo_.metric->name, name(slo_.aggregate, slo_.percentile)),
        std::string(aggregates_of(slo_.metric->kind)));
  }

  static bool is_aggregate(std::string_view name) {
    const bool percentile =
        name.size() > 1 && name[0] == 'p' && std::ranges::all_of(name.substr(1), is_digit);
    return percentile || std::ranges::find(kAggregates, name) != kAggregates.end();
  }

  bool parse_aggregate() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view name = word();
    if (name == "p" && take("(")) {
      const auto close = text_.find(')', at_);
      if (close == std::string_view::npos) {
        return stop(at_, "the parenthesis is not closed", "p(99.9)");
      }
      const std::string_view digits = text_.substr(at_, close - at_);
      at_ = close + 1;
      return set_percentile(start, digits);
    }
    if (!is_aggregate(name)) {
      return stop(start,
                  fmt::format("unknown aggregate \"{}\"{}", name, did_you_mean(name, kAggregates)),
                  std::string(aggregates_of(slo_.metric->kind)));
    }
    if (name[0] == 'p') {
      return set_percentile(start, percentile_digits(name.substr(1)));
    }
    if (name == "med") {
      return set_percentile(start, "50");
    }
    slo_.aggregate = name == "min"                     ? Aggregate::min
                     : name == "max"                   ? Aggregate::max
                     : name == "count"                 ? Aggregate::count
                     : name == "mean" || name == "avg" ? Aggregate::mean
                                                       : Aggregate::value;
    return true;
  }

  /// "99.9" of p99.9, and of p999: two digits stand before a point that is not written.
  std::string percentile_digits(std::string_view before) {
    std::string digits(before);
    const bool has_point = at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]);
    if (has_point) {
      ++at_;
      return fmt::format("{}.{}", digits, word());
    }
    if (digits.size() > 2) {
      digits.insert(2, ".");
    }
    return digits;
  }

  bool set_percentile(std::size_t start, std::string_view digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (whole && like_k6_ && (value == 0 || value == 100)) {
      slo_.aggregate = value == 0 ? Aggregate::min : Aggregate::max;
      return true;
    }
    if (!whole || !(value > 0 && value < 100)) {
      return stop(start, fmt::format("\"{}\" is no percentile", digits),
                  "a number between 0 and 100, both excluded; use min and max for these");
    }
    slo_.aggregate = Aggregate::percentile;
    slo_.percentile = value;
    return true;
  }

  bool parse_comparison() {
    static constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
        {"<=", Comparison::less_equal},    {"<", Comparison::less},
        {">=", Comparison::greater_equal}, {">", Comparison::greater},
        {"===", Comparison::equal},        {"==", Comparison::equal},
        {"!=", Comparison::not_equal}};
    for (const auto& [token, comparison] : kComparisons) {
      if (take(token)) {
        slo_.comparison = comparison;
        return true;
      }
    }
    return stop(at_, "a comparison is missing", "one of < <= > >= == !=");
  }

  bool parse_bound() {
    skip_blanks();
    const std::size_t start = at_;
    if (word() == "baseline") {
      slo_.baseline_factor = 1;
      return parse_baseline();
    }
    at_ = std::min({text_.find(" during", start), text_.find(" over", start), text_.size()});
    return set_bound(start, text_.substr(start, at_ - start));
  }

  bool set_bound(std::size_t start, std::string_view text) {
    const MetricUnit unit = slo_.metric->unit;
    const bool samples = slo_.aggregate == Aggregate::count;
    const auto counted = parse_quantity(text, Dimension::count);
    if (counted && (*counted == 0 || samples)) {
      slo_.bound = *counted;
      return true;
    }
    if (counted && like_k6_) {
      slo_.bound = *counted * 1e-3;  // k6 measures trends in milliseconds
      return true;
    }
    const auto value = parse_quantity(text, samples ? Dimension::count : dimension_of(unit));
    if (!value) {
      return stop(start, text.empty() ? "the bound is missing" : value.error().message,
                  std::string(bound_example(unit)));
    }
    slo_.bound = *value / base_scale(unit);
    return true;
  }

  // "*1.05", or nothing.
  bool parse_baseline() {
    if (take("*")) {
      return parse_factor();
    }
    for (const std::string_view sign : {"+", "-", "/"}) {
      if (text_.substr(at_).starts_with(sign)) {
        return stop(at_, "a baseline can be multiplied, and nothing else",
                    "baseline*1.05 for five per cent more");
      }
    }
    return true;
  }

  bool parse_factor() {
    skip_blanks();
    double factor = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), factor);
    if (error != std::errc{} || !(factor > 0) || !std::isfinite(factor)) {
      return stop(at_, "the baseline's factor is missing", "baseline*1.05");
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    slo_.baseline_factor = factor;
    return true;
  }

  bool parse_window() {
    skip_blanks();
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      const std::string_view clause = word();
      if (clause != "during" && clause != "over") {
        return stop(
            start, fmt::format("\"{}\" is not understood here", text_.substr(start)),
            "the end, \"during steady\", \"during fault\", \"during after\" or \"over 10s\"");
      }
      if (slo_.metric->kind == scalar) {
        return stop(start, fmt::format("{} is one number for the whole run", slo_.metric->name),
                    fmt::format("no \"{}\"", clause));
      }
      if (std::exchange(clause == "during" ? has_phase_ : has_stretch_, true)) {
        return stop(start, fmt::format("\"{}\" stands here twice", clause), "it once");
      }
      if (!(clause == "during" ? parse_phase() : parse_over())) {
        return false;
      }
      skip_blanks();
    }
    return true;
  }

  bool parse_phase() {
    static constexpr std::array<std::string_view, 4> kPhases = {"run", "steady", "fault", "after"};
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view phase = word();
    const auto* const found = std::ranges::find(kPhases, phase);
    if (found == kPhases.end()) {
      return stop(start, fmt::format("unknown phase \"{}\"{}", phase, did_you_mean(phase, kPhases)),
                  "one of run, steady, fault, after");
    }
    slo_.phase = static_cast<Phase>(found - kPhases.begin());
    return true;
  }

  bool parse_over() {
    skip_blanks();
    const std::size_t start = at_;
    at_ = std::min({text_.find(" during", start), text_.find(" over", start), text_.size()});
    const auto length = parse_quantity(text_.substr(start, at_ - start), Dimension::duration);
    if (!length || *length < 1e9 || *length > 1e15) {
      return stop(
          start,
          length ? "windows are a second or longer, at most a week or so" : length.error().message,
          "a duration such as 10s");
    }
    slo_.over = Duration(std::llround(*length));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool like_k6_ = false;
  bool has_phase_ = false;
  bool has_stretch_ = false;
  Slo slo_;
  SloError error_{};
};

}  // namespace

std::span<const Metric> all_metrics() {
  return kMetrics;
}

const Metric* find_metric(std::string_view name) {
  const auto* found = std::ranges::find(kMetrics, name, &Metric::name);
  if (found != std::end(kMetrics)) {
    return found;
  }
  const auto error = std::ranges::find(error_metrics(), name, &Metric::name);
  return error == error_metrics().end() ? nullptr : &*error;
}

std::string_view name(MetricKind kind) {
  static constexpr std::string_view kNames[] = {"trend", "gauge", "rate", "scalar"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view symbol(MetricUnit unit) {
  static constexpr std::string_view kSymbols[] = {"s", "records", "records/s", "B/s", "USD"};
  return kSymbols[static_cast<std::size_t>(unit)];
}

tl::expected<Slo, SloError> parse_slo(std::string_view text) {
  return Parser(text).parse();
}

tl::expected<Slo, SloError> parse_subject(std::string_view text) {
  return Parser(text).parse_without_bound();
}

bool holds(const Slo& slo, double observed) {
  switch (slo.comparison) {
    case Comparison::less:
      return observed < slo.bound;
    case Comparison::less_equal:
      return observed <= slo.bound;
    case Comparison::greater:
      return observed > slo.bound;
    case Comparison::greater_equal:
      return observed >= slo.bound;
    case Comparison::equal:
      return observed == slo.bound;
    case Comparison::not_equal:
      break;
  }
  return observed != slo.bound;
}

std::string_view symbol(Comparison comparison) {
  static constexpr std::string_view kSymbols[] = {"<", "<=", ">", ">=", "==", "!="};
  return kSymbols[static_cast<std::size_t>(comparison)];
}

std::string_view name(Phase phase) {
  static constexpr std::string_view kNames[] = {"run", "steady", "fault", "after"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string name(Aggregate aggregate, double percentile) {
  static constexpr std::string_view kNames[] = {"min", "mean", "max", "value", "count"};
  if (aggregate == Aggregate::percentile) {
    return fmt::format("p{:g}", percentile);
  }
  return std::string(kNames[static_cast<std::size_t>(aggregate)]);
}

}  // namespace wavetank::scenarios
