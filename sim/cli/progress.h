#pragma once

// One line on stderr for runs that take longer than a moment: how far, how fast.

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/base/time.h"

namespace wavetank::cli {

class Progress {
 public:
  /// `enabled`: see wants_progress.
  explicit Progress(bool enabled) : enabled_(enabled), begun_(std::chrono::steady_clock::now()) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void simulated(Time now, Time end);
  /// So many of all.
  void part(std::uint64_t done, std::uint64_t all, const std::string& of_what);
  /// Another step of something whose end is not known.
  void step(const std::string& text);
  void clear();

  [[nodiscard]] double elapsed_s() const;

 private:
  void show(const std::string& line);
  static std::string bar(double share);

  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace wavetank::cli
