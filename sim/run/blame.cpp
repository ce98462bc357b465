#include "sim/run/blame.h"

#include <algorithm>

namespace wavetank::sim {

namespace {

class Court {
 public:
  explicit Court(std::span<const Suspect> suspects) {
    for (const Suspect& suspect : suspects) {
      order_.push_back(&suspect);
    }
    std::ranges::stable_sort(order_, {}, date);
  }

  [[nodiscard]] reports::FaultReport& taker_of(const Loss& loss) const {
    if (!loss.taken) {
      const auto next = std::ranges::lower_bound(order_, loss.acknowledged, {}, date);
      return *(next == order_.end() ? order_.back() : *next)->report;
    }
    const auto struck_before = std::ranges::upper_bound(order_, loss.taken->at, {}, date);
    for (auto it = struck_before; it != order_.begin(); --it) {
      if (std::ranges::find((*(it - 1))->brokers, loss.taken->former) !=
          (*(it - 1))->brokers.end()) {
        return *(*(it - 1))->report;
      }
    }
    return *(struck_before == order_.begin() ? *struck_before : *(struck_before - 1))->report;
  }

  [[nodiscard]] reports::FaultReport& doubler_of(const Duplicated& copy) const {
    const auto first = std::ranges::lower_bound(order_, copy.due, {}, date);
    const bool under_way = first != order_.end() && date(*first) <= copy.acknowledged;
    return *(under_way || first == order_.begin() ? *first : *(first - 1))->report;
  }

 private:
  static Time date(const Suspect* suspect) { return suspect->report->at; }

  std::vector<const Suspect*> order_;  ///< by date
};

}  // namespace

void blame(std::span<const Suspect> suspects, const Misfortunes& misfortunes) {
  const Court court(suspects);
  for (const Loss& loss : misfortunes.lost) {
    ++court.taker_of(loss).lost;
  }
  for (const Duplicated& copy : misfortunes.duplicated) {
    ++court.doubler_of(copy).duplicated;
  }
}

}  // namespace wavetank::sim
