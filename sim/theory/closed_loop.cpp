// Customers who think, ask, and wait for the answer before they think again.

#include <fmt/format.h>

#include <vector>

#include "sim/theory/formulas.h"
#include "sim/theory/law.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr double kThink_ms = 10;

class ClosedLoop final : private EventTarget {
 public:
  ClosedLoop(const Trial& trial, std::uint32_t customers)
      : station_(kernel_, trial, 1, exponential_ms(1)),
        random_(trial.stream("think")),
        asked_(customers) {
    station_.ends = [this](std::uint64_t customer) { answered(customer); };
    for (std::uint32_t i = 0; i < customers; ++i) {
      think(i);
    }
  }

  /// Requests a second, and the mean time of one in ms.
  std::vector<double> run() {
    kernel_.run_until(kWarmUp);
    answers_ = 0;
    time_ms_ = 0;
    kernel_.run_until(kWarmUp + kCounted);
    const auto answers = static_cast<double>(answers_);
    return {answers / kCounted.seconds(), time_ms_ / answers};
  }

 private:
  static constexpr Time kWarmUp = Time() + seconds(10);
  static constexpr Duration kCounted = seconds(100);

  void think(std::uint64_t customer) {
    const double thinks_ns = random_.exponential(kThink_ms * kNsPerMs);
    kernel_.schedule(kernel_.now() + Duration(static_cast<std::int64_t>(thinks_ns)), *this,
                     customer);
  }
  void fire(std::uint64_t customer) override {
    asked_[customer] = kernel_.now();
    station_.serve(customer);
  }
  void answered(std::uint64_t customer) {
    ++answers_;
    time_ms_ += in_ms(kernel_.now() - asked_[customer]);
    think(customer);
  }

  Kernel kernel_;
  Station station_;
  Random random_;
  std::vector<Time> asked_;
  std::uint64_t answers_ = 0;
  double time_ms_ = 0;
};

Law closed_loop(std::uint32_t customers) {
  const double per_ms = repairman_busy_share(customers, kThink_ms);
  return {fmt::format("{} customers who think for {} ms", customers, kThink_ms),
          "processor",
          "Palm, 1947; Little, 1961",
          {{"requests a second", "mu(1-P0)", per_ms * 1000, "/s"},
           {"mean time of one", "N/X-Z", customers / per_ms - kThink_ms, "ms"}},
          [=](const Trial& trial) { return ClosedLoop(trial, customers).run(); }};
}

}  // namespace

std::vector<Law> closed_loop_laws() {
  return {closed_loop(5), closed_loop(20)};
}

}  // namespace wavetank::sim::theory
