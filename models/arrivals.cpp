#include "models/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::models {

namespace {

/// Load is counted in micro-events a second times nanoseconds: one event is this many.
constexpr std::uint64_t kEvent = 1'000'000'000'000'000;

constexpr Duration kMinute = seconds(60);
constexpr Duration kDay = seconds(24LL * 3600);
constexpr Duration kYear = kDay * 365;
/// Shortest mean cycle of bursts: bounds how often the rate changes.
constexpr Duration kBurstCycleMin = microseconds(10);

bool is_factor(double x) {
  return std::isfinite(x) && x >= 0.0;
}

template <class Factors>
Status check_factors(std::string_view what, const Factors& factors) {
  if (!std::ranges::all_of(factors, is_factor)) {
    return fail(fmt::format("{}: a factor is negative or not finite", what));
  }
  if (std::ranges::all_of(factors, [](double x) { return x == 0.0; })) {
    return fail(fmt::format("{}: all factors are 0", what));
  }
  return {};
}

Status check_profile(const Profile& profile) {
  if (Status s = check_factors("profile.hour", profile.hour); !s) {
    return s;
  }
  if (Status s = check_factors("profile.weekday", profile.weekday); !s) {
    return s;
  }
  if (Status s = check_factors("profile.month", profile.month); !s) {
    return s;
  }
  if (profile.starts_at < Duration() || profile.starts_at >= kYear) {
    return fail("profile.starts_at: expected a time within the year");
  }
  return {};
}

Status check_bursts(const Bursts& bursts) {
  if (Status s = check_factors("bursts", std::array{bursts.on_factor, bursts.off_factor}); !s) {
    return s;
  }
  if (bursts.on.mean() + bursts.off.mean() < static_cast<double>(kBurstCycleMin.ns())) {
    return fail("bursts: a burst and a pause together are shorter than 10 us on average");
  }
  return {};
}

Status check_steps(const std::vector<RateStep>& steps) {
  if (steps.size() > Arrivals::kStepsMax) {
    return fail(fmt::format("{} rate steps, at most {}", steps.size(), Arrivals::kStepsMax));
  }
  for (const RateStep& step : steps) {
    if (!is_factor(step.factor)) {
      return fail(fmt::format("rate step: factor is {}, expected 0 or more", step.factor));
    }
    if (step.until < step.from) {
      return fail("rate step: it ends before it begins");
    }
  }
  return {};
}

double max_of(const Profile& profile) {
  return *std::ranges::max_element(profile.hour) * *std::ranges::max_element(profile.weekday) *
         *std::ranges::max_element(profile.month);
}

/// The first full minute of the profile's own time after `t`.
Time next_minute(Time t, Duration starts_at) {
  const std::int64_t minutes = (t + starts_at).ns() / kMinute.ns();
  return Time((minutes + 1) * kMinute.ns()) - starts_at;
}

}  // namespace

Result<Rate> Rate::of(double events_per_second) {
  if (!(events_per_second >= 0.0 && events_per_second <= static_cast<double>(kGreatestPerSecond))) {
    return fail(fmt::format("rate is {} a second, expected 0 to {}", events_per_second,
                            kGreatestPerSecond));
  }
  return Rate(static_cast<std::uint64_t>(std::llround(events_per_second * 1e6)));
}

Profile Profile::flat() {
  Profile profile;
  profile.hour.fill(1.0);
  profile.weekday.fill(1.0);
  profile.month.fill(1.0);
  return profile;
}

double Profile::factor_at(Time t) const {
  const std::int64_t since = (t + starts_at).ns();
  const std::int64_t minute_of_day = since % kDay.ns() / kMinute.ns();
  // Middle of the minute, in hours since the middle of the last hour of yesterday.
  const double hours = (static_cast<double>(minute_of_day) + 0.5) / 60.0 + 0.5;
  const auto before = static_cast<std::size_t>(hours);
  const double along = hours - static_cast<double>(before);
  const double of_hour = hour[(before + 23) % 24] * (1.0 - along) + hour[before % 24] * along;
  const auto day = static_cast<std::size_t>(since / kDay.ns() % 7);
  const auto season = static_cast<std::size_t>(since % kYear.ns() / (kYear.ns() / 12));
  return of_hour * weekday[day] * month[std::min<std::size_t>(season, 11)];
}

Result<Bursts> Bursts::square(Duration period, double share, double factor) {
  if (period <= Duration() || !(share > 0.0 && share < 1.0) || !is_factor(factor)) {
    return fail("bursts: expected a period above 0, a share between 0 and 1 and a factor >= 0");
  }
  const double off_factor = 1.0 / (share * factor + 1.0 - share);
  const Duration on(std::llround(share * static_cast<double>(period.ns())));
  return Bursts{Distribution::constant(on), Distribution::constant(period - on),
                factor * off_factor, off_factor};
}

double Bursts::mean_factor() const {
  return (on.mean() * on_factor + off.mean() * off_factor) / (on.mean() + off.mean());
}

