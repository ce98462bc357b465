#include "engine/log/client/producer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"
#include "engine/log/client/network_client.h"
#include "engine/log/client/partitioner.h"
#include "engine/log/client/produce_verdict.h"
#include "engine/log/client/produces_in_flight.h"
#include "engine/log/client/record_accumulator.h"
#include "engine/log/client/transaction_manager.h"
#include "engine/port/description.h"

namespace wavetank::log {

namespace {

constexpr port::TimerId kNetworkTimer{0};
constexpr port::TimerId kSenderTimer{1};

}  // namespace

struct Producer::State final : NetworkClientOwner, TransactionManager::Owner {
  State(const ProducerConfig& producer_config, const Topology& topology, std::size_t topic_index,
        ProducerListener& application);

  bool send(port::Now now, ByteView key, ByteView value, ByteView headers, RecordHandle handle,
            port::Ports& ports);
  void ready_all(port::Now now, port::Ports& ports);

  // The sender: what is to be done once something has happened.
  void run_sender(port::Now now, port::Ports& ports);
  void expire_batches(port::Now now);
  void ask_for_producer_id(port::Now now, port::Ports& ports);
  bool may_send_to(port::Now now, BrokerIndex broker) const;
  bool send_request(port::Now now, BrokerIndex broker, port::Ports& ports);

  void on_metadata(port::Now now, port::Ports& ports) override;
  void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                   const port::Message& message, port::Ports& ports) override;
  void on_disconnected(port::Now now, BrokerIndex broker, std::span<const PendingRequest> lost,
                       port::Ports& ports) override;

  void on_produce_response(port::Now now, BrokerIndex from, CorrelationId correlation,
                           const port::Message& message, port::Ports& ports);
  void on_producer_id(port::Now now, BrokerIndex from, const port::Message& message,
                      port::Ports& ports);
  void retry_all(port::Now now, ProducesInFlight::Batches batches);
  void settle(port::Now now, ProducerBatch& batch, const ProduceResponse::Partition& answer,
              port::Ports& ports);
  // Transactions.
  [[nodiscard]] bool is_transactional() const { return !config.transactional_id.empty(); }
  void commit(port::Now now, port::Ports& ports);
  void abort(port::Now now, port::Ports& ports);
  void touch(std::uint32_t partition, port::Now now, port::Ports& ports);
  bool refuse_outside_transaction(RecordHandle handle);
  void give_up_unsent();
  [[nodiscard]] bool goes_on_after(const ProducerBatch& batch, ErrorCode error) const;
  void fail_transaction(ErrorCode error, bool uncertain);
  void on_epoch(ProducerId producer, ProducerEpoch epoch) override;
  void on_partitions_added(const std::vector<PartitionId>& partitions) override;
  void on_ended(Outcome outcome) override;
  void on_offsets_refused(ErrorCode error) override { fail_transaction(error, false); }
  void on_fatal(ErrorCode error) override;

  void acknowledge(ProducerBatch& batch, Offset base);
  void report_failure(ProducerBatch& batch, ErrorCode error, bool maybe_stored);

  PartitionId partition_id(std::uint32_t partition) const {
    return PartitionId(first_partition + partition);
  }

  ProducerConfig config;
  std::string topic;
  std::uint32_t first_partition;
  std::uint32_t partition_count;
  ProducerListener& listener;
  NetworkClient network;
  RecordAccumulator accumulator;
  Partitioner partitioner;
  port::Alarm sender_alarm{kSenderTimer};
  ProducesInFlight in_flight;
  bool producer_id_in_flight = false;
  Time producer_id_not_before;  ///< the back-off since it was last asked for
  std::uint64_t pending_records = 0;
  TransactionManager transactions{config, network, *this};
  bool had_epoch = false;
  std::vector<bool> touched;  ///< by partition: part of the open transaction, or about to be

  ProduceRequest request;  ///< reused
};

