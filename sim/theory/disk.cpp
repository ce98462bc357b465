// The disk: operations that wait for a place, their latency, the channel, and flushes.

#include "sim/resources/disk.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "sim/resources/files.h"
#include "sim/theory/formulas.h"
#include "sim/theory/law.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr double kPerSecond = 1000;

/// Random reads and flushes of a disk; each visitor is an operation.
class Operations final : private DiskClient {
 public:
  Operations(const Trial& trial, const DiskSpec& spec, double per_second, std::uint64_t counted)
      : visitors_(kernel_, trial, per_second, counted), disk_(kernel_, spec) {
    disk_.set_slowdown(trial.slower);
  }
  double mean_ms(DiskWork work, std::uint64_t bytes) {
    visitors_.run([&](std::uint64_t it) { disk_.submit(work, bytes, *this, it); });
    return visitors_.mean_ms();
  }

 private:
  void disk_done(std::uint64_t it) override { visitors_.left(it); }

  Kernel kernel_;
  Visitors visitors_;
  Disk disk_;
};

/// 0.4 ms to begin with and 0.6 to move 300 kB.
Law one_at_a_time(double load) {
  return {
      fmt::format("M/D/1, depth 1, rho {}", load),
      "disk",
      "Erlang, 1909",
      {{"mean read", "s+s rho/(2(1-rho))", 1 + load / (2 * (1 - load)), "ms"}},
      [=](const Trial& trial) -> std::vector<double> {
        DiskSpec spec;
        spec.latency = microseconds(400);
        spec.queue_depth = 1;
        return {
            Operations(trial, spec, load * kPerSecond, 150'000).mean_ms(DiskWork::read, 300'000)};
      }};
}

/// Latencies side by side, then one channel: 1 ms for 500 kB.
Law many_at_a_time(double load) {
  constexpr double kLatency_ms = 5;
  return {
      fmt::format("latency, then M/D/1, rho {}", load),
      "disk",
      "Erlang, 1909",
      {{"mean read", "d+s+s rho/(2(1-rho))", kLatency_ms + 1 + load / (2 * (1 - load)), "ms"}},
      [=](const Trial& trial) -> std::vector<double> {
        DiskSpec spec;
        spec.latency = milliseconds(5);
        spec.queue_depth = 4096;
        return {
            Operations(trial, spec, load * kPerSecond, 150'000).mean_ms(DiskWork::read, 500'000)};
      }};
}

Law places(std::uint32_t depth, double load) {
  return {fmt::format("M/D/{}, depth {}, rho {}", depth, depth, load),
          "disk",
          "Crommelin, 1932",
          {{"mean flush", "s+Crommelin's series", 1 + crommelin_wait(depth, load), "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            DiskSpec spec;
            spec.fsync_latency = milliseconds(1);
            spec.queue_depth = depth;
            return {Operations(trial, spec, load * depth * kPerSecond, 200'000)
                        .mean_ms(DiskWork::fsync, 0)};
          }};
}

/// A log that is flushed for whoever waits: one sync at a time, of all that was appended before it.
/// Who waits for which is kept here; the file and its disk take the time.
class GroupCommit final : private StorageClient {
 public:
  GroupCommit(const Trial& trial, double per_second)
      : visitors_(kernel_, trial, per_second, 150'000), disk_(kernel_, spec()) {
    disk_.set_slowdown(trial.slower);
  }
  double mean_ms() {
    const port::FileId log = files_.open("log");
    const Bytes record = Bytes::copy_of("a record");
    visitors_.run([&, log, record](std::uint64_t it) {
      files_.append(log, record);
      appended_ = it + 1;
      sync_ = [this, log] {
        syncing_ = appended_;
        files_.sync(log, port::StorageToken(0));
      };
      if (syncing_ == durable_) {
        sync_();
      }
    });
    return visitors_.mean_ms();
  }

 private:
  /// A sync is a write and a flush: 1 ms.
  static DiskSpec spec() {
    DiskSpec spec;
    spec.latency = microseconds(200);
    spec.fsync_latency = microseconds(800);
    spec.write_bytes_per_second = kNoTime;
    return spec;
  }
  void storage_done(port::StorageToken, Time) override {
    for (; durable_ < syncing_; ++durable_) {
      visitors_.left(durable_);
    }
    if (durable_ < appended_) {
      sync_();
    }
  }

  static constexpr std::uint64_t kNoTime = 1'000'000'000'000;
  Kernel kernel_;
  Visitors visitors_;
  Disk disk_;
  NodeFiles files_{kernel_, disk_, *this};
  std::function<void()> sync_;
  std::uint64_t appended_ = 0;
  std::uint64_t syncing_ = 0;  ///< up to which the sync under way goes
  std::uint64_t durable_ = 0;
};

Law group_commit(double per_ms) {
  // Who comes while a sync is under way waits for its end, half of one on average; then for his.
  const double waits = per_ms / (per_ms + std::exp(-per_ms));
  return {fmt::format("M/D/1, all at once, {} a flush", per_ms),
          "disk",
          "renewal reward; PASTA (Wolff, 1982)",
          {{"mean commit", "D+D/2 a/(a+e^-a)", 1 + waits / 2, "ms"}},
          [=](const Trial& trial) -> std::vector<double> {
            return {GroupCommit(trial, per_ms * kPerSecond).mean_ms()};
          }};
}

}  // namespace

std::vector<Law> disk_laws() {
  return {one_at_a_time(0.8), many_at_a_time(0.8), places(4, 0.9), group_commit(0.5),
          group_commit(3)};
}

}  // namespace wavetank::sim::theory
