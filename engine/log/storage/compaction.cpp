// How a partition's log is compacted by key (see partition_log.h).

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/log/storage/batch_compression.h"
#include "engine/log/storage/batch_filter.h"
#include "engine/log/storage/partition_log_state.h"

namespace wavetank::log {

namespace {

constexpr std::size_t kCleanedBytes = 12;

Bytes encode_cleaned(Offset up_to) {
  return Bytes::build(kCleanedBytes, [&](std::uint8_t* to) {
    store_be(to, up_to.value());
    store_be(to + sizeof(std::int64_t), crc32c({to, sizeof(std::int64_t)}));
  });
}

std::optional<Offset> decode_cleaned(ByteView file) {
  if (file.size() != kCleanedBytes || load_be<std::uint32_t>(file.data() + sizeof(std::int64_t)) !=
                                          crc32c(file.first(sizeof(std::int64_t)))) {
    return std::nullopt;
  }
  return Offset(load_be<std::int64_t>(file.data()));
}

}  // namespace

// --- how much there is to do ---------------------------------------------------------------------

void PartitionLog::State::load_cleaned() {
  cleaned = decode_cleaned(storage.load(cleaned_name())).value_or(Offset(0));
}

void PartitionLog::State::set_cleaned(Offset up_to) {
  cleaned = up_to;
  storage.replace(cleaned_name(), encode_cleaned(up_to), port::kNoNotify);
}

Offset PartitionLog::State::end_of(std::size_t segment) const {
  return segment + 1 < segments.size() ? segments[segment + 1].base_offset() : end_offset;
}

/// Segments before this one may be cleaned: they are decided, durable, and have been there for a
/// while.
std::size_t PartitionLog::State::cleanable_segments(Offset stable, std::int64_t now_ms) const {
  const Offset bound = std::min(stable, recovery_point);
  std::size_t count = 0;
  while (count + 1 < segments.size() && end_of(count) <= bound &&
         segments[count].greatest_timestamp_ms() <= now_ms - config.min_compaction_lag.ms()) {
    ++count;
  }
  return count;
}

PartitionLog::Cleanable PartitionLog::cleanable(Offset stable, std::int64_t now_ms) const {
  const State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is cleaned");
  Cleanable result;
  if (!s.config.compacts() || s.uncleanable || s.cleaning) {
    return result;
  }
  const std::size_t count = s.cleanable_segments(stable, now_ms);
  for (std::size_t i = 0; i < count; ++i) {
    const Segment& segment = s.segments[i];
    if (s.end_of(i) <= s.cleaned) {
      result.clean_bytes += segment.size_bytes();
      continue;
    }
    // Of a segment that was read from its index only the last timestamp is known.
    const std::int64_t since = segment.first_timestamp_ms() == TimeIndex::kNever
                                   ? segment.greatest_timestamp_ms()
                                   : segment.first_timestamp_ms();
    result.dirty_bytes += segment.size_bytes();
    result.overdue |= since < now_ms - s.config.max_compaction_lag.ms();
  }
  return result;
}

// --- a pass --------------------------------------------------------------------------------------

void PartitionLog::begin_cleaning(Offset stable, std::int64_t now_ms, std::uint64_t memory_bytes) {
  State& s = *state_;
  ENSURE(cleanable(stable, now_ms).dirty_bytes > 0, "there is something to clean");
  const std::size_t end = s.cleanable_segments(stable, now_ms);
  std::size_t first = 0;
  while (s.end_of(first) <= s.cleaned) {
    ++first;
  }
  s.cleaning = std::make_unique<Cleaning>(memory_bytes, now_ms, end, s.transactions_in(first, end));
  s.cleaning->segment = first;
  s.cleaning->mapped = std::max(s.cleaned, s.start_offset());
}

/// What a reader of these segments must know beforehand.
CleanedTransactions PartitionLog::State::transactions_in(std::size_t first, std::size_t end) const {
  std::vector<AbortedTransaction> aborted;
  aborted_in(segments[first].base_offset(), end_of(end - 1), aborted);
  return CleanedTransactions(std::move(aborted));
}

bool PartitionLog::is_cleaning() const {
  return state_->cleaning != nullptr;
}

Offset PartitionLog::cleaned_up_to() const {
  return state_->cleaned;
}

void PartitionLog::State::abandon_cleaning() {
  if (cleaning && cleaning->output) {
    cleaning->output->discard();
  }
  cleaning.reset();
}

PartitionLog::CleaningStep PartitionLog::clean(std::uint64_t max_bytes, port::StorageToken token,
                                               port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.cleaning, "a pass is under way");
  switch (s.cleaning->stage) {
    case Cleaning::Stage::mapping:
      return s.map_more(max_bytes, token, meter);
    case Cleaning::Stage::copying:
      return s.copy_more(max_bytes, token, meter);
    case Cleaning::Stage::syncing:
      break;
  }
  s.replace_group(meter);
  return {s.next_group() ? CleaningProgress::more : CleaningProgress::done, 0};
}