Producer::State::State(const ProducerConfig& producer_config, const Topology& topology,
                       std::size_t topic_index, ProducerListener& application)
    : config(producer_config),
      topic(topology.topics[topic_index].name),
      first_partition(topology.first_partition(topic_index).value()),
      partition_count(topology.topics[topic_index].partitions),
      listener(application),
      network({config.request_timeout, config.retry_backoff, config.metadata_max_age}, topology,
              kNetworkTimer, *this),
      accumulator(config, partition_count),
      partitioner(config, partition_count, accumulator),
      in_flight(topology.brokers.size()) {
  ENSURE(!config.idempotent || config.acks == Acks::all, "idempotence needs acks=all");
  ENSURE(config.idempotent || !is_transactional(), "transactions need idempotence");
  ENSURE(config.max_in_flight > 0, "a request may be in flight");
  ENSURE(partition_count > 0, "a topic has a partition");
  request.client = config.client;
  request.acks = config.acks;
  request.timeout = config.request_timeout;
}

// --- the application's side ----------------------------------------------------------------------

bool Producer::State::send(port::Now now, ByteView key, ByteView value, ByteView headers,
                           RecordHandle handle, port::Ports& ports) {
  if (!network.knows_cluster()) {
    return false;
  }
  if (is_transactional() && transactions.phase() != TransactionPhase::open) {
    return refuse_outside_transaction(handle);
  }
  const std::size_t record_bytes = key.size() + value.size() + headers.size();
  const std::uint32_t partition = partitioner.choose(key, record_bytes, ports);
  switch (
      accumulator.append(now.monotonic, partition, now.wall.ms(), key, value, headers, handle)) {
    case RecordAccumulator::Append::exhausted:
      ready_all(now, ports);
      return false;
    case RecordAccumulator::Append::too_large:
      listener.on_failed(partition_id(partition), {&handle, 1}, ErrorCode::message_too_large,
                         false);
      fail_transaction(ErrorCode::message_too_large, false);
      return true;
    case RecordAccumulator::Append::filled:
      // The sender runs in a step of its own, so that what is sent in this step goes together.
      if (may_send_to(now, accumulator.leader(partition))) {
        sender_alarm.want(now.monotonic, ports);
      }
      [[fallthrough]];  // the record may have opened the batch that it filled
    case RecordAccumulator::Append::opened:
      if (accumulator.leader(partition) == kNoBroker) {
        network.request_metadata(now, ports);
      }
      sender_alarm.want(accumulator.next_due(), ports);
      break;
    case RecordAccumulator::Append::joined:
      break;
  }
  ++pending_records;
  if (is_transactional()) {
    touch(partition, now, ports);
  }
  ports.meter().charge(port::Work::record_encoded);
  ports.meter().charge(port::Work::bytes_copied, record_bytes);
  return true;
}

void Producer::State::ready_all(port::Now now, port::Ports& ports) {
  accumulator.ready_all();
  for (BrokerIndex broker = 0; broker < in_flight.brokers(); ++broker) {
    if (may_send_to(now, broker)) {
      sender_alarm.want(now.monotonic, ports);
      return;
    }
  }
}

// --- the sender ----------------------------------------------------------------------------------

void Producer::State::run_sender(port::Now now, port::Ports& ports) {
  expire_batches(now);
  accumulator.advance(now.monotonic);
  ask_for_producer_id(now, ports);
  if (is_transactional()) {
    sender_alarm.want(transactions.pump(now, pending_records == 0, ports), ports);
  }
  // One request to each broker, and what else is ready in the next step: what has piled up must not
  // keep it from the answers.
  for (BrokerIndex broker = 0; broker < in_flight.brokers(); ++broker) {
    if (may_send_to(now, broker) && send_request(now, broker, ports) && may_send_to(now, broker)) {
      sender_alarm.want(now.monotonic, ports);
    }
  }
  sender_alarm.want(accumulator.next_due(), ports);
}

void Producer::State::expire_batches(port::Now now) {
  while (ProducerBatch* batch = accumulator.expired(now.monotonic)) {
    const bool in_request = batch->state == ProducerBatch::State::sent;
    SOMETIMES("producer/batch-expires");
    if (in_request) {
      SOMETIMES("producer/batch-expires-under-way");
      in_flight.forget(*batch);
    }
    const bool sequenced = batch->sequenced;
    accumulator.give_up(*batch);
    report_failure(*batch, ErrorCode::request_timed_out, batch->maybe_stored || in_request);
    fail_transaction(ErrorCode::request_timed_out, sequenced);
  }
}

void Producer::State::ask_for_producer_id(port::Now now, port::Ports& ports) {
  if (is_transactional() || !accumulator.wants_producer_id() || producer_id_in_flight) {
    return;
  }
  if (now.monotonic < producer_id_not_before) {
    sender_alarm.want(producer_id_not_before, ports);
    return;
  }
  producer_id_in_flight = true;
  producer_id_not_before = now.monotonic + config.retry_backoff;
  network.ask(now, network.least_loaded(), InitProducerIdRequest{}, ports);
}

