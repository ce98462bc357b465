#include "models/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace wavetank::models {
namespace {

ArrivalsConfig at_rate(std::uint64_t per_second, Spacing spacing = Spacing::constant) {
  ArrivalsConfig config;
  config.rate = Rate::per_second(per_second);
  config.spacing = spacing;
  return config;
}

/// One producer's arrivals with a random stream of their own.
class Stream {
 public:
  explicit Stream(const ArrivalsConfig& config)
      : arrivals_(*Arrivals::make(config)), random_(11, "arrivals") {}

  Time next() { return arrivals_.next(random_); }
  std::vector<Time> take(std::size_t count) {
    std::vector<Time> times(count);
    std::ranges::generate(times, [this] { return next(); });
    return times;
  }
  /// Arrivals before `until`; the first one at or after it is lost.
  std::uint64_t count_before(Time until) {
    std::uint64_t count = 0;
    while (next() < until) {
      ++count;
    }
    return count;
  }

 private:
  Arrivals arrivals_;
  Random random_;
};

void expect_poisson_count(std::uint64_t count, double mean) {
  EXPECT_NEAR(static_cast<double>(count), mean, 4 * std::sqrt(mean));
}

TEST(ConstantArrivals, StepExactlyTwentyMicrosecondsAtFiftyThousandASecond) {
  Stream stream(at_rate(50'000));
  for (std::int64_t i = 1; i <= 1'000'000; ++i) {
    ASSERT_EQ(stream.next(), Time(i * 20'000));
  }
}

TEST(ConstantArrivals, DoNotDriftOverAHundredMillionSteps) {
  Stream stream(at_rate(30'000));  // 33,333.3 ns: rounding each step would lose 33 ms
  Time last;
  for (std::int64_t i = 0; i < 100'000'000; ++i) {
    last = stream.next();
  }
  EXPECT_EQ(last, Time(3'333'333'333'334));  // 10^8 / 30,000 s, rounded up
}

TEST(ConstantArrivals, AreEachAtTheirExactInstantRoundedUp) {
  Stream stream(at_rate(7));
  for (std::int64_t i = 1; i <= 1000; ++i) {
    ASSERT_EQ(stream.next().ns(), (i * 1'000'000'000 + 6) / 7) << i;
  }
}

TEST(ConstantArrivals, ReachOneANanosecond) {
  Stream stream(at_rate(Rate::kGreatestPerSecond));
  EXPECT_EQ(stream.take(1000).back(), Time(1000));
}

TEST(ConstantArrivals, OfAllInstancesInterleaveEvenly) {
  constexpr std::uint32_t kProducers = 7;
  std::vector<Time> all;
  for (std::uint32_t k = 0; k < kProducers; ++k) {
    ArrivalsConfig config = at_rate(50'000);
    config.instance = {k, kProducers};
    const std::vector<Time> own = Stream(config).take(1000);
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all);
  EXPECT_EQ(all, Stream(at_rate(50'000)).take(7000));
}

TEST(ConstantArrivals, BeginAfterTheirStart) {
  ArrivalsConfig config = at_rate(1000);
  config.start = Time() + seconds(5);
  EXPECT_EQ(Stream(config).next(), Time() + seconds(5) + milliseconds(1));
}

TEST(Arrivals, KeepSlowRatesExactly) {
  ArrivalsConfig config;
  config.rate = *Rate::of(0.25);
  EXPECT_EQ(Stream(config).take(3).back(), Time() + seconds(12));
}

TEST(PoissonArrivals, AreCountedAsThePoissonLawSays) {
  expect_poisson_count(Stream(at_rate(10'000, Spacing::poisson)).count_before(Time() + seconds(50)),
                       500'000);
}

TEST(PoissonArrivals, HaveExponentialGaps) {
  constexpr int kGaps = 200'000;
  Stream stream(at_rate(1000, Spacing::poisson));
  double sum = 0;
  double squares = 0;
  int above_mean = 0;
  Time last;
  for (int i = 0; i < kGaps; ++i) {
    const Time t = stream.next();
    const double gap = (t - last).seconds() * 1000;
    sum += gap;
    squares += gap * gap;
    above_mean += gap > 1 ? 1 : 0;
    last = t;
  }
  const double n = kGaps;
  EXPECT_NEAR(sum / n, 1.0, 4 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 2.0, 4 * std::sqrt(20 / n));  // Var(X^2) = 24 - 4
  EXPECT_NEAR(above_mean / n, std::exp(-1.0), 4 * std::sqrt(0.2325 / n));
}

TEST(PoissonArrivals, OfOneInstanceTakeItsShare) {
  ArrivalsConfig config = at_rate(9000, Spacing::poisson);
  config.instance = {1, 3};
  expect_poisson_count(Stream(config).count_before(Time() + seconds(20)), 60'000);
}

TEST(PoissonArrivals, RepeatWithTheirStream) {
  EXPECT_EQ(Stream(at_rate(1000, Spacing::poisson)).take(1000),
            Stream(at_rate(1000, Spacing::poisson)).take(1000));
}

TEST(RateSteps, MultiplyTheRateInsideThemOnly) {
  ArrivalsConfig config = at_rate(1000);
  config.steps = {{Time() + seconds(10), Time() + seconds(20), 5.0}};
  Stream stream(config);
  // 1000 a second for 10 s, 5000 a second for 10 s, then 1000 again.
  const std::vector<Time> times = stream.take(10'000 + 50'000 + 1000);
  EXPECT_EQ(times[9'999], Time() + seconds(10));
  EXPECT_EQ(times[10'000], Time() + seconds(10) + microseconds(200));
  EXPECT_EQ(times[59'999], Time() + seconds(20));
  EXPECT_EQ(times.back(), Time() + seconds(21));
}

TEST(RateSteps, CarryTheBegunStepAcrossTheirEdge) {
  ArrivalsConfig config = at_rate(1);
  config.steps = {{Time() + milliseconds(500), Time::never(), 2.0}};
  // Half an event has passed at 0.5 s; the other half takes 0.25 s at twice the rate.
  EXPECT_EQ(Stream(config).next(), Time() + milliseconds(750));
}

TEST(RateSteps, MultiplyWhereTheyOverlap) {
  ArrivalsConfig config = at_rate(100, Spacing::poisson);
  config.steps = {{Time(), Time() + seconds(200), 3.0},
                  {Time() + seconds(100), Time() + seconds(200), 4.0}};
  expect_poisson_count(Stream(config).count_before(Time() + seconds(200)), 30'000 + 120'000);
}

TEST(RateSteps, OfFactorZeroAreSilence) {
  ArrivalsConfig config = at_rate(1000, Spacing::poisson);
  config.steps = {{Time() + seconds(1), Time() + seconds(2), 0.0}};
  Stream stream(config);
  for (Time t = stream.next(); t < Time() + seconds(3); t = stream.next()) {
    ASSERT_TRUE(t <= Time() + seconds(1) || t >= Time() + seconds(2)) << t.ns();
  }
}

TEST(RateSteps, EndTheProcessWhenSilenceLastsForEver) {
  ArrivalsConfig config = at_rate(1000);
  config.steps = {{Time() + milliseconds(2), Time::never(), 0.0}};
  config.profile = Profile::flat();
  Stream stream(config);
  EXPECT_EQ(stream.take(2).back(), Time() + milliseconds(2));
  EXPECT_EQ(stream.next(), Time::never());
  EXPECT_EQ(stream.next(), Time::never());
}

TEST(DailyProfile, IsLinearBetweenTheMiddlesOfHours) {
  Profile profile = Profile::flat();
  profile.hour.fill(0.0);
  profile.hour[12] = 1.0;
  EXPECT_NEAR(profile.factor_at(Time() + seconds(12 * 3600 + 1800)), 1.0, 0.01);
  EXPECT_NEAR(profile.factor_at(Time() + seconds(12 * 3600)), 0.5, 0.01);
  EXPECT_NEAR(profile.factor_at(Time() + seconds(13 * 3600)), 0.5, 0.01);
  EXPECT_NEAR(profile.factor_at(Time() + seconds(11 * 3600 + 1800)), 0.0, 0.01);
}

TEST(DailyProfile, JoinsMidnight) {
  Profile profile = Profile::flat();
  profile.hour.fill(0.0);
  profile.hour[0] = 1.0;
  EXPECT_NEAR(profile.factor_at(Time() + seconds(24 * 3600 - 60)), 0.5, 0.01);
  EXPECT_NEAR(profile.factor_at(Time() + seconds(24 * 3600)), 0.5, 0.01);
}

TEST(DailyProfile, KnowsWeekdaysAndSeasons) {
  Profile profile = Profile::flat();
  profile.weekday[6] = 0.25;
  profile.month[11] = 3.0;
  const auto day = [](std::int64_t n) { return Time() + seconds(n * 24 * 3600); };
  EXPECT_DOUBLE_EQ(profile.factor_at(day(5)), 1.0);
  EXPECT_DOUBLE_EQ(profile.factor_at(day(6)), 0.25);  // the first Sunday
  EXPECT_DOUBLE_EQ(profile.factor_at(day(7)), 1.0);
  EXPECT_DOUBLE_EQ(profile.factor_at(day(364)), 3.0);               // 31 December, a Monday
  EXPECT_DOUBLE_EQ(profile.factor_at(day(365) + seconds(1)), 1.0);  // a year later
  profile.starts_at = seconds(6LL * 24 * 3600);
  EXPECT_DOUBLE_EQ(profile.factor_at(day(0)), 0.25);
}

TEST(DailyProfile, ShapesArrivalsAsItsIntegralSays) {
  ArrivalsConfig config = at_rate(2, Spacing::poisson);
  config.profile = Profile::flat();
  for (std::size_t h = 0; h < 24; ++h) {
    config.profile->hour[h] = h < 12 ? 0.5 : 1.5;
  }
  const Time noon = Time() + seconds(12 * 3600);
  const std::uint64_t whole_day = Stream(config).count_before(Time() + seconds(24 * 3600));
  const std::uint64_t morning = Stream(config).count_before(noon);
  expect_poisson_count(whole_day, 2.0 * 24 * 3600);
  // The ramps into the morning and out of it lie half in and half out, and rise to 1 at the edge:
  // each adds 1/8 of an hour at full rate.
  expect_poisson_count(morning, 2.0 * 3600 * (12 * 0.5 + 2 * 0.125));
}

TEST(DailyProfile, PacesConstantArrivalsToo) {
  ArrivalsConfig config = at_rate(10);
  config.profile = Profile::flat();
  config.profile->hour.fill(2.5);
  EXPECT_EQ(Stream(config).take(25'000).back(), Time() + seconds(1000));
}

TEST(BurstArrivals, AlternateBetweenTwoRates) {
  ArrivalsConfig config = at_rate(1000);
  config.bursts =
      Bursts{Distribution::constant(seconds(1)), Distribution::constant(seconds(9)), 8.0, 0.5};
  // 9 s at 500 a second, then 1 s at 8000.
  const std::vector<Time> times = Stream(config).take(4500 + 8000);
  EXPECT_EQ(times[4499], Time() + seconds(9));
  EXPECT_EQ(times[4500], Time() + seconds(9) + microseconds(125));
  EXPECT_EQ(times.back(), Time() + seconds(10));
}

TEST(BurstArrivals, OfRandomLengthKeepTheirMeanRate) {
  ArrivalsConfig config = at_rate(1000, Spacing::poisson);
  config.bursts =
      Bursts{*Distribution::exponential(1e7), *Distribution::exponential(3e7), 4.0, 0.0};
  EXPECT_DOUBLE_EQ(config.bursts->mean_factor(), 1.0);
  const auto count = static_cast<double>(Stream(config).count_before(Time() + seconds(400)));
  // Over a time T, the time spent in bursts of mean a with pauses of mean b, both exponential, has
  // variance 2 T (a b)^2 / (a + b)^3; that of the count given it is Poisson's.
  const double a = 0.01;
  const double b = 0.03;
  const double on_variance = 2 * 400 * (a * b) * (a * b) / std::pow(a + b, 3);
  EXPECT_NEAR(count, 400'000, 4 * std::sqrt(400'000 + on_variance * 4000.0 * 4000.0));
}

TEST(BurstArrivals, AsASquareWaveKeepTheMean) {
  const Bursts bursts = *Bursts::square(seconds(10), 0.1, 5);
  EXPECT_NEAR(bursts.mean_factor(), 1.0, 1e-9);
  EXPECT_NEAR(bursts.on_factor / bursts.off_factor, 5.0, 1e-9);
  EXPECT_EQ(bursts.on.mean_duration(), seconds(1));
  EXPECT_EQ(bursts.off.mean_duration(), seconds(9));
}

TEST(Arrivals, NeverGoBack) {
  ArrivalsConfig config = at_rate(100'000, Spacing::poisson);
  config.bursts = *Bursts::square(milliseconds(1), 0.3, 10);
  config.steps = {{Time() + milliseconds(5), Time() + milliseconds(6), 0.0}};
  config.profile = Profile::flat();
  Stream stream(config);
  const std::vector<Time> times = stream.take(100'000);
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST(Arrivals, RefuseImpossibleConfigurations) {
  const auto refused = [](auto&& spoil) {
    ArrivalsConfig config = at_rate(1000);
    spoil(config);
    return !Arrivals::make(config).has_value();
  };
  EXPECT_FALSE(refused([](ArrivalsConfig&) {}));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.rate = Rate(); }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.instance = {3, 3}; }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.instance = {0, kInstancesMax + 1}; }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.steps = {{Time(), Time::never(), -1.0}}; }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.steps = {{Time(), Time::never(), 1e7}}; }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.steps = {{Time(2), Time(1), 1.0}}; }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) { c.steps.resize(Arrivals::kStepsMax + 1); }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) {
    c.profile = Profile::flat();
    c.profile->hour.fill(0.0);
  }));
  EXPECT_TRUE(refused([](ArrivalsConfig& c) {
    c.bursts = Bursts{Distribution::constant(Duration()), Distribution::constant(Duration()), 1, 1};
  }));
}

TEST(Rate, RefusesWhatIsNoRate) {
  EXPECT_FALSE(Rate::of(-1));
  EXPECT_FALSE(Rate::of(std::nan("")));
  EXPECT_FALSE(Rate::of(1e10));
  EXPECT_EQ(*Rate::of(50'000), Rate::per_second(50'000));
}

}  // namespace
}  // namespace wavetank::models
