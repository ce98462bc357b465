#include "bench/kernel/tandem.h"

#include <gtest/gtest.h>

#include "sim/kernel/kernel.h"

namespace wavetank::sim {
namespace {

class KernelTandem final : public EventTarget {
 public:
  KernelTandem(Kernel& kernel, std::uint64_t seed) : kernel_(kernel), tandem(*this, seed) {
    tandem.open();
  }
  [[nodiscard]] Time now() const { return kernel_.now(); }
  void schedule(Time at, std::uint64_t event) { kernel_.schedule(at, *this, event); }
  void fire(std::uint64_t event) override { tandem.fire(event); }

 private:
  Kernel& kernel_;

 public:
  bench::Tandem<KernelTandem> tandem;
};

// M/M/1 with mean service 1 ms and utilisation 0.7: a sojourn of 1 ms / 0.3 a station.
TEST(TandemQueue, MeanSojournIsWithinTwoPercentOfTheClosedForm) {
  Kernel kernel;
  KernelTandem model(kernel, 42);
  kernel.run_until(Time() + seconds(2'000));
  EXPECT_GT(model.tandem.visits(), 2'500'000u);
  EXPECT_NEAR(model.tandem.mean_sojourn_ns() / bench::expected_sojourn_ns(), 1.0, 0.02);
}

std::uint64_t digest_of(std::uint64_t seed) {
  Kernel kernel;
  KernelTandem model(kernel, seed);
  kernel.run_until(Time() + seconds(10));
  return kernel.digest();
}

TEST(TandemQueue, EqualSeedsGiveEqualDigestsAndOthersDoNot) {
  EXPECT_EQ(digest_of(1), digest_of(1));
  EXPECT_NE(digest_of(1), digest_of(2));
}

TEST(TandemQueue, LeavesNoEventBehindOnceClosed) {
  Kernel kernel;
  KernelTandem model(kernel, 3);
  kernel.run_until(Time() + seconds(10));
  EXPECT_GT(kernel.pending(), 0u);
  model.tandem.close();
  kernel.run_until(Time() + seconds(20));
  EXPECT_EQ(kernel.pending(), 0u);
}

}  // namespace
}  // namespace wavetank::sim
