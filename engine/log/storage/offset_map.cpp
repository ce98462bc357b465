#include "engine/log/storage/offset_map.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/base/hash.h"

namespace wavetank::log {

OffsetMap::OffsetMap(std::uint64_t memory_bytes)
    : slots_(kMinSlots),
      max_slots_(std::max(kMinSlots, std::bit_floor(memory_bytes / kEntryBytes))) {}

OffsetMap::Entry OffsetMap::fingerprint(ByteView key) {
  constexpr std::uint64_t kSecondSeed = 0x9e3779b97f4a7c15ULL;
  return {hash64(key), hash64(key, kSecondSeed), Offset(-1)};
}

std::size_t OffsetMap::slot_of(const Entry& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = key.high & mask;
  while (slots_[slot].offset >= Offset(0) &&
         (slots_[slot].high != key.high || slots_[slot].low != key.low)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

bool OffsetMap::put(ByteView key, Offset offset) {
  Entry entry = fingerprint(key);
  std::size_t slot = slot_of(entry);
  if (slots_[slot].offset < Offset(0)) {
    if (size_ == usable(slots_.size())) {
      if (slots_.size() == max_slots_) {
        return false;
      }
      grow();
      slot = slot_of(entry);
    }
    ++size_;
  }
  entry.offset = offset;
  slots_[slot] = entry;
  return true;
}

std::optional<Offset> OffsetMap::find(ByteView key) const {
  const Entry& found = slots_[slot_of(fingerprint(key))];
  return found.offset < Offset(0) ? std::nullopt : std::optional(found.offset);
}

void OffsetMap::grow() {
  const std::vector<Entry> old =
      std::exchange(slots_, std::vector<Entry>(std::min(slots_.size() * 2, max_slots_)));
  for (const Entry& entry : old) {
    if (entry.offset >= Offset(0)) {
      slots_[slot_of(entry)] = entry;
    }
  }
}

}  // namespace wavetank::log