/// The next batches of the segment that is being read; nothing if they must be loaded.
std::optional<std::vector<Bytes>> PartitionLog::State::read_for_cleaning(std::uint64_t max_bytes,
                                                                         port::StorageToken token,
                                                                         port::Meter& meter) {
  std::vector<Bytes> slices;
  meter.charge(port::Work::file_operation);
  if (!segments[cleaning->segment].read(cleaning->position, max_bytes, slices, token)) {
    return std::nullopt;
  }
  return slices;
}

/// The medium has changed what is stored: a cleaner would only make it worse, or vouch for it.
PartitionLog::CleaningStep PartitionLog::State::give_up_on_cleaning() {
  abandon_cleaning();
  uncleanable = true;
  return {CleaningProgress::done, 0};
}

/// A good batch at the front of `bytes`, which are more of the pass's work.
std::optional<BatchView> PartitionLog::State::next_to_clean(ByteView bytes, port::Meter& meter) {
  const auto batch = BatchView::parse(bytes);
  if (!batch) {
    return std::nullopt;
  }
  meter.charge(port::Work::batch);
  meter.charge(port::Work::bytes_copied, batch->size_bytes());
  meter.charge(port::Work::bytes_checksummed, batch->size_bytes());
  return batch->checksum_matches() ? unpacked(*batch, cleaning->room, meter) : std::nullopt;
}

// --- where each key was last written -------------------------------------------------------------

PartitionLog::CleaningStep PartitionLog::State::map_more(std::uint64_t max_bytes,
                                                         port::StorageToken token,
                                                         port::Meter& meter) {
  Cleaning& pass = *cleaning;
  const auto slices = read_for_cleaning(max_bytes, token, meter);
  if (!slices) {
    return {CleaningProgress::waiting, 0};
  }
  CleaningStep step;
  bool full = false;
  for (const Bytes& slice : *slices) {
    for (ByteView rest = slice; !rest.empty() && !full;) {
      const auto batch = next_to_clean(rest, meter);
      if (!batch) {
        return give_up_on_cleaning();
      }
      full = !map_batch(*batch, meter);
      step.bytes += batch->size_bytes();
      pass.position += batch->size_bytes();
      rest = rest.subspan(batch->size_bytes());
    }
  }
  if (!full && pass.position == segments[pass.segment].size_bytes()) {
    pass.mapped = end_of(pass.segment);
    ++pass.segment;
    pass.position = 0;
  }
  if (full || pass.segment == pass.end) {
    begin_copying();
  }
  return step;
}

