// How dirty bytes of NodeFiles become durable: flusher, thresholds, chunks, syncs, replacements.

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/resources/files_state.h"

namespace wavetank::sim {

namespace {
// An alarm is a generation and, in its lowest bit, what rings.
constexpr std::uint64_t kFlusherAlarm = 0;
constexpr std::uint64_t kThrottleAlarm = 1;
}  // namespace

void NodeFiles::count(const File& file) {
  dirty_ += file.size - file.durable;
  wanted_ += file.target - file.durable;
}

void NodeFiles::uncount(const File& file) {
  dirty_ -= file.size - file.durable;
  wanted_ -= file.target - file.durable;
}

// --- deciding what is written -------------------------------------------------------------------

/// The file has got its first byte beyond what is to be written anyway.
void NodeFiles::dirtied(File& file) {
  file.dirty_since = kernel_.now();
  dirty_files_.push_back(&file);
  arm_flusher();
}

void NodeFiles::arm_flusher() {
  if (!flusher_armed_) {
    flusher_armed_ = true;
    kernel_.schedule(kernel_.now() + options_.dirty_writeback, *this,
                     flusher_generation_ << 1 | kFlusherAlarm);
  }
}

void NodeFiles::fire(std::uint64_t alarm) {
  const std::uint64_t generation = alarm >> 1;
  if ((alarm & 1) == kThrottleAlarm) {
    if (generation == life_) {
      client_.storage_unthrottled();
    }
  } else if (generation == flusher_generation_) {
    flush_expired();
  }
}

std::string NodeFiles::describe(std::uint64_t alarm) const {
  return owner() +
         ((alarm & 1) == kThrottleAlarm ? ": may write again" : ": old dirty pages are due");
}

void NodeFiles::flush_expired() {
  flusher_armed_ = false;
  while (!dirty_files_.empty() &&
         kernel_.now() - dirty_files_.front()->dirty_since >= options_.dirty_expire) {
    want_written(*dirty_files_.front(), false);
  }
  if (!dirty_files_.empty()) {
    arm_flusher();
  }
}

void NodeFiles::write_longest_dirty() {
  while (dirty_ - wanted_ > dirty_background_ && !dirty_files_.empty()) {
    want_written(*dirty_files_.front(), false);
  }
}

/// Decides that the file is written up to its end.
void NodeFiles::want_written(File& file, bool urgent) {
  if (file.target < file.size) {
    wanted_ += file.size - file.target;
    file.target = file.size;
    if (dirty_files_.front() == &file) {
      dirty_files_.pop_front();
    } else {
      std::erase(dirty_files_, &file);
    }
  }
  if (file.issued == file.target) {
    return;
  }
  if (urgent && file.queue != File::Queue::urgent) {
    if (file.queue == File::Queue::writeback) {
      std::erase(writeback_, &file);
    }
    file.queue = File::Queue::urgent;
    urgent_.push_back(&file);
  } else if (file.queue == File::Queue::none) {
    file.queue = File::Queue::writeback;
    writeback_.push_back(&file);
  }
  pump();
}

// --- writing ------------------------------------------------------------------------------------

/// Hands chunks to the disk as long as the bound allows.
void NodeFiles::pump() {
  if (!disk_.writable()) {
    if (!waiting_for_room_) {
      waiting_for_room_ = true;
      disk_.wait_for_room(*this);
    }
    return;
  }
  while (chunks_in_flight_ < options_.writeback_in_flight) {
    File* file = next_to_write();
    if (file == nullptr) {
      return;
    }
    write_chunk(*file);
  }
}

/// Takes the next file from its queue.
NodeFiles::File* NodeFiles::next_to_write() {
  for (std::deque<File*>* queue : {&urgent_, &writeback_}) {
    if (!queue->empty()) {
      File* file = queue->front();
      queue->pop_front();
      return file;
    }
  }
  return nullptr;
}

/// Writes a chunk of a file just taken from its queue, and puts it back if there is more: an urgent
/// one to the front, another behind the others.
void NodeFiles::write_chunk(File& file) {
  const std::uint64_t end = std::min(file.issued + options_.writeback_chunk_bytes, file.target);
  const std::uint64_t bytes = end - file.issued;
  file.issued = end;
  if (end == file.target) {
    file.queue = File::Queue::none;
  } else if (file.queue == File::Queue::urgent) {
    urgent_.push_front(&file);
  } else {
    writeback_.push_back(&file);
  }
  ++chunks_in_flight_;
  submit(DiskWork::write, bytes,
         {.kind = Operation::Kind::write, .file = &file, .last = end, .version = file.epoch});
}

void NodeFiles::written(const Operation& write) {
  --chunks_in_flight_;
  File* file = write.file;
  if (file != nullptr && write.version == file->epoch) {
    if (disk_.failing()) {
      not_written(*file, file->durable, write.last);
    }
    uncount(*file);
    file->durable = write.last;
    count(*file);
    settle_syncs(*file);
    note_throttle();
  }
  pump();
}

/// Syncs whose bytes have all been written flush the disk.
void NodeFiles::settle_syncs(File& file) {
  const auto waiting = std::ranges::find_if(
      file.syncs, [&](const File::Sync& sync) { return sync.up_to > file.durable; });
  for (auto sync = file.syncs.begin(); sync != waiting; ++sync) {
    submit(DiskWork::fsync, 0,
           {.kind = Operation::Kind::sync,
            .file = &file,
            .tokens = {sync->token},
            .asked = sync->asked});
  }
  file.syncs.erase(file.syncs.begin(), waiting);
}

/// Brings queues and syncs in line with a file that has been cut.
void NodeFiles::after_truncation(File& file) {
  for (File::Sync& sync : file.syncs) {
    sync.up_to = std::min(sync.up_to, file.size);
  }
  leave_queues(file);
  if (file.target < file.size) {
    // Some bytes that nobody has decided to write remain: the file keeps its place by age.
    dirty_files_.insert(std::ranges::upper_bound(dirty_files_, file.dirty_since, {},
                                                 [](const File* it) { return it->dirty_since; }),
                        &file);
  }
  if (file.issued < file.target) {
    const bool sync_waits = !file.syncs.empty() && file.syncs.back().up_to > file.durable;
    file.queue = sync_waits ? File::Queue::urgent : File::Queue::writeback;
    (sync_waits ? urgent_ : writeback_).push_back(&file);
    pump();
  }
  settle_syncs(file);
  note_throttle();
}

void NodeFiles::leave_queues(File& file) {
  for (std::deque<File*>* queue : {&dirty_files_, &urgent_, &writeback_}) {
    std::erase(*queue, &file);
  }
  file.queue = File::Queue::none;
}

/// Remembers that writers have been told to wait, and tells them when they need no longer: by an
/// event, since they may be in the midst of a call.
void NodeFiles::note_throttle() {
  if (over_dirty_limit()) {
    throttled_ = true;
  } else if (throttled_) {
    throttled_ = false;
    kernel_.schedule(kernel_.now(), *this, life_ << 1 | kThrottleAlarm);
  }
}

void NodeFiles::disk_writable() {
  waiting_for_room_ = false;
  pump_replacements();
  pump();
}

// --- replacements -------------------------------------------------------------------------------

void NodeFiles::pump_replacements() {
  while (!replacements_.empty() && disk_.writable()) {
    Operation next = std::move(replacements_.front());
    replacements_.erase(replacements_.begin());
    const std::uint64_t bytes = next.content.size();
    submit(DiskWork::write, bytes, std::move(next));
  }
  if (!replacements_.empty() && !waiting_for_room_) {
    waiting_for_room_ = true;
    disk_.wait_for_room(*this);
  }
}

void NodeFiles::finish_replacement(const Operation& flush) {
  File* file = flush.file;
  if (file == nullptr) {
    return;
  }
  // A disk whose speed changes may finish two flushes out of order.
  if (flush.version > file->durable_version) {
    file->durable_version = flush.version;
    file->on_disk = flush.content;
  }
  if (--file->replacing == 0) {
    file->on_disk.reset();
  }
}

}  // namespace wavetank::sim
