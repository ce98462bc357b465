#include "reports/tails.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "reports/measure.h"
#include "reports/slo_evaluation.h"

namespace wavetank::reports {

namespace {

constexpr std::array kLegs{
    LegInfo{Leg::accept, "accept", "waited for the producer to take it", &LatencySplit::queue},
    LegInfo{Leg::batch, "batch", "waited in a batch that was not sent yet", &LatencySplit::batch},
    LegInfo{Leg::retry, "retry", "went into requests that came to nothing", &LatencySplit::retry},
    LegInfo{Leg::send, "send", "the producer's work", &LatencySplit::service},
    LegInfo{Leg::request, "request", "on the wire to the leader", &LatencySplit::network},
    LegInfo{Leg::arrival, "arrival",
            "waited unread at the leader, behind earlier requests of its connection or for a free "
            "thread",
            &LatencySplit::queue},
    LegInfo{Leg::append, "append", "being stored by the leader", &LatencySplit::service},
    LegInfo{Leg::sync, "sync", "waited for the leader's disk to store it", &LatencySplit::disk},
    LegInfo{Leg::replication, "replication", "waited for the in-sync replicas",
            &LatencySplit::replication},
    LegInfo{Leg::fetch, "fetch", "was readable, and waited to be fetched", &LatencySplit::queue},
    LegInfo{Leg::read, "read", "waited for the leader's disk to read it", &LatencySplit::disk},
    LegInfo{Leg::answer, "answer", "the leader's work for the fetch", &LatencySplit::service},
    LegInfo{Leg::response, "response", "on the wire to the consumer", &LatencySplit::network},
    LegInfo{Leg::handover, "handover", "waited at the consumer, which was busy",
            &LatencySplit::queue}};
static_assert(kLegs.size() == kLegCount);

constexpr std::array kParts{
    PartInfo{"batch", "waiting for company: linger, a full window, a fetch", &LatencySplit::batch},
    PartInfo{"queue",
             "waiting for a processor, a network card, earlier requests, or for who reads next",
             &LatencySplit::queue},
    PartInfo{"service", "computing", &LatencySplit::service},
    PartInfo{"network", "on the wire", &LatencySplit::network},
    PartInfo{"disk", "waiting for the leader's disk", &LatencySplit::disk},
    PartInfo{"replication", "waiting for the high watermark", &LatencySplit::replication},
    PartInfo{"retry", "requests that came to nothing", &LatencySplit::retry}};

constexpr double kHalfWidthAround = 0.05;
constexpr std::size_t kFewestRecords = 5;
constexpr double kLeastShare = 0.01;  ///< of what is called a cause

/// A sampled record in its place.
struct Placed {
  const RecordWay* way;
  Duration total;
  std::size_t period;
};

/// The periods of a run, and to which of them each second belongs.
class Periods {
 public:
  Periods(const RunResult& result, const std::vector<Window>& windows) : windows_(windows) {
    for (const Window& window : windows) {
      const std::optional<Phase> phase = phase_of(window, result);
      of_window_.push_back(phase ? std::optional(number(period(*phase, window, result)))
                                 : std::nullopt);
    }
  }
  /// Nothing for what is not measured.
  [[nodiscard]] std::optional<std::size_t> at(Time t) const {
    const auto after = std::ranges::upper_bound(windows_, t, {}, &Window::from);
    return after == windows_.begin()
               ? std::nullopt
               : of_window_[static_cast<std::size_t>(after - windows_.begin()) - 1];
  }
  [[nodiscard]] const TailPeriod& operator[](std::size_t i) const { return all_[i]; }

 private:
  /// Of faults that touch a second, the one that began last has it.
  static TailPeriod period(Phase phase, const Window& window, const RunResult& result) {
    TailPeriod found{phase, std::nullopt};
    if (phase != Phase::fault) {
      return found;
    }
    for (std::size_t i = 0; i < result.faults.size(); ++i) {
      const FaultReport& fault = result.faults[i];
      const bool touches = fault.at < window.to && end_of(fault, result.ended_at) > window.from;
      if (touches && (!found.fault || result.faults[*found.fault].at <= fault.at)) {
        found.fault = i;
      }
    }
    return found;
  }
  std::size_t number(const TailPeriod& period) {
    const auto known = std::ranges::find(all_, period);
    if (known == all_.end()) {
      all_.push_back(period);
      return all_.size() - 1;
    }
    return static_cast<std::size_t>(known - all_.begin());
  }

