#pragma once

// ENSURE(condition, "what must hold"): an invariant of the engine. Always on, in every build. What
// fails it is a defect of this program, never an input or a fault of the simulated world: those are
// `Result` values.

#include <stdexcept>
#include <string>

namespace wavetank {

/// Thrown by a failed ENSURE; caught once, by the program, which prints how to reproduce the run.
class EnsureFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void ensure_failed(const char* condition, const char* what, const char* file,
                                int line);

}  // namespace wavetank

#define ENSURE(condition, what)                                          \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::wavetank::ensure_failed(#condition, (what), __FILE__, __LINE__); \
    }                                                                    \
  } while (false)
