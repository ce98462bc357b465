// Which bytes of NodeFiles are in memory. Only bookkeeping: the units themselves never move.

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/resources/files_state.h"

namespace wavetank::sim {

std::uint64_t NodeFiles::extents_of(std::uint64_t bytes) const {
  return (bytes + options_.extent_bytes - 1) >> extent_shift_;
}

std::uint64_t NodeFiles::cached_bytes_of(const File& file, std::uint64_t extent) const {
  const std::uint64_t end = std::min((extent + 1) << extent_shift_, file.size);
  switch (file.state(extent)) {
    case File::kCached:
      return end - (extent << extent_shift_);
    case File::kPartial:
      return end - file.partial_begin;
    default:
      return 0;
  }
}

/// The bytes from `from` to the file's end have been appended.
void NodeFiles::cache_appended(File& file, std::uint64_t from) {
  cached_ += file.size - from;
  const std::uint64_t extent = from >> extent_shift_;
  if (extent < file.extents.size() && file.state(extent) == File::kAbsent) {
    // The end of the file is not in memory (evicted, or cold since a crash), but its new bytes are.
    // All before it is clean, so an older extent of this kind can go.
    const std::uint64_t older = file.partial_begin >> extent_shift_;
    if (older < extent && file.state(older) == File::kPartial) {
      cached_ -= cached_bytes_of(file, older);
      file.extents[older] = File::kAbsent;
    }
    file.extents[extent] = File::kPartial;
    file.partial_begin = from;
    clock_.push_back({&file, extent});
  }
  for (const std::uint64_t count = extents_of(file.size); file.extents.size() < count;) {
    clock_.push_back({&file, file.extents.size()});
    file.extents.push_back(File::kCached);
  }
  evict();
}

/// End of the cached bytes from `from` on, at most `to`. Marks what it passes as in use.
std::uint64_t NodeFiles::cached_until(File& file, std::uint64_t from, std::uint64_t to) const {
  for (std::uint64_t extent = from >> extent_shift_; from < to; ++extent) {
    const std::uint8_t state = file.state(extent);
    if (state == File::kAbsent || (state == File::kPartial && from < file.partial_begin)) {
      break;
    }
    file.extents[extent] |= File::kReferenced;
    from = std::min((extent + 1) << extent_shift_, to);
  }
  return from;
}

/// Reads the missing extents that [from, to) lies in, or waits for who already reads them.
void NodeFiles::load_extents(File& file, std::uint64_t from, std::uint64_t to,
                             port::StorageToken token) {
  const std::uint64_t first = from >> extent_shift_;
  const std::uint64_t last = (to - 1) >> extent_shift_;
  for (Operation& under_way : operations_) {
    if (under_way.kind == Operation::Kind::load && under_way.file == &file &&
        under_way.first <= first && last <= under_way.last) {
      under_way.tokens.push_back(token);
      return;
    }
  }
  std::uint64_t missing = 0;
  for (std::uint64_t extent = first; extent <= last; ++extent) {
    const std::uint64_t begin = extent << extent_shift_;
    const std::uint64_t end = std::min(begin + options_.extent_bytes, file.size);
    missing += end - begin - cached_bytes_of(file, extent);
  }
  submit(DiskWork::read, missing,
         {.kind = Operation::Kind::load,
          .file = &file,
          .first = first,
          .last = last,
          .tokens = {token},
          .asked = kernel_.now()});
}

void NodeFiles::loaded(const Operation& load) {
  if (load.file == nullptr) {
    return;
  }
  File& file = *load.file;
  const std::uint64_t end = std::min<std::uint64_t>(load.last + 1, file.extents.size());
  for (std::uint64_t extent = load.first; extent < end; ++extent) {
    if (file.state(extent) == File::kAbsent) {
      clock_.push_back({&file, extent});
    }
    cached_ -= cached_bytes_of(file, extent);
    file.extents[extent] = File::kCached | File::kReferenced;
    cached_ += cached_bytes_of(file, extent);
  }
  evict();
}

/// Drops what lies beyond `size`, which is about to become the file's size.
void NodeFiles::resize_cached(File& file, std::uint64_t size) {
  const std::uint64_t kept = extents_of(size);
  const bool cuts_an_extent = (kept << extent_shift_) > size;
  for (std::uint64_t extent = kept - (cuts_an_extent ? 1 : 0); extent < file.extents.size();
       ++extent) {
    cached_ -= cached_bytes_of(file, extent);
  }
  if (kept < file.extents.size()) {
    file.extents.resize(kept);
    std::erase_if(clock_, [&](const Extent& it) { return it.file == &file && it.index >= kept; });
  }
  file.partial_begin = std::min(file.partial_begin, size);
  if (cuts_an_extent) {
    const std::uint64_t begin =
        file.state(kept - 1) == File::kPartial ? file.partial_begin : (kept - 1) << extent_shift_;
    cached_ += file.state(kept - 1) == File::kAbsent ? 0 : size - begin;
  }
}

/// Turns the hand while the cache is too big, for a bounded number of steps.
void NodeFiles::evict() {
  for (int step = 0; cached_ > options_.memory_bytes && !clock_.empty() && step < kEvictionSteps;
       ++step) {
    const Extent it = clock_.front();
    clock_.pop_front();
    File& file = *it.file;
    if (file.state(it.index) == File::kAbsent) {
      continue;
    }
    const std::uint64_t end = std::min((it.index + 1) << extent_shift_, file.size);
    const bool dirty = end > file.durable;
    if (dirty || (file.extents[it.index] & File::kReferenced) != 0) {
      file.extents[it.index] = file.state(it.index);
      clock_.push_back(it);
    } else {
      cached_ -= cached_bytes_of(file, it.index);
      file.extents[it.index] = File::kAbsent;
      forget_unwritten(file, it.index << extent_shift_, end);
    }
  }
}

}  // namespace wavetank::sim
