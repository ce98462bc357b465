#include "bench/networks/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "bench/networks/traffic.h"
#include "engine/base/ensure.h"
#include "engine/base/random.h"
#include "reports/study/estimate.h"

namespace wavetank::bench {

namespace {

using sim::HostId;

constexpr std::uint64_t kGigabit = 125'000'000;  // bytes per second
constexpr Duration kLatency = microseconds(100);
constexpr double kLatency_ms = 0.1;
constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = kKiB * kKiB;
constexpr std::array kBoth = {Model::queues, Model::flows};

sim::PlatformSpec hosts(std::size_t count, std::uint64_t card) {
  sim::ZoneSpec zone{"zone", kLatency, {}};
  for (std::size_t i = 0; i < count; ++i) {
    zone.hosts.push_back({fmt::format("host-{}", i), 1, card});
  }
  sim::PlatformSpec spec;
  spec.regions.push_back({"region", kLatency, 0, {zone}});
  return spec;
}

double ms_of(std::uint64_t bytes, std::uint64_t card) {
  return 1e3 * static_cast<double>(bytes) / static_cast<double>(card);
}

double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return sum / static_cast<double>(values.size());
}

/// Of one value a seed.
Point over_seeds(const std::vector<double>& values) {
  const auto it = reports::estimate(values);
  return {it->value, *it->high - it->value};
}

// ------------------------------------------------------------------------------- Poisson arrivals

constexpr std::uint64_t kSeeds = 20;
constexpr std::size_t kCounted = 20'000;
constexpr std::size_t kUncounted = kCounted / 10;  // those that come first, to an idle card

Traffic poisson(std::uint64_t bytes, double load, std::uint64_t seed) {
  Traffic traffic{hosts(2, kGigabit), {}};
  Random random(seed, fmt::format("networks/{}/{}", bytes, load));
  const double gap_ns = 1e6 * ms_of(bytes, kGigabit) / load;
  Time at;
  for (std::uint32_t i = 0; i < kUncounted + kCounted; ++i) {
    at = at + Duration(static_cast<std::int64_t>(random.exponential(gap_ns)));
    traffic.messages.push_back({at, HostId(0), HostId(1), i, bytes});
  }
  return traffic;
}

struct Held {
  Point mean;
  Point p99;
};

Held hold(std::uint64_t bytes, double load, Model model) {
  std::vector<double> means;
  std::vector<double> tails;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<double> ms = ways(poisson(bytes, load, seed), model).ms;
    ms.erase(ms.begin(), ms.begin() + kUncounted);
    means.push_back(mean(ms));
    tails.push_back(quantile(ms, 0.99));
  }
  return {over_seeds(means), over_seeds(tails)};
}

// ------------------------------------------------------------------------------- many at once

/// The first, the median and the last of them, of each model.
Case first_median_last(Case it, const std::function<Traffic(double place)>& made) {
  for (const Model model : kBoth) {
    std::array<Line, 3> lines = {Line{fmt::format("{}, first", name(model)), {}},
                                 Line{fmt::format("{}, median", name(model)), {}},
                                 Line{fmt::format("{}, last", name(model)), {}}};
    for (const double place : it.places) {
      const std::vector<double> ms = ways(made(place), model).ms;
      lines[0].points.push_back({quantile(ms, 0), {}});
      lines[1].points.push_back({quantile(ms, 0.5), {}});
      lines[2].points.push_back({quantile(ms, 1), {}});
    }
    it.lines.insert(it.lines.end(), lines.begin(), lines.end());
  }
  return it;
}

/// One line a model: what `measure` makes of the ways.
Case of_both(Case it, const std::function<Traffic(double place)>& made,
             const std::function<double(const Ways& ways, double place)>& measure) {
  for (const Model model : kBoth) {
    Line line{name(model), {}};
    for (const double place : it.places) {
      line.points.push_back({measure(ways(made(place), model), place), {}});
    }
    it.lines.push_back(std::move(line));
  }
  return it;
}

double last(const Ways& ways, double /*place*/) {
  return *std::ranges::max_element(ways.ms);
}

}  // namespace

