#include "sim/cli/signals.h"

#include <fmt/format.h>

#include <csignal>

namespace wavetank::cli {

namespace {

volatile std::sig_atomic_t caught = 0;

void note(int signal) {
  if (caught != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  caught = signal;
}

}  // namespace

void catch_signals() {
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

std::optional<reports::Partial> interruption(Time now, Time end) {
  if (caught == 0) {
    return std::nullopt;
  }
  const bool terminated = caught == SIGTERM;
  return reports::Partial{
      terminated ? reports::ExitCode::terminated : reports::ExitCode::interrupted,
      fmt::format("{} at {:.1f} s of {:.0f} s", terminated ? "terminated" : "interrupted",
                  now.seconds(), end.seconds())};
}

}  // namespace wavetank::cli
