#include "engine/log/client/consumer.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/log/client/aborted_filter.h"
#include "engine/log/client/network_client.h"

namespace wavetank::log {

namespace {

constexpr port::TimerId kNetworkTimer{0};
constexpr port::TimerId kOwnTimer{1};
constexpr std::uint32_t kNotAssigned = 0xffffffffU;

}  // namespace

// A partition is in one of three conditions: at home in the session of its leader, backing off
// after an error, or homeless because nobody is known to lead it. Every change of leader and every
// error goes by way of `leave` and `join`, and leaves the position as it is.
struct Consumer::State final : NetworkClientOwner {
  struct Partition {
    PartitionId id;
    Offset position;
    Offset committed;
    LeaderEpoch last_epoch = kNoLeaderEpoch;  ///< of the last batch handed over
    BrokerIndex home = kNoBroker;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;  ///< that `home` leads with
    bool queued = false;                        ///< to be named in the next request to `home`
    bool in_session = false;  ///< a request to `home` has named it since it joined
    bool backing_off = false;
  };
  /// A fetch session (KIP-227).
  struct Session {
    std::uint32_t id = 0;  ///< 0: none is open
    std::uint32_t epoch = 0;
    bool in_flight = false;
    std::uint32_t members = 0;
    std::vector<std::uint32_t> queued;     ///< partitions to be named; stale ones are passed over
    std::vector<std::uint32_t> forgotten;  ///< partitions that the broker's session still holds
  };
  struct BackOff {
    Time until;
    std::uint32_t partition;
  };

  State(const ConsumerConfig& consumer_config, const Topology& topology,
        const std::vector<PartitionId>& assignment, ConsumerListener& application);

  void run(port::Now now, port::Ports& ports);

  void on_metadata(port::Now now, port::Ports& ports) override;
  void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                   const port::Message& message, port::Ports& ports) override;
  void on_disconnected(port::Now now, BrokerIndex broker, std::span<const PendingRequest> lost,
                       port::Ports& ports) override;

  // Where partitions are.
  void join(std::uint32_t index, port::Now now, port::Ports& ports);
  void leave(std::uint32_t index);
  void queue(std::uint32_t index);
  void back_off(std::uint32_t index, port::Now now);
  void back_off_all(BrokerIndex broker, port::Now now);
  void end_back_offs(port::Now now, port::Ports& ports);
  void close_session(BrokerIndex broker);

  // Fetching.
  void send_fetch(port::Now now, BrokerIndex broker, port::Ports& ports);
  void on_fetch_response(port::Now now, BrokerIndex from, const port::Message& message,
                         port::Ports& ports);
  void on_fetch_error(port::Now now, BrokerIndex from, ErrorCode error, port::Ports& ports);
  void on_fetched(port::Now now, std::uint32_t index, const FetchResponse::Partition& fetched,
                  port::Ports& ports);
  void reset_position(std::uint32_t index, Offset log_start, port::Now now);
  void on_divergence(std::uint32_t index, const FetchResponse::Partition& fetched);
  bool hand_over(Partition& partition, ByteView batches, AbortedFilter& aborted,
                 port::Meter& meter);

  // The group's coordinator.
  void work_with_coordinator(port::Now now, port::Ports& ports);
  bool commit(port::Now now, port::Ports& ports);
  void on_coordinator_found(port::Now now, const FindCoordinatorResponse& response);
  void on_offsets(port::Now now, const OffsetFetchResponse& response, port::Ports& ports);
  void on_commit_response(port::Now now, const OffsetCommitResponse& response);
  void coordinator_failed(port::Now now, ErrorCode error);
  template <class Response, class Handle>
  void with_coordinator_answer(port::Now now, BrokerIndex from, const port::Message& message,
                               port::Ports& ports, const Handle& handle);

  ConsumerConfig config;
  ConsumerListener& listener;
  NetworkClient network;
  port::Alarm alarm{kOwnTimer};
  std::vector<Partition> partitions;
  std::vector<std::uint32_t> index_of;  ///< by partition id
  std::vector<Session> sessions;        ///< by broker index
  std::deque<BackOff> backing_off;      ///< by time; a partition at most once

