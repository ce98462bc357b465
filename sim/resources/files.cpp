#include "sim/resources/files.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/resources/files_state.h"

namespace wavetank::sim {

// --- a file's rope of units -------------------------------------------------------------------

std::size_t NodeFiles::File::unit_at(std::uint64_t position) const {
  ENSURE(position < size, "a read begins within the file");
  std::size_t low = units.size() - 1;
  std::size_t high = units.size();
  for (std::size_t step = 1; units[low].begin() > position; step *= 2) {
    high = low;
    low = low > step ? low - step : 0;
  }
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (units[middle].begin() <= position ? low : high) = middle;
  }
  ENSURE(units[low].begin() == position, "a read begins where an append began");
  return low;
}

Bytes NodeFiles::File::prefix(std::uint64_t end) const {
  if (end == 0) {
    return {};
  }
  if (units.front().end >= end) {
    return units.front().bytes.slice(0, end);
  }
  return Bytes::build(end, [&](std::uint8_t* to) {
    for (const Unit& unit : units) {
      if (unit.begin() >= end) {
        break;
      }
      std::memcpy(to + unit.begin(), unit.bytes.data(), std::min(unit.end, end) - unit.begin());
    }
  });
}

void NodeFiles::File::become(Bytes content) {
  size = content.size();
  durable = issued = target = size;
  ++epoch;
  units.clear();
  if (size > 0) {
    units.push_back({std::move(content), size});
  }
}

// --- construction -----------------------------------------------------------------------------

NodeFiles::NodeFiles(Kernel& kernel, Disk& disk, StorageClient& client,
                     const PageCacheOptions& options)
    : kernel_(kernel), disk_(disk), client_(client), options_(options), first_handle_(1) {
  ENSURE(std::has_single_bit(options.extent_bytes), "an extent is a power of two");
  ENSURE(options.memory_bytes / options.extent_bytes >= kMinExtents, "a cache has some extents");
  ENSURE(options.dirty_writeback > Duration() && options.dirty_expire > Duration(),
         "the flusher has periods");
  ENSURE(options.writeback_chunk_bytes > 0 && options.writeback_in_flight > 0,
         "write-back makes progress");
  ENSURE(options.dirty_background_percent <= options.dirty_limit_percent &&
             options.dirty_limit_percent <= 100,
         "write-back begins before writers must wait");
  constexpr std::uint64_t kPercent = 100;
  dirty_background_ = options.memory_bytes / kPercent * options.dirty_background_percent;
  dirty_limit_ = options.memory_bytes / kPercent * options.dirty_limit_percent;
  extent_shift_ = std::countr_zero(options.extent_bytes);
}

NodeFiles::~NodeFiles() {
  disk_.forget(*this);
}

// --- names and handles ------------------------------------------------------------------------

NodeFiles::File& NodeFiles::file_named(std::string_view name) {
  auto found = files_.find(name);
  if (found == files_.end()) {
    found = files_.emplace(name, std::make_unique<File>()).first;
    found->second->name = &found->first;
  }
  return *found->second;
}

NodeFiles::File& NodeFiles::opened(port::FileId id) const {
  const std::uint32_t index = id.value() - first_handle_;  // wraps for ids of earlier processes
  ENSURE(index < handles_.size() && handles_[index] != nullptr, "the file is open");
  return *handles_[index];
}

port::FileId NodeFiles::open(std::string_view name) {
  File& file = file_named(name);
  if (file.handle == 0) {
    file.handle = first_handle_ + static_cast<std::uint32_t>(handles_.size());
    handles_.push_back(&file);
  }
  return port::FileId(file.handle);
}

std::vector<std::string> NodeFiles::list(std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto it = files_.lower_bound(prefix); it != files_.end() && it->first.starts_with(prefix);
       ++it) {
    names.push_back(it->first);
  }
  return names;
}

