#include "sim/replay/sending_watch.h"

#include <utility>

namespace wavetank::sim {

void SendingWatch::turn() {
  while (cluster_.now() >= current_.from + seconds(1)) {
    current_.delay = PackedHistogram(std::exchange(delay_, Histogram()));
    const Time next = current_.from + seconds(1);
    sending_.seconds.push_back(std::exchange(current_, {next, {}, 0}));
  }
}

void SendingWatch::accepted(EventId id) {
  turn();
  delay_.record(cluster_.now() - ledger_.intended(id));
}

void SendingWatch::refused(std::span<const std::uint64_t> ids) {
  turn();
  current_.refused += ids.size();
}

reports::Sending SendingWatch::sending() {
  current_.delay = PackedHistogram(delay_);
  reports::Sending all = sending_;
  all.seconds.push_back(current_);
  return all;
}

}  // namespace wavetank::sim