/// False if the map is full: `mapped` tells how far it has come.
bool PartitionLog::State::map_batch(const BatchView& batch, port::Meter& meter) {
  Cleaning& pass = *cleaning;
  if (batch.is_control()) {
    pass.transactions.end(batch);
  } else if (!pass.transactions.is_aborted(batch)) {
    meter.charge(port::Work::record_decoded, static_cast<std::uint64_t>(batch.record_count()));
    bool full = false;
    batch.for_each_record([&](const RecordView& record) {
      full = full || (record.offset >= pass.mapped && record.key.data() != nullptr &&
                      !pass.latest.put(record.key, record.offset));
      if (!full) {
        pass.mapped = std::max(pass.mapped, record.offset + 1);
      }
    });
    if (full) {
      return false;
    }
  }
  pass.mapped = std::max(pass.mapped, batch.last_offset() + 1);
  return true;
}

// --- what stays ----------------------------------------------------------------------------------

/// From the log's beginning: transactions, too, are met anew.
void PartitionLog::State::begin_copying() {
  Cleaning& pass = *cleaning;
  pass.stage = Cleaning::Stage::copying;
  pass.end = segment_holding(pass.mapped - 1) + 1;
  pass.transactions = transactions_in(0, pass.end);
  pass.group = {0, 0};
  next_group();
}

/// As many segments as make one of the size that the log wants; false if none is left.
bool PartitionLog::State::next_group() {
  Cleaning& pass = *cleaning;
  if (pass.group.end == pass.end) {
    set_cleaned(pass.mapped);
    cleaning.reset();
    return false;
  }
  const std::size_t first = pass.group.end;
  std::size_t end = first + 1;
  const Offset base = segments[first].base_offset();
  std::uint64_t bytes = segments[first].size_bytes();
  while (end < pass.end && bytes + segments[end].size_bytes() <= config.segment_bytes &&
         end_of(end) - base <= Segment::kMaxRelativeOffset) {
    bytes += segments[end++].size_bytes();
  }
  pass.stage = Cleaning::Stage::copying;
  pass.group = {first, end};
  pass.segment = first;
  pass.position = 0;
  pass.output = Segment::aside(storage, name, base, config.index_interval_bytes);
  return true;
}

PartitionLog::CleaningStep PartitionLog::State::copy_more(std::uint64_t max_bytes,
                                                          port::StorageToken token,
                                                          port::Meter& meter) {
  Cleaning& pass = *cleaning;
  const auto slices = read_for_cleaning(max_bytes, token, meter);
  if (!slices) {
    return {CleaningProgress::waiting, 0};
  }
  CleaningStep step;
  const std::uint64_t before = pass.output->size_bytes();
  for (const Bytes& slice : *slices) {
    for (std::size_t at = 0; at < slice.size();) {
      const auto batch = next_to_clean(slice.view().subspan(at), meter);
      if (!batch) {
        return give_up_on_cleaning();
      }
      copy_batch(*batch, slice.slice(at, batch->size_bytes()), meter);
      step.bytes += batch->size_bytes();
      pass.position += batch->size_bytes();
      at += batch->size_bytes();
    }
  }
  step.bytes += pass.output->size_bytes() - before;
  if (pass.position == segments[pass.segment].size_bytes()) {
    ++pass.segment;
    pass.position = 0;
  }
  if (pass.segment == pass.group.end) {
    pass.stage = Cleaning::Stage::syncing;
    pass.output->sync(token);
    meter.charge(port::Work::fsync);
    step.progress = CleaningProgress::waiting;
  }
  return step;
}