  BrokerIndex coordinator = kNoBroker;
  bool coordinator_in_flight = false;  ///< one request at a time: find, fetch offsets, or commit
  Time coordinator_not_before;
  bool positioned = false;  ///< the committed offsets have been read
  std::vector<CommittedOffset> committing;
  Time commit_due;
};

Consumer::State::State(const ConsumerConfig& consumer_config, const Topology& topology,
                       const std::vector<PartitionId>& assignment, ConsumerListener& application)
    : config(consumer_config),
      listener(application),
      network({config.request_timeout, config.retry_backoff, config.metadata_max_age}, topology,
              kNetworkTimer, *this),
      index_of(topology.partition_count(), kNotAssigned),
      sessions(topology.brokers.size()) {
  partitions.reserve(assignment.size());
  for (const PartitionId id : assignment) {
    ENSURE(id.value() < index_of.size() && index_of[id.value()] == kNotAssigned,
           "an assigned partition exists and is assigned once");
    index_of[id.value()] = static_cast<std::uint32_t>(partitions.size());
    partitions.emplace_back().id = id;
  }
}

/// What is to be done once something has happened.
void Consumer::State::run(port::Now now, port::Ports& ports) {
  end_back_offs(now, ports);
  work_with_coordinator(now, ports);
  for (BrokerIndex broker = 0; broker < sessions.size(); ++broker) {
    send_fetch(now, broker, ports);
  }
  if (!backing_off.empty()) {
    alarm.want(backing_off.front().until, ports);
  }
}

// --- where partitions are
// ---------------------------------------------------------------------------

void Consumer::State::join(std::uint32_t index, port::Now now, port::Ports& ports) {
  Partition& partition = partitions[index];
  partition.home = network.leader(partition.id);
  partition.leader_epoch = network.leader_epoch(partition.id);
  if (partition.home == kNoBroker) {
    network.request_metadata(now, ports);
    return;
  }
  ++sessions[partition.home].members;
  queue(index);
}

void Consumer::State::leave(std::uint32_t index) {
  Partition& partition = partitions[index];
  if (partition.home == kNoBroker) {
    return;
  }
  Session& session = sessions[partition.home];
  --session.members;
  if (partition.in_session) {
    session.forgotten.push_back(index);
  }
  partition.home = kNoBroker;
  partition.queued = partition.in_session = false;
}

void Consumer::State::queue(std::uint32_t index) {
  Partition& partition = partitions[index];
  if (!partition.queued) {
    partition.queued = true;
    sessions[partition.home].queued.push_back(index);
  }
}

void Consumer::State::back_off(std::uint32_t index, port::Now now) {
  leave(index);
  if (!partitions[index].backing_off) {
    partitions[index].backing_off = true;
    backing_off.push_back({now.monotonic + config.retry_backoff, index});
  }
}

void Consumer::State::back_off_all(BrokerIndex broker, port::Now now) {
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    if (partitions[index].home == broker) {
      back_off(index, now);
    }
  }
}

void Consumer::State::end_back_offs(port::Now now, port::Ports& ports) {
  while (!backing_off.empty() && backing_off.front().until <= now.monotonic) {
    const std::uint32_t index = backing_off.front().partition;
    backing_off.pop_front();
    partitions[index].backing_off = false;
    join(index, now, ports);
  }
}

/// The broker's session is gone, or shall be: the next request names all that is at home there.
void Consumer::State::close_session(BrokerIndex broker) {
  Session& session = sessions[broker];
  session.id = 0;
  session.queued.clear();
  session.forgotten.clear();
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    if (partitions[index].home == broker) {
      partitions[index].in_session = partitions[index].queued = false;
      queue(index);
    }
  }
}

void Consumer::State::on_metadata(port::Now now, port::Ports& ports) {
  for (std::uint32_t index = 0; positioned && index < partitions.size(); ++index) {
    Partition& partition = partitions[index];
    if (partition.backing_off) {
      continue;
    }
    if (partition.home == kNoBroker || partition.home != network.leader(partition.id)) {
      leave(index);
      join(index, now, ports);
    } else if (partition.leader_epoch != network.leader_epoch(partition.id)) {
      partition.leader_epoch = network.leader_epoch(partition.id);
      queue(index);
    }
  }
}

// --- fetching
// ---------------------------------------------------------------------------------------

