#include "sim/observe/recovery_tracker.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

namespace {

/// How long before a fault the backlog counts as usual.
constexpr Duration kUsualBefore = seconds(10);
/// So much of it is looked at even where a fault comes before the run is warm.
constexpr Duration kUsualAtLeast = seconds(1);
/// A backlog so many times that of the last second before a fault is left over from something.
constexpr std::uint64_t kLeftOver = 3;
/// So many records more than usual are chance: a second may have shown too few of a light load.
constexpr std::uint64_t kChance = 5;

std::size_t sample_at(Time t) {
  return static_cast<std::size_t>((t - Time()) / kLagSampleInterval);
}

std::optional<Duration> between(std::optional<Time> from, std::optional<Time> to) {
  if (!from || !to) {
    return std::nullopt;
  }
  return std::max(*to - *from, Duration());
}

}  // namespace

bool RecoveryTracker::strikes(const Episode& episode, NodeId broker) {
  return std::ranges::find(episode.brokers, broker) != episode.brokers.end();
}

void RecoveryTracker::fault_begins(std::size_t fault, Time now, std::vector<NodeId> brokers,
                                   std::span<const NodeId> controllers, bool asked_to_end) {
  Episode episode;
  episode.fault = fault;
  episode.at = now;
  episode.brokers = std::move(brokers);
  episode.asked_to_end = asked_to_end;
  for (const NodeId broker : episode.brokers) {
    if (!asked_to_end) {
      orphan(episode, broker);
    }
  }
  if (!episode.affected &&
      std::ranges::find(controllers, active_controller_) != controllers.end()) {
    episode.controller = active_controller_;
  }
  for (Episode& earlier : episodes_) {
    if (earlier.until) {
      hand_over(earlier, episode);
    }
  }
  episodes_.push_back(std::move(episode));
}

/// What it leads has no leader from now on.
void RecoveryTracker::orphan(Episode& episode, NodeId broker) const {
  for (std::uint32_t p = 0; p < leaders_.size(); ++p) {
    if (loaded_[p] && leaders_[p] == broker) {
      episode.leaderless.insert(log::PartitionId(p));
      episode.unserved.insert(log::PartitionId(p));
      episode.affected = true;
    }
  }
}

/// What happens to a broker from now on is the later fault's doing, not that of one that is over.
void RecoveryTracker::hand_over(Episode& earlier, const Episode& later) {
  std::erase_if(earlier.brokers, [&](NodeId broker) { return strikes(later, broker); });
  for (const log::PartitionId partition : later.leaderless) {
    earlier.leaderless.erase(partition);
    earlier.unserved.erase(partition);
  }
}

void RecoveryTracker::fault_ends(std::size_t fault, Time now) {
  const auto episode = std::ranges::find_if(
      episodes_, [&](const Episode& it) { return it.fault == fault && !it.until; });
  if (episode != episodes_.end()) {
    episode->until = now;
  }
}

/// Another one than that which was struck.
void RecoveryTracker::controller_stands(Time now, NodeId controller) {
  stood_[controller] = now;
  for (Episode& episode : episodes_) {
    if (episode.controller && *episode.controller != controller && !episode.detected) {
      episode.detected = now;
    }
  }
}

void RecoveryTracker::controller_activated(Time now, NodeId controller) {
  if (const auto stood = stood_.find(controller); stood != stood_.end()) {
    slowest_takeover_ = std::max(slowest_takeover_.value_or(Duration()), now - stood->second);
  }
  active_controller_ = controller;
  for (Episode& episode : episodes_) {
    if (episode.controller && !episode.elected) {
      episode.elected = now;
    }
  }
}

void RecoveryTracker::broker_fenced(Time now, NodeId broker) {
  for (Episode& episode : episodes_) {
    if (strikes(episode, broker) && !episode.detected) {
      episode.detected = now;
      if (episode.asked_to_end) {
        orphan(episode, broker);
      }
    }
  }
}

