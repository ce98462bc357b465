#pragma once

// Two queues in tandem, the usual yardstick for event kernels: customers arrive as a Poisson
// process, are served by one station after the other, in order of arrival, for exponential times,
// and leave. Every station is an M/M/1 queue (Burke, "The Output of a Queuing System", 1956), so
// the mean sojourn is stations / (service rate - arrival rate).

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "engine/base/random.h"
#include "engine/base/time.h"

namespace wavetank::bench {

inline constexpr std::size_t kStations = 2;
inline constexpr double kMeanServiceNs = 1e6;
inline constexpr double kUtilisation = 0.7;

constexpr double expected_sojourn_ns() {
  return static_cast<double>(kStations) * kMeanServiceNs / (1.0 - kUtilisation);
}

/// The model, for any kernel. An event is a number: `kStations` is an arrival, anything below is a
/// departure from that station. `Scheduler` has `now()` and `schedule(Time, std::uint64_t event)`,
/// and calls `fire(event)` at that time.
template <class Scheduler>
class Tandem {
 public:
  Tandem(Scheduler& scheduler, std::uint64_t seed)
      : scheduler_(scheduler), arrivals_(seed, "arrivals"), services_(seed, "services") {}

  void open() { schedule_arrival(); }
  /// No more arrivals; whoever is inside is served to the end.
  void close() { open_ = false; }

  void fire(std::uint64_t event) {
    if (event == kStations) {
      arrive();
    } else {
      depart(event);
    }
  }

  [[nodiscard]] std::uint64_t visits() const { return visits_; }
  [[nodiscard]] double mean_sojourn_ns() const {
    return static_cast<double>(sojourn_ns_) / static_cast<double>(customers_);
  }

 private:
  void schedule_arrival() {
    scheduler_.schedule(scheduler_.now() + drawn(arrivals_, kMeanServiceNs / kUtilisation),
                        kStations);
  }
  void arrive() {
    if (!open_) {
      return;
    }
    entered_.push_back(scheduler_.now());
    join(0);
    schedule_arrival();
  }
  void join(std::size_t station) {
    if (waiting_[station]++ == 0) {
      serve(station);
    }
  }
  void serve(std::size_t station) {
    scheduler_.schedule(scheduler_.now() + drawn(services_, kMeanServiceNs), station);
  }
  void depart(std::size_t station) {
    ++visits_;
    if (--waiting_[station] > 0) {
      serve(station);
    }
    if (station + 1 < kStations) {
      join(station + 1);
    } else {
      sojourn_ns_ += (scheduler_.now() - entered_.front()).ns();
      ++customers_;
      entered_.pop_front();  // stations keep the order of arrival
    }
  }
  static Duration drawn(Random& random, double mean_ns) {
    return nanoseconds(static_cast<std::int64_t>(random.exponential(mean_ns)));
  }

  Scheduler& scheduler_;
  Random arrivals_;
  Random services_;
  std::array<std::uint64_t, kStations> waiting_{};
  std::deque<Time> entered_;
  std::int64_t sojourn_ns_ = 0;
  std::uint64_t customers_ = 0;
  std::uint64_t visits_ = 0;
  bool open_ = true;
};

}  // namespace wavetank::bench