void Consumer::State::send_fetch(port::Now now, BrokerIndex broker, port::Ports& ports) {
  Session& session = sessions[broker];
  if (session.in_flight || session.members == 0) {
    return;
  }
  FetchRequest request;
  request.max_wait = config.fetch_max_wait;
  request.min_bytes = config.fetch_min_bytes;
  request.max_bytes = config.fetch_max_bytes;
  request.max_partition_bytes = config.max_partition_fetch_bytes;
  request.isolation = config.isolation;
  request.session = session.id;
  request.session_epoch = session.id == 0 ? 0 : session.epoch;
  for (const std::uint32_t index : session.queued) {
    Partition& partition = partitions[index];
    if (partition.home == broker && partition.queued) {
      partition.queued = false;
      partition.in_session = true;
      request.partitions.push_back(
          {partition.id, partition.leader_epoch, partition.position, partition.last_epoch});
    }
  }
  for (const std::uint32_t index : session.forgotten) {
    if (partitions[index].home != broker) {
      request.forgotten.push_back(partitions[index].id);
    }
  }
  session.queued.clear();
  session.forgotten.clear();
  session.in_flight = true;
  ports.meter().charge(port::Work::partition, request.partitions.size());
  network.ask(now, broker, request, ports);
}

void Consumer::State::on_fetch_response(port::Now now, BrokerIndex from,
                                        const port::Message& message, port::Ports& ports) {
  Session& session = sessions[from];
  session.in_flight = false;
  const Result<FetchResponse> response = decode<FetchResponse>(message);
  if (!response) {
    on_fetch_error(now, from, ErrorCode::corrupt_message, ports);
    network.disconnect(now, from, ports);
    return;
  }
  if (response->error != ErrorCode::none) {
    on_fetch_error(now, from, response->error, ports);
    return;
  }
  const bool keeps_session = response->session != 0;
  session.epoch = session.id == response->session ? session.epoch + 1 : 1;
  session.epoch = std::max(session.epoch, 1U);  // 0 would open a session: it wraps to 1
  session.id = response->session;
  ports.meter().charge(port::Work::partition, response->partitions.size());
  for (const FetchResponse::Partition& fetched : response->partitions) {
    const std::uint32_t index = fetched.partition.value() < index_of.size()
                                    ? index_of[fetched.partition.value()]
                                    : kNotAssigned;
    if (index != kNotAssigned && partitions[index].home == from && partitions[index].in_session) {
      on_fetched(now, index, fetched, ports);
    }
  }
  if (!keeps_session) {
    close_session(from);  // the broker keeps none: every request is a full one
  }
}

void Consumer::State::on_fetch_error(port::Now now, BrokerIndex from, ErrorCode error,
                                     port::Ports& ports) {
  const bool only_forgotten = error == ErrorCode::fetch_session_unknown && sessions[from].id != 0;
  close_session(from);
  if (!only_forgotten) {
    back_off_all(from, now);
    network.request_metadata(now, ports);
  }
}

void Consumer::State::on_fetched(port::Now now, std::uint32_t index,
                                 const FetchResponse::Partition& fetched, port::Ports& ports) {
  if (fetched.error == ErrorCode::offset_out_of_range) {
    reset_position(index, fetched.log_start, now);
    return;
  }
  if (fetched.error != ErrorCode::none) {
    back_off(index, now);
    network.request_metadata(now, ports);
    return;
  }
  if (fetched.diverging_epoch >= LeaderEpoch(0)) {
    on_divergence(index, fetched);
    return;
  }
  Partition& partition = partitions[index];
  const Offset before = partition.position;
  AbortedFilter aborted(fetched.aborted);
  const bool intact = std::ranges::all_of(fetched.batches, [&](const Bytes& batches) {
    return hand_over(partition, batches, aborted, ports.meter());
  });
  if (!intact) {
    back_off(index, now);  // and fetch again, perhaps from another replica
  } else if (partition.position != before) {
    queue(index);
  }
}

void Consumer::State::reset_position(std::uint32_t index, Offset log_start, port::Now now) {
  Partition& partition = partitions[index];
  if (partition.position == log_start) {
    back_off(index, now);  // the broker contradicts itself
    return;
  }
  partition.position = log_start;
  partition.last_epoch = kNoLeaderEpoch;
  listener.on_position(partition.id, log_start);
  queue(index);
}

