// What the end of a process, or of its node's power, does to NodeFiles.

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/resources/files_state.h"

namespace wavetank::sim {

std::vector<FileLoss> NodeFiles::crash(Unsynced policy, Random& random) {
  std::vector<FileLoss> losses;
  forget_process();
  if (policy != Unsynced::kept) {
    lose_power();
  }
  for (auto it = files_.begin(); it != files_.end();) {
    File& file = *it->second;
    const bool exists = revert_replacement(file, policy, random, losses);
    if (exists && policy != Unsynced::kept) {
      cut_unsynced(file, policy, random, losses);
    }
    if (exists) {
      ++it;
    } else {
      forget_file(file);
      it = files_.erase(it);
    }
  }
  if (policy != Unsynced::kept) {
    ENSURE(dirty_ == 0 && cached_ == 0, "a node without power remembers nothing");
  }
  return losses;
}

/// Nobody waits any more: handles, tokens and replacements under way go with the process.
void NodeFiles::forget_process() {
  ++life_;
  first_handle_ += static_cast<std::uint32_t>(handles_.size());
  handles_.clear();
  replacements_.clear();
  for (Operation& operation : operations_) {
    operation.tokens.clear();
    if (operation.kind == Operation::Kind::replacement_write ||
        operation.kind == Operation::Kind::replacement_flush) {
      operation.file = nullptr;
    }
  }
  for (auto& [name, file] : files_) {
    file->handle = 0;
    file->syncs.clear();
    file->replacing = 0;
    if (const auto from = std::exchange(file->refused_from, std::nullopt)) {
      cut(*file, std::min(*from, file->size));
    }
  }
  refused_ = false;
}

/// Memory is gone, and with it what was on its way to the disk.
void NodeFiles::lose_power() {
  disk_.forget(*this);
  operations_.clear();
  free_operations_.clear();
  dirty_files_.clear();
  urgent_.clear();
  writeback_.clear();
  clock_.clear();
  chunks_in_flight_ = 0;
  waiting_for_room_ = false;
  throttled_ = false;
  flusher_armed_ = false;
  ++flusher_generation_;
  cached_ = 0;
  for (auto& [name, file] : files_) {
    file->queue = File::Queue::none;
    ++file->epoch;
    std::ranges::fill(file->extents, File::kAbsent);
  }
}

/// Brings the old content back if the new one was not durable; by a coin for torn writes, since the
/// rename may have reached the disk. False: there was no old content, the file is gone.
bool NodeFiles::revert_replacement(File& file, Unsynced policy, Random& random,
                                   std::vector<FileLoss>& losses) {
  if (!file.on_disk) {
    return true;
  }
  Bytes old = *std::exchange(file.on_disk, std::nullopt);
  constexpr std::uint64_t kSidesOfACoin = 2;
  if (policy == Unsynced::torn && random.below(kSidesOfACoin) == 0) {
    return true;
  }
  const std::uint64_t bytes_before = file.size;
  losses.push_back({*file.name, bytes_before, old.size(), bytes_before});
  cut(file, 0);
  if (old.empty()) {
    return false;
  }
  disk_.allocate(old.size());
  file.become(std::move(old));
  file.extents.assign(extents_of(file.size), File::kAbsent);
  return true;
}

void NodeFiles::cut_unsynced(File& file, Unsynced policy, Random& random,
                             std::vector<FileLoss>& losses) {
  forget_unwritten(file, 0, file.size);
  const std::uint64_t unsynced = file.size - file.durable;
  const std::uint64_t bytes_before = file.size;
  if (unsynced > 0) {
    const std::uint64_t survives = policy == Unsynced::torn ? random.below(unsynced + 1) : 0;
    uncount(file);
    file.durable += survives;
    file.issued = file.target = file.durable;
    count(file);
    cut(file, file.durable);
    if (file.size < bytes_before) {
      losses.push_back({*file.name, bytes_before, file.size, bytes_before - file.size, survives});
    }
  }
}

void NodeFiles::wipe() {
  ENSURE(dirty_ == 0 && handles_.empty(), "a disk is wiped while its node is down");
  for (auto& [name, file] : files_) {
    cut(*file, 0);
    forget_file(*file);
  }
  files_.clear();
}

}  // namespace wavetank::sim
