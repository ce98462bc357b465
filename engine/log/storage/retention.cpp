// What a partition's log throws away (see partition_log.h), and what it finds by time.

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/log/storage/partition_log_state.h"

namespace wavetank::log {

namespace {

bool older_than(const Segment& segment, std::int64_t now_ms, Duration retention) {
  return segment.greatest_timestamp_ms() < now_ms - retention.ms();
}

}  // namespace

void PartitionLog::State::remove_first_segments(std::size_t count, port::Meter& meter) {
  abandon_cleaning();
  for (std::size_t i = 0; i < count; ++i) {
    meter.charge(port::Work::file_operation);
    size_bytes -= segments[i].size_bytes();
    segments[i].remove();
  }
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(count));
  recovery_point = std::max(recovery_point, start_offset());
}

bool PartitionLog::expire(std::int64_t now_ms, Offset committed, port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is cut");
  if (!s.config.removes()) {
    return false;
  }
  std::uint64_t excess = s.config.retention_bytes == 0 || s.size_bytes <= s.config.retention_bytes
                             ? 0
                             : s.size_bytes - s.config.retention_bytes;
  std::size_t expired = 0;
  for (; expired < s.segments.size(); ++expired) {
    const Segment& segment = s.segments[expired];
    const bool last = expired + 1 == s.segments.size();
    const Offset end = last ? s.end_offset : s.segments[expired + 1].base_offset();
    const bool too_many = segment.size_bytes() <= excess;
    if (segment.size_bytes() == 0 || end > committed ||
        !(too_many || older_than(segment, now_ms, s.config.retention))) {
      break;
    }
    excess -= std::min(excess, segment.size_bytes());
  }
  if (expired == 0) {
    return false;
  }
  if (expired == s.segments.size()) {
    s.roll();
  }
  s.remove_first_segments(expired, meter);
  return true;
}

bool PartitionLog::advance_start(Offset start, port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is cut");
  std::size_t below = 0;
  while (below + 1 < s.segments.size() && s.segments[below + 1].base_offset() <= start) {
    ++below;
  }
  if (below > 0) {
    s.remove_first_segments(below, meter);
  }
  return below > 0;
}

void PartitionLog::restart_at(Offset start, port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is cut");
  meter.charge(port::Work::file_operation, s.segments.size());
  s.abandon_cleaning();
  s.remove_segments_from(0);
  s.next_checkpoint.reset();
  s.epochs = {};
  s.producers = {};
  s.cleaned = Offset(0);
  s.add_segment(start);
  s.end_offset = s.flushed = s.flush_target = start;
  s.withdraw_recovery_point();
}

ReadStatus PartitionLog::find_time(std::int64_t timestamp_ms, Offset up_to,
                                   std::optional<TimestampedOffset>& found,
                                   port::StorageToken token, port::Meter& meter) const {
  const State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is read");
  found.reset();
  for (const Segment& segment : s.segments) {
    if (segment.greatest_timestamp_ms() < timestamp_ms) {
      continue;
    }
    if (!segment.find_time(timestamp_ms, found, token, meter)) {
      return ReadStatus::loading;
    }
    if (found) {
      break;
    }
  }
  if (found && found->offset >= up_to) {
    found.reset();
  }
  return ReadStatus::ok;
}

}  // namespace wavetank::log