/// The log was cut below our position and has grown anew: we go on at the first offset that may
/// differ from what was handed over (KIP-320).
void Consumer::State::on_divergence(std::uint32_t index, const FetchResponse::Partition& fetched) {
  Partition& partition = partitions[index];
  const Offset position = partition.position;
  partition.position = std::min(position, fetched.diverging_end);
  partition.last_epoch =
      partition.position > fetched.log_start ? fetched.diverging_epoch : kNoLeaderEpoch;
  listener.on_truncated(partition.id, position, partition.position);
  listener.on_position(partition.id, partition.position);
  queue(index);
}

/// False at a batch that is torn or does not match its checksum; those before it are handed over.
bool Consumer::State::hand_over(Partition& partition, ByteView batches, AbortedFilter& aborted,
                                port::Meter& meter) {
  while (!batches.empty()) {
    const Result<BatchView> batch = BatchView::parse(batches);
    if (!batch) {
      return false;
    }
    batches = batches.subspan(batch->size_bytes());
    meter.charge(port::Work::batch);
    meter.charge(port::Work::bytes_checksummed, batch->size_bytes());
    if (!batch->checksum_matches()) {
      return false;
    }
    if (batch->last_offset() < partition.position) {
      continue;  // a slice may begin before what was asked for
    }
    if (aborted.hides(*batch) || batch->is_control()) {
      listener.on_hidden(partition.id, batch->last_offset() + 1);
    } else {
      meter.charge(port::Work::record_decoded, static_cast<std::uint64_t>(batch->record_count()));
      listener.on_batch(partition.id, *batch, std::max(partition.position, batch->base_offset()));
    }
    partition.position = batch->last_offset() + 1;
    partition.last_epoch = batch->leader_epoch();
  }
  return true;
}

// --- the group's coordinator
// ------------------------------------------------------------------------

void Consumer::State::work_with_coordinator(port::Now now, port::Ports& ports) {
  if (coordinator_in_flight) {
    return;
  }
  const Time due =
      positioned ? std::max(commit_due, coordinator_not_before) : coordinator_not_before;
  if (now.monotonic < due) {
    alarm.want(due, ports);
    return;
  }
  if (coordinator == kNoBroker) {
    coordinator_in_flight = true;
    network.ask(now, network.least_loaded(), FindCoordinatorRequest{config.group}, ports);
  } else if (!positioned) {
    coordinator_in_flight = true;
    network.ask(now, coordinator, OffsetFetchRequest{config.group}, ports);
  } else if (!commit(now, ports)) {
    commit_due = now.monotonic + config.commit_interval;
    alarm.want(commit_due, ports);
  }
}

/// Commits what has been handed over since; false if that is nothing.
bool Consumer::State::commit(port::Now now, port::Ports& ports) {
  committing.clear();
  for (const Partition& partition : partitions) {
    if (partition.position != partition.committed) {
      committing.push_back({partition.id, partition.position});
    }
  }
  if (committing.empty()) {
    return false;
  }
  coordinator_in_flight = true;
  ports.meter().charge(port::Work::partition, committing.size());
  network.ask(now, coordinator, OffsetCommitRequest{config.group, committing}, ports);
  return true;
}

void Consumer::State::on_coordinator_found(port::Now now, const FindCoordinatorResponse& response) {
  coordinator =
      response.error == ErrorCode::none ? network.broker_of(response.coordinator) : kNoBroker;
  if (coordinator == kNoBroker) {
    coordinator_failed(now, ErrorCode::not_coordinator);
  }
}

void Consumer::State::on_offsets(port::Now now, const OffsetFetchResponse& response,
                                 port::Ports& ports) {
  if (response.error != ErrorCode::none) {
    coordinator_failed(now, response.error);
    return;
  }
  for (const CommittedOffset& stored : response.offsets) {
    if (stored.partition.value() < index_of.size() &&
        index_of[stored.partition.value()] != kNotAssigned) {
      Partition& partition = partitions[index_of[stored.partition.value()]];
      partition.position = partition.committed = stored.offset;
    }
  }
  positioned = true;
  commit_due = now.monotonic + config.commit_interval;
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    listener.on_position(partitions[index].id, partitions[index].position);
    join(index, now, ports);
  }
}