void PartitionLog::State::copy_batch(const BatchView& batch, Bytes unit, port::Meter& meter) {
  Cleaning& pass = *cleaning;
  const Kept kept = batch.is_control() ? kept_of_marker(batch) : kept_of_data(batch, meter);
  // A segment ends where it did, so that recovery finds the next one to continue it; and the last
  // that a producer has written tells what must follow.
  const bool ends_group = batch.last_offset() + 1 == end_of(pass.group.end - 1);
  if (kept.records == 0 && !ends_group && !producers.is_last_of_producer(batch)) {
    return;
  }
  const bool as_it_is = kept.records == batch.record_count() && !kept.new_horizon_ms;
  if (as_it_is || (batch.is_control() && kept.records == 0)) {
    meter.charge(port::Work::file_operation);
    pass.output->append(batch, std::move(unit));
    return;
  }
  Bytes rewritten = filtered_copy(batch, kept.new_horizon_ms, meter, [&](const RecordView& record) {
    return batch.is_control() || (kept.records > 0 && stays(batch, record));
  });
  const BatchView view = *BatchView::parse(rewritten);
  meter.charge(port::Work::record_encoded, static_cast<std::uint64_t>(view.record_count()));
  meter.charge(port::Work::bytes_checksummed, view.size_bytes());
  meter.charge(port::Work::file_operation);
  pass.output->append(view, std::move(rewritten));
}

/// What ends a transaction of which nothing is left goes too, after a time that it has to carry: a
/// reader may have read the records, and waits for it.
PartitionLog::State::Kept PartitionLog::State::kept_of_marker(const BatchView& batch) {
  Cleaning& pass = *cleaning;
  const CleanedTransactions::Ended ended = pass.transactions.end(batch);
  if (ended.aborted) {
    pass.output->aborted().note(*ended.aborted);
  }
  if (!ended.was_empty) {
    return {1, std::nullopt};
  }
  const std::optional<std::int64_t> horizon = batch.delete_horizon_ms();
  if (!horizon) {
    return {1, pass.now_ms + config.delete_retention.ms()};
  }
  return {pass.now_ms < *horizon ? 1 : 0, std::nullopt};
}

PartitionLog::State::Kept PartitionLog::State::kept_of_data(const BatchView& batch,
                                                            port::Meter& meter) {
  Cleaning& pass = *cleaning;
  Kept kept;
  if (pass.transactions.is_aborted(batch)) {
    return kept;
  }
  meter.charge(port::Work::record_decoded, static_cast<std::uint64_t>(batch.record_count()));
  bool has_tombstone = false;
  batch.for_each_record([&](const RecordView& record) {
    if (stays(batch, record)) {
      ++kept.records;
      has_tombstone |= record.value.data() == nullptr;
    }
  });
  if (has_tombstone && !batch.delete_horizon_ms()) {
    kept.new_horizon_ms = pass.now_ms + config.delete_retention.ms();
  }
  return kept;
}

/// A record of a transaction that was not aborted.
bool PartitionLog::State::stays(const BatchView& batch, const RecordView& record) const {
  const Cleaning& pass = *cleaning;
  if (record.key.data() == nullptr || record.offset >= pass.mapped) {
    return true;
  }
  if (const auto latest = pass.latest.find(record.key); latest && *latest > record.offset) {
    return false;
  }
  const std::optional<std::int64_t> horizon = batch.delete_horizon_ms();
  return record.value.data() != nullptr || !horizon || pass.now_ms < *horizon;
}

// --- in place of what was ------------------------------------------------------------------------

/// The new segment is durable: it takes the place of its group's.
void PartitionLog::State::replace_group(port::Meter& meter) {
  Cleaning& pass = *cleaning;
  const auto [first, end] = pass.group;
  const Offset group_end = end_of(end - 1);
  for (std::size_t i = first; i < end; ++i) {
    meter.charge(port::Work::file_operation);
    size_bytes -= segments[i].size_bytes();
  }
  size_bytes += pass.output->size_bytes();
  segments[first].remove_indexes();
  pass.output->take_place(name);
  std::for_each(segments.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                segments.begin() + static_cast<std::ptrdiff_t>(end), std::mem_fn(&Segment::remove));
  pass.output->write_indexes(group_end, port::kNoNotify);
  segments[first] = std::move(*pass.output);
  pass.output.reset();
  segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                 segments.begin() + static_cast<std::ptrdiff_t>(end));
  pass.end -= end - first - 1;
  pass.group.end = first + 1;
}

}  // namespace wavetank::log