bool Producer::State::may_send_to(port::Now now, BrokerIndex broker) const {
  return accumulator.ready(broker) && in_flight.count(broker) < config.max_in_flight &&
         !network.throttled(now, broker);
}

/// False if there was nothing to send.
bool Producer::State::send_request(port::Now now, BrokerIndex broker, port::Ports& ports) {
  ProducesInFlight::Batches batches = in_flight.fresh_list();
  accumulator.drain(broker, config.max_request_bytes, batches, ports.meter());
  if (batches.empty()) {
    return false;
  }
  ports.meter().charge(port::Work::partition, batches.size());
  for (const ProducerBatch* batch : batches) {
    request.partitions.push_back({partition_id(batch->partition), batch->encoded});
  }
  const bool answered = config.acks != Acks::none;
  CorrelationId correlation = 0;
  if (answered) {
    correlation = network.ask(now, broker, request, ports);
  } else {
    network.tell(broker, request, ports);
  }
  request.partitions.clear();
  for (ProducerBatch* batch : batches) {
    listener.on_batch_sent(partition_id(batch->partition), batch->records, batch->attempts);
    if (!answered) {
      acknowledge(*batch, Offset(-1));
    }
  }
  if (answered) {
    in_flight.add(broker, correlation, std::move(batches));
  } else {
    in_flight.recycle(std::move(batches));
  }
  return true;
}

// --- the network's side --------------------------------------------------------------------------

void Producer::State::on_metadata(port::Now now, port::Ports& ports) {
  const bool stranded = accumulator.set_leaders(
      [this](std::uint32_t partition) { return network.leader(partition_id(partition)); });
  if (stranded) {
    network.request_metadata(now, ports);
  }
}

void Producer::State::on_response(port::Now now, BrokerIndex from, const PendingRequest& pending,
                                  const port::Message& message, port::Ports& ports) {
  if (pending.api == ApiKey::produce) {
    on_produce_response(now, from, pending.correlation, message, ports);
  } else if (is_transactional()) {
    transactions.on_response(now, from, pending, message, ports);
  } else {
    on_producer_id(now, from, message, ports);
  }
}

void Producer::State::on_disconnected(port::Now now, BrokerIndex broker,
                                      std::span<const PendingRequest> lost,
                                      port::Ports& /*ports*/) {
  for (const PendingRequest& pending : lost) {
    if (pending.api == ApiKey::produce) {
      retry_all(now, in_flight.take(broker, pending.correlation));
    } else if (is_transactional()) {
      transactions.on_lost(now);
    } else {
      producer_id_in_flight = false;
    }
  }
}

void Producer::State::on_producer_id(port::Now now, BrokerIndex from, const port::Message& message,
                                     port::Ports& ports) {
  producer_id_in_flight = false;
  const Result<InitProducerIdResponse> response = decode<InitProducerIdResponse>(message);
  if (!response) {
    network.disconnect(now, from, ports);
  } else if (response->error == ErrorCode::none) {
    accumulator.set_producer_id(response->producer, response->epoch);
  }  // else: asked for again after the back-off
}

void Producer::State::on_produce_response(port::Now now, BrokerIndex from,
                                          CorrelationId correlation, const port::Message& message,
                                          port::Ports& ports) {
  ProducesInFlight::Batches batches = in_flight.take(from, correlation);
  const Result<ProduceResponse> response = decode<ProduceResponse>(message);
  if (!response) {
    retry_all(now, std::move(batches));
    network.disconnect(now, from, ports);
    return;
  }
  network.throttle(now, from, response->throttle, ports);
  ports.meter().charge(port::Work::partition, response->partitions.size());
  std::size_t next = 0;  // brokers answer in the order asked; any other order is found as well
  for (ProducerBatch* batch : batches) {
    if (batch == nullptr) {
      continue;
    }
    const PartitionId id = partition_id(batch->partition);
    if (next >= response->partitions.size() || response->partitions[next].partition != id) {
      next = static_cast<std::size_t>(
          std::ranges::find(response->partitions, id, &ProduceResponse::Partition::partition) -
          response->partitions.begin());
    }
    if (next < response->partitions.size()) {
      settle(now, *batch, response->partitions[next++], ports);
    } else {  // not mentioned: nobody knows
      settle(now, *batch, {id, ErrorCode::request_timed_out, Offset(-1)}, ports);
    }
  }
  in_flight.recycle(std::move(batches));
}