void Consumer::State::on_commit_response(port::Now now, const OffsetCommitResponse& response) {
  if (response.error != ErrorCode::none) {
    coordinator_failed(now, response.error);
    return;
  }
  commit_due = now.monotonic + config.commit_interval;
  for (const CommittedOffset& stored : committing) {
    partitions[index_of[stored.partition.value()]].committed = stored.offset;
    listener.on_committed(stored.partition, stored.offset);
  }
}

void Consumer::State::coordinator_failed(port::Now now, ErrorCode error) {
  if (error != ErrorCode::coordinator_loading) {
    coordinator = kNoBroker;
  }
  coordinator_not_before = now.monotonic + config.retry_backoff;
}

// --- the network's side
// -----------------------------------------------------------------------------

template <class Response, class Handle>
void Consumer::State::with_coordinator_answer(port::Now now, BrokerIndex from,
                                              const port::Message& message, port::Ports& ports,
                                              const Handle& handle) {
  coordinator_in_flight = false;
  const Result<Response> response = decode<Response>(message);
  if (!response) {
    coordinator_failed(now, ErrorCode::corrupt_message);
    network.disconnect(now, from, ports);
    return;
  }
  handle(*response);
}

void Consumer::State::on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                                  const port::Message& message, port::Ports& ports) {
  switch (request.api) {
    case ApiKey::fetch:
      on_fetch_response(now, from, message, ports);
      return;
    case ApiKey::find_coordinator:
      with_coordinator_answer<FindCoordinatorResponse>(
          now, from, message, ports,
          [&](const FindCoordinatorResponse& answer) { on_coordinator_found(now, answer); });
      return;
    case ApiKey::offset_fetch:
      with_coordinator_answer<OffsetFetchResponse>(
          now, from, message, ports,
          [&](const OffsetFetchResponse& answer) { on_offsets(now, answer, ports); });
      return;
    default:
      with_coordinator_answer<OffsetCommitResponse>(
          now, from, message, ports,
          [&](const OffsetCommitResponse& answer) { on_commit_response(now, answer); });
      return;
  }
}

void Consumer::State::on_disconnected(port::Now now, BrokerIndex broker,
                                      std::span<const PendingRequest> lost,
                                      port::Ports& /*ports*/) {
  close_session(broker);
  for (const PendingRequest& request : lost) {
    if (request.api == ApiKey::fetch) {
      sessions[broker].in_flight = false;
      back_off_all(broker, now);
    } else {
      coordinator_in_flight = false;
      coordinator_failed(now, ErrorCode::request_timed_out);
    }
  }
}

// --- Consumer
// ---------------------------------------------------------------------------------------

Consumer::Consumer(NodeId /*self*/, const ConsumerConfig& config, const Topology& topology,
                   std::vector<PartitionId> assignment, ConsumerListener& listener)
    : state_(std::make_unique<State>(config, topology, assignment, listener)) {}
Consumer::~Consumer() = default;

Offset Consumer::position(PartitionId p) const {
  ENSURE(p.value() < state_->index_of.size() && state_->index_of[p.value()] != kNotAssigned,
         "the partition is assigned to this consumer");
  return state_->partitions[state_->index_of[p.value()]].position;
}

void Consumer::start(port::Now now, port::Ports& ports) {
  state_->network.start(now, ports);
  state_->run(now, ports);
}

void Consumer::on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                          port::Ports& ports) {
  state_->network.on_message(now, from, lane, message, ports);
  state_->run(now, ports);
}

void Consumer::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (!state_->network.on_timer(now, timer, ports)) {
    state_->alarm.rang(timer);
  }
  state_->run(now, ports);
}

void Consumer::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  state_->network.on_reset(now, peer, ports);
  state_->run(now, ports);
}

std::vector<PartitionId> range_assignment(PartitionId first, std::uint32_t count,
                                          std::uint32_t members, std::uint32_t index) {
  ENSURE(index < members, "a member's index is below their number");
  const std::uint32_t share = count / members;
  const std::uint32_t larger = count % members;  // the first so many members get one more
  const std::uint32_t start = share * index + std::min(index, larger);
  std::vector<PartitionId> assigned;
  for (std::uint32_t i = 0; i < share + (index < larger ? 1 : 0); ++i) {
    assigned.push_back(first + (start + i));
  }
  return assigned;
}

}  // namespace wavetank::log
