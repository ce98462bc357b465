#include "sim/theory/visitors.h"

#include <numeric>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/theory/sample.h"

namespace wavetank::sim::theory {

namespace {

constexpr std::uint64_t kWarmUpPart = 10;
/// Longer than any law's run.
constexpr Time kEnd = Time() + seconds(1'000'000'000);

models::Arrivals arrivals_of(double per_second, models::Spacing spacing) {
  models::ArrivalsConfig config;
  const Result<models::Rate> rate = models::Rate::of(per_second);
  ENSURE(rate.has_value(), "a law's rate is one");
  config.rate = *rate;
  config.spacing = spacing;
  Result<models::Arrivals> made = models::Arrivals::make(config);
  ENSURE(made.has_value(), "a law's arrivals can be made");
  return *std::move(made);
}

models::Distribution checked(Result<models::Distribution> law) {
  ENSURE(law.has_value(), "a law's parameters are in range");
  return *std::move(law);
}

}  // namespace

Visitors::Visitors(Kernel& kernel, const Trial& trial, double per_second, std::uint64_t counted,
                   models::Spacing spacing)
    : kernel_(kernel),
      arrivals_(arrivals_of(per_second, spacing)),
      random_(trial.stream("arrivals")),
      uncounted_(counted / kWarmUpPart),
      counted_(counted),
      took_(counted) {}

void Visitors::come(Enter enter) {
  enter_ = std::move(enter);
  arrange_next();
}

void Visitors::run(Enter enter) {
  come(std::move(enter));
  kernel_.run_until(kEnd);
  ENSURE(done_ == counted_, "a law's visitors all leave");
}

void Visitors::arrange_next() {
  kernel_.schedule(arrivals_.next(random_), *this, arrived_.size());
}

void Visitors::fire(std::uint64_t visitor) {
  arrived_.push_back(kernel_.now());
  arrange_next();
  enter_(visitor);
}

void Visitors::served(std::uint64_t visitor) {
  if (is_counted(visitor)) {
    waited_ms_ += in_ms(kernel_.now() - arrived_[visitor]);
  }
}

void Visitors::left(std::uint64_t visitor) {
  if (is_counted(visitor)) {
    took_[visitor - uncounted_] = kernel_.now() - arrived_[visitor];
    one_done();
  }
}

void Visitors::refused(std::uint64_t visitor) {
  if (is_counted(visitor)) {
    ++refused_;
    one_done();
  }
}

void Visitors::one_done() {
  if (++done_ == counted_) {
    kernel_.stop();
  }
}

double Visitors::mean_ms() const {
  const double sum = std::accumulate(took_.begin(), took_.end(), 0.0,
                                     [](double so_far, Duration it) { return so_far + in_ms(it); });
  return sum / static_cast<double>(counted_ - refused_);
}

double Visitors::mean_wait_ms() const {
  return waited_ms_ / static_cast<double>(counted_ - refused_);
}

double Visitors::quantile_ms(double quantile) const {
  std::vector<double> all;
  all.reserve(took_.size());
  for (const Duration it : took_) {
    all.push_back(in_ms(it));
  }
  return quantile_of(std::move(all), quantile);
}

double Visitors::share_refused() const {
  return static_cast<double>(refused_) / static_cast<double>(counted_);
}

Station::Station(Kernel& kernel, const Trial& trial, std::uint32_t cores, models::Distribution cost,
                 std::string_view stream)
    : cpu(kernel, cores), cost_(std::move(cost)), random_(trial.stream(stream)) {
  cpu.set_speed(1 / trial.slower);
}

Duration Station::begin(std::uint64_t task) {
  if (begins) {
    begins(task);
  }
  return cost_.draw_duration(random_);
}

models::Distribution exponential_ms(double mean) {
  return checked(models::Distribution::exponential(mean * kNsPerMs));
}

models::Distribution constant_ms(double value) {
  return checked(models::Distribution::constant(value * kNsPerMs));
}

}  // namespace wavetank::sim::theory