// --- transactions --------------------------------------------------------------------------------

/// Nothing is taken outside a transaction; once the producer is useless all is refused.
bool Producer::State::refuse_outside_transaction(RecordHandle handle) {
  if (transactions.phase() != TransactionPhase::fatal) {
    return false;
  }
  listener.on_failed(partition_id(0), {&handle, 1}, ErrorCode::producer_fenced, false);
  return true;
}

void Producer::State::touch(std::uint32_t partition, port::Now now, port::Ports& ports) {
  if (touched.empty()) {
    touched.resize(partition_count);
  }
  if (!touched[partition]) {
    touched[partition] = true;
    transactions.touch(partition_id(partition));
    sender_alarm.want(now.monotonic, ports);
  }
}

void Producer::State::commit(port::Now now, port::Ports& ports) {
  transactions.commit();
  accumulator.ready_all();
  sender_alarm.want(now.monotonic, ports);
}

void Producer::State::abort(port::Now now, port::Ports& ports) {
  transactions.abort();
  give_up_unsent();
  sender_alarm.want(now.monotonic, ports);
}

/// What is in a request is waited for. What was, and may be stored, makes the epoch unusable.
void Producer::State::give_up_unsent() {
  while (ProducerBatch* batch = accumulator.oldest_unsent()) {
    if (batch->sequenced) {
      transactions.fail(true);
    }
    accumulator.give_up(*batch);
    report_failure(*batch, ErrorCode::invalid_txn_state, batch->maybe_stored);
  }
}

/// Whether a batch is sent again after this error: not if its transaction is being aborted, nor if
/// its number is wrong though no batch before it is missing.
bool Producer::State::goes_on_after(const ProducerBatch& batch, ErrorCode error) const {
  const Verdict verdict = judge(error);
  return transactions.phase() != TransactionPhase::aborting &&
         (verdict == Verdict::retry ||
          (verdict == Verdict::out_of_order && !accumulator.is_first(batch)));
}

void Producer::State::fail_transaction(ErrorCode error, bool uncertain) {
  if (!is_transactional()) {
    return;
  }
  const TransactionPhase before = transactions.phase();
  transactions.fail(uncertain);
  if (before != TransactionPhase::failed && transactions.phase() == TransactionPhase::failed) {
    listener.on_transaction_failed(error);
  }
}

void Producer::State::on_epoch(ProducerId producer, ProducerEpoch epoch) {
  const bool first = !had_epoch;
  had_epoch = true;
  accumulator.begin_epoch(producer, epoch);
  if (first) {
    listener.on_transaction_ready();
  }
}

void Producer::State::on_partitions_added(const std::vector<PartitionId>& partitions) {
  for (const PartitionId p : partitions) {
    accumulator.join_transaction(p.value() - first_partition);
  }
}

void Producer::State::on_ended(Outcome outcome) {
  accumulator.end_transaction();
  touched.assign(touched.size(), false);
  listener.on_transaction_ended(outcome);
  listener.on_transaction_ready();
}

void Producer::State::on_fatal(ErrorCode error) {
  while (ProducerBatch* batch = accumulator.oldest()) {
    if (batch->state == ProducerBatch::State::sent) {
      in_flight.forget(*batch);
      batch->maybe_stored = true;
    }
    accumulator.give_up(*batch);
    report_failure(*batch, error, batch->maybe_stored);
  }
  listener.on_fatal(error);
}

// --- what becomes of a batch ---------------------------------------------------------------------