Case alone() {
  Case it{"alone", "bytes", "ms", {100, 1'448, 65'536, 1e6, 1e7, 1e8, 1e9}, {}};
  it = of_both(
      std::move(it),
      [](double bytes) {
        return Traffic{hosts(2, 10 * kGigabit),
                       {{Time(), HostId(0), HostId(1), 0, static_cast<std::uint64_t>(bytes)}}};
      },
      last);
  Line formula{"latency + bytes / rate", {}};
  for (const double bytes : it.places) {
    formula.points.push_back(
        {kLatency_ms + ms_of(static_cast<std::uint64_t>(bytes), 10 * kGigabit), {}});
  }
  it.lines.push_back(std::move(formula));
  return it;
}

Case load_and_latency() {
  constexpr std::uint64_t kBytes = 64 * kKiB;
  Case it{"load", "load", "ms", {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}, {}};
  for (const Model model : kBoth) {
    Line means{fmt::format("{}, mean", name(model)), {}};
    Line tails{fmt::format("{}, p99", name(model)), {}};
    for (const double load : it.places) {
      const Held held = hold(kBytes, load, model);
      means.points.push_back(held.mean);
      tails.points.push_back(held.p99);
    }
    it.lines.push_back(std::move(means));
    it.lines.push_back(std::move(tails));
  }
  Line queue{"M/D/1", {}};
  Line sharing{"M/D/1-PS", {}};
  const double service = ms_of(kBytes, kGigabit);
  for (const double load : it.places) {
    queue.points.push_back({kLatency_ms + service * (1 + load / (2 * (1 - load))), {}});
    sharing.points.push_back({kLatency_ms + service / (1 - load), {}});
  }
  it.lines.push_back(std::move(queue));
  it.lines.push_back(std::move(sharing));
  return it;
}

