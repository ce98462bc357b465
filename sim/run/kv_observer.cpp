#include "sim/run/kv_observer.h"

#include <iterator>

#include "sim/observe/recovery_tracker.h"

namespace wavetank::sim {

void KvObserver::start_sampling(Time end) {
  sampling_until_ = end;
  kernel_.schedule(kernel_.now(), *this, 0);
}

void KvObserver::fire(std::uint64_t /*payload*/) {
  evidence_.lag_sampled(kernel_.now(), under_way_.size());
  if (kernel_.now() + kLagSampleInterval <= sampling_until_) {
    kernel_.schedule(kernel_.now() + kLagSampleInterval, *this, 0);
  }
}

// ------------------------------------------------------------------------------------- clients

/// A new process: what the last one had under way is given up.
void KvObserver::client_began(std::uint32_t client) {
  const auto from = under_way_.lower_bound({client, kv::RequestId(0)});
  const auto to = under_way_.lower_bound({client + 1, kv::RequestId(0)});
  ledger_.refused += static_cast<std::uint64_t>(std::distance(from, to));
  under_way_.erase(from, to);
  history_.client_began(client);
}

void KvObserver::asked(std::uint32_t client, kv::RequestId request, const KvCall& call,
                       Duration late) {
  ++ledger_.produced;
  under_way_[{client, request}] = {now() - late, call.kind != KvCall::Kind::read};
  evidence_.accepted(now(), call.key.size());
  history_.asked(client, request, call, now());
}

void KvObserver::shed(std::uint32_t /*client*/) {
  ++ledger_.produced;
  ++ledger_.refused;
}

void KvObserver::answered(std::uint32_t client, kv::RequestId request, kv::ErrorCode error,
                          const kv::Outcome& outcome) {
  history_.answered(client, request, error, outcome, now());
  const auto found = under_way_.find({client, request});
  if (found == under_way_.end()) {
    return;
  }
  const UnderWay it = found->second;
  under_way_.erase(found);
  if (error != kv::ErrorCode::ok) {
    ++ledger_.refused;
    return;
  }
  ++ledger_.acknowledged;
  ++ledger_.delivered;
  evidence_.delivered(now(), now() - it.meant);
  if (it.changes) {
    confirmed(it);
  }
}

void KvObserver::confirmed(const UnderWay& change) {
  evidence_.published(now(), now() - change.meant);
  for (auto& [fault, episode] : episodes_) {
    if (change.meant >= episode.at) {
      episode.served = episode.served.value_or(now());
    }
  }
  std::erase_if(open_, [this](std::size_t fault) {
    Episode& episode = episodes_[fault];
    if (episode.elected) {
      episode.recovered = now();
    }
    return episode.recovered.has_value();
  });
}

// ------------------------------------------------------------------------------------- servers

/// An earlier fault that has led to no election by now is not what leads to the next one.
void KvObserver::fault_begins(std::size_t fault, bool somebody_leads) {
  std::erase_if(open_, [this](std::size_t earlier) {
    const Episode& it = episodes_[earlier];
    return !it.detected && !it.elected;
  });
  episodes_[fault].at = now();
  if (somebody_leads) {
    open_.insert(fault);
  }
}

void KvObserver::stands_for_election(NodeId /*server*/, raft::Term /*term*/) {
  for (const std::size_t fault : open_) {
    Episode& episode = episodes_[fault];
    episode.detected = episode.detected.value_or(now());
  }
}

void KvObserver::elected(NodeId leader, raft::Term term) {
  history_.elected(leader, term);
  for (const std::size_t fault : open_) {
    Episode& episode = episodes_[fault];
    episode.elected = episode.elected.value_or(now());
  }
}

void KvObserver::applied(NodeId server, raft::LogIndex index, const raft::Entry& entry) {
  history_.applied(server, index, entry);
}

void KvObserver::report(std::size_t fault, reports::FaultReport& out) const {
  const auto found = episodes_.find(fault);
  if (found == episodes_.end()) {
    return;
  }
  const Episode& episode = found->second;
  const auto since = [&](const std::optional<Time>& at) {
    return at ? std::optional(*at - episode.at) : std::nullopt;
  };
  if (!episode.elected) {
    out.detected = out.phases.detect = since(episode.detected);
    out.recovered = out.drained = since(episode.served);
    return;
  }
  const Time detected = episode.detected.value_or(episode.at);
  out.detected = out.phases.detect = detected - episode.at;
  out.elected = since(episode.elected);
  out.phases.elect = *episode.elected - detected;
  out.recovered = out.drained = since(episode.recovered);
}

}  // namespace wavetank::sim
