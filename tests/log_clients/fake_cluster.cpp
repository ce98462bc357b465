#include "tests/log_clients/fake_cluster.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/log/groups/consumer_protocol.h"

namespace wavetank::log::test {

namespace {

constexpr port::TimerId kPollTimer{0};

port::Message garbled(CorrelationId id, ApiKey api) {
  port::Message message = encode(MetadataResponse{}, id);
  message.head = Bytes::build(message.head.size() + 1, [&](std::uint8_t* to) {
    std::copy_n(message.head.data(), message.head.size(), to);
    to[0] = static_cast<std::uint8_t>(api);
    to[message.head.size()] = 0xff;
  });
  return message;
}

}  // namespace

ErrorCode take(std::deque<ErrorCode>& script) {
  if (script.empty()) {
    return ErrorCode::none;
  }
  const ErrorCode error = script.front();
  script.pop_front();
  return error;
}

std::vector<std::string> values_of(const BatchView& batch) {
  std::vector<std::string> values;
  batch.for_each_record(
      [&](const RecordView& record) { values.emplace_back(as_text(record.value)); });
  return values;
}

// --- FakeLog -------------------------------------------------------------------------------------

ErrorCode FakeLog::append(const Bytes& batch, LeaderEpoch epoch, Offset& base) {
  const Result<BatchView> view = BatchView::parse(batch);
  if (!view || !view->checksum_matches()) {
    return ErrorCode::corrupt_message;
  }
  if (view->producer_id() != kNoProducerId) {
    Producer& producer = producers[view->producer_id()];
    const std::int32_t sequence = view->base_sequence().value();
    if (const auto found = producer.stored.find(sequence); found != producer.stored.end()) {
      base = found->second;
      return ErrorCode::none;
    }
    if (sequence != producer.next_sequence) {
      return ErrorCode::out_of_order_sequence;
    }
    producer.stored[sequence] = end;
    producer.next_sequence += view->record_count();
  }
  base = end;
  batches.push_back(stamped_copy(*view, end, epoch));
  end += view->record_count();
  return ErrorCode::none;
}

std::vector<std::string> FakeLog::values() const {
  std::vector<std::string> all;
  for (const Bytes& batch : batches) {
    std::ranges::copy(values_of(*BatchView::parse(batch)), std::back_inserter(all));
  }
  return all;
}

// --- FakeCluster ---------------------------------------------------------------------------------

FakeCluster::FakeCluster(wavetank::test::BareHost& host, std::uint32_t partitions) : host_(host) {
  topology_.brokers = {kBrokerA, kBrokerB, kBrokerC};
  topology_.racks = {0, 0, 0};
  TopicConfig topic;
  topic.name = "orders";
  topic.partitions = partitions;
  topology_.topics.push_back(topic);
  logs_.resize(partitions);
  for (std::uint32_t p = 0; p < partitions; ++p) {
    leaders_.push_back({topology_.brokers[p % 3], LeaderEpoch(0)});
  }
  previous_metadata_ = metadata();
  for (const NodeId broker : topology_.brokers) {
    host.add(broker, [this, broker] { return std::make_unique<FakeBroker>(*this, broker); });
    host.start(broker);
  }
}

MetadataResponse FakeCluster::metadata() {
  return MetadataResponse{version_, topology_.brokers, leaders_};
}

void FakeCluster::move_leader(std::uint32_t partition, NodeId leader) {
  previous_metadata_ = metadata();
  ++version_;
  leaders_.at(partition).leader = leader;
  ++leaders_.at(partition).leader_epoch;
}

void FakeCluster::store(std::uint32_t partition, const std::vector<std::string>& values) {
  BatchBuilder builder;
  for (const std::string& value : values) {
    builder.add(0, as_bytes("key"), as_bytes(value));
  }
  Offset base;
  const ErrorCode error =
      log(partition).append(builder.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1)),
                            leaders_.at(partition).leader_epoch, base);
  ENSURE(error == ErrorCode::none, "the test's own batch is stored");
  for (const NodeId broker : topology_.brokers) {
    if (host_.running(broker)) {
      host_.role<FakeBroker>(broker).poll(false, host_.ports(broker));
    }
  }
}

