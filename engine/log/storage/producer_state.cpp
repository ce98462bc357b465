#include "engine/log/storage/producer_state.h"

#include <algorithm>

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
    return tl::unexpected(ErrorCode::invalid_producer_epoch);
  }
  if (batch.producer_epoch() > producer->epoch) {
    if (batch.base_sequence() != Sequence(0)) {
      return tl::unexpected(ErrorCode::out_of_order_sequence);
    }
    return std::nullopt;
  }
  for (std::size_t i = producer->count; i-- > 0;) {
    const StoredBatch& stored = producer->batches[i];
    if (stored.base_sequence == batch.base_sequence() &&
        stored.record_count == batch.record_count()) {
      return stored;
    }
  }
  if (producer->next_sequence != kUnknown && producer->next_sequence != batch.base_sequence()) {
    return tl::unexpected(ErrorCode::out_of_order_sequence);
  }
  return std::nullopt;
}

void ProducerState::note(const BatchView& batch, Offset base_offset) {
  if (batch.producer_id() == kNoProducerId) {
    return;
  }
  Producer& producer = find_or_add(batch.producer_id(), batch.producer_epoch());
  if (producer.epoch != batch.producer_epoch()) {
    // Sequences of the last incarnation mean nothing any more.
    producer.last_offset_before = producer.last_offset();
    producer.epoch = batch.producer_epoch();
    producer.count = 0;
  }
  producer.remember({batch.base_sequence(), batch.record_count(), base_offset});
}

void ProducerState::Producer::remember(const StoredBatch& batch) {
  if (count == kBatchesRemembered) {
    last_offset_before = batches.front().last_offset();
    std::shift_left(batches.begin(), batches.end(), 1);
    --count;
  }
  batches[count++] = batch;
  next_sequence = advance(batch.base_sequence, batch.record_count);
}

void ProducerState::truncate_to(Offset end) {
  std::erase_if(producers_, [&](Producer& producer) { return !producer.truncate_to(end); });
}

bool ProducerState::Producer::truncate_to(Offset end) {
  while (count > 0 && batches[count - 1].last_offset() >= end) {
    next_sequence = batches[--count].base_sequence;
    batches[count] = {};
  }
  if (count == 0 && last_offset_before >= end) {
    next_sequence = kUnknown;
    last_offset_before = end - 1;
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
  producers_.erase(std::ranges::min_element(producers_, {},
                                            [](const Producer& it) { return it.last_offset(); }));
}

void ProducerState::encode(ByteWriter& to) const {
  to.fixed(static_cast<std::uint32_t>(producers_.size()));
  for (const Producer& producer : producers_) {
    to.fixed(producer.id.value());
    to.fixed(producer.epoch.value());
    to.fixed(producer.next_sequence.value());
    to.fixed(producer.last_offset_before.value());
    to.fixed(producer.count);
    for (std::size_t i = 0; i < producer.count; ++i) {
      to.fixed(producer.batches[i].base_sequence.value());
      to.fixed(producer.batches[i].record_count);
      to.fixed(producer.batches[i].base_offset.value());
    }
  }
}

bool ProducerState::decode(ByteReader& from) {
  producers_.clear();
  const auto count = from.fixed<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    Producer producer;
    producer.id = ProducerId(from.fixed<std::int64_t>());
    producer.epoch = ProducerEpoch(from.fixed<std::int16_t>());
    producer.next_sequence = Sequence(from.fixed<std::int32_t>());
    producer.last_offset_before = Offset(from.fixed<std::int64_t>());
    producer.count = from.fixed<std::uint8_t>();
    const bool ascends = producers_.empty() || producer.id > producers_.back().id;
    if (!from.ok() || !ascends || producer.count > kBatchesRemembered) {
      producers_.clear();
      return false;
    }
    for (std::size_t k = 0; k < producer.count; ++k) {
      producer.batches[k].base_sequence = Sequence(from.fixed<std::int32_t>());
      producer.batches[k].record_count = from.fixed<std::int32_t>();
      producer.batches[k].base_offset = Offset(from.fixed<std::int64_t>());
    }
    producers_.push_back(producer);
  }
  return from.ok();
}

}  // namespace wavetank::log
