#pragma once

// An event of a run that depends on what no result may depend on.

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "sim/kernel/kernel.h"
#include "sim/run/run.h"

namespace wavetank::test {

/// What the canary draws on.
enum class Draws {
  on_nothing,
  on_code_address,
  on_stack_address,
  on_order_of_blocks,  ///< on the heap
  on_fresh_memory,
  on_freed_memory,
  on_size_of_environment,
  on_time_zone,
  on_clock,
};
/// And what it does with that.
enum class Does {
  schedule_at_another_time,
  schedule_more_events,
  mix_it_in,  ///< as the bytes of a message are
};

class Canary final : public sim::EventTarget {
 public:
  static constexpr Time kDraws = Time(1'234'567'890);

  Canary(Draws draws, Does does) : draws_(draws), does_(does) {}
  /// Takes part in a run. REQUIRES: outlives it.
  void join(sim::RunHooks& hooks);

 private:
  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t payload) const override;
  [[nodiscard]] std::uint64_t draw() const;

  Draws draws_;
  Does does_;
  sim::Kernel* kernel_ = nullptr;
};

/// A log of three brokers for four seconds.
scenarios::Scenario canary_scenario();

}  // namespace wavetank::test
