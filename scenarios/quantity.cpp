#include "scenarios/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "scenarios/units.h"

namespace wavetank::scenarios {

namespace {

struct Unit {
  std::string suffix;
  double scale;  // base units
};
using Units = std::vector<Unit>;

constexpr double kMinute = 60e9;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;
constexpr double kWeek = 7 * kDay;

const Units kPrefixes = {{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}};

/// Every prefix before every unit.
Units prefixed(const Units& units) {
  Units all;
  for (const Unit& prefix : kPrefixes) {
    for (const Unit& unit : units) {
      all.push_back({prefix.suffix + unit.suffix, prefix.scale * unit.scale});
    }
  }
  return all;
}

Units byte_units() {
  return {{"B", 1},     {"kB", 1e3},     {"KB", 1e3},     {"MB", 1e6},     {"GB", 1e9},
          {"TB", 1e12}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
}

Units bandwidth_units() {
  Units units = prefixed({{"bps", 1}, {"bit/s", 1}});
  for (const Unit& unit : byte_units()) {
    units.push_back({unit.suffix + "/s", 8 * unit.scale});
  }
  return units;
}

const Units& units_of(Dimension dimension) {
  static const Units kDurations = {
      {"ns", 1},        {"us", 1e3},      {"\xc2\xb5s", 1e3},  {"ms", 1e6},
      {"s", 1e9},       {"sec", 1e9},     {"second", 1e9},     {"seconds", 1e9},
      {"m", kMinute},   {"min", kMinute}, {"minute", kMinute}, {"minutes", kMinute},
      {"h", kHour},     {"hour", kHour},  {"hours", kHour},    {"d", kDay},
      {"day", kDay},    {"days", kDay},   {"w", kWeek},        {"week", kWeek},
      {"weeks", kWeek},
  };
  static const Units kBytes = byte_units();
  static const Units kRates = prefixed({{"/s", 1},
                                        {"/min", 1e9 / kMinute},
                                        {"/h", 1e9 / kHour},
                                        {"/d", 1e9 / kDay},
                                        {"/day", 1e9 / kDay}});
  static const Units kBandwidths = bandwidth_units();
  switch (dimension) {
    case Dimension::duration:
      return kDurations;
    case Dimension::bytes:
      return kBytes;
    case Dimension::rate:
      return kRates;
    case Dimension::bandwidth:
      return kBandwidths;
    case Dimension::count:
      break;
  }
  return kPrefixes;
}

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) {
    return {};
  }
  return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

/// The largest unit that divides the value without a rest.
std::string in_units(
    std::uint64_t value,
    const std::vector<std::pair<std::uint64_t, const char*>>& units_largest_first) {
  for (const auto& [scale, suffix] : units_largest_first) {
    if (value != 0 && value % scale == 0) {
      return fmt::format("{}{}", value / scale, suffix);
    }
  }
  return fmt::format("{}{}", value, units_largest_first.back().second);
}

}  // namespace

std::vector<std::string> unit_names(Dimension dimension) {
  std::vector<std::string> names;
  for (const Unit& unit : units_of(dimension)) {
    if (!unit.suffix.empty()) {
      names.push_back(unit.suffix);
    }
  }
  return names;
}

Result<double> parse_quantity(std::string_view text, Dimension dimension) {
  const std::string_view trimmed = trim(text);
  double number = 0;
  const auto [end, error] =
      std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) {
    return fail(fmt::format("\"{}\" is not {}", text, what_is(dimension)));
  }
  const std::string_view suffix =
      trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data())));
  const Units& units = units_of(dimension);
  const auto unit = std::ranges::find(units, suffix, &Unit::suffix);
  if (unit != units.end()) {
    return number * unit->scale;
  }
  if (suffix.empty()) {
    return fail(fmt::format("\"{}\" has no unit", text));
  }
  return fail(
      fmt::format("\"{}\" is not {}: it has no unit \"{}\"", text, what_is(dimension), suffix));
}

double plain_scale(Dimension dimension) {
  return dimension == Dimension::duration ? 1e9 : 1;
}

std::string_view what_is(Dimension dimension) {
  static constexpr std::string_view kWhat[] = {"a duration", "a size in bytes", "a rate",
                                               "a bandwidth", "a count"};
  return kWhat[static_cast<std::size_t>(dimension)];
}

std::string_view example_of(Dimension dimension) {
  static constexpr std::string_view kExamples[] = {"\"250ms\"", "\"16KiB\"", "\"50k/s\"",
                                                   "\"10Gbps\"", "\"10k\""};
  return kExamples[static_cast<std::size_t>(dimension)];
}

std::string pattern_of(Dimension dimension) {
  std::string suffixes;
  for (const Unit& unit : units_of(dimension)) {
    suffixes += (suffixes.empty() && &unit == &units_of(dimension).front() ? "" : "|");
    suffixes += unit.suffix;
  }
  return fmt::format("^ *-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)? *({}) *$", suffixes);
}

std::string to_text(Duration duration) {
  if (duration.ns() < 0) {
    return "-" + to_text(Duration(-duration.ns()));
  }
  if (duration.ns() == 0) {
    return "0s";
  }
  return in_units(static_cast<std::uint64_t>(duration.ns()), {{3'600'000'000'000, "h"},
                                                              {60'000'000'000, "min"},
                                                              {1'000'000'000, "s"},
                                                              {1'000'000, "ms"},
                                                              {1'000, "us"},
                                                              {1, "ns"}});
}

std::string bytes_text(std::uint64_t bytes) {
  return in_units(bytes, {{1ULL << 30, "GiB"}, {1ULL << 20, "MiB"}, {1ULL << 10, "KiB"}, {1, "B"}});
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) {
    return fmt::format("{:g}M/s", per_second / 1e6);
  }
  return per_second >= 1e3 ? fmt::format("{:g}k/s", per_second / 1e3)
                           : fmt::format("{:g}/s", per_second);
}

}  // namespace wavetank::scenarios
