#include "engine/log/storage/time_index.h"

#include <algorithm>

#include "engine/base/codec.h"

namespace wavetank::log {

void TimeIndex::enter(Entry entry) {
  if (entries_.empty() || entry.timestamp_ms > entries_.back().timestamp_ms) {
    entries_.push_back(entry);
  } else {
    entries_.back().relative_offset = entry.relative_offset;  // it holds for more of the segment
  }
}

TimeIndex::Entry TimeIndex::before(std::int64_t timestamp_ms) const {
  const auto at = std::ranges::lower_bound(entries_, timestamp_ms, {}, &Entry::timestamp_ms);
  return at == entries_.begin() ? Entry{} : *std::prev(at);
}

void TimeIndex::truncate_to(std::uint32_t relative_offset) {
  while (!entries_.empty() && entries_.back().relative_offset >= relative_offset) {
    entries_.pop_back();
  }
}

Bytes TimeIndex::encode(Entry end) const {
  return Bytes::build((entries_.size() + 1) * kEntryBytes, [&](std::uint8_t* to) {
    const auto store = [&to](const Entry& entry) {
      store_be(to, entry.timestamp_ms);
      store_be(to + 8, entry.relative_offset);
      to += kEntryBytes;
    };
    std::ranges::for_each(entries_, store);
    store(end);
  });
}

std::optional<TimeIndex::Entry> TimeIndex::decode(ByteView file) {
  entries_.clear();
  if (file.empty() || file.size() % kEntryBytes != 0) {
    return std::nullopt;
  }
  ByteReader reader(file);
  while (reader.remaining() > kEntryBytes) {
    const Entry entry{reader.fixed<std::int64_t>(), reader.fixed<std::uint32_t>()};
    const bool ascends =
        entries_.empty() || (entry.timestamp_ms > entries_.back().timestamp_ms &&
                             entry.relative_offset > entries_.back().relative_offset);
    if (!ascends) {
      entries_.clear();
      return std::nullopt;
    }
    entries_.push_back(entry);
  }
  const Entry end{reader.fixed<std::int64_t>(), reader.fixed<std::uint32_t>()};
  if (!entries_.empty() && (end.timestamp_ms < entries_.back().timestamp_ms ||
                            end.relative_offset <= entries_.back().relative_offset)) {
    entries_.clear();
    return std::nullopt;
  }
  return end;
}

}  // namespace wavetank::log
