#include "engine/log/broker/produce_server.h"

#include <utility>

#include "engine/log/protocol/refusals.h"

namespace wavetank::log {

void ProduceServer::on_request(const Step& step, NodeId from, CorrelationId correlation,
                               const port::Message& message, const ProduceRequest& request) {
  DelayedProduce delayed;
  delayed.from = from;
  delayed.correlation = correlation;
  delayed.client = quotas_.client(request.client);
  delayed.request_bytes = message.wire_bytes();
  delayed.deadline = step.now.monotonic + request.timeout;
  delayed.partitions.reserve(request.partitions.size());
  std::vector<DelayedProduces::Wait> waits;
  step.meter().charge(port::Work::partition, request.partitions.size());
  for (const ProduceRequest::Partition& produced : request.partitions) {
    const auto index = static_cast<std::uint32_t>(delayed.partitions.size());
    delayed.partitions.push_back(append(step, produced, request.acks, index, waits));
  }
  quotas_.served(delayed.client, step);
  if (!waits.empty()) {
    waiting_.add(std::move(delayed), waits);
    return;
  }
  answer(step, delayed, request.acks);
  if (request.acks == Acks::none) {
    step.ports.leave_unanswered(from, message);
  }
}

ErrorCode ProduceServer::write(const Step& step, PartitionId p, const Bytes& batch,
                               WriteTicket ticket) {
  if (waiting_.full()) {
    return ErrorCode::request_timed_out;
  }
  std::vector<DelayedProduces::Wait> waits;
  DelayedProduce delayed;
  delayed.partitions = {append(step, {p, batch}, Acks::all, 0, waits)};
  delayed.deadline = step.now.monotonic + limits::kOffsetCommitTimeout;
  delayed.ticket = ticket;
  const ErrorCode error = delayed.partitions.front().error;
  if (error == ErrorCode::none && !waits.empty()) {
    waiting_.add(std::move(delayed), waits);
  } else if (error == ErrorCode::none) {
    waiting_.add_decided(std::move(delayed));
  }
  return error;
}

ProduceResponse::Partition ProduceServer::append(const Step& step,
                                                 const ProduceRequest::Partition& produced,
                                                 Acks acks, std::uint32_t index,
                                                 std::vector<DelayedProduces::Wait>& waits) {
  ProduceResponse::Partition answer;
  answer.partition = produced.partition;
  Replica* replica = replicas_.find(produced.partition);
  answer.error = refusal(replica, produced, acks);
  if (answer.error != ErrorCode::none) {
    return answer;
  }
  const auto appended = replica->append(produced.batch, step.now.monotonic, step.meter());
  if (!appended) {
    answer.error = appended.error();
    return answer;
  }
  answer.base_offset = appended->base_offset;
  if (acks == Acks::all && appended->last_offset >= replica->high_watermark()) {
    waits.push_back({index, appended->last_offset});
  }
  if (acks != Acks::none && replica->log().holds_back(appended->last_offset)) {
    waits.push_back({index, appended->last_offset, DelayedProduces::Until::flushed});
  }
  return answer;
}

ErrorCode ProduceServer::refusal(const Replica* replica, const ProduceRequest::Partition& produced,
                                 Acks acks) const {
  if (produced.partition.value() >= topology_.partition_count()) {
    return ErrorCode::unknown_partition;
  }
  if (replica == nullptr || !replica->leads()) {
    return ErrorCode::not_leader_or_follower;
  }
  if (acks == Acks::all && !replica->enough_in_sync()) {
    return ErrorCode::not_enough_replicas;
  }
  const bool may_wait =
      acks == Acks::all || (acks == Acks::leader && replica->log().config().flush_messages);
  if (may_wait && waiting_.full()) {
    return ErrorCode::request_timed_out;
  }
  return ErrorCode::none;
}

void ProduceServer::answer(const Step& step, DelayedProduce& decided, Acks acks) {
  const Time now = step.now.monotonic;
  tell_refusals(probe_, self_, decided);
  const Duration throttle = quotas_.produced(decided.client, decided.request_bytes, now);
  if (throttle > Duration()) {
    step.mute(decided.from, ApiKey::produce, now + throttle);
  }
  if (acks != Acks::none) {
    step.answer(decided.from, decided.correlation,
                ProduceResponse{std::move(decided.partitions), throttle});
  }
}

}  // namespace wavetank::log
