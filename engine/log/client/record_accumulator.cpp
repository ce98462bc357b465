#include "engine/log/client/record_accumulator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/log/limits.h"
#include "engine/log/storage/batch_compression.h"
#include "engine/log/storage/producer_state.h"

namespace wavetank::log {

namespace {

static_assert(limits::kBatchesInFlightPerPartition <= ProducerState::kBatchesRemembered);

/// Most bytes of a batch that holds nothing but a record of this size.
std::uint64_t lone_batch_bound(std::size_t record_bytes) {
  return kBatchHeaderBytes + limits::kRecordOverheadBytes + record_bytes;
}

/// `count` numbers on; 2^31 - 1 is followed by 0.
Sequence sequence_after(Sequence base, std::size_t count) {
  return Sequence(
      static_cast<std::int32_t>((static_cast<std::uint64_t>(base.value()) + count) & 0x7fff'ffffU));
}

}  // namespace

RecordAccumulator::RecordAccumulator(const ProducerConfig& config, std::uint32_t partitions)
    : config_(config),
      in_flight_max_(config.idempotent
                         ? std::min(config.max_in_flight, limits::kBatchesInFlightPerPartition)
                         : config.max_in_flight),
      free_bytes_(config.buffer_bytes),
      plain_bytes_max_(config.compression == Compression::none
                           ? std::numeric_limits<std::size_t>::max()
                           : limits::kUnpackedBatchBytes),
      partitions_(partitions),
      wants_producer_id_(config.idempotent),
      lingering_(live_.end()) {
  for (Partition& partition : partitions_) {
    partition.wants_id = config.idempotent;
    partition.outside = !config.transactional_id.empty();
  }
}

// --- records -------------------------------------------------------------------------------------

RecordAccumulator::Append RecordAccumulator::append(Time now, std::uint32_t partition,
                                                    std::int64_t timestamp_ms, ByteView key,
                                                    ByteView value, ByteView headers,
                                                    RecordHandle handle) {
  Partition& to = partitions_[partition];
  Append outcome = Append::joined;
  if (to.open != nullptr && !takes(*to.open->builder, key.size(), value.size() + headers.size())) {
    close(to);
    outcome = Append::filled;
  }
  if (to.open == nullptr) {
    const std::uint64_t bound = lone_batch_bound(key.size() + value.size() + headers.size());
    const std::uint64_t reserve = std::max<std::uint64_t>(bound, config_.batch_bytes);
    if (bound > std::min<std::uint64_t>(config_.max_request_bytes, plain_bytes_max_) ||
        reserve > config_.buffer_bytes) {
      return Append::too_large;
    }
    if (reserve > free_bytes_) {
      return Append::exhausted;
    }
    to.open = &open_batch(now, partition, reserve);
    outcome = outcome == Append::filled ? outcome : Append::opened;
    list(partition);
  }
  ProducerBatch& batch = *to.open;
  batch.builder->add(timestamp_ms, key, value, headers);
  batch.records.push_back(handle);
  if (is_full(*batch.builder)) {
    close(to);
    outcome = Append::filled;
  }
  return outcome;
}

/// Bytes that the batch will have, as far as one can tell before it is compressed.
std::size_t RecordAccumulator::expected_bytes(const BatchBuilder& batch) const {
  return config_.compression == Compression::none
             ? batch.size_bytes()
             : kBatchHeaderBytes + ratio_.expect(batch.size_bytes() - kBatchHeaderBytes);
}

bool RecordAccumulator::takes(const BatchBuilder& batch, std::size_t key_bytes,
                              std::size_t value_bytes) const {
  const std::size_t bound = batch.size_bound_with(key_bytes, value_bytes);
  return expected_bytes(batch) + (bound - batch.size_bytes()) <= config_.batch_bytes &&
         bound <= plain_bytes_max_;
}

bool RecordAccumulator::is_full(const BatchBuilder& batch) const {
  return expected_bytes(batch) >= config_.batch_bytes;
}

bool RecordAccumulator::has_room(std::size_t record_bytes) const {
  const std::uint64_t bound = lone_batch_bound(record_bytes);
  const std::uint64_t reserve = std::max<std::uint64_t>(bound, config_.batch_bytes);
  return reserve <= free_bytes_ || reserve > config_.buffer_bytes ||
         bound > std::min<std::uint64_t>(config_.max_request_bytes, plain_bytes_max_);
}

ProducerBatch& RecordAccumulator::open_batch(Time now, std::uint32_t partition,
                                             std::uint64_t reserve) {
  if (spare_.empty()) {
    spare_.emplace_front();
    spare_.front().self = spare_.begin();
  }
  live_.splice(live_.end(), spare_, spare_.begin());
  ProducerBatch& batch = live_.back();
  if (lingering_ == live_.end()) {
    lingering_ = batch.self;
  }
  batch.partition = partition;
  batch.created = now;
  batch.reserved_bytes = reserve;
  batch.builder = take_builder();
  free_bytes_ -= reserve;
  partitions_[partition].batches.push_back(&batch);
  return batch;
}

std::unique_ptr<BatchBuilder> RecordAccumulator::take_builder() {
  if (spare_builders_.empty()) {
    return std::make_unique<BatchBuilder>();
  }
  std::unique_ptr<BatchBuilder> builder = std::move(spare_builders_.back());
  spare_builders_.pop_back();
  return builder;
}

void RecordAccumulator::close(Partition& partition) {
  ProducerBatch& batch = *partition.open;
  partition.open = nullptr;
  batch.state = ProducerBatch::State::closed;
  make_ready(batch);
}

// --- time ----------------------------------------------------------------------------------------

void RecordAccumulator::skip_settled() {
  while (lingering_ != live_.end() &&
         (lingering_->ready || lingering_->state == ProducerBatch::State::sent)) {
    ++lingering_;
  }
}

Time RecordAccumulator::next_due() {
  skip_settled();
  Time due = Time::never();
  if (lingering_ != live_.end()) {
    due = lingering_->created + config_.linger;
  }
  if (!backing_off_.empty()) {
    due = std::min(due, backing_off_.front().until);
  }
  if (!live_.empty()) {
    due = std::min(due, live_.front().created + config_.delivery_timeout);
  }
  return due;
}

void RecordAccumulator::advance(Time now) {
  while (lingering_ != live_.end() && lingering_->created + config_.linger <= now) {
    make_ready(*lingering_++);
  }
  while (!backing_off_.empty() && backing_off_.front().until <= now) {
    const std::uint32_t partition = backing_off_.front().partition;
    backing_off_.pop_front();
    partitions_[partition].backing_off = false;
    list(partition);
  }
}

void RecordAccumulator::ready_all() {
  while (lingering_ != live_.end()) {
    make_ready(*lingering_++);
  }
}

void RecordAccumulator::make_ready(ProducerBatch& batch) {
  if (!batch.ready) {
    batch.ready = true;
    list(batch.partition);
  }
}

ProducerBatch* RecordAccumulator::expired(Time now) {
  if (live_.empty() || live_.front().created + config_.delivery_timeout > now) {
    return nullptr;
  }
  return &live_.front();
}

// --- sending -------------------------------------------------------------------------------------

std::uint32_t RecordAccumulator::in_flight_max(const Partition& partition) const {
  return config_.idempotent && !partition.known ? 1 : in_flight_max_;
}

ProducerBatch* RecordAccumulator::next_to_send(const Partition& partition) const {
  if (partition.leader == kNoBroker || partition.backing_off || partition.must_restart ||
      partition.wants_id || partition.outside || partition.sent >= in_flight_max(partition)) {
    return nullptr;
  }
  for (ProducerBatch* batch : partition.batches) {  // at most in_flight_max_ are skipped
    if (batch->state == ProducerBatch::State::sent) {
      continue;
    }
    if (batch == partition.batches.front()) {
      return batch;
    }
    return batch->sequenced || is_far_ahead(partition) ? nullptr : batch;
  }
  return nullptr;
}

/// Brokers would no longer know the first that is not settled if one more were stored.
bool RecordAccumulator::is_far_ahead(const Partition& partition) const {
  const ProducerBatch& first = *partition.batches.front();
  return config_.idempotent && first.sequenced &&
         partition.sequenced - first.number >= limits::kBatchesInFlightPerPartition;
}

/// Brings the partition's standing at its destination up to date.
void RecordAccumulator::list(std::uint32_t partition) {
  Partition& it = partitions_[partition];
  const ProducerBatch* next = next_to_send(it);
  const bool ready = next != nullptr && next->ready;
  if (next == nullptr && !it.counted) {
    return;  // if it is listed, drain finds that there is nothing
  }
  Destination& destination = destinations_[it.leader];
  if (next != nullptr && !it.listed) {
    it.listed = true;
    destination.waiting.push_back(partition);
  }
  if (ready != it.counted) {
    it.counted = ready;
    destination.ready += ready ? 1U : -1U;
  }
}

void RecordAccumulator::list_all() {
  for (Destination& destination : destinations_) {
    destination.waiting.clear();
    destination.ready = 0;
  }
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    Partition& partition = partitions_[p];
    partition.listed = false;
    partition.counted = false;
    if (partition.leader != kNoBroker && partition.leader >= destinations_.size()) {
      destinations_.resize(partition.leader + 1);
    }
    list(p);
  }
}

void RecordAccumulator::drain(BrokerIndex destination, std::uint64_t max_bytes,
                              std::vector<ProducerBatch*>& out, port::Meter& meter) {
  std::deque<std::uint32_t>& waiting = destinations_[destination].waiting;
  std::uint64_t total = 0;
  while (!waiting.empty()) {
    Partition& partition = partitions_[waiting.front()];
    ProducerBatch* batch = next_to_send(partition);
    if (batch != nullptr) {
      total += batch->builder ? expected_bytes(*batch->builder) : batch->encoded.size();
      if (!out.empty() && total > max_bytes) {
        break;
      }
      encode(partition, *batch, meter);
      if (partition.open == batch) {
        partition.open = nullptr;
      }
      batch->state = ProducerBatch::State::sent;
      batch->sent_to = destination;
      ++batch->attempts;
      ++partition.sent;
      out.push_back(batch);
    }
    partition.listed = false;
    waiting.pop_front();
  }
  // Only now may the partitions line up again: a request carries one batch of each.
  for (const ProducerBatch* batch : out) {
    list(batch->partition);
  }
}

void RecordAccumulator::encode(Partition& partition, ProducerBatch& batch, port::Meter& meter) {
  meter.charge(port::Work::batch);
  if (!batch.encoded.empty() && (batch.sequenced || !config_.idempotent)) {
    return;  // a retry sends the same bytes
  }
  if (config_.idempotent) {
    batch.sequenced = true;
    batch.base_sequence = partition.next_sequence;
    batch.number = partition.sequenced++;
    partition.next_sequence = sequence_after(partition.next_sequence, batch.records.size());
  }
  if (batch.builder) {
    build(partition, batch, meter);
  } else {  // numbered afresh
    const Result<BatchView> old = BatchView::parse(batch.encoded);
    ENSURE(old.has_value(), "a producer's own batch is well formed");
    batch.encoded = renumbered_copy(*old, partition.producer, partition.epoch, batch.base_sequence);
  }
  meter.charge(port::Work::bytes_checksummed, batch.encoded.size());
  meter.charge(port::Work::bytes_copied, batch.encoded.size());
}

void RecordAccumulator::build(const Partition& partition, ProducerBatch& batch,
                              port::Meter& meter) {
  const std::size_t plain_bytes = batch.builder->size_bytes() - kBatchHeaderBytes;
  const int transactional = config_.transactional_id.empty() ? 0 : kTransactionalAttribute;
  batch.encoded = batch.builder->build(
      partition.producer, partition.epoch, batch.base_sequence,
      static_cast<std::int16_t>(transactional | static_cast<int>(config_.compression)));
  spare_builders_.push_back(std::move(batch.builder));
  if (config_.compression != Compression::none) {
    charge_packing(config_.compression, plain_bytes, meter);
    ratio_.observe(plain_bytes, batch.encoded.size() - kBatchHeaderBytes);
  }
}

// --- what became of a batch ----------------------------------------------------------------------

void RecordAccumulator::retry(ProducerBatch& batch, Time now) {
  Partition& partition = partitions_[batch.partition];
  batch.state = ProducerBatch::State::retry;
  batch.ready = true;
  --partition.sent;
  if (!partition.backing_off) {
    partition.backing_off = true;
    backing_off_.push_back({now + config_.retry_backoff, batch.partition});
  }
  restart_numbering_if_due(batch.partition);
  list(batch.partition);
}

void RecordAccumulator::retry_out_of_order(ProducerBatch& batch, Time now) {
  Partition& partition = partitions_[batch.partition];
  if (partition.batches.front() == &batch) {
    partition.must_restart = true;
  }
  retry(batch, now);
}

void RecordAccumulator::acknowledge(ProducerBatch& batch) {
  partitions_[batch.partition].unresolved = false;
  partitions_[batch.partition].known = true;
  take_out(batch);
}

void RecordAccumulator::give_up(ProducerBatch& batch) {
  partitions_[batch.partition].unresolved |= batch.sequenced;
  take_out(batch);
}

void RecordAccumulator::give_up_fenced(ProducerBatch& batch) {
  partitions_[batch.partition].must_restart = config_.idempotent;
  take_out(batch);
}

void RecordAccumulator::take_out(ProducerBatch& batch) {
  Partition& partition = partitions_[batch.partition];
  if (batch.state == ProducerBatch::State::sent) {
    --partition.sent;
  }
  if (partition.open == &batch) {
    partition.open = nullptr;
  }
  partition.batches.erase(std::ranges::find(partition.batches, &batch));
  free_bytes_ += batch.reserved_bytes;
  if (lingering_ == batch.self) {
    ++lingering_;
  }
  retired_.splice(retired_.end(), live_, batch.self);
  restart_numbering_if_due(batch.partition);
  list(batch.partition);
}

void RecordAccumulator::recycle(ProducerBatch& batch) {
  if (batch.builder) {  // given up before it was encoded: the builder still holds its records
    batch.builder->build(kNoProducerId, ProducerEpoch(-1), Sequence(-1));
    spare_builders_.push_back(std::move(batch.builder));
  }
  std::vector<RecordHandle> records = std::move(batch.records);
  records.clear();
  const auto self = batch.self;
  batch = ProducerBatch();
  batch.self = self;
  batch.records = std::move(records);
  spare_.splice(spare_.begin(), retired_, self);
}

// --- producer ids --------------------------------------------------------------------------------

void RecordAccumulator::restart_numbering_if_due(std::uint32_t partition) {
  Partition& it = partitions_[partition];
  if (it.sent > 0 || it.wants_id || !(it.must_restart || it.unresolved)) {
    return;
  }
  // Batches with a sequence come before those without.
  const bool nothing_to_settle = it.batches.empty() || !it.batches.front()->sequenced;
  if (it.must_restart || nothing_to_settle) {
    it.wants_id = true;
    wants_producer_id_ = true;
  }
}

void RecordAccumulator::set_producer_id(ProducerId id, ProducerEpoch epoch) {
  wants_producer_id_ = false;
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    Partition& partition = partitions_[p];
    if (!partition.wants_id) {
      continue;
    }
    partition.producer = id;
    partition.epoch = epoch;
    partition.next_sequence = Sequence(0);
    partition.known = partition.unresolved = false;
    partition.must_restart = partition.wants_id = false;
    ENSURE(partition.sent == 0, "a batch in flight keeps its number");
    for (ProducerBatch* batch : partition.batches) {
      if (batch->state == ProducerBatch::State::retry) {
        batch->state = ProducerBatch::State::closed;
      }
      batch->sequenced = false;
    }
    list(p);
  }
}

// --- transactions --------------------------------------------------------------------------------

void RecordAccumulator::begin_epoch(ProducerId id, ProducerEpoch epoch) {
  for (Partition& partition : partitions_) {
    partition.wants_id = true;
  }
  set_producer_id(id, epoch);
}

void RecordAccumulator::join_transaction(std::uint32_t partition) {
  partitions_[partition].outside = false;
  list(partition);
}

void RecordAccumulator::end_transaction() {
  for (Partition& partition : partitions_) {
    partition.outside = true;
  }
}

ProducerBatch* RecordAccumulator::oldest_unsent() {
  const auto found = std::ranges::find_if(
      live_, [](const ProducerBatch& batch) { return batch.state != ProducerBatch::State::sent; });
  return found == live_.end() ? nullptr : &*found;
}

}  // namespace wavetank::log