/// A broker that comes back before its session ran out is noticed by its registration.
void RecoveryTracker::broker_registered(Time now, NodeId broker) {
  for (Episode& episode : episodes_) {
    if (strikes(episode, broker) && !episode.registered) {
      episode.registered = now;
      episode.detected = episode.detected.value_or(now);
    }
  }
}

void RecoveryTracker::leader_elected(Time now, log::PartitionId partition, NodeId leader) {
  leaders_[partition.value()] = leader;
  for (Episode& episode : episodes_) {
    if (episode.leaderless.erase(partition) > 0 && episode.leaderless.empty()) {
      episode.elected = now;
    }
  }
}

void RecoveryTracker::partition_offline(log::PartitionId partition) {
  leaders_[partition.value()] = log::kNoNode;
}

void RecoveryTracker::in_sync_set_changed(Time now, log::PartitionId partition,
                                          std::span<const NodeId> in_sync) {
  for (Episode& episode : episodes_) {
    if (episode.brokers.empty()) {
      continue;
    }
    const bool whole = std::ranges::all_of(episode.brokers, [&](NodeId broker) {
      return std::ranges::find(in_sync, broker) != in_sync.end();
    });
    if (!whole) {
      episode.out_of_sync.insert(partition);
      episode.in_sync.reset();
    } else if (episode.out_of_sync.erase(partition) > 0 && episode.out_of_sync.empty()) {
      episode.in_sync = now;
    }
  }
}

void RecoveryTracker::replica_appended(Time now, log::PartitionId partition, NodeId leader) {
  if (episodes_.empty() || leader != leaders_[partition.value()]) {
    return;
  }
  for (Episode& episode : episodes_) {
    if (!episode.leaderless.contains(partition) && episode.unserved.erase(partition) > 0 &&
        episode.unserved.empty()) {
      episode.served = now;
    }
  }
}

void RecoveryTracker::lag_sampled(Time now, std::uint64_t lag_records) {
  lag_.resize(sample_at(now) + 1, lag_records);
}

void RecoveryTracker::records_refused(Time now) {
  for (Episode& episode : episodes_) {
    const bool overtaken = std::ranges::any_of(
        episodes_, [&](const Episode& other) { return other.at > episode.at && other.at <= now; });
    if (!overtaken) {
      episode.refused = true;
      episode.acknowledged_again.reset();
    }
  }
}

void RecoveryTracker::records_acknowledged(Time now) {
  for (Episode& episode : episodes_) {
    if (episode.refused && !episode.acknowledged_again) {
      episode.acknowledged_again = now;
    }
  }
}

std::uint64_t RecoveryTracker::most_between(std::size_t from, std::size_t to) const {
  std::uint64_t most = 0;
  for (std::size_t i = from; i < to; ++i) {
    most = std::max(most, lag_[i]);
  }
  return most;
}

std::vector<Time> RecoveryTracker::next_faults(const Episode& episode) const {
  std::vector<Time> next{Time() + kLagSampleInterval * static_cast<std::int64_t>(lag_.size())};
  for (const Episode& other : episodes_) {
    if (other.at > episode.at) {
      next.push_back(other.at);
    }
  }
  std::ranges::sort(next);
  return next;
}