void Producer::State::settle(port::Now now, ProducerBatch& batch,
                             const ProduceResponse::Partition& answer, port::Ports& ports) {
  const ErrorCode error = answer.error;
  batch.maybe_stored |= error != ErrorCode::none && may_have_stored(error);
  if (is_transactional() && error != ErrorCode::none && !goes_on_after(batch, error)) {
    accumulator.give_up(batch);
    report_failure(batch, error, batch.maybe_stored);
    fail_transaction(error, true);
    return;
  }
  switch (judge(error)) {
    case Verdict::stored:
      acknowledge(batch, answer.base_offset);
      return;
    case Verdict::retry:
      accumulator.retry(batch, now.monotonic);
      network.request_metadata(now, ports);
      return;
    case Verdict::out_of_order:
      if (config.idempotent) {
        SOMETIMES("producer/sends-again-what-was-out-of-order");
        accumulator.retry_out_of_order(batch, now.monotonic);
        return;
      }
      [[fallthrough]];
    case Verdict::fenced:
      SOMETIMES("producer/is-fenced");
      accumulator.give_up_fenced(batch);
      report_failure(batch, error, batch.maybe_stored);
      return;
    case Verdict::refused:
      accumulator.give_up(batch);
      report_failure(batch, error, batch.maybe_stored);
      return;
  }
}

void Producer::State::acknowledge(ProducerBatch& batch, Offset base) {
  accumulator.acknowledge(batch);
  pending_records -= batch.records.size();
  listener.on_acknowledged(partition_id(batch.partition), base, batch.records);
  accumulator.recycle(batch);
}

void Producer::State::report_failure(ProducerBatch& batch, ErrorCode error, bool maybe_stored) {
  pending_records -= batch.records.size();
  listener.on_failed(partition_id(batch.partition), batch.records, error, maybe_stored);
  accumulator.recycle(batch);
}

void Producer::State::retry_all(port::Now now, ProducesInFlight::Batches batches) {
  for (ProducerBatch* batch : batches) {
    if (batch != nullptr) {
      batch->maybe_stored = true;
      accumulator.retry(*batch, now.monotonic);
    }
  }
  if (transactions.phase() == TransactionPhase::aborting) {
    give_up_unsent();
  }
  in_flight.recycle(std::move(batches));
}

// --- Producer ------------------------------------------------------------------------------------

Producer::Producer(NodeId /*self*/, const ProducerConfig& config, const Topology& topology,
                   std::size_t topic, ProducerListener& listener)
    : state_(std::make_unique<State>(config, topology, topic, listener)) {}
Producer::~Producer() = default;

bool Producer::send(port::Now now, ByteView key, ByteView value, ByteView headers,
                    RecordHandle handle, port::Ports& ports) {
  return state_->send(now, key, value, headers, handle, ports);
}

bool Producer::can_accept(std::size_t record_bytes) const {
  return state_->network.knows_cluster() && state_->accumulator.has_room(record_bytes) &&
         (!state_->is_transactional() || transaction() == TransactionPhase::open);
}

PartitionId Producer::partition_of(ByteView key) const {
  return state_->partition_id(state_->partitioner.home_of(key));
}

std::uint64_t Producer::pending_records() const {
  return state_->pending_records;
}

TransactionPhase Producer::transaction() const {
  return state_->transactions.phase();
}

void Producer::begin_transaction() {
  state_->transactions.begin();
}

void Producer::send_offsets_to_transaction(ConsumedOffsets offsets) {
  state_->transactions.send_offsets(std::move(offsets));
}

void Producer::commit_transaction(port::Now now, port::Ports& ports) {
  state_->commit(now, ports);
}

void Producer::abort_transaction(port::Now now, port::Ports& ports) {
  state_->abort(now, ports);
}

void Producer::flush(port::Now now, port::Ports& ports) {
  state_->ready_all(now, ports);
}

void Producer::start(port::Now now, port::Ports& ports) {
  state_->network.start(now, ports);
  state_->run_sender(now, ports);
}

void Producer::on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                          port::Ports& ports) {
  state_->network.on_message(now, from, lane, message, ports);
  state_->run_sender(now, ports);
}

void Producer::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (!state_->network.on_timer(now, timer, ports)) {
    state_->sender_alarm.rang(timer);
  }
  state_->run_sender(now, ports);
}

void Producer::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  state_->network.on_reset(now, peer, ports);
  state_->run_sender(now, ports);
}

void Producer::describe(port::Description& out) const {
  const State& it = *state_;
  out.say("topic", it.topic).say("pending records", it.pending_records);
  out.say("producer id in flight", it.producer_id_in_flight);
  if (it.is_transactional()) {
    out.say("transactional id", it.config.transactional_id);
    it.transactions.describe(out);
  }
  it.in_flight.describe(out, it.network);
  it.accumulator.describe(out, it.topic);
  it.network.describe(out);
}

}  // namespace wavetank::log
