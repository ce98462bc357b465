#include "scenarios/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "scenarios/percent.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

namespace {

constexpr std::string_view kOf = " of ";
constexpr std::string_view kDividedBy = " / ";

/// `text` stands at `position` of the whole measure.
tl::expected<Measured, SloError> parse_value(std::string_view text, std::size_t position) {
  Measured measured;
  const std::size_t of = text.find(kOf);
  if (of != std::string_view::npos) {
    measured.scenario = text.substr(of + kOf.size());
    if (measured.scenario.empty() || measured.scenario.find(' ') != std::string::npos) {
      return tl::unexpected(SloError{position + of + kOf.size(), "no scenario is named",
                                     "the name of another file of the folder, without .json"});
    }
    text = text.substr(0, of);
  }
  auto subject = parse_subject(text);
  if (!subject) {
    SloError error = subject.error();
    error.position += position;
    return tl::unexpected(std::move(error));
  }
  measured.subject = std::move(*subject);
  return measured;
}

/// Base units of the dimension in one base unit of the metric, and the dimension.
std::pair<Dimension, double> scale_of(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::seconds:
      return {Dimension::duration, 1e9};
    case MetricUnit::records_per_second:
      return {Dimension::rate, 1};
    case MetricUnit::bytes_per_second:
      return {Dimension::bandwidth, 8};
    case MetricUnit::records:
    case MetricUnit::dollars:
      break;
  }
  return {Dimension::count, 1};
}

Result<double> published_value(std::string_view text, const Expectation& it) {
  if (it.divisor) {
    const auto ratio = text.ends_with('%') ? parse_percent(text) : parse_number(text);
    return ratio ? Result<double>(*ratio) : fail("a ratio is a number or a percentage");
  }
  const auto [dimension, scale] = scale_of(it.value.subject.metric->unit);
  const auto value = parse_quantity(text, dimension);
  if (!value) {
    return tl::unexpected(value.error());
  }
  return *value / scale;
}

}  // namespace

std::string_view Expectation::unit() const {
  return divisor ? std::string_view() : symbol(value.subject.metric->unit);
}

tl::expected<void, SloError> parse_measure(std::string_view text, Expectation& out) {
  const std::size_t slash = text.find(kDividedBy);
  auto value = parse_value(text.substr(0, slash), 0);
  if (!value) {
    return tl::unexpected(value.error());
  }
  out.measure = text;
  out.value = std::move(*value);
  out.divisor.reset();
  if (slash == std::string_view::npos) {
    return {};
  }
  const std::size_t at = slash + kDividedBy.size();
  auto divisor = parse_value(text.substr(at), at);
  if (!divisor) {
    return tl::unexpected(divisor.error());
  }
  if (divisor->subject.metric->unit != out.value.subject.metric->unit) {
    return tl::unexpected(SloError{at, "the two are not measured in the same unit",
                                   std::string(symbol(out.value.subject.metric->unit))});
  }
  out.divisor = std::move(*divisor);
  return {};
}

Status parse_published(std::string_view text, Expectation& out) {
  const std::string_view given = text;
  out.bound = text.starts_with('<')   ? Comparison::less
              : text.starts_with('>') ? Comparison::greater
                                      : Comparison::equal;
  if (out.bound != Comparison::equal) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ', 1)));
  }
  const Result<double> value = published_value(text, out);
  if (!value) {
    return tl::unexpected(value.error());
  }
  if (!(*value > 0)) {
    return fail("a published figure is above zero");
  }
  out.published_text = given;
  out.published = *value;
  return {};
}

Result<Tolerance> parse_tolerance(std::string_view text) {
  const std::string words(text);
  if (const auto share = parse_percent(text); share && *share > 0 && *share < 1) {
    return Tolerance{words, 1 - *share, 1 + *share};
  }
  if (text.starts_with('x')) {
    if (const auto factor = parse_number(text.substr(1)); factor && *factor > 1) {
      return Tolerance{words, 1 / *factor, *factor};
    }
  }
  return fail(fmt::format("\"{}\" is no tolerance", text));
}

}  // namespace wavetank::scenarios