ProduceResponse::Partition FakeCluster::produce(NodeId broker,
                                                const ProduceRequest::Partition& part) {
  const std::uint32_t p = part.partition.value();
  ProduceResponse::Partition answer{part.partition, ErrorCode::none, Offset(-1)};
  if (leaders_.at(p).leader != broker) {
    answer.error = ErrorCode::not_leader_or_follower;
    return answer;
  }
  answer.error = take(produce_errors[p]);
  if (answer.error == ErrorCode::none) {
    answer.error = logs_.at(p).append(part.batch, leaders_.at(p).leader_epoch, answer.base_offset);
  }
  if (answer.error == ErrorCode::none) {
    answer.error = take(produce_errors_after_append[p]);
  }
  return answer;
}

Bytes FakeCluster::damaged(const Bytes& batch) {
  return Bytes::build(batch.size(), [&](std::uint8_t* to) {
    std::copy_n(batch.data(), batch.size(), to);
    to[batch.size() - 1] ^= 0x01;
  });
}

FetchResponse::Partition FakeCluster::fetch(NodeId broker, const FetchRequest::Partition& part) {
  const std::uint32_t p = part.partition.value();
  const FakeLog& log = logs_.at(p);
  FetchResponse::Partition answer;
  answer.partition = part.partition;
  answer.high_watermark = log.end;
  answer.log_start = log.start;
  if (leaders_.at(p).leader != broker) {
    answer.error = ErrorCode::not_leader_or_follower;
  } else if (part.leader_epoch != leaders_.at(p).leader_epoch) {
    answer.error = ErrorCode::fenced_leader_epoch;
  } else if (part.offset < log.start || part.offset > log.end) {
    answer.error = ErrorCode::offset_out_of_range;
  } else {
    answer.error = take(fetch_errors[p]);
  }
  if (const auto told = divergences.find(p);
      answer.error == ErrorCode::none && told != divergences.end()) {
    answer.diverging_epoch = told->second.epoch;
    answer.diverging_end = told->second.end_offset;
    divergences.erase(told);
    return answer;
  }
  for (const Bytes& batch : log.batches) {
    if (answer.error == ErrorCode::none && BatchView::parse(batch)->last_offset() >= part.offset) {
      answer.batches.push_back(corrupt_fetches-- > 0 ? damaged(batch) : batch);
    }
  }
  return answer;
}

ListOffsetsResponse FakeCluster::list_offsets(NodeId broker, const ListOffsetsRequest& request) {
  ListOffsetsResponse response;
  for (const ListOffsetsRequest::Partition& asked : request.partitions) {
    const FakeLog& log = logs_.at(asked.partition.value());
    ListOffsetsResponse::Partition answer;
    answer.partition = asked.partition;
    if (leaders_.at(asked.partition.value()).leader != broker) {
      answer.error = ErrorCode::not_leader_or_follower;
    } else if (asked.timestamp_ms == kLatestTimestamp || asked.timestamp_ms == kEarliestTimestamp) {
      answer.offset = asked.timestamp_ms == kLatestTimestamp ? log.end : log.start;
    } else if (const auto found = log.offset_by_time.lower_bound(asked.timestamp_ms);
               found != log.offset_by_time.end()) {
      answer.offset = found->second;
    }
    if (answer.error == ErrorCode::none) {
      answer.error = take(list_errors);
    }
    response.partitions.push_back(answer);
  }
  ++lists;
  return response;
}

void FakeCluster::release_produce_answers() {
  hold_produce_answers = false;
  for (const std::function<void()>& answer : held_) {
    answer();
  }
  held_.clear();
}

// --- FakeBroker ----------------------------------------------------------------------------------

