#pragma once

// A disk: up to `queue_depth` operations in service at once, the others wait first come, first
// served. An operation takes its latency (side by side with the others in service), then moves its
// bytes over one channel that all operations share in order. So IOPS are bounded by
// queue_depth / latency and throughput by the channel; at depth 1 it is a single server with
// service time latency + bytes / rate. Operations that move bytes finish in the order given.
//
// Faults: slow (a factor), stuck (nothing finishes until released), full, failing (writes and
// flushes take their time and fail). Not modelled: seeks,
// the device's own volatile cache (a finished write is durable), garbage collection, burst credits.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "sim/kernel/kernel.h"
#include "sim/resources/busy_time.h"
#include "sim/resources/ratio.h"

namespace wavetank::sim {

struct DiskSpec {
  Duration latency = microseconds(100);  ///< of each read and write
  std::uint64_t read_bytes_per_second = 500'000'000;
  std::uint64_t write_bytes_per_second = 500'000'000;
  Duration fsync_latency = milliseconds(1);
  std::uint32_t queue_depth = 32;
  std::uint64_t capacity_bytes = 1'000'000'000'000;
};

enum class DiskWork : std::uint8_t { read, write, fsync };

class DiskClient {
 public:
  virtual ~DiskClient() = default;
  virtual void disk_done(std::uint64_t token) = 0;
  /// There is room again, after `writable` was false.
  virtual void disk_writable() {}
  /// For EventTarget::describe.
  [[nodiscard]] virtual std::string owner() const { return "a disk"; }
};

class Disk final : private EventTarget {
 public:
  static constexpr std::uint32_t kMaxQueueDepth = 65536;
  /// Operations that may wait. Clients bound what they have under way far below it.
  static constexpr std::size_t kMaxQueued = std::size_t{1} << 20;

  /// REQUIRES: positive rates and capacity, 1 <= queue_depth <= kMaxQueueDepth.
  Disk(Kernel& kernel, const DiskSpec& spec);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// Calls client.disk_done(token) when the operation has finished, never before this returns. An
  /// fsync moves no bytes.
  void submit(DiskWork work, std::uint64_t bytes, DiskClient& client, std::uint64_t token);
  /// The client's node lost power: it hears of nothing it has submitted or waited for. What is in
  /// service still occupies the device until its time is over.
  void forget(const DiskClient& client);

  // --- room: clients account for what they store, and do not write while the disk is full

  void allocate(std::uint64_t bytes) { allocated_ += bytes; }
  void release(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t allocated_bytes() const { return allocated_; }
  [[nodiscard]] bool writable() const { return !full_ && allocated_ <= spec_.capacity_bytes; }
  [[nodiscard]] bool has_room_for(std::uint64_t bytes) const {
    return !full_ && allocated_ + bytes <= spec_.capacity_bytes;
  }
  /// Calls client.disk_writable() once, when there is room. REQUIRES: !writable().
  void wait_for_room(DiskClient& client);

  // --- faults

  /// Operations that begin service from now on take `factor` times as long.
  void set_slowdown(double factor) { slowdown_ = Ratio::of(factor); }
  /// While stuck, operations enter service but none finishes; those whose time is over by then
  /// finish at the moment of release.
  void set_stuck(bool stuck);
  void set_full(bool full);
  /// While failing, writes and flushes that finish have not reached the medium.
  void set_failing(bool failing) { failing_ = failing; }
  [[nodiscard]] bool failing() const { return failing_; }
  [[nodiscard]] bool stuck() const { return stuck_; }

  [[nodiscard]] const DiskSpec& spec() const { return spec_; }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }
  [[nodiscard]] std::uint32_t in_service() const { return busy_.active(); }
  /// Time during which at least one operation was in service.
  [[nodiscard]] Duration busy_time() const { return working_.total(kernel_.now()); }
  /// Sum over operations of their time in service: the mean depth used, times the elapsed time.
  [[nodiscard]] Duration service_time() const { return busy_.total(kernel_.now()); }
  /// Time that the bytes of finished operations have kept the channel.
  [[nodiscard]] Duration channel_time() const { return channel_time_; }
  [[nodiscard]] std::uint64_t finished_bytes(DiskWork work) const {
    return finished_bytes_[static_cast<std::size_t>(work)];
  }
  [[nodiscard]] std::uint64_t finished_operations(DiskWork work) const {
    return finished_operations_[static_cast<std::size_t>(work)];
  }

 private:
  struct Operation {
    DiskClient* client = nullptr;  ///< null: forgotten
    std::uint64_t token = 0;
    std::uint64_t bytes = 0;
    DiskWork work = DiskWork::read;
    Duration transfer;  ///< that its bytes keep the channel; known once it is in service
  };

  void fire(std::uint64_t slot) override;
  [[nodiscard]] std::string describe(std::uint64_t slot) const override;
  void fill_slots();
  void finish(std::uint32_t slot);
  [[nodiscard]] Time end_of(Operation& operation);
  void meter();
  void tell_of_room();

  Kernel& kernel_;
  DiskSpec spec_;
  std::deque<Operation> queue_;
  std::vector<Operation> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> held_;  ///< slots whose time is over while the disk is stuck
  std::vector<DiskClient*> waiting_for_room_;
  Time channel_free_;
  Duration channel_time_;
  BusyTime busy_;
  BusyTime working_;
  Ratio slowdown_;
  bool stuck_ = false;
  bool full_ = false;
  bool failing_ = false;
  std::uint64_t allocated_ = 0;
  std::uint64_t finished_bytes_[3] = {};
  std::uint64_t finished_operations_[3] = {};
};

}  // namespace wavetank::sim
