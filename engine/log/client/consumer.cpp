#include "engine/log/client/consumer.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"
#include "engine/log/client/consumer_state.h"
#include "engine/log/storage/batch_compression.h"

namespace wavetank::log {

Consumer::State::State(const ConsumerConfig& consumer_config, const Topology& topology,
                       std::vector<std::uint32_t> topics, ConsumerListener& application)
    : config(consumer_config),
      listener(application),
      network({config.request_timeout, config.retry_backoff, config.metadata_max_age}, topology,
              kNetworkTimer, *this),
      index_of(topology.partition_count(), kNeverHeld),
      sessions(topology.brokers.size()),
      lookups(topology.brokers.size()),
      membership(config, topology, std::move(topics), network, *this) {}

/// What is to be done once something has happened.
void Consumer::State::run(port::Now now, port::Ports& ports) {
  end_back_offs(now, ports);
  work_on_offsets(now, ports);
  membership.pump(now, ports);
  if (!lookups.empty()) {
    lookups.pump(now, network, ports,
                 [this](std::uint32_t index) { return !partitions[index].backing_off; });
  }
  for (BrokerIndex broker = 0; broker < sessions.size(); ++broker) {
    send_fetch(now, broker, ports);
  }
  if (!backing_off.empty()) {
    alarm.want(backing_off.front().until, ports);
  }
  alarm.want(membership.next_due(), ports);
}

// --- where partitions are ------------------------------------------------------------------------

void Consumer::State::join(std::uint32_t index, port::Now now, port::Ports& ports) {
  Partition& partition = partitions[index];
  if (partition.stopped || lookups.wants(index)) {
    return;  // there is no place to read from, or not yet
  }
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
    if (partitions[index].hold == Hold::reading) {
      join(index, now, ports);
    }
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
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    Partition& partition = partitions[index];
    if (partition.hold != Hold::reading || partition.backing_off) {
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

// --- fetching ------------------------------------------------------------------------------------

void Consumer::State::send_fetch(port::Now now, BrokerIndex broker, port::Ports& ports) {
  Session& session = sessions[broker];
  if (session.in_flight || session.members == 0 || network.throttled(now, broker)) {
    return;
  }
  FetchRequest request;
  request.client = config.client;
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
  network.throttle(now, from, response->throttle, ports);
  const bool keeps_session = response->session != 0;
  session.epoch = session.id == response->session ? session.epoch + 1 : 1;
  session.epoch = std::max(session.epoch, 1U);  // 0 would open a session: it wraps to 1
  session.id = response->session;
  ports.meter().charge(port::Work::partition, response->partitions.size());
  for (const FetchResponse::Partition& fetched : response->partitions) {
    const std::uint32_t index = fetched.partition.value() < index_of.size()
                                    ? index_of[fetched.partition.value()]
                                    : kNeverHeld;
    if (index != kNeverHeld && partitions[index].home == from && partitions[index].in_session) {
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
    SOMETIMES("consumer/is-out-of-range");
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
    SOMETIMES("consumer/meets-a-damaged-batch");
    listener.on_corrupt(partition.id, partition.position);
    back_off(index, now);  // and fetch again, perhaps from another replica
  } else if (partition.position != before) {
    queue(index);
  }
}

/// The log was cut below our position and has grown anew: we go on at the first offset that may
/// differ from what was handed over (KIP-320).
void Consumer::State::on_divergence(std::uint32_t index, const FetchResponse::Partition& fetched) {
  SOMETIMES("consumer/log-was-cut-below-it");
  Partition& partition = partitions[index];
  const Offset position = partition.position;
  partition.position = std::min(position, fetched.diverging_end);
  partition.last_epoch =
      partition.position > fetched.log_start ? fetched.diverging_epoch : kNoLeaderEpoch;
  listener.on_truncated(partition.id, position, partition.position);
  listener.on_position(partition.id, partition.position);
  queue(index);
}

/// False at a batch that is torn, does not match its checksum, or cannot be unpacked; those before
/// it are handed over.
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
      Bytes room;
      const std::optional<BatchView> plain = unpacked(*batch, room, meter);
      if (!plain) {
        return false;
      }
      meter.charge(port::Work::record_decoded, static_cast<std::uint64_t>(batch->record_count()));
      listener.on_batch(partition.id, *plain, std::max(partition.position, batch->base_offset()));
    }
    partition.begun = true;
    partition.position = batch->last_offset() + 1;
    partition.last_epoch = batch->leader_epoch();
  }
  return true;
}

// --- the network's side --------------------------------------------------------------------------

template <class Response, class Handle>
void Consumer::State::with_offsets_answer(port::Now now, BrokerIndex from,
                                          const port::Message& message, port::Ports& ports,
                                          const Handle& handle) {
  offsets_in_flight = false;
  const Result<Response> response = decode<Response>(message);
  if (response) {
    handle(*response);
  } else {
    offsets_failed(now, ErrorCode::corrupt_message);
    network.disconnect(now, from, ports);
  }
}

void Consumer::State::on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                                  const port::Message& message, port::Ports& ports) {
  if (request.api == ApiKey::fetch) {
    on_fetch_response(now, from, message, ports);
  } else if (request.api == ApiKey::list_offsets) {
    on_looked_up(now, from, message, ports);
  } else if (request.api == ApiKey::offset_fetch) {
    with_offsets_answer<OffsetFetchResponse>(
        now, from, message, ports,
        [&](const OffsetFetchResponse& answer) { on_offsets(now, answer, ports); });
  } else if (GroupMembership::serves(request.api)) {
    membership.on_response(now, from, request, message, ports);
  } else {
    with_offsets_answer<OffsetCommitResponse>(
        now, from, message, ports,
        [&](const OffsetCommitResponse& answer) { on_commit_response(now, answer); });
    if (!releasing.empty() && last_commit) {
      finish_release(now);  // committed or refused: it is given up
    }
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
    } else if (request.api == ApiKey::list_offsets) {
      for (const std::uint32_t index : lookups.on_lost(broker)) {
        back_off(index, now);
      }
    } else if (GroupMembership::serves(request.api)) {
      membership.on_request_lost(now, request);
    } else {
      offsets_in_flight = false;
      commit_due = now.monotonic;
      offsets_failed(now, ErrorCode::request_timed_out);
    }
  }
}

