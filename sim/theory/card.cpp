// Network cards: messages queue to get out, and to get in. Messages of 12.5 kB at 100 Mbit/s: 1 ms.

#include <fmt/format.h>

#include "sim/theory/law.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr std::uint64_t kCard = 12'500'000;
constexpr std::uint64_t kBytes = 12'500;
constexpr Duration kLatency = microseconds(100);
constexpr double kLatency_ms = 0.1;

/// The mean time from the first of `senders` hosts that sends to the last host, which receives.
double mean_way_ms(const Trial& trial, const std::vector<std::uint64_t>& cards, HostId slow,
                   double load, models::Distribution size, std::uint64_t counted) {
  Sea sea(trial, cards, kLatency);
  sea.network->slow(slow, 1 / trial.slower);
  const auto senders = static_cast<std::uint32_t>(cards.size() - 1);
  Visitors visitors(sea.kernel, trial, load * 1000, counted);
  Random sizes(trial.stream("size"));
  Inbox inbox;
  inbox.takes = [&](std::uint64_t it) { visitors.left(it); };
  visitors.run([&](std::uint64_t it) {
    const HostId from(static_cast<std::uint32_t>(it) % senders);
    const std::uint64_t bytes = std::max<std::uint64_t>(size.draw_count(sizes), 1);
    sea.network->transmit(from, HostId(senders), 0, bytes, inbox, it);
  });
  return visitors.mean_ms();
}

models::Distribution fixed_size() {
  return *models::Distribution::constant(static_cast<double>(kBytes));
}
models::Distribution exponential_size() {
  return *models::Distribution::exponential(static_cast<double>(kBytes));
}

Law fixed_out(double load) {
  return {fmt::format("M/D/1 out, rho {}", load),
          "network card",
          "Erlang, 1909",
          {{"mean way", "d+s+s rho/(2(1-rho))", kLatency_ms + 1 + load / (2 * (1 - load)), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            return {mean_way_ms(trial, {kCard, kCard}, HostId(0), load, fixed_size(), 150'000)};
          }};
}

Law exponential_out(double load) {
  return {
      fmt::format("M/M/1 out, rho {}", load),
      "network card",
      "Erlang, 1917",
      {{"mean way", "d+1/(mu-lambda)", kLatency_ms + 1 / (1 - load), "ms"}},
      [=](const Trial& trial) -> std::vector<double> {
        return {mean_way_ms(trial, {kCard, kCard}, HostId(0), load, exponential_size(), 150'000)};
      }};
}

/// The senders' cards are ten thousand times faster: what they do to the spacing is not seen.
Law fan_in(double load) {
  return {fmt::format("M/D/1 in, 8 senders, rho {}", load),
          "network card",
          "Erlang, 1909",
          {{"mean way", "d+s+s rho/(2(1-rho))", kLatency_ms + 1 + load / (2 * (1 - load)), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            std::vector<std::uint64_t> cards(8, kCard * 10'000);
            cards.push_back(kCard);
            return {mean_way_ms(trial, cards, HostId(8), load, fixed_size(), 150'000)};
          }};
}

}  // namespace

std::vector<Law> card_laws() {
  return {fixed_out(0.8), exponential_out(0.7), fan_in(0.8)};
}

}  // namespace wavetank::sim::theory
