#include "sim/cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

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
  const int full = static_cast<int>(share * kBarColumns);
  show(fmt::format("[{:=<{}}{: <{}}] {:3.0f} %  {:.0f} s simulated, {:.1f}x", "", full, "",
                   kBarColumns - full, share * 100, now.seconds(),
                   now.seconds() / std::max(elapsed_s(), 1e-3)));
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
  fmt::print(stderr, "\r\x1b[K{}", line);
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
