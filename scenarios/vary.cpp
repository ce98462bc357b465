#include "scenarios/vary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::scenarios {

namespace {

constexpr std::string_view kDots = "..";

/// "PATH=VALUES" in two.
Result<std::pair<std::string_view, std::string_view>> split(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(fmt::format(
        "{}: expected PATH=VALUES, such as workload.rate=1k/s,2k/s or workload.rate=1k/s..64k/s*2",
        text));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

/// At commas that stand in no list, object or string.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    quoted = quoted != (c == '"');
    depth += !quoted && (c == '[' || c == '{') ? 1 : 0;
    depth -= !quoted && (c == ']' || c == '}') ? 1 : 0;
    if (c == ',' && depth == 0 && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// How a range goes on: "/10k/s" by steps, "*2" by a factor.
struct Stride {
  std::string_view end;   ///< of the range
  std::string_view step;  ///< empty: none
  bool is_factor = false;
};

/// A step begins with "/" and a digit, which no unit does.
Stride stride_of(std::string_view text) {
  if (const auto star = text.find('*'); star != std::string_view::npos) {
    return {text.substr(0, star), text.substr(star + 1), true};
  }
  for (std::size_t at = text.find('/'); at != std::string_view::npos; at = text.find('/', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '.' || std::isdigit(text[at + 1]) != 0)) {
      return {text.substr(0, at), text.substr(at + 1), false};
    }
  }
  return {text, {}, false};
}

struct Ends {
  Amount from;
  Amount to;
};

Result<Ends> parse_ends(std::string_view from, std::string_view to) {
  const Result<Amount> first = parse_amount(from);
  const Result<Amount> last = parse_amount(to);
  if (!first || !last) {
    return fail((first ? last : first).error().message);
  }
  if (first->dimension != last->dimension) {
    return fail(fmt::format("{} is {}, and {} is {}", from, what_is(first->dimension), to,
                            what_is(last->dimension)));
  }
  if (first->value >= last->value) {
    return fail(fmt::format("{} is not below {}", from, to));
  }
  return Ends{*first, *last};
}

Result<double> parse_step(const Stride& stride, const Ends& ends) {
  if (stride.step.empty()) {
    if (ends.from.dimension == Dimension::count) {
      return 1.0;
    }
    return fail(fmt::format("{} needs a step: {}/{} or {}*2", what_is(ends.from.dimension),
                            stride.end, to_text(ends.from), stride.end));
  }
  const Result<Amount> step = parse_amount(stride.step);
  if (!step) {
    return fail(step.error().message);
  }
  const bool right_kind =
      step->dimension == (stride.is_factor ? Dimension::count : ends.from.dimension);
  if (!right_kind || step->value <= (stride.is_factor ? 1.0 : 0.0)) {
    return fail(stride.is_factor ? fmt::format("{} is not a factor above 1", stride.step)
                                 : fmt::format("{} is not a step of {}", stride.step,
                                               what_is(ends.from.dimension)));
  }
  if (stride.is_factor && ends.from.value <= 0) {
    return fail("a range by a factor begins above 0");
  }
  return step->value;
}

Result<std::vector<std::string>> range_values(std::string_view text, std::size_t dots) {
  const Stride stride = stride_of(text.substr(dots + kDots.size()));
  const Result<Ends> ends = parse_ends(text.substr(0, dots), stride.end);
  if (!ends) {
    return tl::unexpected<Error>(ends.error());
  }
  const Result<double> step = parse_step(stride, *ends);
  if (!step) {
    return tl::unexpected<Error>(step.error());
  }
  // Rounding must not lose the end of 0.1..0.5/0.1.
  const double most = ends->to.value * (1 + 1e-9);
  std::vector<std::string> values;
  for (std::size_t i = 0; i <= kMaxAxisValues; ++i) {
    const auto n = static_cast<double>(i);
    const double value =
        stride.is_factor ? ends->from.value * std::pow(*step, n) : ends->from.value + *step * n;
    if (value > most) {
      break;
    }
    values.push_back(to_text({value, ends->from.dimension}));
  }
  return values;
}

/// The text, if it is read back as the value.
bool is_exact(const std::string& text, const Amount& amount) {
  const Result<Amount> read = parse_amount(text);
  return read && read->dimension == amount.dimension && read->value == amount.value;
}

std::string round_text(const Amount& amount) {
  switch (amount.dimension) {
    case Dimension::duration:
      return to_text(Duration(std::llround(amount.value)));
    case Dimension::bytes:
      return bytes_text(static_cast<std::uint64_t>(std::llround(amount.value)));
    case Dimension::rate:
      return rate_text(amount.value);
    case Dimension::bandwidth:
      return fmt::format("{:g}Mbps", amount.value / 1e6);
    case Dimension::count:
      break;
  }
  return fmt::format("{:.12g}", amount.value);
}

std::string exact_text(const Amount& amount) {
  static constexpr const char* kBase[] = {"ns", "B", "/s", "bps", ""};
  return fmt::format("{}{}", amount.value, kBase[static_cast<std::size_t>(amount.dimension)]);
}

}  // namespace

Result<Amount> parse_amount(std::string_view text) {
  for (const Dimension dimension : {Dimension::count, Dimension::rate, Dimension::duration,
                                    Dimension::bytes, Dimension::bandwidth}) {
    if (const Result<double> value = parse_quantity(text, dimension)) {
      return Amount{*value, dimension};
    }
  }
  return fail(
      fmt::format("\"{}\" is no number with a unit, such as 10, 50k/s, 16KiB or 250ms", text));
}

std::string to_text(const Amount& amount) {
  const std::string round = round_text(amount);
  const bool is_plain = amount.dimension == Dimension::count;
  return is_plain || is_exact(round, amount) ? round : exact_text(amount);
}

Result<Axis> parse_axis(std::string_view text) {
  const auto parts = split(text);
  if (!parts) {
    return tl::unexpected<Error>(parts.error());
  }
  Axis axis{std::string(parts->first), {}};
  for (const std::string& part : split_list(parts->second)) {
    const std::size_t dots = part.find(kDots);
    const bool is_range = dots != std::string::npos && dots > 0 && part.front() != '"';
    if (!is_range) {
      axis.values.push_back(part);
      continue;
    }
    const Result<std::vector<std::string>> range = range_values(part, dots);
    if (!range) {
      return fail(fmt::format("{}: {}", text, range.error().message));
    }
    axis.values.insert(axis.values.end(), range->begin(), range->end());
  }
  if (axis.values.size() > kMaxAxisValues) {
    return fail(fmt::format("{}: more than {} values (limit axis values)", text, kMaxAxisValues));
  }
  for (auto it = axis.values.begin(); it != axis.values.end(); ++it) {
    if (it->empty() || std::find(axis.values.begin(), it, *it) != it) {
      return fail(
          fmt::format("{}: {}", text, it->empty() ? "a value is empty" : *it + " is there twice"));
    }
  }
  return axis;
}

bool SearchRange::is_whole() const {
  return (dimension == Dimension::count || dimension == Dimension::bytes) &&
         from == std::floor(from) && to == std::floor(to);
}

Result<SearchRange> parse_search_range(std::string_view text) {
  const auto parts = split(text);
  if (!parts) {
    return tl::unexpected<Error>(parts.error());
  }
  const std::size_t dots = parts->second.find(kDots);
  if (dots == std::string_view::npos) {
    return fail(
        fmt::format("{}: expected bounds to search between, such as workload.rate="
                    "1k/s..1M/s",
                    text));
  }
  const Result<Ends> ends =
      parse_ends(parts->second.substr(0, dots), parts->second.substr(dots + kDots.size()));
  if (!ends) {
    return fail(fmt::format("{}: {}", text, ends.error().message));
  }
  if (ends->from.value <= 0) {
    return fail(fmt::format("{}: a search begins above 0", text));
  }
  return SearchRange{std::string(parts->first), ends->from.value, ends->to.value,
                     ends->from.dimension};
}

}  // namespace wavetank::scenarios