  const std::vector<Window>& windows_;
  std::vector<std::optional<std::size_t>> of_window_;
  std::vector<TailPeriod> all_;
};

/// The value with a share `quantile` of `values` at or below it, which are put into another order.
Duration quantile_of(std::vector<Duration>& values, double quantile) {
  const auto rank = static_cast<std::size_t>(
      std::max(1.0, std::ceil(quantile * static_cast<double>(values.size()))));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(rank, values.size()) - 1);
  std::ranges::nth_element(values, at);
  return *at;
}

using Times = std::map<std::uint32_t, Duration>;

std::vector<TailPlace> greatest(const Times& times, Duration all,
                                const std::vector<std::string>& names) {
  std::vector<std::pair<Duration, std::uint32_t>> order;
  for (const auto& [id, time] : times) {
    order.emplace_back(time, id);
  }
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [](const auto& entry) { return entry.first; });
  std::vector<TailPlace> places;
  for (std::size_t i = 0; i < std::min(order.size(), kMaxTailPlaces); ++i) {
    places.push_back({names.at(order[i].second), order[i].first.seconds() / all.seconds()});
  }
  return places;
}

/// Takes one percentile of one phase apart.
class TailAnalysis {
 public:
  /// `placed`: the records of the phase, by total.
  TailAnalysis(const std::vector<Placed>& placed, const RecordWays& ways, const Periods& periods,
               double quantile)
      : placed_(placed), ways_(ways), periods_(periods), quantile_(quantile) {
    const auto size = static_cast<double>(placed.size());
    const auto rank = [&](double q) {
      return static_cast<std::size_t>(std::clamp(std::ceil(q * size), 1.0, size)) - 1;
    };
    at_ = placed.empty() ? 0 : rank(quantile);
    const bool is_tail = quantile >= kFirstTail;
    first_ = placed.empty() || is_tail ? at_ : rank(quantile - kHalfWidthAround);
    last_ = placed.empty() || is_tail ? placed.size() : rank(quantile + kHalfWidthAround) + 1;
  }

  [[nodiscard]] bool has_enough() const { return last_ - first_ >= kFewestRecords; }

  /// REQUIRES: has_enough().
  [[nodiscard]] Tail tail() const {
    Tail tail;
    tail.quantile = quantile_;
    tail.latency = placed_[at_].total;
    tail.records = last_ - first_;
    tail.of = placed_.size();
    tail.example = placed_[first_ + (last_ - first_) / 2].way->event;
    tail.periods = shares();
    tail.causes = causes();
    return tail;
  }

 private:
  struct Sum {
    Duration time;
    std::uint64_t records = 0;
    Span dates{Time::never(), Time()};
    Times by_leader;
    Times by_partition;
  };
  using Cell = std::pair<std::size_t, Leg>;  ///< period and leg

  [[nodiscard]] std::vector<TailShare> shares() const {
    std::map<std::size_t, std::uint64_t> counts;
    for (std::size_t i = first_; i < last_; ++i) {
      ++counts[placed_[i].period];
    }
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (const auto& [period, records] : counts) {
      order.emplace_back(records, period);
    }
    std::ranges::stable_sort(order, std::ranges::greater(),
                             [](const auto& entry) { return entry.first; });
    order.resize(std::min(order.size(), kMaxTailPeriods));
    std::vector<TailShare> shares;
    for (const auto& [records, period] : order) {
      std::vector<Duration> others;
      for (const Placed& record : placed_) {
        if (record.period != period) {
          others.push_back(record.total);
        }
      }
      shares.push_back(
          {periods_[period], records,
           others.empty() ? std::nullopt : std::optional(quantile_of(others, quantile_))});
    }
    return shares;
  }

  [[nodiscard]] std::vector<TailCause> causes() const {
    Duration all;
    std::map<Cell, Sum> sums;
    for (std::size_t i = first_; i < last_; ++i) {
      const Placed& record = placed_[i];
      all += record.total;
      for (const LegInfo& leg : kLegs) {
        if (const Duration time = (*record.way)[leg.leg]; time > Duration()) {
          add(sums[{record.period, leg.leg}], record, time);
        }
      }
    }
    std::vector<std::pair<Cell, const Sum*>> order;
    for (const auto& [cell, sum] : sums) {
      order.emplace_back(cell, &sum);
    }
    std::ranges::stable_sort(order, std::ranges::greater(),
                             [](const auto& entry) { return entry.second->time; });
    order.resize(std::min(order.size(), kMaxTailCauses));
    std::vector<TailCause> causes;
    for (const auto& [cell, sum] : order) {
      if (sum->time.seconds() >= kLeastShare * all.seconds()) {
        causes.push_back(cause(cell, *sum, all));
      }
    }
    return causes;
  }