// --- Consumer ------------------------------------------------------------------------------------

Consumer::Consumer(NodeId /*self*/, const ConsumerConfig& config, const Topology& topology,
                   std::vector<std::uint32_t> topics, ConsumerListener& listener)
    : state_(std::make_unique<State>(config, topology, std::move(topics), listener)) {}
Consumer::~Consumer() = default;

Offset Consumer::position(PartitionId p) const {
  ENSURE(p.value() < state_->index_of.size() && state_->index_of[p.value()] != State::kNeverHeld,
         "the partition has been assigned to this consumer");
  return state_->partitions[state_->index_of[p.value()]].position;
}

void Consumer::seek(PartitionId p, const ReadFrom& to, port::Now now, port::Ports& ports) {
  ENSURE(p.value() < state_->index_of.size() && state_->index_of[p.value()] != State::kNeverHeld,
         "the partition has been assigned to this consumer");
  const std::uint32_t index = state_->index_of[p.value()];
  ENSURE(state_->partitions[index].hold == State::Hold::reading,
         "a consumer seeks in what it holds, once it knows where its group has come to");
  state_->leave(index);
  state_->read_from(index, to);
  if (!state_->partitions[index].backing_off) {
    state_->join(index, now, ports);
  }
  state_->run(now, ports);
}

void Consumer::commit(const std::vector<CommittedOffset>& offsets, port::Now now,
                      port::Ports& ports) {
  ENSURE(!state_->config.auto_commit, "either the application commits, or the consumer does");
  for (const CommittedOffset& it : offsets) {
    state_->partitions[state_->index_of[it.partition.value()]].done = it.offset;
  }
  state_->commit_due = now.monotonic;
  state_->run(now, ports);
}

Generation Consumer::generation() const {
  return state_->membership.generation();
}

const MemberIdentity& Consumer::identity() const {
  return state_->membership.identity();
}

void Consumer::close(port::Now now, port::Ports& ports) {
  state_->membership.close(now);
  state_->run(now, ports);
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

}  // namespace wavetank::log