void FakeBroker::on_message(port::Now now, NodeId from, port::Lane, const port::Message& message,
                            port::Ports& ports) {
  const Envelope envelope = peek(message).value();
  const CorrelationId id = envelope.correlation;
  const auto answer = [&](const auto& body) {
    ports.send(from, port::Lane::response, encode(body, id));
  };
  if (envelope.api == ApiKey::metadata) {
    ++cluster_.metadata_requests[self_];
  }
  if (cluster_.silent.contains(self_)) {
    return;
  }
  switch (envelope.api) {
    case ApiKey::metadata:
      answer(cluster_.stale_metadata-- > 0 ? cluster_.previous_metadata_ : cluster_.metadata());
      return;
    case ApiKey::init_producer_id: {
      const ErrorCode error = take(cluster_.producer_id_errors);
      const ProducerId producer(error == ErrorCode::none ? 100 + cluster_.producer_ids_given++
                                                         : -1);
      answer(InitProducerIdResponse{error, producer, ProducerEpoch(0)});
      return;
    }
    case ApiKey::produce:
      on_produce(from, id, message, ports);
      return;
    case ApiKey::fetch:
      on_fetch(now, from, id, message, ports);
      return;
    case ApiKey::list_offsets:
      answer(cluster_.list_offsets(self_, decode<ListOffsetsRequest>(message).value()));
      break;
    case ApiKey::find_coordinator:
      answer(FindCoordinatorResponse{take(cluster_.find_errors), cluster_.coordinator});
      return;
    case ApiKey::offset_commit: {
      OffsetCommitResponse response{take(cluster_.commit_errors)};
      if (self_ != cluster_.coordinator) {
        response.error = ErrorCode::not_coordinator;
      }
      if (response.error == ErrorCode::none) {
        const auto request = decode<OffsetCommitRequest>(message).value();
        cluster_.committed.push_back({now.monotonic, request.offsets});
        for (const CommittedOffset& offset : request.offsets) {
          cluster_.group_offsets[offset.partition] = offset.offset;
        }
      }
      answer(response);
      return;
    }
    case ApiKey::offset_fetch: {
      OffsetFetchResponse response{take(cluster_.offset_fetch_errors), {}};
      if (response.error == ErrorCode::none) {
        for (const auto& [partition, offset] : cluster_.group_offsets) {
          response.offsets.push_back({partition, offset});
        }
      }
      answer(response);
      return;
    }
    default:
      on_group_request(now, from, envelope, message, ports);
  }
}

void FakeBroker::on_group_request(port::Now now, NodeId from, const Envelope& envelope,
                                  const port::Message& message, port::Ports& ports) {
  const auto answer = [&](const auto& body) {
    ports.send(from, port::Lane::response, encode(body, envelope.correlation));
  };
  switch (envelope.api) {
    case ApiKey::join_group:
      answer(join(decode<JoinGroupRequest>(message).value()));
      return;
    case ApiKey::sync_group:
      answer(sync(decode<SyncGroupRequest>(message).value()));
      return;
    case ApiKey::heartbeat:
      cluster_.heartbeats.push_back(now.monotonic);
      answer(HeartbeatResponse{self_ == cluster_.coordinator ? take(cluster_.heartbeat_errors)
                                                             : ErrorCode::not_coordinator});
      return;
    case ApiKey::leave_group:
      ++cluster_.left;
      answer(LeaveGroupResponse{});
      return;
    default:
      ENSURE(false, "a client asks what clients ask");
  }
}

/// Whoever joins is the only member, and leads.
JoinGroupResponse FakeBroker::join(const JoinGroupRequest& request) {
  cluster_.joins.push_back(request);
  JoinGroupResponse response;
  response.error =
      self_ == cluster_.coordinator ? take(cluster_.join_errors) : ErrorCode::not_coordinator;
  response.member = request.identity.member;
  if (response.error == ErrorCode::none && response.member.empty()) {
    response.error = ErrorCode::member_id_required;
    response.member = "member-" + std::to_string(++cluster_.member_ids_given_);
  } else if (response.error == ErrorCode::none) {
    response.generation = ++cluster_.generation_;
    response.protocol = request.protocols.at(0).name;
    response.leader = response.member;
    response.members = {
        {{response.member, request.identity.instance}, request.protocols.at(0).metadata}};
  }
  return response;
}

SyncGroupResponse FakeBroker::sync(const SyncGroupRequest& request) {
  SyncGroupResponse response;
  response.error =
      self_ == cluster_.coordinator ? take(cluster_.sync_errors) : ErrorCode::not_coordinator;
  if (response.error == ErrorCode::none) {
    response.assignment = cluster_.assignment ? encode_assignment(*cluster_.assignment)
                                              : request.assignments.at(0).assignment;
  }
  return response;
}

