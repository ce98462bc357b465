#include "reports/format_units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>

namespace wavetank::reports {

namespace {

struct Scale {
  double size;  ///< of one, in the base unit
  const char* suffix;
};

/// `v` with three significant digits (all digits before the point), without trailing zeros.
std::string three_digits(double v) {
  const double size = std::abs(v);
  const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", v, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text == "-0" ? "0" : text;
}

/// In the largest scale of which `v`, rounded, still has at least one. Scales go from large to
/// small; the smallest takes what is left.
std::string scaled(double v, std::span<const Scale> scales) {
  if (!std::isfinite(v)) {
    return fmt::format("{}{}", v, scales.back().suffix);
  }
  for (const Scale& scale : scales.first(scales.size() - 1)) {
    if (std::abs(v) >= scale.size * 0.9995) {
      return three_digits(v / scale.size) + scale.suffix;
    }
  }
  return three_digits(v / scales.back().size) + scales.back().suffix;
}

constexpr std::array kNanoseconds{Scale{1e9, " s"}, Scale{1e6, " ms"}, Scale{1e3, " us"},
                                  Scale{1, " ns"}};
constexpr std::array kThousands{Scale{1e9, "G"}, Scale{1e6, "M"}, Scale{1e3, "k"}, Scale{1, ""}};
constexpr std::array kBinary{Scale{0x1p40, " TiB"}, Scale{0x1p30, " GiB"}, Scale{0x1p20, " MiB"},
                             Scale{0x1p10, " KiB"}, Scale{1, " B"}};
/// What goes through links and disks in a second, as their makers count and objectives are written.
constexpr std::array kDecimal{Scale{1e12, " TB/s"}, Scale{1e9, " GB/s"}, Scale{1e6, " MB/s"},
                              Scale{1e3, " kB/s"}, Scale{1, " B/s"}};

std::string format_nanoseconds(double ns) {
  constexpr double kMinute = 60e9;
  constexpr double kHour = 60 * kMinute;
  if (ns == 0) {
    return "0 s";
  }
  if (std::abs(ns) >= 2 * kHour) {
    return three_digits(ns / kHour) + " h";
  }
  if (std::abs(ns) >= 10 * kMinute) {
    return three_digits(ns / kMinute) + " min";
  }
  return scaled(ns, kNanoseconds);
}

}  // namespace

std::string format_duration(Duration d) {
  return format_nanoseconds(static_cast<double>(d.ns()));
}

std::string format_time(Time t) {
  const std::string text = fmt::format("{:.1f}", t.seconds());
  const bool whole = text.ends_with(".0");
  return text.substr(0, text.size() - (whole ? 2 : 0)) + " s";
}

std::string format_moment(Time t) {
  std::string text = fmt::format("{:.3f}", t.seconds());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text + " s";
}

std::string format_exact(std::uint64_t n) {
  std::string text = fmt::format("{}", n);
  for (std::size_t from_end = 3; from_end < text.size(); from_end += 4) {
    text.insert(text.size() - from_end, ",");
  }
  return text;
}

std::string format_count(double n) {
  return scaled(n, kThousands);
}

std::string format_rate(double per_second) {
  return format_count(per_second) + "/s";
}

std::string format_bytes(double bytes) {
  return scaled(bytes, kBinary);
}

std::string format_percent(double share) {
  const std::string text = fmt::format("{:.0f} %", share * 100);
  return text == "-0 %" ? "0 %" : text;
}

std::string format_margin(double share) {
  return (share >= 0 ? "+" : "") + format_percent(share);
}

std::string format_value(double value, std::string_view unit) {
  constexpr std::array kTimes{Scale{1e9, "s"}, Scale{1e6, "ms"}, Scale{1e3, "us"}, Scale{1, "ns"}};
  for (const Scale& time : kTimes) {
    if (unit == time.suffix) {
      return format_nanoseconds(value * time.size);
    }
  }
  if (unit == "B" || unit == "bytes") {
    return format_bytes(value);
  }
  if (unit == "B/s" || unit == "bytes/s") {
    return scaled(value, kDecimal);
  }
  if (unit.ends_with("/s")) {
    return format_rate(value);
  }
  return unit.empty() ? format_count(value) : fmt::format("{} {}", format_count(value), unit);
}

}  // namespace wavetank::reports
