#include "sim/check/event_keys.h"

#include <algorithm>

#include "models/record_source.h"

namespace wavetank::sim {

void EventKeys::add(std::uint32_t instance, ByteView key, bool tombstone) {
  keys_.resize(std::max<std::size_t>(keys_.size(), instance + 1));
  keys_[instance].push_back({key_hash(key), tombstone});
}

const EventKeys::Key* EventKeys::find(EventId id) const {
  const std::uint32_t instance = models::event_instance(id.value());
  const std::uint64_t number = models::event_number(id.value());
  return instance < keys_.size() && number < keys_[instance].size() ? &keys_[instance][number]
                                                                    : nullptr;
}

}  // namespace wavetank::sim
