// Bulk transfers, which share links: 12.5 MB at 1 Gbit/s take 100 ms alone.

#include <fmt/format.h>

#include "sim/theory/law.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr std::uint64_t kCard = 125'000'000;
constexpr double kBytes = 12'500'000;
constexpr Duration kLatency = microseconds(100);
constexpr double kLatency_ms = 0.1;
constexpr double kAlone_ms = 100;

class Transfers final : private FlowObserver {
 public:
  Transfers(const Trial& trial, double load, std::uint64_t counted)
      : sea_(trial, {kCard, kCard}, kLatency),
        visitors_(sea_.kernel, trial, load * 1000 / kAlone_ms, counted),
        sizes_(trial.stream("size")) {
    const double rate = static_cast<double>(kCard) / trial.slower;
    sea_.platform->set_flow_capacity(HostId(0), rate, rate);
  }
  double mean_ms(const models::Distribution& size) {
    visitors_.run([&](std::uint64_t it) {
      const std::uint64_t bytes = std::max<std::uint64_t>(size.draw_count(sizes_), 1);
      sea_.platform->start_flow(HostId(0), HostId(1), bytes, *this, it);
    });
    return visitors_.mean_ms();
  }

 private:
  void flow_ended(std::uint64_t it, bool /*failed*/) override { visitors_.left(it); }

  Sea sea_;
  Visitors visitors_;
  Random sizes_;
};

/// What is moved does not matter but for its mean.
Law sharing(const char* sizes, double load, const Result<models::Distribution>& size) {
  return {fmt::format("M/G/1-PS, {}, rho {}", sizes, load),
          "link that flows share",
          "Kleinrock, 1967; Sakata et al., 1969",
          {{"mean transfer", "d+s/(1-rho)", kLatency_ms + kAlone_ms / (1 - load), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            return {Transfers(trial, load, 15'000).mean_ms(*size)};
          }};
}

}  // namespace

std::vector<Law> flow_laws() {
  return {
      sharing("exponential sizes", 0.5, models::Distribution::exponential(kBytes)),
      sharing("equal sizes", 0.7, models::Distribution::constant(kBytes)),
  };
}

}  // namespace wavetank::sim::theory
