#include "sim/bare/memory_storage.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace wavetank::sim {

port::FileId MemoryStorage::open(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) {
    return found->second;
  }
  const port::FileId id(static_cast<std::uint32_t>(files_.size()));
  files_.emplace_back().name = name;
  names_.emplace(name, id);
  return id;
}

std::vector<std::string> MemoryStorage::list(std::string_view prefix) const {
  std::vector<std::string> found;
  for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix);
       ++at) {
    found.push_back(at->first);
  }
  return found;
}

std::uint64_t MemoryStorage::size(port::FileId id) const {
  return file(id).size;
}

void MemoryStorage::append(port::FileId id, Bytes unit) {
  ENSURE(!unit.empty(), "an append adds something");
  File& to = file(id);
  ++accesses_.appends;
  accesses_.bytes_appended += unit.size();
  to.starts.push_back(to.size);
  to.size += unit.size();
  to.units.push_back(std::move(unit));
}

bool MemoryStorage::read(port::FileId id, std::uint64_t position, std::uint64_t max_bytes,
                         std::vector<Bytes>& out, port::StorageToken token) {
  File& from = file(id);
  ENSURE(position < from.size, "a read begins before the end of the file");
  if (from.cold) {
    from.cold = false;
    complete(token);
    return false;
  }
  auto at = std::lower_bound(from.starts.begin(), from.starts.end(), position);
  ENSURE(at != from.starts.end() && *at == position, "a read begins where an append began");
  ++accesses_.reads;
  std::uint64_t given = 0;
  for (auto unit = from.units.begin() + (at - from.starts.begin()); unit != from.units.end();
       ++unit) {
    if (given > 0 && given + unit->size() > max_bytes) {
      break;
    }
    given += unit->size();
    out.push_back(*unit);
  }
  accesses_.bytes_read += given;
  return true;
}

void MemoryStorage::truncate(port::FileId id, std::uint64_t size) {
  cut_file(file(id), size);
}

void MemoryStorage::remove(port::FileId id) {
  File& gone = file(id);
  names_.erase(gone.name);
  gone = File{};
  gone.removed = true;
}

void MemoryStorage::rename(port::FileId id, std::string_view name) {
  File& it = file(id);
  if (it.name == name) {
    return;
  }
  if (const auto old = names_.find(name); old != names_.end()) {
    remove(old->second);
  }
  names_.erase(it.name);
  it.name = name;
  names_.emplace(it.name, id);
}

void MemoryStorage::sync(port::FileId id, port::StorageToken token) {
  ++accesses_.syncs;
  take_effect(token, [this, id, size = file(id).size] {
    File& synced = files_[id.value()];
    synced.synced = std::max(synced.synced, std::min(size, synced.size));
  });
}

void MemoryStorage::replace(std::string_view name, Bytes content, port::StorageToken token) {
  ++accesses_.replaces;
  take_effect(token, [this, name = std::string(name), content = std::move(content)] {
    File& target = file(open(name));
    cut_file(target, 0);
    target.size = target.synced = content.size();
    if (!content.empty()) {
      target.starts.push_back(0);
      target.units.push_back(content);
    }
  });
}

void MemoryStorage::take_effect(port::StorageToken token, std::function<void()> effect) {
  if (deferring_) {
    unfinished_.push_back({token, std::move(effect)});
  } else {
    effect();
  }
  complete(token);
}

void MemoryStorage::finish(port::StorageToken token) {
  const auto found = std::ranges::find(unfinished_, token, &Unfinished::token);
  if (found != unfinished_.end()) {
    const std::function<void()> effect = std::move(found->take_effect);
    unfinished_.erase(found);
    effect();
  }
}

Bytes MemoryStorage::load(std::string_view name) {
  if (!exists(name)) {
    return {};
  }
  const File& from = file(named(name));
  if (from.units.size() == 1) {
    return from.units.front();
  }
  return Bytes::build(from.size, [&](std::uint8_t* to) {
    for (const Bytes& unit : from.units) {
      to = std::copy(unit.data(), unit.data() + unit.size(), to);
    }
  });
}

void MemoryStorage::evict() {
  for (File& it : files_) {
    it.cold = true;
  }
}

void MemoryStorage::cut(std::string_view name, std::uint64_t size) {
  cut_file(file(named(name)), size);
}

void MemoryStorage::lose_unsynced() {
  for (File& it : files_) {
    if (!it.removed) {
      cut_file(it, it.synced);
    }
  }
}

void MemoryStorage::corrupt(std::string_view name, std::uint64_t position, std::uint8_t mask) {
  File& target = file(named(name));
  ENSURE(position < target.size, "the byte is in the file");
  const auto after = std::upper_bound(target.starts.begin(), target.starts.end(), position);
  const auto unit = static_cast<std::size_t>(after - target.starts.begin()) - 1;
  const Bytes& old = target.units[unit];
  // Replicas may share the buffer: only this file's copy is damaged.
  target.units[unit] = Bytes::build(old.size(), [&](std::uint8_t* to) {
    std::copy(old.data(), old.data() + old.size(), to);
    to[position - target.starts[unit]] ^= mask;
  });
}

bool MemoryStorage::exists(std::string_view name) const {
  return names_.find(name) != names_.end();
}

std::uint64_t MemoryStorage::size_of(std::string_view name) const {
  return file(named(name)).size;
}

std::vector<port::StorageToken> MemoryStorage::take_completed() {
  return std::exchange(completed_, {});
}

MemoryStorage::File& MemoryStorage::file(port::FileId id) {
  ENSURE(id.value() < files_.size() && !files_[id.value()].removed, "the file is open");
  return files_[id.value()];
}

const MemoryStorage::File& MemoryStorage::file(port::FileId id) const {
  ENSURE(id.value() < files_.size() && !files_[id.value()].removed, "the file is open");
  return files_[id.value()];
}

port::FileId MemoryStorage::named(std::string_view name) const {
  const auto found = names_.find(name);
  ENSURE(found != names_.end(), "the file exists");
  return found->second;
}

void MemoryStorage::cut_file(File& file, std::uint64_t size) {
  if (size >= file.size) {
    return;
  }
  while (!file.units.empty() && file.starts.back() >= size) {
    file.units.pop_back();
    file.starts.pop_back();
  }
  if (!file.units.empty()) {
    file.units.back() = file.units.back().slice(0, size - file.starts.back());
  }
  file.size = size;
  file.synced = std::min(file.synced, size);
}

void MemoryStorage::complete(port::StorageToken token) {
  if (token == port::kNoNotify) {
    return;
  }
  if (notify_) {
    notify_(token);
  } else {
    completed_.push_back(token);
  }
}

}  // namespace wavetank::sim