std::uint64_t NodeFiles::size(port::FileId file) const {
  return opened(file).size;
}

std::uint64_t NodeFiles::durable_size(std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) {
    return 0;
  }
  const File& file = *found->second;
  if (file.on_disk) {
    return file.on_disk->size();
  }
  return file.unwritten.empty() ? file.durable : file.unwritten.front().begin;
}

// --- reading and writing ----------------------------------------------------------------------

void NodeFiles::contents(std::string_view name, std::vector<ByteView>& out) const {
  const auto found = files_.find(name);
  if (found != files_.end()) {
    out.reserve(out.size() + found->second->units.size());
    for (const File::Unit& unit : found->second->units) {
      out.push_back(unit.bytes);
    }
  }
}

void NodeFiles::append(port::FileId id, Bytes unit) {
  ENSURE(!unit.empty(), "a unit has bytes");
  File& file = opened(id);
  const std::uint64_t from = file.size;
  const std::uint64_t bytes = unit.size();
  file.size += bytes;
  file.units.push_back({std::move(unit), file.size});
  if (!disk_.has_room_for(bytes)) {
    refuse(file, from);
  }
  disk_.allocate(bytes);
  appended_ += bytes;
  dirty_ += bytes;
  if (file.target == from) {
    dirtied(file);
  }
  cache_appended(file, from);
  if (dirty_ - wanted_ > dirty_background_) {
    write_longest_dirty();
  }
  note_throttle();
}

bool NodeFiles::read(port::FileId id, std::uint64_t position, std::uint64_t max_bytes,
                     std::vector<Bytes>& out, port::StorageToken token) {
  File& file = opened(id);
  std::size_t at = file.unit_at(position);
  const std::uint64_t first_end = file.units[at].end;
  const std::uint64_t limit =
      max_bytes < file.size - position ? std::max(position + max_bytes, first_end) : file.size;
  const std::uint64_t cached = cached_until(file, position, limit);
  if (cached < first_end) {
    ++read_misses_;
    load_extents(file, position, first_end, token);
    return false;
  }
  ++read_hits_;
  for (; at < file.units.size() && file.units[at].end <= cached; ++at) {
    out.push_back(file.units[at].bytes);
  }
  return true;
}

Bytes NodeFiles::load(std::string_view name) {
  const auto found = files_.find(name);
  return found == files_.end() ? Bytes() : found->second->prefix(found->second->size);
}

void NodeFiles::sync(port::FileId id, port::StorageToken token) {
  File& file = opened(id);
  file.syncs.push_back({file.size, token, kernel_.now()});
  want_written(file, true);
  settle_syncs(file);
}

void NodeFiles::replace(std::string_view name, Bytes content, port::StorageToken token) {
  File& file = file_named(name);
  if (!file.on_disk) {
    file.on_disk = file.prefix(file.durable);
  }
  cut(file, 0);
  refused_ = refused_ || !disk_.has_room_for(content.size());
  disk_.allocate(content.size());
  file.become(content);
  if (file.size > 0) {
    cache_appended(file, 0);
  }
  ++file.replacing;
  replacements_.push_back({.kind = Operation::Kind::replacement_write,
                           .file = &file,
                           .version = ++file.version,
                           .content = std::move(content),
                           .tokens = {token},
                           .asked = kernel_.now()});
  pump_replacements();
}

// --- cutting and removing ---------------------------------------------------------------------

void NodeFiles::truncate(port::FileId id, std::uint64_t size) {
  File& file = opened(id);
  ENSURE(size <= file.size, "truncation does not lengthen a file");
  cut(file, size);
}

