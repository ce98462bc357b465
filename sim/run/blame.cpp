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

  [[nodiscard]] reports::FaultReport& taker_of(const Loss& loss,
                                               const std::vector<NodeId>& replicas) const {
    const auto may_have = [&](const Suspect* suspect) {
      return !suspect->report->until || *suspect->report->until >= loss.acknowledged;
    };
    const auto takes_copies = [&](const Suspect* suspect) {
      return may_have(suspect) && suspect->loses_data &&
             std::ranges::any_of(replicas, [&](NodeId it) { return strikes(suspect, it); });
    };
    const Suspect* taker = nullptr;
    if (loss.taken) {
      taker = last_until(loss.taken->at, takes_copies);
      taker = taker != nullptr ? taker : last_until(loss.taken->at, [&](const Suspect* suspect) {
        return may_have(suspect) && strikes(suspect, loss.taken->former);
      });
      taker = taker != nullptr ? taker : last_until(loss.taken->at, may_have);
    } else {
      taker = first_from(loss.acknowledged, takes_copies);
    }
    taker = taker != nullptr ? taker : last_until(loss.acknowledged, may_have);
    taker = taker != nullptr ? taker : first_from(loss.acknowledged, may_have);
    return *(taker != nullptr ? taker : order_.back())->report;
  }

  [[nodiscard]] reports::FaultReport& doubler_of(const Duplicated& copy) const {
    const auto first = std::ranges::lower_bound(order_, copy.due, {}, date);
    const bool under_way = first != order_.end() && date(*first) <= copy.acknowledged;
    return *(under_way || first == order_.begin() ? *first : *(first - 1))->report;
  }

 private:
  static Time date(const Suspect* suspect) { return suspect->report->at; }

  static bool strikes(const Suspect* suspect, NodeId broker) {
    return std::ranges::find(suspect->brokers, broker) != suspect->brokers.end();
  }

  /// The last of those that had begun by then; null: there is none.
  template <class Filter>
  [[nodiscard]] const Suspect* last_until(Time then, Filter&& filter) const {
    const auto found = std::find_if(order_.rbegin(), order_.rend(), [&](const Suspect* suspect) {
      return date(suspect) <= then && filter(suspect);
    });
    return found == order_.rend() ? nullptr : *found;
  }
  /// The first of those that began then or later.
  template <class Filter>
  [[nodiscard]] const Suspect* first_from(Time then, Filter&& filter) const {
    const auto found = std::ranges::find_if(
        order_, [&](const Suspect* suspect) { return date(suspect) >= then && filter(suspect); });
    return found == order_.end() ? nullptr : *found;
  }

  std::vector<const Suspect*> order_;  ///< by date
};

}  // namespace

void blame(std::span<const Suspect> suspects, const Misfortunes& misfortunes) {
  const Court court(suspects);
  for (const Loss& loss : misfortunes.lost) {
    ++court.taker_of(loss, misfortunes.replicas.at(loss.partition)).lost;
  }
  for (const Duplicated& copy : misfortunes.duplicated) {
    ++court.doubler_of(copy).duplicated;
  }
}

}  // namespace wavetank::sim
