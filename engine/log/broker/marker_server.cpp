#include "engine/log/broker/marker_server.h"

#include <utility>

namespace wavetank::log {

void MarkerServer::on_request(const Step& step, NodeId from, CorrelationId correlation,
                              const WriteTxnMarkersRequest& request) {
  DelayedProduce delayed;
  delayed.from = from;
  delayed.correlation = correlation;
  delayed.deadline = step.now.monotonic + timeout_;
  std::vector<DelayedProduces::Wait> waits;
  step.meter().charge(port::Work::partition, request.markers.size());
  for (const WriteTxnMarkersRequest::Marker& marker : request.markers) {
    delayed.markers.push_back(
        {marker.producer, marker.epoch, marker.outcome, marker.coordinator_epoch});
    delayed.partitions.push_back(
        append(step, marker.partition, marker.leader_epoch, delayed.markers.back()));
    const ProduceResponse::Partition& written = delayed.partitions.back();
    if (written.error == ErrorCode::none &&
        written.base_offset >= replicas_.find(marker.partition)->high_watermark()) {
      waits.push_back(
          {static_cast<std::uint32_t>(delayed.partitions.size() - 1), written.base_offset});
    }
    if (written.error == ErrorCode::none &&
        replicas_.find(marker.partition)->log().holds_back(written.base_offset)) {
      waits.push_back({static_cast<std::uint32_t>(delayed.partitions.size() - 1),
                       written.base_offset, DelayedProduces::Until::flushed});
    }
  }
  if (waits.empty()) {
    produces_.add_decided(std::move(delayed));
  } else {
    produces_.add(std::move(delayed), waits);
  }
}

ErrorCode MarkerServer::refusal(const Replica* replica, LeaderEpoch epoch) const {
  if (replica == nullptr || !replica->leads()) {
    return ErrorCode::not_leader_or_follower;
  }
  if (epoch != replica->epoch()) {
    return epoch < replica->epoch() ? ErrorCode::fenced_leader_epoch
                                    : ErrorCode::unknown_leader_epoch;
  }
  if (!replica->enough_in_sync()) {
    return ErrorCode::not_enough_replicas;
  }
  return produces_.full() ? ErrorCode::request_timed_out : ErrorCode::none;
}

ProduceResponse::Partition MarkerServer::append(const Step& step, PartitionId p,
                                                LeaderEpoch leader_epoch, const EndMarker& marker) {
  ProduceResponse::Partition written;
  written.partition = p;
  Replica* replica = replicas_.find(p);
  written.error = refusal(replica, leader_epoch);
  if (written.error == ErrorCode::none) {
    const auto appended = replica->append_marker(marker, step.now, step.meter());
    written.error = appended ? ErrorCode::none : appended.error();
    written.base_offset = appended ? appended->base_offset : Offset(-1);
  }
  return written;
}

void MarkerServer::answer(const Step& step, const DelayedProduce& decided) {
  WriteTxnMarkersResponse response;
  for (const ProduceResponse::Partition& written : decided.partitions) {
    response.errors.push_back(written.error);
  }
  step.answer(decided.from, decided.correlation, response);
}

}  // namespace wavetank::log
