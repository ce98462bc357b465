#include "engine/log/storage/segment.h"

#include <algorithm>
#include <charconv>

#include "engine/base/ensure.h"
#include "engine/log/storage/batch_compression.h"

namespace wavetank::log {

namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kLogSuffix = ".log";
constexpr std::string_view kIndexSuffix = ".index";
constexpr std::string_view kTimeIndexSuffix = ".timeindex";
constexpr std::string_view kAbortedSuffix = ".txnindex";
constexpr std::string_view kAsideSuffix = ".log.cleaned";
/// How much one step of a search reads: some index intervals, to cross a stretch of large batches.
constexpr std::uint64_t kSearchBytes = 64 << 10;

std::string file_name(std::string_view log_name, Offset base, std::string_view suffix) {
  const std::string digits = std::to_string(base.value());
  std::string name(log_name);
  name += '/';
  name.append(kNameDigits - digits.size(), '0');
  name += digits;
  name += suffix;
  return name;
}

/// The batch's first record that is not earlier. If none is (its header says otherwise), its last.
TimestampedOffset first_not_before(const BatchView& batch, std::int64_t timestamp_ms,
                                   port::Meter& meter) {
  meter.charge(port::Work::record_decoded, static_cast<std::uint64_t>(batch.record_count()));
  std::optional<TimestampedOffset> found;
  Bytes room;
  if (const auto plain = unpacked(batch, room, meter)) {
    plain->for_each_record([&](const RecordView& record) {
      if (!found && record.timestamp_ms >= timestamp_ms) {
        found = {record.offset, record.timestamp_ms};
      }
    });
  }
  return found.value_or(TimestampedOffset{batch.last_offset(), batch.max_timestamp_ms()});
}

}  // namespace

Segment::Segment(port::Storage& storage, std::string_view log_name, Offset base,
                 std::uint64_t index_interval_bytes)
    : Segment(storage, log_name, base, index_interval_bytes, kLogSuffix) {}

Segment Segment::aside(port::Storage& storage, std::string_view log_name, Offset base,
                       std::uint64_t index_interval_bytes) {
  return {storage, log_name, base, index_interval_bytes, kAsideSuffix};
}

Segment::Segment(port::Storage& storage, std::string_view log_name, Offset base,
                 std::uint64_t index_interval_bytes, std::string_view suffix)
    : storage_(&storage),
      base_(base),
      file_(storage.open(file_name(log_name, base, suffix))),
      index_name_(file_name(log_name, base, kIndexSuffix)),
      time_index_name_(file_name(log_name, base, kTimeIndexSuffix)),
      index_(index_interval_bytes),
      aborted_(storage, file_name(log_name, base, kAbortedSuffix)) {}

std::optional<Offset> Segment::base_in(std::string_view file_name) {
  const std::string_view leaf = file_name.substr(file_name.rfind('/') + 1);
  if (leaf.size() != kNameDigits + kLogSuffix.size() || !leaf.ends_with(kLogSuffix)) {
    return std::nullopt;
  }
  std::int64_t base = 0;
  const char* end = leaf.data() + kNameDigits;
  const auto [stopped, error] = std::from_chars(leaf.data(), end, base);
  if (error != std::errc() || stopped != end || base < 0) {
    return std::nullopt;
  }
  return Offset(base);
}

bool Segment::is_aside(std::string_view file_name) {
  return file_name.ends_with(kAsideSuffix);
}

bool Segment::has_room_for(const BatchView& batch, std::uint64_t segment_bytes) const {
  return size_ == 0 || (size_ + batch.size_bytes() <= std::min(segment_bytes, kMaxBytes) &&
                        batch.last_offset() - base_ <= kMaxRelativeOffset);
}

bool Segment::too_old_for(const BatchView& batch, Duration age) const {
  // Timestamps are anything a producer has written: the difference may not fit.
  const std::int64_t last = batch.max_timestamp_ms();
  return size_ > 0 && first_timestamp_ms_ != TimeIndex::kNever && last > first_timestamp_ms_ &&
         static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first_timestamp_ms_) >
             static_cast<std::uint64_t>(age.ms());
}

void Segment::append(const BatchView& batch, Bytes unit) {
  adopt(batch, true);
  storage_->append(file_, std::move(unit));
}

