#include "sim/run/coordination_observer.h"

#include <algorithm>
#include <utility>

#include "sim/observe/recovery_tracker.h"

namespace wavetank::sim {

using coordination::ErrorCode;

CoordinationObserver::CoordinationObserver(Kernel& kernel, const coordination::Ensemble& ensemble,
                                           Time from, Time to)
    : kernel_(kernel),
      from_(from),
      to_(to),
      samples_(static_cast<std::size_t>(std::max(Duration(), to - from) / kSample)),
      evidence_(from),
      promises_(ensemble) {}

void CoordinationObserver::start_sampling(Time end) {
  sampling_until_ = end;
  kernel_.schedule(kernel_.now(), *this, 0);
}

void CoordinationObserver::fire(std::uint64_t /*payload*/) {
  evidence_.lag_sampled(kernel_.now(), under_way_.size());
  if (kernel_.now() + kLagSampleInterval <= sampling_until_) {
    kernel_.schedule(kernel_.now() + kLagSampleInterval, *this, 0);
  }
}

// ------------------------------------------------------------------------------------- clients

/// A new process: what the last one had under way is given up.
void CoordinationObserver::client_began(std::uint32_t client) {
  const auto from = under_way_.lower_bound({client, coordination::Xid()});
  auto to = from;
  for (; to != under_way_.end() && to->first.first == client; ++to) {
    ++ledger_.refused;
  }
  under_way_.erase(from, to);
  history_.client_began(client);
}

void CoordinationObserver::asked(std::uint32_t client, const coordination::Request& request,
                                 Time intended) {
  ++ledger_.produced;
  UnderWay& it = under_way_[{client, request.xid}];
  it.asked = intended;
  std::size_t bytes = 0;
  for (const coordination::Operation& operation : request.operations) {
    it.changes |= !coordination::is_read(operation.code);
    it.creates |= operation.code == coordination::OpCode::create;
    bytes += operation.path.size() + operation.data.size();
  }
  evidence_.accepted(now(), bytes);
  history_.asked(client, request, now());
}

void CoordinationObserver::answered(std::uint32_t client, coordination::SessionId session,
                                    const coordination::Response& response) {
  history_.answered(client, session, response, now());
  if (response.error != ErrorCode::ok && response.error != ErrorCode::session_expired) {
    ++errors_[response.error];
  }
  const auto found = under_way_.find({client, response.xid});
  if (found == under_way_.end()) {
    return;
  }
  const UnderWay request = found->second;
  under_way_.erase(found);
  if (response.error == ErrorCode::connection_loss ||
      response.error == ErrorCode::session_expired) {
    ++ledger_.refused;
    return;
  }
  ++ledger_.acknowledged;
  ++ledger_.delivered;
  evidence_.delivered(now(), now() - request.asked);
  if (request.changes) {
    confirmed(request);
  }
  count(request);
}

void CoordinationObserver::confirmed(const UnderWay& change) {
  evidence_.published(now(), now() - change.asked);
  for (auto& [fault, episode] : episodes_) {
    if (change.asked >= episode.at) {
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

void CoordinationObserver::count(const UnderWay& request) {
  if (now() < from_ || now() >= to_) {
    return;
  }
  if (const auto sample = static_cast<std::size_t>((now() - from_) / kSample);
      sample < samples_.size()) {
    ++samples_[sample];
  }
  if (request.creates) {
    ++creations_;
    creating_ += now() - request.asked;
  }
}

std::vector<reports::ScalarMetric> CoordinationObserver::scalars() const {
  std::vector<reports::ScalarMetric> scalars;
  if (!samples_.empty()) {
    const auto least = static_cast<double>(*std::ranges::min_element(samples_));
    scalars.push_back({"throughput_least", least / kSample.seconds(), "records/s"});
  }
  if (creations_ > 0) {
    const auto count = static_cast<double>(creations_);
    scalars.push_back({"creations", count / (to_ - from_).seconds(), "records/s"});
    scalars.push_back({"creation_mean", creating_.seconds() / count, "s"});
  }
  scalars.push_back({"sessions_expired", static_cast<double>(expired_.size()), ""});
  for (const auto& [error, count] : errors_) {
    scalars.push_back({"errors." + std::string(coordination::name(error)),
                       static_cast<double>(count), "answers"});
  }
  return scalars;
}

// ------------------------------------------------------------------------------------- servers

/// An earlier fault that has led to no election by now is not what leads to the next one.
void CoordinationObserver::fault_begins(std::size_t fault, bool somebody_leads) {
  std::erase_if(open_, [this](std::size_t earlier) {
    const Episode& it = episodes_[earlier];
    return !it.detected && !it.elected;
  });
  episodes_[fault].at = now();
  if (somebody_leads) {
    open_.insert(fault);
  }
}

/// A server that has only just started looks for a leader, too.
void CoordinationObserver::standing_changed(NodeId server, coordination::Standing standing) {
  const coordination::Standing was = std::exchange(
      standing_.try_emplace(server, coordination::Standing::recovering).first->second, standing);
  if (standing != coordination::Standing::looking || was == coordination::Standing::recovering) {
    return;
  }
  for (const std::size_t fault : open_) {
    Episode& episode = episodes_[fault];
    episode.detected = episode.detected.value_or(now());
  }
}

void CoordinationObserver::established(NodeId leader, coordination::Epoch epoch,
                                       coordination::Zxid /*history*/) {
  history_.established(leader, epoch, now());
  for (const std::size_t fault : open_) {
    Episode& episode = episodes_[fault];
    if (episode.detected) {
      episode.elected = episode.elected.value_or(now());
    }
  }
}

void CoordinationObserver::delivered(NodeId server, coordination::Zxid zxid, std::uint64_t hash) {
  history_.delivered(server, zxid, hash);
}

void CoordinationObserver::session_closed(coordination::SessionId session, bool expired) {
  history_.session_closed(session);
  if (expired) {
    expired_.insert(session);
  }
}

void CoordinationObserver::report(std::size_t fault, reports::FaultReport& out) const {
  const auto found = episodes_.find(fault);
  if (found == episodes_.end()) {
    return;
  }
  const Episode& episode = found->second;
  const auto since = [&](const std::optional<Time>& at) {
    return at ? std::optional(*at - episode.at) : std::nullopt;
  };
  if (!episode.elected) {
    out.recovered = out.drained = since(episode.served);
    return;
  }
  out.detected = out.phases.detect = since(episode.detected);
  out.elected = since(episode.elected);
  out.phases.elect = *episode.elected - *episode.detected;
  out.recovered = out.drained = since(episode.recovered);
}

}  // namespace wavetank::sim
