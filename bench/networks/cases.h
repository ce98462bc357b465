#pragma once

// What the two models of the network make of the same messages, case by case: where they agree,
// and where they part.

#include <optional>
#include <string>
#include <vector>

namespace wavetank::bench {

struct Point {
  double value = 0;
  std::optional<double> half;  ///< of the 95 % interval over seeds
};

/// A line of a chart, or a column of a table: as many points as the case has places.
struct Line {
  std::string name;
  std::vector<Point> points;
};

struct Case {
  std::string name;
  std::string along;  ///< what the places are, with their unit
  std::string unit;   ///< of the points
  std::vector<double> places;
  std::vector<Line> lines;
};

// All times are simulated. Every message has a channel of its own, where nothing else is said.

/// One message and nothing else, by its bytes; and latency + bytes / rate.
Case alone();
/// Messages of 64 KiB come as a Poisson process to a card of 1 Gbit/s, by the load; and what theory
/// says of queues (M/D/1) and of sharing (M/D/1-PS).
Case load_and_latency();
/// The same at a load of 0.7, by the bytes of a message.
Case by_size();
/// A hundred messages at once on one channel, by their bytes: until the last is in.
Case one_channel();
/// So many hosts send 64 KiB to one at the same time: the first to be in, the median, the last.
Case fan_in();
/// One host sends 1 MiB to each of so many at the same time.
Case fan_out();
/// Two transfers of 100 MB leave a card of 10 Gbit/s at the same time, one to a host 0.1 ms away,
/// one to a host that is further by this factor: the near one's share of the card.
Case near_and_far();
/// Two pairs of hosts with cards of 10 Gbit/s, all from one zone to another over a link of this
/// rate: until sixteen messages of 1 MiB from each are in.
Case between_zones();
/// A message of 1 KB every ms, beside a transfer of 1 GB: the median, p99, and the transfer's time.
/// Places: queues, flows, both.
Case beside_a_transfer();
/// The processor's time for a message of 64 KiB, by how many are on the way at once, in
/// microseconds on the clock on the wall.
Case cost();

inline constexpr Case (*kCases[])() = {
    alone,   load_and_latency, by_size,       one_channel,       fan_in,
    fan_out, near_and_far,     between_zones, beside_a_transfer, cost};

}  // namespace wavetank::bench