/// Makes `size` the end of the file, in memory and on disk.
void NodeFiles::cut(File& file, std::uint64_t size) {
  const std::uint64_t released = file.size - size;
  if (released == 0) {
    return;
  }
  while (!file.units.empty() && file.units.back().begin() >= size) {
    file.units.pop_back();
  }
  if (!file.units.empty() && file.units.back().end > size) {
    File::Unit& last = file.units.back();
    last.bytes = last.bytes.slice(0, size - last.begin());
    last.end = size;
  }
  uncount(file);
  resize_cached(file, size);
  if (file.issued > size) {
    // What is on its way holds bytes that are cut now: all of it is written again.
    ++file.epoch;
    file.issued = std::min(file.durable, size);
  }
  file.size = size;
  file.durable = std::min(file.durable, size);
  file.target = std::min(file.target, size);
  while (!file.unwritten.empty() && file.unwritten.back().begin >= size) {
    file.unwritten.pop_back();
  }
  if (!file.unwritten.empty()) {
    file.unwritten.back().end = std::min(file.unwritten.back().end, size);
  }
  count(file);
  after_truncation(file);
  disk_.release(released);
}

void NodeFiles::remove(port::FileId id) {
  File& file = opened(id);
  handles_[file.handle - first_handle_] = nullptr;
  cut(file, 0);
  forget_file(file);
  files_.erase(files_.find(*file.name));
}

void NodeFiles::rename(port::FileId id, std::string_view name) {
  File& file = opened(id);
  ENSURE(!file.on_disk, "a file that is being replaced keeps its name");
  if (*file.name == name) {
    return;
  }
  remove(open(name));
  auto entry = files_.extract(*file.name);
  entry.key() = name;
  file.name = &files_.insert(std::move(entry)).position->first;
}

/// Nothing refers to the file any more. REQUIRES: it is empty, and so not in the cache.
void NodeFiles::forget_file(File& file) {
  leave_queues(file);
  for (std::vector<Operation>* operations : {&operations_, &replacements_}) {
    for (Operation& operation : *operations) {
      if (operation.file == &file) {
        operation.file = nullptr;
      }
    }
  }
}

// --- operations on the disk -------------------------------------------------------------------

void NodeFiles::submit(DiskWork work, std::uint64_t bytes, Operation operation) {
  std::uint32_t token = 0;
  if (free_operations_.empty()) {
    token = static_cast<std::uint32_t>(operations_.size());
    operations_.push_back(std::move(operation));
  } else {
    token = free_operations_.back();
    free_operations_.pop_back();
    operations_[token] = std::move(operation);
  }
  disk_.submit(work, bytes, *this, token);
}

void NodeFiles::disk_done(std::uint64_t token) {
  Operation done = std::exchange(operations_[token], Operation{});
  free_operations_.push_back(static_cast<std::uint32_t>(token));
  switch (done.kind) {
    case Operation::Kind::write:
      written(done);
      break;
    case Operation::Kind::sync:
      if (disk_.failing() || (done.file != nullptr && done.file->write_failed)) {
        report_failure(done);
        return;
      }
      break;
    case Operation::Kind::load:
      loaded(done);
      break;
    case Operation::Kind::replacement_write:
      if (disk_.failing()) {
        report_failure(done);
        return;
      }
      done.kind = Operation::Kind::replacement_flush;
      submit(DiskWork::fsync, 0, std::move(done));
      return;
    case Operation::Kind::replacement_flush:
      if (disk_.failing()) {
        report_failure(done);
        return;
      }
      finish_replacement(done);
      break;
  }
  notify(done);
}

void NodeFiles::notify(const Operation& operation) {
  const std::uint64_t life = life_;
  for (const port::StorageToken token : operation.tokens) {
    if (token == port::kNoNotify) {
      continue;
    }
    client_.storage_done(token, operation.asked);
    if (life_ != life) {
      return;
    }
  }
}

std::vector<NodeFiles::NotDurable> NodeFiles::not_durable() const {
  std::vector<NotDurable> found;
  for (const auto& [name, file] : files_) {
    if (file->durable < file->size) {
      found.push_back({name, file->size, file->durable});
    }
  }
  return found;
}

}  // namespace wavetank::sim
