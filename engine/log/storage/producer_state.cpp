#include "engine/log/storage/producer_state.h"

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"

namespace wavetank::log {

namespace {

template <class Producers>
auto place_of(Producers& producers, ProducerId id) {
  return std::ranges::lower_bound(producers, id, {}, [](const auto& it) { return it.id; });
}

}  // namespace

tl::expected<std::optional<ProducerState::StoredBatch>, ErrorCode> ProducerState::check(
    const BatchView& batch) const {
  const Producer* producer =
      batch.producer_id() == kNoProducerId ? nullptr : find(batch.producer_id());
  if (producer == nullptr) {
    return std::nullopt;
  }
  if (batch.producer_epoch() < producer->epoch) {
    SOMETIMES("producer/writes-though-fenced");
    return tl::unexpected(ErrorCode::invalid_producer_epoch);
  }
  if (batch.base_sequence() == kNoSequence) {
    return std::nullopt;  // a coordinator speaks for the producer: nothing of it is sent twice
  }
  if (batch.producer_epoch() > producer->epoch) {
    if (batch.base_sequence() != Sequence(0)) {
      return tl::unexpected(ErrorCode::out_of_order_sequence);
    }
    return std::nullopt;
  }
  if (producer->in_transaction() && !batch.is_transactional()) {
    return tl::unexpected(ErrorCode::invalid_txn_state);
  }
  for (std::size_t i = producer->count; i-- > 0;) {
    const StoredBatch& stored = producer->batches[i];
    if (stored.base_sequence == batch.base_sequence() &&
        stored.record_count == batch.offset_count()) {
      return stored;
    }
  }
  if (producer->next_sequence != kUnknown && producer->next_sequence != batch.base_sequence()) {
    SOMETIMES("producer/writes-out-of-order");
    return tl::unexpected(ErrorCode::out_of_order_sequence);
  }
  return std::nullopt;
}

ErrorCode ProducerState::check(const EndMarker& marker) const {
  const Producer* producer = find(marker.producer);
  if (producer != nullptr && marker.epoch < producer->epoch) {
    return ErrorCode::invalid_producer_epoch;
  }
  if (producer != nullptr && marker.coordinator_epoch < producer->coordinator_epoch) {
    SOMETIMES("transaction/zombie-coordinator-writes-a-marker");
    return ErrorCode::transaction_coordinator_fenced;
  }
  return ErrorCode::none;
}

std::optional<ProducerState::Transaction> ProducerState::note(const BatchView& batch,
                                                              Offset base_offset) {
  if (batch.producer_id() == kNoProducerId) {
    return std::nullopt;
  }
  if (batch.is_control()) {
    return note_marker(batch, base_offset);
  }
  Producer& producer = find_or_add(batch.producer_id(), batch.producer_epoch());
  if (producer.epoch != batch.producer_epoch()) {
    producer.begin_epoch(batch.producer_epoch());
  }
  if (batch.base_sequence() != kNoSequence) {
    producer.remember({batch.base_sequence(), batch.offset_count(), base_offset});
  } else if (producer.count == 0) {
    producer.last_offset_before = base_offset + (batch.offset_count() - 1);
  }
  if (batch.is_transactional() && !producer.in_transaction()) {
    open(producer, base_offset);
  }
  return std::nullopt;
}

bool ProducerState::is_last_of_producer(const BatchView& batch) const {
  const Producer* producer =
      batch.producer_id() == kNoProducerId ? nullptr : find(batch.producer_id());
  return producer != nullptr && producer->last_offset() == batch.last_offset();
}

std::optional<ProducerState::Transaction> ProducerState::note_marker(const BatchView& batch,
                                                                     Offset base_offset) {
  const std::optional<EndMarker> marker = decode_marker(batch);
  if (!marker) {
    return std::nullopt;
  }
  Producer& producer = find_or_add(marker->producer, marker->epoch);
  if (producer.epoch != marker->epoch) {
    producer.begin_epoch(marker->epoch);
    producer.next_sequence = Sequence(0);
  }
  if (producer.count == 0) {
    producer.last_offset_before = base_offset;  // it is what is known of the producer
  }
  producer.coordinator_epoch = marker->coordinator_epoch;
  if (!producer.in_transaction()) {
    return std::nullopt;
  }
  const Transaction ended{producer.id, producer.first_open, base_offset, marker->outcome};
  close(producer);
  if (ended_.size() == kMaxEnded) {
    ended_.pop_front();
  }
  ended_.push_back(ended);
  return ended;
}

void ProducerState::Producer::begin_epoch(ProducerEpoch its_epoch) {
  last_offset_before = last_offset();
  epoch = its_epoch;
  count = 0;
}

// --- transactions --------------------------------------------------------------------------------

void ProducerState::open(Producer& producer, Offset first) {
  producer.first_open = first;
  const Transaction opened{producer.id, first, Offset(-1), Outcome::abort};
  open_.insert(std::ranges::upper_bound(open_, first, {}, &Transaction::first), opened);
}

void ProducerState::close(Producer& producer) {
  std::erase_if(open_, [&](const Transaction& it) { return it.producer == producer.id; });
  producer.first_open = Offset(-1);
}

/// Its marker is gone, but something of the transaction is left.
void ProducerState::reopen(ProducerId id, Offset first) {
  const auto at = place_of(producers_, id);
  if (at == producers_.end() || at->id != id) {
    return;
  }
  SOMETIMES("transaction/marker-is-truncated");
  close(*at);  // one that began behind the marker would have been cut as well
  open(*at, first);
}

std::optional<Offset> ProducerState::first_unstable(Offset high_watermark) const {
  std::optional<Offset> first;
  if (!open_.empty()) {
    first = open_.front().first;
  }
  for (auto it = ended_.rbegin(); it != ended_.rend() && it->last >= high_watermark; ++it) {
    first = std::min(first.value_or(it->first), it->first);
  }
  return first;
}

void ProducerState::forget_ended_below(Offset high_watermark) {
  while (!ended_.empty() && ended_.front().last < high_watermark) {
    ended_.pop_front();
  }
}

// --- truncation ----------------------------------------------------------------------------------

void ProducerState::Producer::remember(const StoredBatch& batch) {
  if (count == kBatchesRemembered) {
    last_offset_before = batches.front().last_offset();
    std::shift_left(batches.begin(), batches.end(), 1);
    --count;
  }
  batches[count++] = batch;
  next_sequence = advance(batch.base_sequence, batch.record_count);
}

void ProducerState::truncate_to(Offset end, std::span<const AbortedTransaction> aborted) {
  std::erase_if(producers_, [&](Producer& producer) { return !producer.truncate_to(end); });
  std::erase_if(open_, [&](const Transaction& it) { return it.first >= end; });
  for (; !ended_.empty() && ended_.back().last >= end; ended_.pop_back()) {
    if (ended_.back().first < end) {
      reopen(ended_.back().producer, ended_.back().first);
    }
  }
  for (const AbortedTransaction& it : aborted) {
    if (it.first < end) {
      reopen(it.producer, it.first);
    }
  }
}

bool ProducerState::Producer::truncate_to(Offset end) {
  while (count > 0 && batches[count - 1].last_offset() >= end) {
    next_sequence = batches[--count].base_sequence;
    batches[count] = {};
  }
  if (count == 0 && last_offset_before >= end) {
    SOMETIMES("producer/is-forgotten-by-a-truncation");
    next_sequence = kUnknown;
    last_offset_before = end - 1;
  }
  if (first_open >= end) {
    first_open = Offset(-1);
  }
  return last_offset() >= Offset(0);
}

const ProducerState::Producer* ProducerState::find(ProducerId id) const {
  const auto at = place_of(producers_, id);
  return at != producers_.end() && at->id == id ? &*at : nullptr;
}

ProducerState::Producer& ProducerState::find_or_add(ProducerId id, ProducerEpoch epoch) {
  if (const auto at = place_of(producers_, id); at != producers_.end() && at->id == id) {
    return *at;
  }
  if (producers_.size() == kMaxProducers) {
    forget_most_silent();
  }
  Producer added;
  added.id = id;
  added.epoch = epoch;
  return *producers_.insert(place_of(producers_, id), added);
}

void ProducerState::forget_most_silent() {
  const auto silent_for_longest = std::ranges::min_element(producers_, {}, [](const Producer& it) {
    return std::pair(it.in_transaction(), it.last_offset());
  });
  close(*silent_for_longest);
  producers_.erase(silent_for_longest);
}

void ProducerState::encode(ByteWriter& to) const {
  to.fixed(static_cast<std::uint32_t>(producers_.size()));
  for (const Producer& producer : producers_) {
    to.fixed(producer.id.value());
    to.fixed(producer.epoch.value());
    to.fixed(producer.next_sequence.value());
    to.fixed(producer.last_offset_before.value());
    to.fixed(producer.coordinator_epoch.value());
    to.fixed(producer.first_open.value());
    to.fixed(producer.count);
    for (std::size_t i = 0; i < producer.count; ++i) {
      to.fixed(producer.batches[i].base_sequence.value());
      to.fixed(producer.batches[i].record_count);
      to.fixed(producer.batches[i].base_offset.value());
    }
  }
}

bool ProducerState::decode(ByteReader& from) {
  *this = {};
  const auto count = from.fixed<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    Producer producer;
    producer.id = ProducerId(from.fixed<std::int64_t>());
    producer.epoch = ProducerEpoch(from.fixed<std::int16_t>());
    producer.next_sequence = Sequence(from.fixed<std::int32_t>());
    producer.last_offset_before = Offset(from.fixed<std::int64_t>());
    producer.coordinator_epoch = CoordinatorEpoch(from.fixed<std::int32_t>());
    producer.first_open = Offset(from.fixed<std::int64_t>());
    producer.count = from.fixed<std::uint8_t>();
    const bool ascends = producers_.empty() || producer.id > producers_.back().id;
    if (!from.ok() || !ascends || producer.count > kBatchesRemembered) {
      *this = {};
      return false;
    }
    for (std::size_t k = 0; k < producer.count; ++k) {
      producer.batches[k].base_sequence = Sequence(from.fixed<std::int32_t>());
      producer.batches[k].record_count = from.fixed<std::int32_t>();
      producer.batches[k].base_offset = Offset(from.fixed<std::int64_t>());
    }
    producers_.push_back(producer);
    if (producer.in_transaction()) {
      open(producers_.back(), producer.first_open);
    }
  }
  return from.ok();
}

}  // namespace wavetank::log
