#include "sim/resources/disk.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::sim {

Disk::Disk(Kernel& kernel, const DiskSpec& spec) : kernel_(kernel), spec_(spec) {
  ENSURE(spec.read_bytes_per_second > 0 && spec.write_bytes_per_second > 0, "a disk moves bytes");
  ENSURE(spec.queue_depth >= 1 && spec.queue_depth <= kMaxQueueDepth, "a disk has a queue depth");
  ENSURE(spec.capacity_bytes > 0, "a disk has room");
  ENSURE(spec.latency >= Duration() && spec.fsync_latency >= Duration(), "latency is a length");
  slots_.resize(spec.queue_depth);
  for (std::uint32_t slot = spec.queue_depth; slot-- > 0;) {
    free_slots_.push_back(slot);
  }
}

void Disk::submit(DiskWork work, std::uint64_t bytes, DiskClient& client, std::uint64_t token) {
  ENSURE(queue_.size() < kMaxQueued, "clients bound what they have under way");
  ENSURE(work != DiskWork::fsync || bytes == 0, "an fsync moves no bytes");
  queue_.push_back({&client, token, bytes, work, {}});
  fill_slots();
}

void Disk::fill_slots() {
  while (!free_slots_.empty() && !queue_.empty()) {
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot] = queue_.front();
    queue_.pop_front();
    kernel_.schedule(end_of(slots_[slot]), *this, slot);
  }
  meter();
}

/// When an operation that enters service now finishes; takes its share of the channel.
Time Disk::end_of(Operation& operation) {
  if (operation.work == DiskWork::fsync) {
    return kernel_.now() + slowdown_.times(spec_.fsync_latency);
  }
  const std::uint64_t rate =
      operation.work == DiskWork::read ? spec_.read_bytes_per_second : spec_.write_bytes_per_second;
  const Time ready = kernel_.now() + slowdown_.times(spec_.latency);
  operation.transfer = slowdown_.times(transfer_time(operation.bytes, rate));
  channel_free_ = std::max(ready, channel_free_) + operation.transfer;
  return channel_free_;
}

void Disk::fire(std::uint64_t slot) {
  if (stuck_) {
    held_.push_back(static_cast<std::uint32_t>(slot));
  } else {
    finish(static_cast<std::uint32_t>(slot));
  }
}

std::string Disk::describe(std::uint64_t slot) const {
  const Operation& done = slots_[slot];
  const std::string what = done.work == DiskWork::fsync ? "a flush"
                           : done.work == DiskWork::read
                               ? "a read of " + std::to_string(done.bytes) + " bytes"
                               : "a write of " + std::to_string(done.bytes) + " bytes";
  return (done.client == nullptr ? "nobody" : done.client->owner()) + ": " + what + " ends";
}

void Disk::finish(std::uint32_t slot) {
  const Operation done = std::exchange(slots_[slot], Operation{});
  free_slots_.push_back(slot);
  const auto work = static_cast<std::size_t>(done.work);
  finished_bytes_[work] += done.bytes;
  ++finished_operations_[work];
  channel_time_ += done.transfer;
  fill_slots();
  if (done.client != nullptr) {
    done.client->disk_done(done.token);
  }
}

void Disk::forget(const DiskClient& client) {
  std::erase_if(queue_, [&](const Operation& waiting) { return waiting.client == &client; });
  for (Operation& in_service : slots_) {
    if (in_service.client == &client) {
      in_service.client = nullptr;
    }
  }
  std::erase(waiting_for_room_, &client);
}

void Disk::release(std::uint64_t bytes) {
  ENSURE(bytes <= allocated_, "only what was allocated is released");
  const bool was_writable = writable();
  allocated_ -= bytes;
  if (!was_writable) {
    tell_of_room();
  }
}

void Disk::set_full(bool full) {
  const bool was_writable = writable();
  full_ = full;
  if (!was_writable) {
    tell_of_room();
  }
}

void Disk::wait_for_room(DiskClient& client) {
  ENSURE(!writable(), "only a full disk is waited for");
  waiting_for_room_.push_back(&client);
}

void Disk::tell_of_room() {
  if (!writable()) {
    return;
  }
  for (DiskClient* client : std::exchange(waiting_for_room_, {})) {
    client->disk_writable();
  }
}

void Disk::set_stuck(bool stuck) {
  stuck_ = stuck;
  if (!stuck_) {
    for (const std::uint32_t slot : std::exchange(held_, {})) {
      // A client may get the disk stuck again.
      fire(slot);
    }
  }
}

void Disk::meter() {
  const auto active = spec_.queue_depth - static_cast<std::uint32_t>(free_slots_.size());
  busy_.set(kernel_.now(), active);
  working_.set(kernel_.now(), active > 0 ? 1 : 0);
}

}  // namespace wavetank::sim
