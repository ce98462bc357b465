#include "sim/run/blame.h"

#include <algorithm>
#include <initializer_list>

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

  /// Null: none of them.
  [[nodiscard]] reports::FaultReport* taker_of(const Loss& loss,
                                               const std::vector<NodeId>& replicas) const {
    const auto may_have = [&](const Suspect* suspect) {
      return !suspect->report->until || *suspect->report->until >= loss.acknowledged;
    };
    const auto took_a_copy = [&](const Suspect* suspect) {
      return takes_after(suspect, loss.acknowledged) &&
             std::ranges::any_of(replicas, [&](NodeId it) { return strikes(suspect, it); });
    };
    if (!loss.taken) {
      return first_of({first_from(loss.acknowledged, took_a_copy),
                       last_until(loss.acknowledged, may_have),
                       first_from(loss.acknowledged, may_have), order_.back()});
    }
    const auto struck_its_leader = [&](const Suspect* suspect) {
      return may_have(suspect) && strikes(suspect, loss.taken->former);
    };
    return first_of({last_until(loss.taken->at, took_a_copy),
                     last_until(loss.taken->at, struck_its_leader),
                     last_until(loss.taken->at, may_have)});
  }

  [[nodiscard]] reports::FaultReport& doubler_of(const Duplicated& copy) const {
    const auto first = std::ranges::lower_bound(order_, copy.due, {}, date);
    const bool under_way = first != order_.end() && date(*first) <= copy.acknowledged;
    return *(under_way || first == order_.begin() ? *first : *(first - 1))->report;
  }

 private:
  static Time date(const Suspect* suspect) { return suspect->report->at; }

  /// Whether it takes what was acknowledged then.
  static bool takes_after(const Suspect* suspect, Time acknowledged) {
    switch (suspect->takes) {
      case Takes::never:
        return false;
      case Takes::when_it_begins:
        return date(suspect) >= acknowledged;
      case Takes::while_it_lasts:
        return !suspect->report->until || *suspect->report->until >= acknowledged;
    }
    return false;
  }

  static reports::FaultReport* first_of(std::initializer_list<const Suspect*> answers) {
    const auto known =
        std::ranges::find_if(answers, [](const Suspect* it) { return it != nullptr; });
    return known == answers.end() ? nullptr : (*known)->report;
  }

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
    if (auto* taker = court.taker_of(loss, misfortunes.replicas.at(loss.partition))) {
      ++taker->lost;
    }
  }
  for (const Duplicated& copy : misfortunes.duplicated) {
    ++court.doubler_of(copy).duplicated;
  }
}

}  // namespace wavetank::sim
