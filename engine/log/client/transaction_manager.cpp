#include "engine/log/client/transaction_manager.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::log {

namespace {

/// Before a coordinator that still writes the markers of the last transaction is asked again
/// (Kafka's producer waits as long).
constexpr Duration kConcurrentBackOff = milliseconds(20);

}  // namespace

// --- the producer's side
// ----------------------------------------------------------------------------

void TransactionManager::begin() {
  ENSURE(phase_ == TransactionPhase::ready, "a transaction begins when the last one has ended");
  phase_ = TransactionPhase::open;
}

void TransactionManager::touch(PartitionId p) {
  wanted_.push_back(p);
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
}

void TransactionManager::ended(Outcome outcome) {
  phase_ = TransactionPhase::ready;
  wanted_.clear();
  adding_.clear();
  added_any_ = uncertain_ = false;
  owner_.on_ended(outcome);
}

// --- asking
// -----------------------------------------------------------------------------------------

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
      drained && (phase_ == TransactionPhase::committing || phase_ == TransactionPhase::aborting);
  if (ends && wanted_.empty() && !added_any_ && !uncertain_) {  // nothing has been written
    ended(phase_ == TransactionPhase::committing ? Outcome::commit : Outcome::abort);
    return;
  }
  const bool initializes = phase_ == TransactionPhase::initializing || (ends && uncertain_);
  const bool adds = !wanted_.empty() && phase_ != TransactionPhase::failed;
  if (!initializes && !adds && !ends) {
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

// --- answers
// ----------------------------------------------------------------------------------------

bool TransactionManager::handles(ApiKey api) {
  return api == ApiKey::find_transaction_coordinator || api == ApiKey::add_partitions_to_txn ||
         api == ApiKey::end_txn;
}

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
  coordinator_ = kNoBroker;
  not_before_ = now.monotonic + config_.retry_backoff;
  // The coordinator may know the partitions, or may not: a new epoch would settle it.
  uncertain_ |= phase_ == TransactionPhase::aborting && !adding_.empty();
  not_added();
}

/// They are told again, unless the transaction is given up.
void TransactionManager::not_added() {
  if (phase_ != TransactionPhase::aborting) {
    wanted_.insert(wanted_.end(), adding_.begin(), adding_.end());
  }
  adding_.clear();
}

template <class Response, class Handle>
void TransactionManager::with_answer(port::Now now, BrokerIndex from, const port::Message& message,
                                     port::Ports& ports, const Handle& handle) {
  in_flight_ = false;
  const Result<Response> response = decode<Response>(message);
  if (!response) {
    on_lost(now);
    network_.disconnect(now, from, ports);
    return;
  }
  handle(*response);
}

void TransactionManager::on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                                     const port::Message& message, port::Ports& ports) {
  if (phase_ == TransactionPhase::fatal) {
    return;
  }
  switch (request.api) {
    case ApiKey::find_transaction_coordinator:
      with_answer<FindTransactionCoordinatorResponse>(
          now, from, message, ports, [&](const FindTransactionCoordinatorResponse& it) {
            if (accepted(now, it.error)) {
              coordinator_ = network_.broker_of(it.coordinator);
            }
          });
      break;
    case ApiKey::init_producer_id:
      with_answer<InitProducerIdResponse>(
          now, from, message, ports, [&](const InitProducerIdResponse& it) {
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
          });
      break;
    case ApiKey::add_partitions_to_txn:
      with_answer<AddPartitionsToTxnResponse>(
          now, from, message, ports, [&](const AddPartitionsToTxnResponse& it) {
            if (accepted(now, it.error)) {
              added_any_ = true;
              owner_.on_partitions_added(std::exchange(adding_, {}));
            } else {
              not_added();
            }
          });
      break;
    default:
      with_answer<EndTxnResponse>(now, from, message, ports, [&](const EndTxnResponse& it) {
        if (accepted(now, it.error)) {
          ended(phase_ == TransactionPhase::committing ? Outcome::commit : Outcome::abort);
        }
      });
      break;
  }
}

}  // namespace wavetank::log
