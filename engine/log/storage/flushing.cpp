// How a partition's log is forced to the disk (see partition_log.h).

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/log/storage/partition_log_state.h"

namespace wavetank::log {

bool PartitionLog::State::too_many_unflushed() const {
  return config.flush_messages && end_offset > flushed &&
         static_cast<std::uint64_t>(end_offset - flushed) >= *config.flush_messages;
}

/// All that is there now. What is appended while this is under way waits for the next time.
void PartitionLog::State::begin_flush(port::Meter& meter) {
  if (flushes_pending > 0 || flushed >= end_offset || flush_token == port::kNoNotify) {
    return;
  }
  flush_target = end_offset;
  for (std::size_t i = segment_holding(std::max(flushed, start_offset())); i < segments.size();
       ++i) {
    meter.charge(port::Work::fsync);
    segments[i].sync(flush_token);
    ++flushes_pending;
  }
}

void PartitionLog::State::flush_if_too_many(port::Meter& meter) {
  if (too_many_unflushed()) {
    begin_flush(meter);
  }
}

/// The log ends earlier: what comes in place of the rest is not on the disk.
void PartitionLog::State::unflush() {
  flushed = std::min(flushed, end_offset);
  flush_target = std::min(flush_target, end_offset);
}

void PartitionLog::on_flushed(port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.flushes_pending > 0, "only what the log has asked for is flushed");
  if (--s.flushes_pending == 0) {
    s.flushed = std::max(s.flushed, s.flush_target);
    s.flush_if_too_many(meter);
  }
}

void PartitionLog::flush_if_older(Time now, port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is flushed");
  if (s.config.flush_interval && now - s.last_flush >= *s.config.flush_interval) {
    s.last_flush = now;
    s.begin_flush(meter);
  }
}

Offset PartitionLog::flushed_offset() const {
  return state_->flushed;
}

bool PartitionLog::holds_back(Offset last) const {
  return last >= state_->flushed && state_->too_many_unflushed();
}

}  // namespace wavetank::log
