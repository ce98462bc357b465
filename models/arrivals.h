#pragma once

// When records are meant to be sent. Open loop: the times depend on the load model only, never on
// how fast the system answers, and latency is counted from them.
//
// Every process is a unit process (steps of 1, or exponential with mean 1) run through the integral
// of a rate that is constant between edges: steps, minutes of a daily profile, bursts. For the
// exponential unit process that is an exact non-homogeneous Poisson process (time change; Cinlar,
// "Introduction to Stochastic Processes", 1975), with one draw an arrival however deep the valley,
// where thinning would draw in proportion to the peak. All arithmetic after the draw is in
// integers: nothing drifts.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "models/distribution.h"
#include "models/instance.h"

namespace wavetank::models {

/// Events a second, in millionths: exact for every decimal rate with up to six places.
class Rate {
 public:
  /// Greatest rate, at any moment: one a nanosecond.
  static constexpr std::uint64_t kGreatestPerSecond = 1'000'000'000;

  constexpr Rate() = default;
  static constexpr Rate per_second(std::uint64_t events) { return Rate(events * 1'000'000); }
  /// The nearest representable rate. Fails if negative, not finite or above the greatest.
  static Result<Rate> of(double events_per_second);

  [[nodiscard]] constexpr std::uint64_t micros() const { return micros_; }
  [[nodiscard]] constexpr double events_per_second() const {
    return static_cast<double>(micros_) * 1e-6;
  }
  friend constexpr auto operator<=>(Rate, Rate) = default;

 private:
  constexpr explicit Rate(std::uint64_t micros) : micros_(micros) {}
  std::uint64_t micros_ = 0;
};

/// Multiplies the rate in [from, until): a load spike, a lull (factor < 1) or a silence (0).
/// Overlapping steps multiply.
struct RateStep {
  Time from;
  Time until = Time::never();
  double factor = 1.0;
};

/// The rhythm of people: a factor for the hour of the day (linear from the middle of one hour to
/// the middle of the next, held for each minute), for the day of the week and for the month (a
/// twelfth of a year of 365 days).
struct Profile {
  std::array<double, 24> hour;
  std::array<double, 7> weekday;  ///< Monday first
  std::array<double, 12> month;   ///< January first
  /// Where the run starts, counted from Monday, 1 January, 00:00.
  Duration starts_at;

  /// 1 at all times.
  static Profile flat();
  [[nodiscard]] double factor_at(Time t) const;
};

/// Alternates between two factors for random lengths of time; begins with a pause. Draws of length
/// 0 count as 1 ns.
struct Bursts {
  Distribution on;   ///< length of a burst, ns
  Distribution off;  ///< length of the pause between two, ns
  double on_factor = 1.0;
  double off_factor = 0.0;
  /// A square wave around 1: `share` of every period runs at `factor` times the rate of the rest.
  /// Fails unless period > 0, 0 < share < 1 and factor >= 0 is finite.
  static Result<Bursts> square(Duration period, double share, double factor);
  /// Long-run factor of the mean rate.
  [[nodiscard]] double mean_factor() const;
};

enum class Spacing : std::uint8_t {
  constant,  ///< even steps in load: instances of one load interleave evenly
  poisson,
};

struct ArrivalsConfig {
  Rate rate;  ///< of all instances together
  Spacing spacing = Spacing::constant;
  Instance instance;
  Time start;
  std::vector<RateStep> steps;
  std::optional<Profile> profile;
  std::optional<Bursts> bursts;
};

/// The stream of intended send times of one producer.
class Arrivals {
 public:
  static constexpr std::size_t kStepsMax = 1'000;

  /// Fails on a zero rate, an instance outside its group, factors that are negative, not finite or
  /// would lift the rate above Rate::kGreatestPerSecond, a step that ends before it begins, more
  /// than kStepsMax steps.
  static Result<Arrivals> make(ArrivalsConfig config);

  /// The next intended time; never earlier than the last. The n-th arrival of a constant process is
  /// at the exact instant, rounded up to a nanosecond, however large n. `Time::never()` when the
  /// rate is 0 from here on, and then for ever. REQUIRES: the same random stream at every call.
  Time next(Random& random);

 private:
  explicit Arrivals(ArrivalsConfig config);

  /// Events a second at the highest product of all factors.
  [[nodiscard]] double greatest_rate() const;
  /// Load of the whole group from this producer's last arrival to its next.
  unsigned __int128 next_load(Random& random);
  /// Finds the rate that holds from `now_` on, and until when.
  void enter_segment(Random& random);

  /// The rate factor from one time to the next entry's.
  struct Edge {
    Time from;
    double factor;
  };
  static std::vector<Edge> edges_of(Time start, const std::vector<RateStep>& steps);

  ArrivalsConfig config_;
  std::vector<Edge> edges_;
  std::size_t edge_ = 0;  ///< last entry that begins at or before `now_`
  bool burst_on_ = true;  ///< flipped on entering the first segment
  Time burst_until_;
  Time now_;
  Time segment_until_;
  std::uint64_t segment_rate_ = 0;  ///< micro-events a second
  unsigned __int128 credit_ = 0;    ///< load that has passed since the last arrival's exact instant
  bool first_ = true;
};

}  // namespace wavetank::models