  static void add(Sum& sum, const Placed& record, Duration time) {
    sum.time += time;
    ++sum.records;
    sum.dates.from = std::min(sum.dates.from, record.way->intended);
    sum.dates.to = std::max(sum.dates.to, record.way->intended + record.total);
    sum.by_leader[record.way->leader] += time;
    sum.by_partition[record.way->partition] += time;
  }

  [[nodiscard]] TailCause cause(const Cell& cell, const Sum& sum, Duration all) const {
    const auto [period, leg] = cell;
    TailCause cause;
    cause.leg = leg;
    cause.period = periods_[period];
    cause.share = sum.time.seconds() / all.seconds();
    cause.records = sum.records;
    cause.mean = sum.time / static_cast<std::int64_t>(sum.records);
    cause.dates = sum.dates;
    std::vector<Duration> spared;
    spared.reserve(placed_.size());
    for (const Placed& record : placed_) {
      spared.push_back(record.period == period ? record.total - (*record.way)[leg] : record.total);
    }
    cause.without = quantile_of(spared, quantile_);
    cause.leaders = greatest(sum.by_leader, sum.time, ways_.leaders);
    cause.partitions = greatest(sum.by_partition, sum.time, ways_.partitions);
    return cause;
  }

  const std::vector<Placed>& placed_;
  const RecordWays& ways_;
  const Periods& periods_;
  double quantile_;
  std::size_t at_ = 0;
  std::size_t first_ = 0;
  std::size_t last_ = 0;
};

using Wanted = std::pair<std::optional<Phase>, double>;

/// What is always kept, and what objectives on the end-to-end latency speak of.
std::vector<Wanted> wanted(std::span<const scenarios::Slo> slos) {
  std::vector<Wanted> all{{std::nullopt, 0.5},   {std::nullopt, 0.95},  {std::nullopt, 0.99},
                          {std::nullopt, 0.999}, {Phase::steady, 0.99}, {Phase::fault, 0.99},
                          {Phase::after, 0.99}};
  for (const scenarios::Slo& slo : slos) {
    if (slo.metric->name != "e2e" || slo.aggregate != scenarios::Aggregate::percentile) {
      continue;
    }
    const Wanted one{phase_wanted(slo), slo.percentile / 100};
    if (all.size() < kMaxTails && std::ranges::find(all, one) == all.end()) {
      all.push_back(one);
    }
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

std::span<const LegInfo> all_legs() {
  return kLegs;
}
const LegInfo& info(Leg leg) {
  return kLegs[static_cast<std::size_t>(leg)];
}
const char* name(Leg leg) {
  return info(leg).name.data();
}
std::span<const PartInfo> all_parts() {
  return kParts;
}

bool speaks_of(const Tail& tail, double quantile) {
  constexpr double kSlack = 1e-9;
  if (tail.quantile < kFirstTail) {
    return std::abs(quantile - tail.quantile) < kHalfWidthAround / 2 + kSlack;
  }
  return quantile >= kFirstTail && 1 - quantile < 2 * (1 - tail.quantile) + kSlack;
}

LatencySplit split_of(const RecordWay& way) {
  LatencySplit split;
  for (const LegInfo& leg : kLegs) {
    split.*leg.part += way[leg.leg];
  }
  split.total = way.total();
  return split;
}

void take_tails_apart(RunResult& result, const Evidence& evidence,
                      std::span<const scenarios::Slo> slos) {
  result.tails.clear();
  const Periods periods(result, evidence.windows);
  std::vector<Placed> all;
  Histogram naive;
  for (const RecordWay& way : evidence.ways.records) {
    const Duration total = way.total();
    if (const auto period = periods.at(way.intended + total)) {
      all.push_back({&way, total, *period});
      naive.record(way.naive());
    }
  }
  result.naive_curve = {std::nullopt, curve_of(naive)};
  std::ranges::stable_sort(all, {}, &Placed::total);
  std::optional<Phase> phase;
  std::vector<Placed> of_phase = all;
  for (const Wanted& one : wanted(slos)) {
    if (one.first != phase) {
      phase = one.first;
      of_phase.clear();
      std::ranges::copy_if(all, std::back_inserter(of_phase), [&](const Placed& record) {
        return periods[record.period].phase == *phase;
      });
    }
    const TailAnalysis analysis(of_phase, evidence.ways, periods, one.second);
    if (analysis.has_enough()) {
      Tail tail = analysis.tail();
      tail.phase = phase;
      result.tails.push_back(std::move(tail));
    }
  }
}

}  // namespace wavetank::reports
