#include "reports/export/dates.h"

#include <fmt/format.h>

#include <chrono>

namespace wavetank::reports {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kDay_s = 86'400;

/// So many digits at `at`; nothing if there is anything else.
std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) {
  unsigned value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::string date_text(std::int64_t epoch_s) {
  const std::int64_t days = epoch_s / kDay_s - (epoch_s % kDay_s < 0 ? 1 : 0);
  const year_month_day date{sys_days{std::chrono::days(days)}};
  const std::int64_t second = epoch_s - days * kDay_s;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  constexpr std::string_view kDate = "0000-00-00T00:00:00Z";
  constexpr std::size_t kDayOnly = 10;
  if (text.size() != kDate.size() && text.size() != kDayOnly) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kDate[i] != '0' && text[i] != kDate[i]) {
      return std::nullopt;
    }
  }
  const bool has_time = text.size() == kDate.size();
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = has_time ? digits(text, 11, 2) : 0;
  const auto minute = has_time ? digits(text, 14, 2) : 0;
  const auto second = has_time ? digits(text, 17, 2) : 0;
  if (!year || !month || !day || !hour || !minute || !second || *year < 1970 || *hour > 23 ||
      *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  const year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                            std::chrono::day{*day}};
  if (!date.ok()) {
    return std::nullopt;
  }
  return sys_days{date}.time_since_epoch().count() * kDay_s + *hour * 3600 + *minute * 60 + *second;
}

std::string seconds_text(Duration duration) {
  const std::int64_t ms = (duration.ns() + 500'000) / 1'000'000;
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

}  // namespace wavetank::reports