void FakeBroker::on_produce(NodeId from, CorrelationId id, const port::Message& message,
                            port::Ports& ports) {
  const auto request = decode<ProduceRequest>(message).value();
  SeenProduce seen{self_, cluster_.host_.now(), {}};
  for (const ProduceRequest::Partition& part : request.partitions) {
    const Result<BatchView> view = BatchView::parse(part.batch);
    seen.batches.push_back({part.partition, view->producer_id(), view->base_sequence().value(),
                            view->record_count(), part.batch});
  }
  cluster_.produced.push_back(seen);
  if (cluster_.lose_produce_requests > 0) {
    --cluster_.lose_produce_requests;
    return;
  }
  ProduceResponse response;
  if (!cluster_.produce_throttles.empty()) {
    response.throttle = cluster_.produce_throttles.front();
    cluster_.produce_throttles.pop_front();
  }
  for (const ProduceRequest::Partition& part : request.partitions) {
    response.partitions.push_back(cluster_.produce(self_, part));
  }
  if (request.acks == Acks::none) {
    return;
  }
  if (cluster_.lose_produce_answers > 0) {
    --cluster_.lose_produce_answers;
    return;
  }
  const port::Message answer =
      cluster_.garbled_answers-- > 0 ? garbled(id, ApiKey::produce) : encode(response, id);
  const auto send = [&ports, from, answer] { ports.send(from, port::Lane::response, answer); };
  if (cluster_.hold_produce_answers) {
    cluster_.held_.push_back(send);
  } else {
    send();
  }
}

void FakeBroker::on_fetch(port::Now now, NodeId from, CorrelationId id,
                          const port::Message& message, port::Ports& ports) {
  const auto request = decode<FetchRequest>(message).value();
  cluster_.fetched.push_back({self_, now.monotonic, request});
  if (cluster_.garbled_answers-- > 0) {
    ports.send(from, port::Lane::response, garbled(id, ApiKey::fetch));
    return;
  }
  FakeCluster::PendingFetch pending{from, id, request.session, {}};
  if (request.session_epoch == 0) {
    pending.session = cluster_.sessions_allowed ? cluster_.next_session_++ : 0;
    cluster_.sessions_[pending.session] = {self_, 0, {}};
  }
  const auto found = cluster_.sessions_.find(pending.session);
  if (found == cluster_.sessions_.end() || found->second.broker != self_ ||
      found->second.next_epoch != request.session_epoch) {
    ports.send(from, port::Lane::response,
               encode(FetchResponse{ErrorCode::fetch_session_unknown, 0, {}}, id));
    return;
  }
  FakeCluster::Session& session = found->second;
  ++session.next_epoch;
  for (const FetchRequest::Partition& part : request.partitions) {
    session.partitions[part.partition] = part;
  }
  for (const PartitionId forgotten : request.forgotten) {
    session.partitions.erase(forgotten);
  }
  pending.partitions = session.partitions;
  if (pending.session == 0) {
    cluster_.sessions_.erase(found);
  }
  if (!answer_fetch(pending, false, ports)) {
    waiting_.push_back(pending);
    ports.set_timer(kPollTimer, now.monotonic + request.max_wait);
  }
}

bool FakeBroker::answer_fetch(const FakeCluster::PendingFetch& fetch, bool even_if_empty,
                              port::Ports& ports) {
  FetchResponse response;
  response.session = fetch.session;
  for (const auto& [partition, part] : fetch.partitions) {
    FetchResponse::Partition answer = cluster_.fetch(self_, part);
    if (answer.error != ErrorCode::none || !answer.batches.empty() ||
        answer.diverging_epoch != kNoLeaderEpoch) {
      response.partitions.push_back(answer);
    }
  }
  if (response.partitions.empty() && !even_if_empty) {
    return false;
  }
  if (!response.partitions.empty() && !cluster_.fetch_throttles.empty()) {
    response.throttle = cluster_.fetch_throttles.front();
    cluster_.fetch_throttles.pop_front();
  }
  ports.send(fetch.client, port::Lane::response, encode(response, fetch.correlation));
  return true;
}

void FakeBroker::poll(bool all, port::Ports& ports) {
  std::erase_if(waiting_, [&](const FakeCluster::PendingFetch& fetch) {
    return answer_fetch(fetch, all, ports);
  });
}

void FakeBroker::on_timer(port::Now, port::TimerId, port::Ports& ports) {
  poll(true, ports);
}

}  // namespace wavetank::log::test
