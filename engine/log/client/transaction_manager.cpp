#include "engine/log/client/transaction_manager.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"

namespace wavetank::log {

namespace {

/// Before a coordinator that still writes the markers of the last transaction is asked again
/// (Kafka's producer waits as long).
constexpr Duration kConcurrentBackOff = milliseconds(20);

}  // namespace

// --- the producer's side -------------------------------------------------------------------------

void TransactionManager::begin() {
  ENSURE(phase_ == TransactionPhase::ready, "a transaction begins when the last one has ended");
  phase_ = TransactionPhase::open;
}

void TransactionManager::touch(PartitionId p) {
  wanted_.push_back(p);
}

void TransactionManager::send_offsets(ConsumedOffsets offsets) {
  ENSURE(phase_ == TransactionPhase::open && !offsets_ && !offsets.offsets.empty(),
         "an open transaction commits the offsets of one group");
  offsets_ = std::move(offsets);
}

void TransactionManager::fail(bool uncertain) {
  uncertain_ |= uncertain;
  if (phase_ == TransactionPhase::open || phase_ == TransactionPhase::committing) {
    phase_ = TransactionPhase::failed;
  }
}

void TransactionManager::commit() {
  ENSURE(phase_ == TransactionPhase::open, "an open transaction is committed");
  phase_ = TransactionPhase::committing;
}

void TransactionManager::abort() {
  ENSURE(phase_ == TransactionPhase::open || phase_ == TransactionPhase::failed,
         "an open transaction is aborted");
  phase_ = TransactionPhase::aborting;
  wanted_.clear();
  offsets_.reset();
  uncertain_ |= offsets_lost_;
}

void TransactionManager::ended(Outcome outcome) {
  phase_ = TransactionPhase::ready;
  wanted_.clear();
  adding_.clear();
  added_any_ = uncertain_ = offsets_added_ = offsets_lost_ = false;
  offsets_.reset();
  owner_.on_ended(outcome);
}

// --- asking --------------------------------------------------------------------------------------

Time TransactionManager::pump(port::Now now, bool drained, port::Ports& ports) {
  if (phase_ == TransactionPhase::fatal || in_flight_) {
    return Time::never();
  }
  if (now.monotonic < not_before_) {
    return not_before_;
  }
  ask(now, drained, ports);
  return Time::never();
}

void TransactionManager::ask(port::Now now, bool drained, port::Ports& ports) {
  const bool ends =
      drained && !offsets_ &&
      (phase_ == TransactionPhase::committing || phase_ == TransactionPhase::aborting);
  if (ends && wanted_.empty() && !added_any_ && !uncertain_) {  // nothing has been written
    ended(phase_ == TransactionPhase::committing ? Outcome::commit : Outcome::abort);
    return;
  }
  const bool initializes = phase_ == TransactionPhase::initializing || (ends && uncertain_);
  const bool adds = !wanted_.empty() && phase_ != TransactionPhase::failed;
  const bool sends_offsets = offsets_ && phase_ != TransactionPhase::failed;
  if (!initializes && !adds && !sends_offsets && !ends) {
    return;
  }
  in_flight_ = true;
  if (coordinator_ == kNoBroker) {
    network_.ask(now, network_.least_loaded(),
                 FindTransactionCoordinatorRequest{config_.transactional_id}, ports);
  } else if (initializes) {
    ask_init(now, ports);
  } else if (adds) {
    ask_add(now, ports);
  } else if (sends_offsets) {
    ask_offsets(now, ports);
  } else {
    ask_end(now, ports);
  }
}

void TransactionManager::ask_init(port::Now now, port::Ports& ports) {
  network_.ask(now, coordinator_,
               InitProducerIdRequest{config_.transactional_id, config_.transaction_timeout,
                                     producer_, epoch_},
               ports);
}

void TransactionManager::ask_add(port::Now now, port::Ports& ports) {
  adding_ = std::exchange(wanted_, {});
  ports.meter().charge(port::Work::partition, adding_.size());
  network_.ask(now, coordinator_,
               AddPartitionsToTxnRequest{config_.transactional_id, producer_, epoch_, adding_},
               ports);
}

void TransactionManager::ask_end(port::Now now, port::Ports& ports) {
  const Outcome outcome = phase_ == TransactionPhase::committing ? Outcome::commit : Outcome::abort;
  network_.ask(now, coordinator_,
               EndTxnRequest{config_.transactional_id, producer_, epoch_, outcome}, ports);
}

/// The transaction's coordinator must know of the group before the group's coordinator knows of the
/// transaction.
void TransactionManager::ask_offsets(port::Now now, port::Ports& ports) {
  offsets_in_flight_ = !offsets_added_ || group_coordinator_ != kNoBroker;
  if (!offsets_added_) {
    network_.ask(
        now, coordinator_,
        AddOffsetsToTxnRequest{config_.transactional_id, producer_, epoch_, offsets_->group},
        ports);
  } else if (group_coordinator_ == kNoBroker) {
    network_.ask(now, network_.least_loaded(), FindCoordinatorRequest{offsets_->group}, ports);
  } else {
    ports.meter().charge(port::Work::partition, offsets_->offsets.size());
    network_.ask(now, group_coordinator_,
                 TxnOffsetCommitRequest{offsets_->group, producer_, epoch_, offsets_->generation,
                                        offsets_->identity, offsets_->offsets},
                 ports);
  }
}

// --- answers -------------------------------------------------------------------------------------

bool TransactionManager::accepted(port::Now now, ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
      return true;
    case ErrorCode::producer_fenced:
    case ErrorCode::invalid_producer_epoch:
    case ErrorCode::invalid_producer_id_mapping:
    case ErrorCode::invalid_transaction_timeout:
    case ErrorCode::invalid_txn_state:
      phase_ = TransactionPhase::fatal;
      owner_.on_fatal(error);
      return false;
    case ErrorCode::concurrent_transactions:
      not_before_ = now.monotonic + kConcurrentBackOff;
      return false;
    case ErrorCode::coordinator_loading:
      not_before_ = now.monotonic + config_.retry_backoff;
      return false;
    default:
      on_lost(now);
      return false;
  }
}

