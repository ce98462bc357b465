#include "engine/log/client/offset_lookup.h"

#include <algorithm>

namespace wavetank::log {

void OffsetLookup::want(std::uint32_t index, PartitionId partition, std::int64_t timestamp_ms) {
  wanted_[index] = {partition, timestamp_ms, kNoBroker};
}

void OffsetLookup::pump(port::Now now, NetworkClient& network, port::Ports& ports,
                        const std::function<bool(std::uint32_t)>& ready) {
  std::map<BrokerIndex, ListOffsetsRequest> requests;
  for (auto& [index, it] : wanted_) {
    const BrokerIndex leader = network.leader(it.partition);
    if (it.asked != kNoBroker || !ready(index)) {
      continue;
    }
    if (leader == kNoBroker) {
      network.request_metadata(now, ports);
    } else if (!in_flight_[leader]) {
      it.asked = leader;
      requests[leader].partitions.push_back(
          {it.partition, network.leader_epoch(it.partition), it.timestamp_ms});
    }
  }
  for (const auto& [leader, request] : requests) {
    in_flight_[leader] = true;
    ports.meter().charge(port::Work::partition, request.partitions.size());
    network.ask(now, leader, request, ports);
  }
}

std::vector<OffsetLookup::Answer> OffsetLookup::on_response(BrokerIndex from,
                                                            const ListOffsetsResponse& response) {
  std::vector<Answer> answers;
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    const auto found = std::ranges::find(response.partitions, it->second.partition,
                                         &ListOffsetsResponse::Partition::partition);
    if (it->second.asked != from || found == response.partitions.end()) {
      ++it;
      continue;
    }
    answers.push_back({it->first, found->error, found->offset});
    it->second.asked = kNoBroker;
    it = found->error == ErrorCode::none ? wanted_.erase(it) : std::next(it);
  }
  on_lost(from);  // what it left out is asked again
  return answers;
}

std::vector<std::uint32_t> OffsetLookup::on_lost(BrokerIndex from) {
  in_flight_[from] = false;
  std::vector<std::uint32_t> again;
  for (auto& [index, it] : wanted_) {
    if (it.asked == from) {
      it.asked = kNoBroker;
      again.push_back(index);
    }
  }
  return again;
}

}  // namespace wavetank::log