Result<Arrivals> Arrivals::make(ArrivalsConfig config) {
  if (config.rate == Rate()) {
    return fail("a rate of 0: no event would ever arrive");
  }
  Status status = config.instance.check();
  if (status) {
    status = check_steps(config.steps);
  }
  if (status && config.profile) {
    status = check_profile(*config.profile);
  }
  if (status && config.bursts) {
    status = check_bursts(*config.bursts);
  }
  if (!status) {
    return tl::unexpected(status.error());
  }
  Arrivals arrivals(std::move(config));
  const double greatest = arrivals.greatest_rate();
  if (!(greatest <= static_cast<double>(Rate::kGreatestPerSecond))) {
    return fail(fmt::format("the rate rises to {} a second, at most {}", greatest,
                            Rate::kGreatestPerSecond));
  }
  return arrivals;
}

Arrivals::Arrivals(ArrivalsConfig config)
    : config_(std::move(config)),
      edges_(edges_of(config_.start, config_.steps)),
      burst_until_(config_.start),
      now_(config_.start),
      segment_until_(config_.start) {}

std::vector<Arrivals::Edge> Arrivals::edges_of(Time start, const std::vector<RateStep>& steps) {
  std::vector<Time> times{start};
  for (const RateStep& step : steps) {
    times.push_back(std::max(step.from, start));
    times.push_back(std::max(step.until, start));
  }
  std::ranges::sort(times);
  times.erase(std::unique(times.begin(), times.end()), times.end());
  std::vector<Edge> edges;
  for (const Time t : times) {
    double factor = 1.0;
    for (const RateStep& step : steps) {
      factor *= step.from <= t && t < step.until ? step.factor : 1.0;
    }
    edges.push_back({t, factor});
  }
  return edges;
}

double Arrivals::greatest_rate() const {
  const double of_steps = std::ranges::max_element(edges_, {}, &Edge::factor)->factor;
  const double of_profile = config_.profile ? max_of(*config_.profile) : 1.0;
  const double of_bursts =
      config_.bursts ? std::max(config_.bursts->on_factor, config_.bursts->off_factor) : 1.0;
  return config_.rate.events_per_second() * of_steps * of_profile * of_bursts;
}

void Arrivals::enter_segment(Random& random) {
  while (edge_ + 1 < edges_.size() && edges_[edge_ + 1].from <= now_) {
    ++edge_;
  }
  double factor = edges_[edge_].factor;
  segment_until_ = edge_ + 1 < edges_.size() ? edges_[edge_ + 1].from : Time::never();
  if (factor == 0.0) {
    segment_rate_ = 0;  // silence: no need to look at finer shapes, which may change for ever
    return;
  }
  if (config_.profile) {
    factor *= config_.profile->factor_at(now_);
    segment_until_ = std::min(segment_until_, next_minute(now_, config_.profile->starts_at));
  }
  if (config_.bursts) {
    while (burst_until_ <= now_) {
      burst_on_ = !burst_on_;
      const Distribution& length = burst_on_ ? config_.bursts->on : config_.bursts->off;
      burst_until_ += std::max(length.draw_duration(random), nanoseconds(1));
    }
    factor *= burst_on_ ? config_.bursts->on_factor : config_.bursts->off_factor;
    segment_until_ = std::min(segment_until_, burst_until_);
  }
  segment_rate_ =
      static_cast<std::uint64_t>(std::llround(static_cast<double>(config_.rate.micros()) * factor));
}

unsigned __int128 Arrivals::next_load(Random& random) {
  unsigned __int128 load = kEvent;
  if (config_.spacing == Spacing::poisson) {
    // An exponential draw is at most 53 ln 2, which leaves room for the event's 10^15.
    load = static_cast<std::uint64_t>(random.exponential(static_cast<double>(kEvent)));
    return load * config_.instance.of;
  }
  // Instance k begins k steps of the whole load after the first.
  load *= first_ ? config_.instance.index + 1 : config_.instance.of;
  first_ = false;
  return load;
}

Time Arrivals::next(Random& random) {
  unsigned __int128 load = next_load(random);
  if (load <= credit_) {
    credit_ -= load;
    return now_;
  }
  load -= credit_;
  credit_ = 0;
  for (;;) {
    if (now_ >= segment_until_) {
      enter_segment(random);
    }
    const auto span = static_cast<std::uint64_t>((segment_until_ - now_).ns());
    if (segment_rate_ != 0) {
      const unsigned __int128 steps = (load + segment_rate_ - 1) / segment_rate_;
      if (steps <= span) {
        now_ += Duration(static_cast<std::int64_t>(steps));
        credit_ = steps * segment_rate_ - load;
        return now_;
      }
      load -= static_cast<unsigned __int128>(span) * segment_rate_;
    }
    if (segment_until_ == Time::never()) {
      segment_rate_ = 0;
      return Time::never();
    }
    now_ = segment_until_;
  }
}

}  // namespace wavetank::models
