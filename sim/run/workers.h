#pragma once

// Several child processes at work at once, their answers taken as they come.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/child_process.h"

namespace wavetank::sim {

class Workers {
 public:
  struct Answer {
    std::uint64_t task = 0;
    std::optional<std::string> text;  ///< nothing: the process died without one
    bool took_too_long = false;       ///< and was ended
  };

  /// At most `jobs` at a time, each for at most `patience` of the clock on the wall.
  Workers(std::size_t jobs, std::chrono::milliseconds patience)
      : jobs_(jobs), patience_(patience) {}

  [[nodiscard]] bool has_room() const { return busy_.size() < jobs_; }
  [[nodiscard]] bool is_idle() const { return busy_.empty(); }
  /// REQUIRES: has_room(), and what ChildProcess requires.
  void start(std::uint64_t task, const std::function<std::string()>& work);
  /// The next answer; nothing if `give_up` (asked every tenth of a second) says so.
  /// REQUIRES: !is_idle().
  std::optional<Answer> next(const std::function<bool()>& give_up);
  /// Ends this one, if it is at work: there will be no answer.
  void forget(std::uint64_t task) {
    std::erase_if(busy_, [&](const Busy& it) { return it.task == task; });
  }
  /// Ends whatever is at work.
  void forget_all() { busy_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Busy {
    std::uint64_t task = 0;
    Clock::time_point until;
    std::unique_ptr<ChildProcess> child;
  };

  void wait_a_little() const;

  std::size_t jobs_;
  std::chrono::milliseconds patience_;
  std::vector<Busy> busy_;
};

}  // namespace wavetank::sim
