#pragma once

// Who arrives, is served somewhere, and leaves; and how long each took.
//
// The rule of warm-up: every run begins with nothing in it, and the first tenth as many visitors as
// are counted come before these and are not counted. Visitors keep arriving until the last one that
// is counted has left, so that the last ones find the same crowd as the others.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/base/random.h"
#include "models/arrivals.h"
#include "sim/kernel/kernel.h"
#include "sim/resources/cpu.h"
#include "sim/theory/law.h"

namespace wavetank::sim::theory {

inline constexpr double kNsPerMs = 1e6;
inline double in_ms(Duration span) {
  return static_cast<double>(span.ns()) / kNsPerMs;
}

class Visitors final : private EventTarget {
 public:
  using Enter = std::function<void(std::uint64_t visitor)>;

  /// So many come in a second, as the stream "arrivals" draws it.
  Visitors(Kernel& kernel, const Trial& trial, double per_second, std::uint64_t counted,
           models::Spacing spacing = models::Spacing::poisson);

  /// They begin to come, when the kernel runs.
  void come(Enter enter);
  /// They come until the last one that is counted has left.
  void run(Enter enter);
  /// With this one the counting begins.
  [[nodiscard]] std::uint64_t first_counted() const { return uncounted_; }

  /// The visitor is being served now.
  void served(std::uint64_t visitor);
  void left(std::uint64_t visitor);
  /// The visitor was not let in.
  void refused(std::uint64_t visitor);

  [[nodiscard]] double mean_ms() const;
  [[nodiscard]] double mean_wait_ms() const;
  [[nodiscard]] double quantile_ms(double quantile) const;
  [[nodiscard]] double share_refused() const;

 private:
  void fire(std::uint64_t payload) override;
  void arrange_next();
  [[nodiscard]] bool is_counted(std::uint64_t visitor) const {
    return visitor >= uncounted_ && visitor < uncounted_ + counted_;
  }
  void one_done();

  Kernel& kernel_;
  models::Arrivals arrivals_;
  Random random_;
  Enter enter_;
  std::uint64_t uncounted_;
  std::uint64_t counted_;
  std::uint64_t done_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<Time> arrived_;
  std::vector<Duration> took_;
  double waited_ms_ = 0;
};

/// A processor whose tasks cost what a law draws.
class Station final : private CpuClient {
 public:
  using Told = std::function<void(std::uint64_t task)>;

  /// `cost` in nanoseconds, drawn from the stream of this name.
  Station(Kernel& kernel, const Trial& trial, std::uint32_t cores, models::Distribution cost,
          std::string_view stream = "service");

  void serve(std::uint64_t task) { cpu.submit(*this, task); }
  [[nodiscard]] std::size_t tasks() const { return cpu.running() + cpu.queued(); }

  Told begins;  ///< may be empty
  Told ends;
  Cpu cpu;

 private:
  Duration begin(std::uint64_t task) override;
  void complete(std::uint64_t task) override { ends(task); }

  models::Distribution cost_;
  Random random_;
};

/// Laws of a service time, in milliseconds. REQUIRES: as the factories of models::Distribution.
models::Distribution exponential_ms(double mean);
models::Distribution constant_ms(double value);

}  // namespace wavetank::sim::theory
