#include "sim/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "reports/printable.h"

namespace wavetank::cli {

namespace {

using std::chrono::milliseconds;

/// Shorter runs show nothing.
constexpr milliseconds kPatience{200};
constexpr milliseconds kRefresh{100};
constexpr int kBarColumns = 24;

}  // namespace

double Progress::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void Progress::simulated(Time now, Time end) {
  const double share = end.ns() > 0 ? std::clamp(now.seconds() / end.seconds(), 0.0, 1.0) : 1.0;
  show(fmt::format("{}  {:.0f} s simulated, {:.1f}x", bar(share), now.seconds(),
                   now.seconds() / std::max(elapsed_s(), 1e-3)));
}

void Progress::part(std::uint64_t done, std::uint64_t all, const std::string& of_what) {
  const double share = all > 0 ? static_cast<double>(done) / static_cast<double>(all) : 1.0;
  show(fmt::format("{}  {} of {} {}", bar(share), done, all, of_what));
}

std::string Progress::bar(double share) {
  const int full = static_cast<int>(share * kBarColumns);
  return fmt::format("[{:=<{}}{: <{}}] {:3.0f} %", "", full, "", kBarColumns - full, share * 100);
}

void Progress::step(const std::string& text) {
  show(text);
}

void Progress::show(const std::string& line) {
  if (!enabled_) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - begun_ < kPatience || now - last_shown_ < kRefresh) {
    return;
  }
  last_shown_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}", reports::printable(line));
  std::fflush(stderr);
}

void Progress::clear() {
  if (shown_) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
  }
}

}  // namespace wavetank::cli
