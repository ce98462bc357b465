#include "engine/log/storage/aborted_index.h"

#include <algorithm>

#include "engine/base/codec.h"
#include "engine/base/hash.h"

namespace wavetank::log {

namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::vector<AbortedTransaction> AbortedIndex::truncate_to(Offset end) {
  const auto first = std::ranges::lower_bound(entries_, end, {}, &AbortedTransaction::last);
  std::vector<AbortedTransaction> cut(first, entries_.end());
  entries_.erase(first, entries_.end());
  return cut;
}

void AbortedIndex::disown() {
  entries_.clear();
  has_file_ = !storage_->load(file_name_).empty();
}

bool AbortedIndex::load() {
  entries_.clear();
  const Bytes file = storage_->load(file_name_);
  has_file_ = !file.empty();
  if (!has_file_) {
    return true;
  }
  if (file.size() < sizeof(std::uint32_t)) {
    return false;
  }
  const ByteView content = file.view().first(file.size() - sizeof(std::uint32_t));
  ByteReader from(content);
  if (crc32c(content) != load_be<std::uint32_t>(content.data() + content.size()) ||
      from.fixed<std::uint8_t>() != kVersion) {
    return false;
  }
  while (from.ok() && from.remaining() > 0) {
    AbortedTransaction& entry = entries_.emplace_back();
    entry.producer = ProducerId(from.fixed<std::int64_t>());
    entry.first = Offset(from.fixed<std::int64_t>());
    entry.last = Offset(from.fixed<std::int64_t>());
    entry.last_stable = Offset(from.fixed<std::int64_t>());
  }
  return from.ok();
}

bool AbortedIndex::save(port::StorageToken token) {
  if (entries_.empty() && !has_file_) {
    return false;
  }
  ByteWriter to;
  to.fixed(kVersion);
  for (const AbortedTransaction& entry : entries_) {
    to.fixed(entry.producer.value());
    to.fixed(entry.first.value());
    to.fixed(entry.last.value());
    to.fixed(entry.last_stable.value());
  }
  to.fixed(crc32c(to.view()));
  storage_->replace(file_name_, to.share(), token);
  has_file_ = true;
  return true;
}

void AbortedIndex::remove() {
  storage_->remove(storage_->open(file_name_));  // opening creates it if it was not there
}

}  // namespace wavetank::log