void Segment::adopt(const BatchView& batch, bool begins_unit) {
  const std::uint32_t offset = relative(batch.base_offset());
  if (begins_unit && index_.note({offset, static_cast<std::uint32_t>(size_)})) {
    times_.enter({greatest_timestamp_ms_, offset});
  }
  if (size_ == 0) {
    first_timestamp_ms_ = batch.max_timestamp_ms();
  }
  greatest_timestamp_ms_ = std::max(greatest_timestamp_ms_, batch.max_timestamp_ms());
  size_ += batch.size_bytes();
}

bool Segment::trust(Offset end) {
  const std::uint64_t stored = stored_bytes();
  const auto described = index_.decode(storage_->load(index_name_));
  const auto timed = times_.decode(storage_->load(time_index_name_));
  if (!described || described->relative_offset != end - base_ || described->position != stored ||
      !timed || timed->relative_offset != end - base_ || !aborted_.load()) {
    disown();
    return false;
  }
  greatest_timestamp_ms_ = timed->timestamp_ms;
  size_ = stored;
  return true;
}

void Segment::disown() {
  index_.truncate_to(0);
  times_.truncate_to(0);
  first_timestamp_ms_ = greatest_timestamp_ms_ = TimeIndex::kNever;
  aborted_.disown();
  size_ = 0;
}

std::optional<Segment::Place> Segment::find(Offset offset, port::StorageToken token,
                                            port::Meter& meter) const {
  const OffsetIndex::Entry from = index_.floor(relative(offset));
  Place place{base_ + from.relative_offset, from.position};
  std::vector<Bytes> slices;
  while (place.position < size_) {
    slices.clear();
    meter.charge(port::Work::file_operation);
    if (!read(place.position, kSearchBytes, slices, token)) {
      return std::nullopt;
    }
    for (const Bytes& slice : slices) {
      for (ByteView rest = slice; !rest.empty();) {
        const auto batch = BatchView::parse(rest);
        if (!batch || batch->last_offset() >= offset) {
          return place;
        }
        place = {batch->last_offset() + 1, place.position + batch->size_bytes()};
        rest = rest.subspan(batch->size_bytes());
      }
    }
  }
  return place;
}

bool Segment::find_time(std::int64_t timestamp_ms, std::optional<TimestampedOffset>& found,
                        port::StorageToken token, port::Meter& meter) const {
  const Offset from = base_ + times_.before(timestamp_ms).relative_offset;
  std::uint64_t position = position_at_or_before(from);
  std::vector<Bytes> slices;
  while (position < size_) {
    slices.clear();
    meter.charge(port::Work::file_operation);
    if (!read(position, kSearchBytes, slices, token)) {
      return false;
    }
    for (const Bytes& slice : slices) {
      for (ByteView rest = slice; !rest.empty();) {
        const auto batch = BatchView::parse(rest);
        if (!batch) {
          return true;  // the medium has changed it: nothing is found behind
        }
        if (batch->max_timestamp_ms() >= timestamp_ms) {
          found = first_not_before(*batch, timestamp_ms, meter);
          return true;
        }
        position += batch->size_bytes();
        rest = rest.subspan(batch->size_bytes());
      }
    }
  }
  return true;
}

void Segment::cut(std::uint64_t position) {
  ENSURE(position <= size_, "a segment is cut where it has bytes");
  index_.truncate_to(static_cast<std::uint32_t>(position));
  const auto& entries = index_.entries();
  times_.truncate_to(entries.empty() ? 0 : entries.back().relative_offset + 1);
  if (position == 0) {
    first_timestamp_ms_ = greatest_timestamp_ms_ = TimeIndex::kNever;
  }
  size_ = position;
  storage_->truncate(file_, position);
}

std::uint32_t Segment::seal(Offset end, port::StorageToken token) {
  const std::uint32_t indexes = write_indexes(end, token);
  sync(token);
  return indexes + 1;
}

std::uint32_t Segment::write_indexes(Offset end, port::StorageToken token) {
  storage_->replace(index_name_, index_.encode({relative(end), static_cast<std::uint32_t>(size_)}),
                    token);
  storage_->replace(time_index_name_, times_.encode({greatest_timestamp_ms_, relative(end)}),
                    token);
  return aborted_.save(token) ? 3 : 2;
}

void Segment::remove() {
  storage_->remove(file_);
  remove_indexes();
}

void Segment::remove_indexes() {
  // The index files exist if the segment was ever sealed; opening creates them if it was not.
  storage_->remove(storage_->open(index_name_));
  storage_->remove(storage_->open(time_index_name_));
  aborted_.remove();
}

void Segment::take_place(std::string_view log_name) {
  storage_->rename(file_, file_name(log_name, base_, kLogSuffix));
}

}  // namespace wavetank::log
