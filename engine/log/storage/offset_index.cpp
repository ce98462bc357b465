#include "engine/log/storage/offset_index.h"

#include <algorithm>

#include "engine/base/codec.h"

namespace wavetank::log {

bool OffsetIndex::note(Entry batch) {
  const std::uint32_t last_entered = entries_.empty() ? 0 : entries_.back().position;
  const bool enters = batch.position - last_entered > interval_bytes_;
  if (enters) {
    entries_.push_back(batch);
  }
  recent_[recent_end_++ % kRecentBatches] = batch;
  recent_count_ = std::min(recent_count_ + 1, kRecentBatches);
  return enters;
}

OffsetIndex::Entry OffsetIndex::floor(std::uint32_t relative_offset) const {
  for (std::uint32_t i = 1; i <= recent_count_; ++i) {
    const Entry& batch = recent_[(recent_end_ - i) % kRecentBatches];
    if (batch.relative_offset <= relative_offset) {
      return batch;
    }
  }
  const auto above =
      std::ranges::upper_bound(entries_, relative_offset, {}, &Entry::relative_offset);
  return above == entries_.begin() ? Entry{} : *std::prev(above);
}

void OffsetIndex::truncate_to(std::uint32_t position) {
  while (!entries_.empty() && entries_.back().position >= position) {
    entries_.pop_back();
  }
  while (recent_count_ > 0 && recent_[(recent_end_ - 1) % kRecentBatches].position >= position) {
    --recent_end_;
    --recent_count_;
  }
}

Bytes OffsetIndex::encode(Entry end) const {
  return Bytes::build((entries_.size() + 1) * kEntryBytes, [&](std::uint8_t* to) {
    const auto store = [&to](const Entry& entry) {
      store_be(to, entry.relative_offset);
      store_be(to + 4, entry.position);
      to += kEntryBytes;
    };
    std::ranges::for_each(entries_, store);
    store(end);
  });
}

std::optional<OffsetIndex::Entry> OffsetIndex::decode(ByteView file) {
  *this = OffsetIndex(interval_bytes_);
  if (file.empty() || file.size() % kEntryBytes != 0) {
    return std::nullopt;
  }
  ByteReader reader(file);
  Entry last;
  while (reader.remaining() > 0) {
    const Entry entry{reader.fixed<std::uint32_t>(), reader.fixed<std::uint32_t>()};
    if (entry.relative_offset <= last.relative_offset || entry.position <= last.position) {
      entries_.clear();
      return std::nullopt;
    }
    entries_.push_back(last = entry);
  }
  entries_.pop_back();
  return last;
}

}  // namespace wavetank::log