/// The first moment from which the backlog stays at or below what is usual (one and a half times
/// the most it had been before the fault, once the run was warm, and what chance adds) until the
/// next fault begins, or the run ends. What is not gone by then goes with the backlog of the next.
std::optional<Time> RecoveryTracker::drained_after(const Episode& episode) const {
  const std::size_t fault = std::min(sample_at(episode.at), lag_.size());
  const auto earlier = [&](Duration span) {
    return fault - std::min(fault, static_cast<std::size_t>(span / kLagSampleInterval));
  };
  std::size_t before =
      std::min(std::max(earlier(kUsualBefore), sample_at(warm_)), earlier(kUsualAtLeast));
  // What is left of the start, when nobody read yet, is no usual backlog.
  const std::uint64_t lately = most_between(earlier(kUsualAtLeast), fault);
  while (before < earlier(kUsualAtLeast) && lag_[before] > kLeftOver * lately) {
    ++before;
  }
  const std::uint64_t usual = most_between(before, fault);
  const std::uint64_t bound = usual + usual / 2 + kChance;
  for (const Time next : next_faults(episode)) {
    const std::size_t end = std::min(sample_at(next), lag_.size());
    std::size_t drained = end;
    while (drained > fault && lag_[drained - 1] <= bound) {
      --drained;
    }
    if (drained < end) {
      return std::max(episode.at, Time() + kLagSampleInterval * static_cast<std::int64_t>(drained));
    }
  }
  return std::nullopt;
}

std::optional<Time> RecoveryTracker::worked_off(const Episode& episode) const {
  const std::optional<Time> gone = drained_after(episode);
  if (!gone || !episode.refused) {
    return gone;
  }
  return episode.acknowledged_again ? std::optional(std::max(*gone, *episode.acknowledged_again))
                                    : std::nullopt;
}

std::optional<Time> RecoveryTracker::recovered_at(const Episode& e) const {
  std::optional<Time> recovered = moved(e) ? e.served : worked_off(e);
  if (recovered && e.controller && e.elected) {  // brokers served on, but nothing could be decided
    recovered = std::max(*recovered, *e.elected);
  }
  return recovered;
}

std::size_t RecoveryTracker::still_behind() const {
  std::size_t sets = 0;
  for (const Episode& episode : episodes_) {
    sets += behind(episode);
  }
  return sets;
}

void RecoveryTracker::report(std::size_t fault, reports::FaultReport& out) const {
  std::uint64_t peak = 0;
  std::optional<Duration> longest;
  std::size_t sets_behind = 0;
  for (const Episode& e : episodes_) {
    if (e.fault != fault) {
      continue;
    }
    sets_behind += behind(e);
    const std::optional<Time> recovered = recovered_at(e);
    const Duration took = recovered ? *recovered - e.at : Time::never() - e.at;
    if (!longest || took > *longest) {
      longest = took;
      describe(e, recovered, out);
    }
    const std::size_t end = std::min(sample_at(next_faults(e).front()), lag_.size());
    for (std::size_t i = std::min(sample_at(e.at), end); i < end; ++i) {
      peak = std::max(peak, lag_[i]);
    }
  }
  out.peak_lag_records = std::max(out.peak_lag_records, peak);
  if (sets_behind > 0) {
    out.note += fmt::format("{}{} in-sync sets lack a broker that was back when the run was over",
                            out.note.empty() ? "" : "; ", sets_behind);
  }
}

void RecoveryTracker::describe(const Episode& e, std::optional<Time> recovered,
                               reports::FaultReport& out) const {
  const std::optional<Time> backlog_gone = drained_after(e);
  // A backlog that never rose is not gone before there is service.
  std::optional<Time> drained;
  if (backlog_gone && recovered) {
    drained.emplace(std::max(*backlog_gone, *recovered));
  }
  out.detected = between(e.at, e.detected);
  out.elected = between(e.at, e.elected);
  out.recovered = between(e.at, recovered);
  out.drained = between(e.at, drained);
  out.phases.detect = out.detected;
  out.phases.elect = between(e.detected, e.elected);
  out.phases.reassign = between(e.elected, e.served);
  out.phases.restore = between(e.until, e.registered);
  out.phases.replay = between(e.registered, e.in_sync);
  // Where nobody had to take over, what is left when the fault is over is worked off.
  const std::optional<Time> service_back = moved(e) ? recovered : e.until;
  if (drained && service_back && (moved(e) || *drained > *service_back)) {
    out.phases.drain = between(service_back, drained);
  }
}

}  // namespace wavetank::sim