void TransactionManager::on_lost(port::Now now) {
  in_flight_ = false;
  coordinator_ = group_coordinator_ = kNoBroker;
  offsets_lost_ |= std::exchange(offsets_in_flight_, false);
  uncertain_ |= phase_ == TransactionPhase::aborting && offsets_lost_;
  not_before_ = now.monotonic + config_.retry_backoff;
  // The coordinator may know the partitions, or may not: a new epoch would settle it.
  uncertain_ |= phase_ == TransactionPhase::aborting && !adding_.empty();
  not_added();
}

void TransactionManager::on_offsets_answered(port::Now now, ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
      offsets_.reset();
      return;
    case ErrorCode::invalid_producer_epoch:
    case ErrorCode::producer_fenced:
      phase_ = TransactionPhase::fatal;
      owner_.on_fatal(error);
      return;
    case ErrorCode::unknown_member_id:
    case ErrorCode::illegal_generation:
    case ErrorCode::fenced_instance_id:
    case ErrorCode::rebalance_in_progress:
    case ErrorCode::invalid_group_id:
    case ErrorCode::unknown_partition:
      if (phase_ == TransactionPhase::open || phase_ == TransactionPhase::committing) {
        SOMETIMES("transaction/offsets-are-refused");
        offsets_.reset();
        owner_.on_offsets_refused(error);
      }
      return;
    default:  // another coordinator, or the same one later
      group_coordinator_ = kNoBroker;
      not_before_ = now.monotonic + config_.retry_backoff;
  }
}

/// They are told again, unless the transaction is given up.
void TransactionManager::not_added() {
  if (phase_ != TransactionPhase::aborting) {
    wanted_.insert(wanted_.end(), adding_.begin(), adding_.end());
  }
  adding_.clear();
}

void TransactionManager::on_answer(port::Now now, const FindTransactionCoordinatorResponse& it) {
  if (accepted(now, it.error)) {
    coordinator_ = network_.broker_of(it.coordinator);
  }
}

void TransactionManager::on_answer(port::Now now, const InitProducerIdResponse& it) {
  if (!accepted(now, it.error)) {
    return;
  }
  const bool was_open = phase_ == TransactionPhase::aborting;
  producer_ = it.producer;
  epoch_ = it.epoch;
  phase_ = TransactionPhase::ready;
  owner_.on_epoch(producer_, epoch_);
  if (was_open) {
    ended(Outcome::abort);
  }
}

void TransactionManager::on_answer(port::Now now, const AddPartitionsToTxnResponse& it) {
  if (accepted(now, it.error)) {
    added_any_ = true;
    owner_.on_partitions_added(std::exchange(adding_, {}));
  } else {
    not_added();
  }
}

void TransactionManager::on_answer(port::Now now, const AddOffsetsToTxnResponse& it) {
  offsets_in_flight_ = false;
  if (accepted(now, it.error)) {
    added_any_ = offsets_added_ = true;
  }
}

void TransactionManager::on_answer(port::Now now, const FindCoordinatorResponse& it) {
  group_coordinator_ = it.error == ErrorCode::none ? network_.broker_of(it.coordinator) : kNoBroker;
  if (group_coordinator_ == kNoBroker) {
    not_before_ = now.monotonic + config_.retry_backoff;
  }
}

void TransactionManager::on_answer(port::Now now, const TxnOffsetCommitResponse& it) {
  offsets_in_flight_ = false;
  on_offsets_answered(now, it.error);
}

void TransactionManager::on_answer(port::Now now, const EndTxnResponse& it) {
  if (accepted(now, it.error)) {
    ended(phase_ == TransactionPhase::committing ? Outcome::commit : Outcome::abort);
  }
}

template <class Response>
void TransactionManager::take(port::Now now, BrokerIndex from, const port::Message& message,
                              port::Ports& ports) {
  in_flight_ = false;
  if (const Result<Response> response = decode<Response>(message)) {
    on_answer(now, *response);
  } else {
    on_lost(now);
    network_.disconnect(now, from, ports);
  }
}

void TransactionManager::on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                                     const port::Message& message, port::Ports& ports) {
  if (phase_ == TransactionPhase::fatal) {
    return;
  }
  switch (request.api) {
    case ApiKey::find_transaction_coordinator:
      return take<FindTransactionCoordinatorResponse>(now, from, message, ports);
    case ApiKey::init_producer_id:
      return take<InitProducerIdResponse>(now, from, message, ports);
    case ApiKey::add_partitions_to_txn:
      return take<AddPartitionsToTxnResponse>(now, from, message, ports);
    case ApiKey::add_offsets_to_txn:
      return take<AddOffsetsToTxnResponse>(now, from, message, ports);
    case ApiKey::find_coordinator:
      return take<FindCoordinatorResponse>(now, from, message, ports);
    case ApiKey::txn_offset_commit:
      return take<TxnOffsetCommitResponse>(now, from, message, ports);
    default:
      return take<EndTxnResponse>(now, from, message, ports);
  }
}

}  // namespace wavetank::log