Case by_size() {
  Case it{"sizes", "bytes", "ms", {100, 1'448, 9'000, 65'536, 1'048'576}, {}};
  for (const Model model : kBoth) {
    Line line{name(model), {}};
    for (const double bytes : it.places) {
      line.points.push_back(hold(static_cast<std::uint64_t>(bytes), 0.7, model).mean);
    }
    it.lines.push_back(std::move(line));
  }
  return it;
}

Case one_channel() {
  constexpr std::uint64_t kMessages = 100;
  return of_both(
      {"channel", "bytes", "ms", {100, 1'448, 16'384, 65'536, 1'048'576, 2'097'152}, {}},
      [](double bytes) {
        return Traffic{hosts(2, 10 * kGigabit),
                       std::vector<Message>(kMessages, {Time(), HostId(0), HostId(1), 0,
                                                        static_cast<std::uint64_t>(bytes)})};
      },
      last);
}

Case fan_in() {
  return first_median_last(
      {"fan-in", "senders", "ms", {1, 2, 4, 8, 16, 32, 64, 128, 256}, {}}, [](double senders) {
        const auto count = static_cast<std::uint32_t>(senders);
        Traffic traffic{hosts(count + 1, 10 * kGigabit), {}};
        for (std::uint32_t i = 1; i <= count; ++i) {
          traffic.messages.push_back({Time(), HostId(i), HostId(0), 0, 64 * kKiB});
        }
        return traffic;
      });
}

Case fan_out() {
  return first_median_last({"fan-out", "receivers", "ms", {1, 2, 4, 8, 16, 32}, {}},
                           [](double receivers) {
                             const auto count = static_cast<std::uint32_t>(receivers);
                             Traffic traffic{hosts(count + 1, 10 * kGigabit), {}};
                             for (std::uint32_t i = 1; i <= count; ++i) {
                               traffic.messages.push_back({Time(), HostId(0), HostId(i), 0, kMiB});
                             }
                             return traffic;
                           });
}

Case near_and_far() {
  constexpr std::uint64_t kBytes = 100'000'000;
  return of_both(
      {"near-and-far", "times as far", "share", {1, 2, 4, 10, 40, 100, 400}, {}},
      [](double factor) {
        Traffic traffic{hosts(2, 10 * kGigabit), {}};
        sim::RegionSpec far{"far", kLatency, 0, {}};
        far.zones.push_back({"far-zone", kLatency, {{"host-far", 1, 10 * kGigabit}}});
        traffic.platform.regions.push_back(std::move(far));
        traffic.platform.region_latency =
            Duration(static_cast<std::int64_t>(factor * static_cast<double>(kLatency.ns())));
        for (const std::uint32_t to : {1, 2}) {
          traffic.messages.push_back({Time(), HostId(0), HostId(to), 0, kBytes});
        }
        return traffic;
      },
      // Until the near one is in, both want the card.
      [](const Ways& ways, double) {
        return ms_of(kBytes, 10 * kGigabit) / (ways.ms[0] - kLatency_ms);
      });
}

Case between_zones() {
  constexpr std::uint32_t kMessages = 16;
  return of_both(
      {"zones", "Gbit/s between the zones", "ms", {1, 2, 5, 10, 20, 40}, {}},
      [](double gigabits) {
        sim::PlatformSpec spec;
        sim::RegionSpec region{"region", kLatency, 0, {}};
        region.zone_bytes_per_s =
            static_cast<std::uint64_t>(gigabits * static_cast<double>(kGigabit));
        for (const char* zone : {"a", "b"}) {
          region.zones.push_back({zone,
                                  kLatency,
                                  {{fmt::format("{}-1", zone), 1, 10 * kGigabit},
                                   {fmt::format("{}-2", zone), 1, 10 * kGigabit}}});
        }
        spec.regions.push_back(std::move(region));
        Traffic traffic{std::move(spec), {}};
        for (std::uint32_t i = 0; i < 2 * kMessages; ++i) {
          traffic.messages.push_back({Time(), HostId(i % 2), HostId(2 + i % 2), i, kMiB});
        }
        return traffic;
      },
      last);
}

Case beside_a_transfer() {
  constexpr std::uint64_t kTransfer = 1'000'000'000;  // 0.8 s of the card, alone
  constexpr std::uint32_t kSmall = 790;
  Case it{"beside", "model", "ms", {0, 1, 2}, {{"median", {}}, {"p99", {}}, {"transfer", {}}}};
  for (const Model model : {Model::queues, Model::flows, Model::both}) {
    Traffic traffic{hosts(2, 10 * kGigabit), {}};
    traffic.messages.push_back({Time(), HostId(0), HostId(1), 0, kTransfer});
    for (std::uint32_t i = 1; i <= kSmall; ++i) {
      const Time at = Time() + milliseconds(1) * static_cast<std::int64_t>(i);
      traffic.messages.push_back({at, HostId(0), HostId(1), i, 1'000});
    }
    std::vector<double> ms = ways(traffic, model).ms;
    it.lines[2].points.push_back({ms[0], {}});
    ms.erase(ms.begin());
    it.lines[0].points.push_back({quantile(ms, 0.5), {}});
    it.lines[1].points.push_back({quantile(ms, 0.99), {}});
  }
  return it;
}

Case cost() {
  constexpr std::uint32_t kHosts = 32;
  constexpr std::uint32_t kMessages = 8'192;
  constexpr int kTimes = 5;  // the best of: others use the machine, too
  const auto made = [](double at_once) {
    Traffic traffic{hosts(kHosts, 10 * kGigabit), {}};
    const auto together = static_cast<std::uint32_t>(at_once);
    for (std::uint32_t i = 0; i < kMessages; ++i) {
      // Long after those before.
      const Time at = Time() + milliseconds(20) * static_cast<std::int64_t>(i / together);
      const std::uint32_t from = i % kHosts;
      const std::uint32_t to = (from + 1 + i / kHosts % (kHosts - 1)) % kHosts;
      traffic.messages.push_back({at, HostId(from), HostId(to), i, 64 * kKiB});
    }
    return traffic;
  };
  Case it{"cost", "on the way at once", "us", {1, 4, 16, 64, 256, 1'024}, {}};
  for (const Model model : kBoth) {
    Line line{name(model), {}};
    for (const double at_once : it.places) {
      const Traffic traffic = made(at_once);
      double best_s = ways(traffic, model).wall_s;
      for (int i = 1; i < kTimes; ++i) {
        best_s = std::min(best_s, ways(traffic, model).wall_s);
      }
      line.points.push_back({1e6 * best_s / kMessages, {}});
    }
    it.lines.push_back(std::move(line));
  }
  return it;
}

}  // namespace wavetank::bench
