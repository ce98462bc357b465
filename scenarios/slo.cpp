#include "scenarios/slo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "engine/base/suggest.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

using enum MetricKind;
using enum MetricUnit;

constexpr Metric kMetrics[] = {
    {"e2e", trend, seconds, "from the intended send time to delivery to a consumer"},
    {"publish", trend, seconds, "from the intended send time to the acknowledgement"},
    {"lag", gauge, records, "acknowledged and not yet delivered"},
    {"throughput_in", rate, records_per_second, "records handed to producers"},
    {"throughput_out", rate, records_per_second, "records delivered to consumers"},
    {"bytes_in", rate, bytes_per_second, "keys and values handed to producers"},
    {"produced", scalar, records, "handed to producers"},
    {"acknowledged", scalar, records, "confirmed to their producer"},
    {"delivered", scalar, records, "read by a consumer at least once"},
    {"dead_lettered", scalar, records, "set aside as unprocessable"},
    {"in_flight", scalar, records, "neither delivered nor given up when the run ended"},
    {"refused", scalar, records, "given up by the producer, which was told"},
    {"lost", scalar, records, "acknowledged, and gone"},
    {"duplicated", scalar, records, "deliveries of records that are stored twice"},
    {"detection", scalar, seconds, "from a fault to its detection; of the slowest fault"},
    {"recovery", scalar, seconds,
     "from a fault until service is whole again; of the slowest fault"},
    {"drain", scalar, seconds, "from a fault until its backlog is gone; of the slowest fault"},
    {"unavailability", scalar, seconds, "time in which some partition had no leader"},
    {"cost_per_hour", scalar, dollars, "of all hosts, at list price"},
    {"cost_per_million", scalar, dollars, "of a million records delivered, at list price"},
};

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
      return "min, mean, med, max, count, p99, p(99.9)";
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

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { slo_.text = text; }

  Slo parse() {
    parse_subject();
    parse_comparison();
    parse_bound();
    parse_window();
    return std::move(slo_);
  }

 private:
  [[noreturn]] void stop(std::size_t position, std::string message, std::string expected) const {
    throw SloError{position, std::move(message), std::move(expected)};
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

  // "e2e.p99", "lost", or k6's "p(95)".
  void parse_subject() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view name = word();
    if (name.empty()) {
      stop(at_, "an objective begins with a metric", "such as e2e.p99 < 1s");
    }
    slo_.metric = find_metric(name);
    if (!slo_.metric && (is_aggregate(name) || name == "p")) {
      like_k6_ = true;
      slo_.metric = find_metric("e2e");
      at_ = start;
      parse_aggregate();
    } else if (!slo_.metric) {
      const auto known = metric_names();
      stop(start, fmt::format("unknown metric \"{}\"{}", name, did_you_mean(name, known)),
           fmt::format("one of {}", fmt::join(known, ", ")));
    } else if (take(".")) {
      parse_aggregate();
    } else if (slo_.metric->kind == trend || slo_.metric->kind == gauge) {
      stop(at_, fmt::format("{} is many samples: say which", name),
           fmt::format("{}.{}", name, slo_.metric->kind == trend ? "p99" : "max"));
    }
    if (!allows(slo_.metric->kind, slo_.aggregate)) {
      stop(start,
           fmt::format("{} has no {}", name, scenarios::name(slo_.aggregate, slo_.percentile)),
           std::string(aggregates_of(slo_.metric->kind)));
    }
  }

  static bool is_aggregate(std::string_view name) {
    const bool percentile =
        name.size() > 1 && name[0] == 'p' &&
        std::ranges::all_of(name.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    return percentile || std::ranges::find(kAggregates, name) != kAggregates.end();
  }

  void parse_aggregate() {
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view name = word();
    if (name == "p" && take("(")) {
      const auto close = text_.find(')', at_);
      if (close == std::string_view::npos) {
        stop(at_, "the parenthesis is not closed", "p(99.9)");
      }
      set_percentile(start, text_.substr(at_, close - at_));
      at_ = close + 1;
    } else if (!is_aggregate(name)) {
      stop(start, fmt::format("unknown aggregate \"{}\"{}", name, did_you_mean(name, kAggregates)),
           std::string(aggregates_of(slo_.metric->kind)));
    } else if (name[0] == 'p') {
      // p999 is 99.9: two digits stand before the point.
      std::string digits(name.substr(1));
      if (digits.size() > 2) {
        digits.insert(2, ".");
      }
      set_percentile(start, digits);
    } else if (name == "med") {
      slo_.aggregate = Aggregate::percentile;
      slo_.percentile = 50;
    } else {
      slo_.aggregate = name == "min"                     ? Aggregate::min
                       : name == "max"                   ? Aggregate::max
                       : name == "count"                 ? Aggregate::count
                       : name == "mean" || name == "avg" ? Aggregate::mean
                                                         : Aggregate::value;
    }
  }

  void set_percentile(std::size_t start, std::string_view digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || !(value > 0 && value < 100)) {
      stop(start, fmt::format("\"{}\" is no percentile", digits),
           "a number between 0 and 100, both excluded; use min and max for these");
    }
    slo_.aggregate = Aggregate::percentile;
    slo_.percentile = value;
  }

  void parse_comparison() {
    skip_blanks();
    static constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
        {"<=", Comparison::less_equal},    {"<", Comparison::less},
        {">=", Comparison::greater_equal}, {">", Comparison::greater},
        {"===", Comparison::equal},        {"==", Comparison::equal},
        {"!=", Comparison::not_equal}};
    for (const auto& [token, comparison] : kComparisons) {
      if (take(token)) {
        slo_.comparison = comparison;
        return;
      }
    }
    stop(at_, "a comparison is missing", "one of < <= > >= == !=");
  }

  void parse_bound() {
    skip_blanks();
    const std::size_t start = at_;
    if (word() == "baseline") {
      slo_.baseline_factor = 1;
      if (take("*")) {
        slo_.baseline_factor = parse_number();
      }
      return;
    }
    at_ = start;
    std::size_t end =
        std::min({text_.find(" during", start), text_.find(" over", start), text_.size()});
    const std::string_view bound = text_.substr(start, end - start);
    at_ = end;
    slo_.bound = bound_in_base_units(start, bound);
  }

  double bound_in_base_units(std::size_t start, std::string_view bound) const {
    const MetricUnit unit = slo_.metric->unit;
    const auto counted = parse_quantity(bound, Dimension::count);
    if (counted && *counted == 0) {
      return 0;
    }
    if (counted && like_k6_) {
      return *counted * 1e-3;  // k6 measures trends in milliseconds
    }
    const auto value = parse_quantity(bound, dimension_of(unit));
    if (!value) {
      stop(start, bound.empty() ? "the bound is missing" : value.error().message,
           std::string(bound_example(unit)));
    }
    return *value / base_scale(unit);
  }

  double parse_number() {
    skip_blanks();
    double number = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc{} || !(number > 0) || !std::isfinite(number)) {
      stop(at_, "the baseline's factor is missing", "baseline*1.05");
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    return number;
  }

  void parse_window() {
    skip_blanks();
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      const std::string_view clause = word();
      if (clause == "during") {
        parse_phase();
      } else if (clause == "over") {
        parse_over();
      } else {
        stop(start, fmt::format("\"{}\" is not understood here", text_.substr(start)),
             "the end, \"during steady\", \"during fault\" or \"over 10s\"");
      }
      skip_blanks();
    }
  }

  void parse_phase() {
    static constexpr std::array<std::string_view, 3> kPhases = {"run", "steady", "fault"};
    skip_blanks();
    const std::size_t start = at_;
    const std::string_view phase = word();
    const auto found = std::ranges::find(kPhases, phase);
    if (found == kPhases.end()) {
      stop(start, fmt::format("unknown phase \"{}\"{}", phase, did_you_mean(phase, kPhases)),
           "one of run, steady, fault");
    }
    if (slo_.metric->kind == scalar) {
      stop(start, fmt::format("{} is one number for the whole run", slo_.metric->name),
           "no \"during\"");
    }
    slo_.phase = static_cast<Phase>(found - kPhases.begin());
  }

  void parse_over() {
    skip_blanks();
    const std::size_t start = at_;
    const std::size_t end = std::min(text_.find(" during", start), text_.size());
    const auto length = parse_quantity(text_.substr(start, end - start), Dimension::duration);
    at_ = end;
    if (!length || *length < 1e9) {
      stop(start, length ? "windows are a second or longer" : length.error().message,
           "a duration such as 10s");
    }
    if (slo_.metric->kind == scalar) {
      stop(start, fmt::format("{} is one number for the whole run", slo_.metric->name),
           "no \"over\"");
    }
    slo_.over = Duration(std::llround(*length));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool like_k6_ = false;
  Slo slo_;
};

}  // namespace

std::span<const Metric> all_metrics() {
  return kMetrics;
}

const Metric* find_metric(std::string_view name) {
  const auto* found = std::ranges::find(kMetrics, name, &Metric::name);
  return found == std::end(kMetrics) ? nullptr : found;
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
  try {
    return Parser(text).parse();
  } catch (SloError& error) {
    return tl::unexpected(std::move(error));
  }
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
  static constexpr std::string_view kNames[] = {"run", "steady", "fault"};
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
