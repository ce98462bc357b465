// The processor: cores behind one run queue, first come, first served. Tasks of 1 ms on average.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "sim/theory/formulas.h"
#include "sim/theory/law.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr const char* kProcessor = "processor";
constexpr double kPerSecond = 1000;  // of a core whose tasks take 1 ms
const double kLn100 = std::log(100.0);

/// Visitors of one station.
struct Queue {
  Queue(const Trial& trial, double per_second, std::uint64_t counted, std::uint32_t cores,
        models::Distribution cost, models::Spacing spacing = models::Spacing::poisson)
      : visitors(kernel, trial, per_second, counted, spacing),
        station(kernel, trial, cores, std::move(cost)) {
    station.begins = [this](std::uint64_t it) { visitors.served(it); };
    station.ends = [this](std::uint64_t it) { visitors.left(it); };
    visitors.run([this](std::uint64_t it) { station.serve(it); });
  }

  Kernel kernel;
  Visitors visitors;
  Station station;
};

Law mm1(double load, std::uint64_t counted) {
  const double mean = 1 / (1 - load);
  return {fmt::format("M/M/1, rho {}", load),
          kProcessor,
          "Erlang, 1917",
          {{"mean time in system", "1/(mu-lambda)", mean, "ms"},
           {"p99 of it", "ln(100)/(mu-lambda)", kLn100 * mean, "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            const Queue queue(trial, load * kPerSecond, counted, 1, exponential_ms(1));
            return {queue.visitors.mean_ms(), queue.visitors.quantile_ms(0.99)};
          }};
}

Law md1(double load, std::uint64_t counted) {
  return {fmt::format("M/D/1, rho {}", load),
          kProcessor,
          "Erlang, 1909",
          {{"mean wait", "rho/(2(1-rho))", load / (2 * (1 - load)), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            const Queue queue(trial, load * kPerSecond, counted, 1, constant_ms(1));
            return {queue.visitors.mean_wait_ms()};
          }};
}

Law dm1(double load) {
  return {fmt::format("D/M/1, rho {}", load),
          kProcessor,
          "Kendall, 1953",
          {{"mean wait", "s/(mu(1-s)), s=exp(-(1-s)/rho)", even_arrivals_wait(load), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            const Queue queue(trial, load * kPerSecond, 200'000, 1, exponential_ms(1),
                              models::Spacing::constant);
            return {queue.visitors.mean_wait_ms()};
          }};
}

Law mmc(std::uint32_t cores, double load) {
  const double waits = erlang_c(cores, load);
  return {fmt::format("M/M/{}, rho {}", cores, load),
          kProcessor,
          "Erlang, 1917",
          {{"mean wait", "C(c,a)/(c mu-lambda)", waits / (cores * (1 - load)), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            const Queue queue(trial, load * kPerSecond * cores, 400'000, cores, exponential_ms(1));
            return {queue.visitors.mean_wait_ms()};
          }};
}

/// `law` is of mean 1 ms, `square` the mean of its square.
Law mg1(const std::string& law_name, const Result<models::Distribution>& law, double square) {
  constexpr double kLoad = 0.7;
  return {
      fmt::format("M/G/1, {}, rho {}", law_name, kLoad),
      kProcessor,
      "Pollaczek, 1930; Khinchine, 1932",
      {{"mean wait", "lambda E[S^2]/(2(1-rho))", pollaczek_khinchine_wait(kLoad, 1, square), "ms"}},
      [=](const Trial& trial) -> std::vector<double> {
        const Queue queue(trial, kLoad * kPerSecond, 300'000, 1, *law);
        return {queue.visitors.mean_wait_ms()};
      }};
}

Law lognormal_service() {
  constexpr double kSigma = 0.8;
  const double mu = std::log(kNsPerMs) - kSigma * kSigma / 2;
  return mg1(fmt::format("lognormal, sigma {}", kSigma),
             models::Distribution::lognormal_mu_sigma(mu, kSigma), std::exp(kSigma * kSigma));
}

Law uniform_service() {
  return mg1("uniform from 0", models::Distribution::uniform(0, 2 * kNsPerMs), 4.0 / 3);
}

/// At most `places` at once, the one in service included.
Law mm1k(std::uint32_t places, double load) {
  const double all = 1 - std::pow(load, places + 1);
  const double lost = (1 - load) * std::pow(load, places) / all;
  const double there = load / (1 - load) - (places + 1) * std::pow(load, places + 1) / all;
  return {fmt::format("M/M/1/{}, rho {}", places, load),
          kProcessor,
          "Erlang, 1917; Little, 1961",
          {{"share turned away", "(1-rho)rho^K/(1-rho^(K+1))", lost, ""},
           {"mean time of others", "L/(lambda(1-lost))", there / (load * (1 - lost)), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Kernel kernel;
            Visitors visitors(kernel, trial, load * kPerSecond, 200'000);
            Station station(kernel, trial, 1, exponential_ms(1));
            station.ends = [&](std::uint64_t it) { visitors.left(it); };
            visitors.run([&](std::uint64_t it) {
              station.tasks() < places ? station.serve(it) : visitors.refused(it);
            });
            return {visitors.share_refused(), visitors.mean_ms()};
          }};
}

/// One after the other: what leaves a station comes to the next as to the first.
Law tandem() {
  constexpr double kLoad = 0.7;
  constexpr std::size_t kStations = 3;
  return {fmt::format("tandem of {} M/M/1, rho {}", kStations, kLoad),
          kProcessor,
          "Burke, 1956",
          {{"mean time through all", "3/(mu-lambda)", kStations / (1 - kLoad), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Kernel kernel;
            Visitors visitors(kernel, trial, kLoad * kPerSecond, 200'000);
            std::array<std::unique_ptr<Station>, kStations> stations;
            for (std::size_t i = 0; i < kStations; ++i) {
              stations[i] = std::make_unique<Station>(kernel, trial, 1, exponential_ms(1),
                                                      fmt::format("service/{}", i));
            }
            for (std::size_t i = 0; i < kStations; ++i) {
              stations[i]->ends = [&, i](std::uint64_t it) {
                i + 1 < kStations ? stations[i + 1]->serve(it) : visitors.left(it);
              };
            }
            visitors.run([&](std::uint64_t it) { stations[0]->serve(it); });
            return {visitors.mean_ms()};
          }};
}

/// Each visitor has a part at both of two stations, and leaves when both are done.
Law fork_join() {
  constexpr double kLoad = 0.7;
  return {fmt::format("fork-join of 2, rho {}", kLoad),
          kProcessor,
          "Flatto, Hahn, 1984; Nelson, Tantawi, 1988",
          {{"mean time of both", "(12-rho)/8/(mu-lambda)", (12 - kLoad) / 8 / (1 - kLoad), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Kernel kernel;
            Visitors visitors(kernel, trial, kLoad * kPerSecond, 300'000);
            std::vector<bool> half_done;
            const auto part_done = [&](std::uint64_t it) {
              half_done.resize(std::max<std::size_t>(half_done.size(), it + 1));
              half_done[it] ? visitors.left(it) : void();
              half_done[it] = true;
            };
            Station one(kernel, trial, 1, exponential_ms(1), "service/0");
            Station other(kernel, trial, 1, exponential_ms(1), "service/1");
            one.ends = other.ends = part_done;
            visitors.run([&](std::uint64_t it) {
              one.serve(it);
              other.serve(it);
            });
            return {visitors.mean_ms()};
          }};
}

/// A request asks n leaves at once and waits for the slowest.
Law slowest_of(std::uint32_t n) {
  constexpr std::uint64_t kVisitors = 2'000;
  const double p99 = -std::log(1 - std::pow(0.99, 1.0 / n));
  return {fmt::format("slowest of {} exponentials", n),
          kProcessor,
          "Renyi, 1953",
          {{"mean", "H_n/mu", harmonic(n), "ms"}, {"p99", "-ln(1-.99^(1/n))/mu", p99, "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            Kernel kernel;
            // 50 ms apart: that one is still there when the next comes does not happen.
            Visitors visitors(kernel, trial, 20, kVisitors, models::Spacing::constant);
            Station station(kernel, trial, n, exponential_ms(1));
            std::uint32_t left = n;
            station.ends = [&](std::uint64_t it) {
              if (--left == 0) {
                left = n;
                visitors.left(it);
              }
            };
            visitors.run([&](std::uint64_t it) {
              for (std::uint32_t i = 0; i < n; ++i) {
                station.serve(it);
              }
            });
            return {visitors.mean_ms(), visitors.quantile_ms(0.99)};
          }};
}

/// The processor sleeps now and then while its load goes on; timed from the end of each sleep until
/// nothing is left.
class Outages final : private EventTarget {
 public:
  static constexpr double kLoad = 0.7;
  static constexpr Duration kLength = milliseconds(20);

  explicit Outages(const Trial& trial)
      : visitors_(kernel_, trial, kLoad * kPerSecond, kNoneIsCounted),
        station_(kernel_, trial, 1, exponential_ms(1)) {
    station_.ends = [this](std::uint64_t) { one_done(); };
    kernel_.schedule(kernel_.now() + kApart, *this, kPause);
  }
  double mean_catch_up_ms() {
    visitors_.come([this](std::uint64_t it) {
      ++there_;
      station_.serve(it);
    });
    kernel_.run_until(Time() + seconds(100'000));
    return caught_up_ms_ / kOutages;
  }

 private:
  static constexpr std::uint64_t kOutages = 1'000;
  /// From when nothing was left: by then an M/M/1 queue has long forgotten that.
  static constexpr Duration kApart = milliseconds(400);
  static constexpr std::uint64_t kNoneIsCounted = 0;
  enum : std::uint64_t { kPause, kResume };

  void fire(std::uint64_t what) override {
    if (what == kPause) {
      station_.cpu.pause();
      kernel_.schedule(kernel_.now() + kLength, *this, kResume);
      return;
    }
    station_.cpu.resume();
    resumed_ = kernel_.now();
    look();
  }
  void one_done() {
    --there_;
    look();
  }
  /// Is it over?
  void look() {
    if (!resumed_ || there_ > 0) {
      return;
    }
    caught_up_ms_ += in_ms(kernel_.now() - *resumed_);
    resumed_.reset();
    if (++outages_ == kOutages) {
      return kernel_.stop();
    }
    kernel_.schedule(kernel_.now() + kApart, *this, kPause);
  }

  Kernel kernel_;
  Visitors visitors_;
  Station station_;
  std::uint64_t there_ = 0;
  std::optional<Time> resumed_;  ///< nothing unless it is catching up
  std::uint64_t outages_ = 0;
  double caught_up_ms_ = 0;
};

Law catch_up() {
  constexpr double kLoad = Outages::kLoad;
  // What is there when it begins, in milliseconds of work, and what comes meanwhile.
  const double work = kLoad / (1 - kLoad) + kLoad * in_ms(Outages::kLength);
  return {
      fmt::format("catch-up after 20 ms, rho {}", kLoad),
      kProcessor,
      "Cox, Smith, Queues, 1961 (busy period)",
      {{"until nothing waits", "(rho D+V)/(1-rho), V=rho/(mu-lambda)", work / (1 - kLoad), "ms"}},
      [](const Trial& trial) -> std::vector<double> {
        return {Outages(trial).mean_catch_up_ms()};
      }};
}

}  // namespace

std::vector<Law> processor_laws() {
  return {mm1(0.5, 100'000), mm1(0.8, 200'000),   mm1(0.9, 800'000), md1(0.5, 100'000),
          md1(0.8, 200'000), md1(0.9, 400'000),   dm1(0.8),          mmc(4, 0.8),
          mmc(16, 0.9),      lognormal_service(), uniform_service(), mm1k(8, 0.9),
          tandem(),          fork_join(),         slowest_of(100),   catch_up()};
}

}  // namespace wavetank::sim::theory
