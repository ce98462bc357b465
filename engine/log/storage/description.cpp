// What a partition's log says of itself.

#include "engine/port/description.h"
#include "engine/log/storage/partition_log_state.h"

namespace wavetank::log {

void PartitionLog::describe(port::Description& out) const {
  const State& it = *state_;
  out.say("log start", it.start_offset()).say("log end", it.end_offset);
  out.say("last epoch", latest_epoch());
  out.say("segments", it.segments.size()).say("bytes", it.size_bytes);
  out.say("recovery point", it.recovery_point);
  if (it.flush_token != port::kNoNotify && it.config.flush_messages) {
    out.say("flushed", it.flushed);
  }
  if (it.config.compacts()) {
    out.say("cleaned up to", it.cleaned).say("cleaning", it.cleaning != nullptr);
  }
}

}  // namespace wavetank::log
