#include "engine/log/transactions/transaction_coordinator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/sometimes.h"

namespace wavetank::log {

namespace {

/// The last epoch of a producer id is kept for the abort that fences its last incarnation.
constexpr ProducerEpoch kLastEpoch{std::numeric_limits<std::int16_t>::max() - 1};

constexpr TransactionStage prepared(Outcome outcome) {
  return outcome == Outcome::commit ? TransactionStage::prepare_commit
                                    : TransactionStage::prepare_abort;
}
constexpr Outcome outcome_of(TransactionStage prepared) {
  return prepared == TransactionStage::prepare_commit ? Outcome::commit : Outcome::abort;
}
constexpr TransactionStage completed(TransactionStage prepared) {
  return prepared == TransactionStage::prepare_commit ? TransactionStage::complete_commit
                                                      : TransactionStage::complete_abort;
}

}  // namespace

TransactionCoordinator::TransactionCoordinator(NodeId self, const BrokerConfig& config,
                                               const Topology& topology, ReplicaTable& replicas,
                                               const ClusterMetadata& cluster,
                                               ProducerIds& producer_ids,
                                               const GroupCoordinator& groups, Probe& probe)
    : self_(self),
      config_(config),
      cluster_(cluster),
      producer_ids_(producer_ids),
      groups_(groups),
      probe_(probe),
      log_(topology, replicas),
      markers_(config, cluster) {}

// --- requests ------------------------------------------------------------------------------------

bool TransactionCoordinator::serves(ApiKey api) {
  return api == ApiKey::init_producer_id || api == ApiKey::find_transaction_coordinator ||
         api == ApiKey::add_partitions_to_txn || api == ApiKey::add_offsets_to_txn ||
         api == ApiKey::end_txn;
}

void TransactionCoordinator::on_request(const Step& step, NodeId from, const Envelope& envelope,
                                        const port::Message& message) {
  const TransactionAsker asker{from, envelope.correlation, envelope.api};
  switch (envelope.api) {
    case ApiKey::init_producer_id:
      step.serve<InitProducerIdRequest>(from, message,
                                        [&](const auto& it) { on_init(step, asker, it); });
      break;
    case ApiKey::find_transaction_coordinator:
      step.serve<FindTransactionCoordinatorRequest>(
          from, message, [&](const auto& it) { on_find(step, asker, it); });
      break;
    case ApiKey::add_partitions_to_txn:
      step.serve<AddPartitionsToTxnRequest>(
          from, message, [&](const auto& it) { on_add_partitions(step, asker, it); });
      break;
    case ApiKey::add_offsets_to_txn:
      step.serve<AddOffsetsToTxnRequest>(from, message,
                                         [&](const auto& it) { on_add_offsets(step, asker, it); });
      break;
    default:
      step.serve<EndTxnRequest>(from, message, [&](const auto& it) { on_end(step, asker, it); });
      break;
  }
}

void TransactionCoordinator::on_find(const Step& step, const TransactionAsker& asker,
                                     const FindTransactionCoordinatorRequest& request) {
  FindTransactionCoordinatorResponse response;
  if (!log_.exists()) {
    response.error = ErrorCode::not_coordinator;
  } else {
    response.coordinator = cluster_.partition(log_.partition_of(request.transactional_id)).leader;
    if (response.coordinator == kNoNode) {
      response.error = ErrorCode::coordinator_not_available;
    }
  }
  step.answer(asker.from, asker.correlation, response);
}

void TransactionCoordinator::on_init(const Step& step, const TransactionAsker& asker,
                                     const InitProducerIdRequest& request) {
  if (!request.transactional_id.empty()) {
    const ErrorCode error = init(step, asker, request);
    if (error != ErrorCode::none) {
      answer(step, asker, error);
    }
    return;
  }
  const std::optional<ProducerId> id = producer_ids_.next();
  TransactionState state;
  state.producer = id.value_or(kNoProducerId);
  state.epoch = ProducerEpoch(0);
  answer(step, asker, id ? ErrorCode::none : ErrorCode::coordinator_loading, state);
}

ErrorCode TransactionCoordinator::init(const Step& step, const TransactionAsker& asker,
                                       const InitProducerIdRequest& request) {
  const std::string& id = request.transactional_id;
  if (const ErrorCode error = log_.state_of(id); error != ErrorCode::none) {
    return error;
  }
  if (request.timeout <= Duration() || request.timeout > config_.transaction_timeout_max) {
    return ErrorCode::invalid_transaction_timeout;
  }
  TransactionEntry* entry = log_.find_or_make(id);
  if (entry == nullptr) {
    return ErrorCode::coordinator_not_available;
  }
  const TransactionState& state = entry->state;
  const bool goes_on =
      request.producer != kNoProducerId;  // an incarnation that wants the next epoch
  if (goes_on && (request.producer != state.producer ||
                  (request.epoch != state.epoch && request.epoch != state.last_epoch))) {
    SOMETIMES("transaction/older-incarnation-asks-for-an-epoch");
    return ErrorCode::producer_fenced;
  }
  const ProducerEpoch last_epoch = goes_on ? request.epoch : ProducerEpoch(-1);
  if (entry->next || is_prepared(state.stage)) {
    return ErrorCode::concurrent_transactions;
  }
  if (state.stage == TransactionStage::ongoing) {
    SOMETIMES("transaction/next-incarnation-aborts-it");
    return abort_under_next_epoch(step, id, *entry, last_epoch, asker);
  }
  std::optional<TransactionState> next = next_incarnation(state);
  if (!next) {
    return ErrorCode::coordinator_loading;
  }
  next->stage = TransactionStage::empty;
  next->timeout = request.timeout;
  next->last_epoch = last_epoch;
  return change(step, id, *entry, std::move(*next), asker);
}

std::optional<TransactionState> TransactionCoordinator::next_incarnation(
    const TransactionState& state) {
  TransactionState next = state;
  if (state.producer == kNoProducerId || state.epoch >= kLastEpoch) {
    const std::optional<ProducerId> id = producer_ids_.next();
    if (!id) {
      return std::nullopt;
    }
    next.producer = *id;
    next.epoch = ProducerEpoch(0);
  } else {
    next.epoch = ProducerEpoch(static_cast<std::int16_t>(state.epoch.value() + 1));
  }
  return next;
}

ErrorCode TransactionCoordinator::abort_under_next_epoch(const Step& step, std::string_view id,
                                                         TransactionEntry& entry,
                                                         ProducerEpoch last_epoch,
                                                         const TransactionAsker& asker) {
  TransactionState next = entry.state;
  next.last_epoch = last_epoch;
  next.epoch = ProducerEpoch(static_cast<std::int16_t>(next.epoch.value() + 1));
  next.stage = TransactionStage::prepare_abort;
  return change(step, id, entry, std::move(next), asker, ErrorCode::concurrent_transactions);
}

TransactionEntry* TransactionCoordinator::entry_of(std::string_view id, ProducerId producer,
                                                   ProducerEpoch epoch, ErrorCode& error) {
  error = log_.state_of(id);
  if (error != ErrorCode::none) {
    return nullptr;
  }
  TransactionEntry* entry = log_.find(id);
  if (entry == nullptr || entry->state.producer != producer) {
    error = ErrorCode::invalid_producer_id_mapping;
  } else if (entry->state.epoch != epoch) {
    SOMETIMES("transaction/is-fenced");
    error = ErrorCode::producer_fenced;
  } else if (entry->next) {
    error = ErrorCode::concurrent_transactions;
  }
  return error == ErrorCode::none ? entry : nullptr;
}

void TransactionCoordinator::on_add_partitions(const Step& step, const TransactionAsker& asker,
                                               const AddPartitionsToTxnRequest& request) {
  step.meter().charge(port::Work::partition, request.partitions.size());
  const ErrorCode error = add_partitions(step, asker, request);
  if (error != ErrorCode::none) {
    answer(step, asker, error);
  }
}

ErrorCode TransactionCoordinator::add_partitions(const Step& step, const TransactionAsker& asker,
                                                 const AddPartitionsToTxnRequest& request) {
  ErrorCode error = ErrorCode::none;
  TransactionEntry* entry =
      entry_of(request.transactional_id, request.producer, request.epoch, error);
  if (entry == nullptr) {
    return error;
  }
  if (is_prepared(entry->state.stage)) {
    return ErrorCode::concurrent_transactions;
  }
  TransactionState next = entry->state;
  for (const PartitionId p : request.partitions) {
    if (!cluster_.knows(p)) {
      return ErrorCode::unknown_partition;
    }
    const auto place = std::ranges::lower_bound(next.partitions, p);
    if (place == next.partitions.end() || *place != p) {
      next.partitions.insert(place, p);
    }
  }
  if (next.stage == TransactionStage::ongoing && next.partitions == entry->state.partitions) {
    answer(step, asker, ErrorCode::none);
    return ErrorCode::none;
  }
  if (next.stage != TransactionStage::ongoing) {
    next.stage = TransactionStage::ongoing;
    next.started_ms = step.now.wall.ms();
  }
  return change(step, request.transactional_id, *entry, std::move(next), asker);
}

void TransactionCoordinator::on_add_offsets(const Step& step, const TransactionAsker& asker,
                                            const AddOffsetsToTxnRequest& request) {
  step.meter().charge(port::Work::partition);
  if (!groups_.exists()) {
    answer(step, asker, ErrorCode::coordinator_not_available);
    return;
  }
  const ErrorCode error = add_partitions(step, asker,
                                         {request.transactional_id,
                                          request.producer,
                                          request.epoch,
                                          {groups_.partition_of(request.group)}});
  if (error != ErrorCode::none) {
    answer(step, asker, error);
  }
}

void TransactionCoordinator::on_end(const Step& step, const TransactionAsker& asker,
                                    const EndTxnRequest& request) {
  const ErrorCode error = end(step, asker, request);
  if (error != ErrorCode::none) {
    answer(step, asker, error);
  }
}

ErrorCode TransactionCoordinator::end(const Step& step, const TransactionAsker& asker,
                                      const EndTxnRequest& request) {
  ErrorCode error = ErrorCode::none;
  TransactionEntry* entry =
      entry_of(request.transactional_id, request.producer, request.epoch, error);
  if (entry == nullptr) {
    return error;
  }
  const TransactionStage stage = entry->state.stage;
  const TransactionStage wanted = prepared(request.outcome);
  if (stage == TransactionStage::ongoing) {
    TransactionState next = entry->state;
    next.stage = wanted;
    return change(step, request.transactional_id, *entry, std::move(next), asker);
  }
  // Else it is a request sent again whose first answer was lost, or nonsense.
  if (stage == wanted || stage == completed(wanted)) {
    SOMETIMES("transaction/end-is-asked-for-again");
    answer(step, asker, ErrorCode::none);
    return ErrorCode::none;
  }
  return ErrorCode::invalid_txn_state;
}

// --- changes -------------------------------------------------------------------------------------

ErrorCode TransactionCoordinator::change(const Step& step, std::string_view id,
                                         TransactionEntry& entry, TransactionState next,
                                         const TransactionAsker& asker, ErrorCode answer) {
  const ErrorCode error = log_.write(step, id, entry, std::move(next));
  if (error == ErrorCode::none) {
    entry.asker = asker;
    entry.answer = answer;
  }
  return error;
}

void TransactionCoordinator::settled(const Step& step, std::string_view id,
                                     TransactionEntry& entry) {
  answer(step, std::exchange(entry.asker, {}), entry.answer, entry.state);
  entry.deadline = Time::never();
  if (entry.state.stage == TransactionStage::ongoing) {
    // By the wall clock, so that a transaction does not live longer for a change of coordinator.
    const Duration age = milliseconds(step.now.wall.ms() - entry.state.started_ms);
    entry.deadline = step.now.monotonic + std::max(Duration(), entry.state.timeout - age);
    next_check_ = std::min(next_check_, step.now.monotonic + config_.transaction_abort_check);
  } else if (is_prepared(entry.state.stage)) {
    probe_.transaction_decided(self_, id, outcome_of(entry.state.stage));
    send_markers(id, entry);
    if (entry.markers_missing == 0) {
      complete(step, id, entry);
    }
  }
}

void TransactionCoordinator::send_markers(std::string_view id, TransactionEntry& entry) {
  const PartitionId coordinator = log_.partition_of(id);
  const TransactionState& state = entry.state;
  const EndMarker marker{state.producer, state.epoch, outcome_of(state.stage),
                         log_.coordinator_epoch(coordinator)};
  entry.markers_missing = state.partitions.size();
  for (const PartitionId p : state.partitions) {
    markers_.add({std::string(id), coordinator, marker, p});
  }
}

void TransactionCoordinator::on_markers_written(const Step& step, NodeId from,
                                                CorrelationId correlation,
                                                const WriteTxnMarkersResponse& response) {
  step.meter().charge(port::Work::partition, response.errors.size());
  markers_.on_response(step, from, correlation, response, [&](const MarkerSender::Job& job) {
    if (job.transactional_id.empty() || log_.state_of(job.transactional_id) != ErrorCode::none) {
      return;
    }
    TransactionEntry* entry = log_.find(job.transactional_id);
    if (entry != nullptr && entry->markers_missing > 0 && --entry->markers_missing == 0) {
      complete(step, job.transactional_id, *entry);
    }
  });
}

void TransactionCoordinator::complete(const Step& step, std::string_view id,
                                      TransactionEntry& entry) {
  TransactionState next = entry.state;
  next.stage = completed(next.stage);
  next.partitions.clear();
  next.started_ms = -1;
  // If it cannot be written: at the next check.
  if (change(step, id, entry, std::move(next)) != ErrorCode::none) {
    next_check_ = std::min(next_check_, step.now.monotonic + config_.retry_backoff);
  }
}

// --- news ----------------------------------------------------------------------------------------

void TransactionCoordinator::leadership_changed(const Step& step, PartitionId p) {
  const TransactionLog::Entries given_up = log_.leadership_changed(p);
  for (const auto& [id, entry] : given_up) {
    if (entry.next) {
      SOMETIMES("transaction/coordinator-moves-amid-a-change");
      answer(step, entry.asker, ErrorCode::not_coordinator);
    }
  }
  markers_.drop(p);
}

// --- time ----------------------------------------------------------------------------------------

bool TransactionCoordinator::pump(const Step& step, CorrelationId& next_correlation) {
  const bool more = log_.pump(
      step, [&](std::string_view id, TransactionEntry& entry) { settled(step, id, entry); });
  if (step.now.monotonic >= next_check_) {
    serve_due(step);
  }
  markers_.pump(step, next_correlation);
  return more;
}

/// Aborts what is overdue, and completes what could not be.
void TransactionCoordinator::serve_due(const Step& step) {
  bool any_open = false;
  log_.for_each([&](std::string_view id, TransactionEntry& entry) {
    any_open |= entry.state.stage == TransactionStage::ongoing || is_prepared(entry.state.stage);
    if (entry.deadline <= step.now.monotonic && !entry.next) {
      SOMETIMES("transaction/times-out");
      abort_under_next_epoch(step, id, entry, ProducerEpoch(-1), {});  // else at the next check
    } else if (is_prepared(entry.state.stage) && entry.markers_missing == 0 && !entry.next) {
      complete(step, id, entry);
    }
  });
  next_check_ = any_open ? step.now.monotonic + config_.transaction_abort_check : Time::never();
}

Time TransactionCoordinator::next_deadline() const {
  return std::min(next_check_, markers_.next_deadline());
}

// --- answers -------------------------------------------------------------------------------------

void TransactionCoordinator::answer(const Step& step, const TransactionAsker& asker,
                                    ErrorCode error, const TransactionState& state) {
  if (asker.from == kNoNode) {
    return;
  }
  if (error != ErrorCode::none) {
    probe_.transaction_request_refused(asker.from, error);
  }
  switch (asker.api) {
    case ApiKey::init_producer_id:
      step.answer(asker.from, asker.correlation,
                  error == ErrorCode::none
                      ? InitProducerIdResponse{error, state.producer, state.epoch}
                      : InitProducerIdResponse{error, kNoProducerId, ProducerEpoch(-1)});
      break;
    case ApiKey::add_partitions_to_txn:
      step.answer(asker.from, asker.correlation, AddPartitionsToTxnResponse{error});
      break;
    case ApiKey::add_offsets_to_txn:
      step.answer(asker.from, asker.correlation, AddOffsetsToTxnResponse{error});
      break;
    default:
      step.answer(asker.from, asker.correlation, EndTxnResponse{error});
      break;
  }
}

}  // namespace wavetank::log
