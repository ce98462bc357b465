// What the laboratory's disk and page cache make of the operations that scripts/real-disk measures
// on a real one, as JSON.
//
// modelled_disk LATENCY_us FSYNC_us WRITE_MB_per_s READ_MB_per_s

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "sim/resources/files.h"

namespace wavetank::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kSequential = 256 * kMiB;
constexpr std::uint64_t kCommit = 4'096;

Bytes zeros(std::uint64_t size) {
  return Bytes::copy_of(std::string(size, '\0'));
}

double in_us(Duration span) {
  return static_cast<double>(span.ns()) * 1e-3;
}

/// A process with files of its own on the disk, that does one thing after the other.
class Process final : private sim::StorageClient {
 public:
  Process(sim::Kernel& kernel, sim::Disk& disk) : kernel_(kernel), files_(kernel, disk, *this) {
    log_ = files_.open("log");
  }

  /// `work` has asked for something that ends.
  Duration wait() {
    const Time began = kernel_.now();
    is_done_ = false;
    while (!is_done_) {
      kernel_.run_until(kernel_.now() + milliseconds(1));
    }
    return ended_at_ - began;
  }
  void commit(const Bytes& block) {
    files_.append(log_, block);
    files_.sync(log_, port::StorageToken(0));
  }
  void write(std::uint64_t bytes) {
    const Bytes block = zeros(kMiB);
    for (std::uint64_t at = 0; at < bytes; at += kMiB) {
      files_.append(log_, block);
    }
    files_.sync(log_, port::StorageToken(0));
  }
  /// Nothing of the files is in memory from now on.
  void lose_cache() {
    Random random(1, "power");
    files_.crash(sim::Unsynced::lost, random);
    log_ = files_.open("log");
  }
  /// Whether it has to wait.
  bool read(std::uint64_t position) {
    std::vector<Bytes> found;
    return !files_.read(log_, position, 1, found, port::StorageToken(0));
  }
  /// Commits again and again.
  void commit_for_ever(const Bytes& block) {
    again_ = block;
    commit(block);
  }
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  void storage_done(port::StorageToken /*token*/, Time /*asked*/) override {
    is_done_ = true;
    ended_at_ = kernel_.now();
    ++done_;
    if (!again_.empty()) {
      commit(again_);
    }
  }

  sim::Kernel& kernel_;
  sim::NodeFiles files_;
  port::FileId log_;
  Bytes again_;
  Time ended_at_;
  bool is_done_ = false;
  std::uint64_t done_ = 0;
};

struct Machine {
  explicit Machine(const sim::DiskSpec& spec) : disk(kernel, spec), process(kernel, disk) {}

  sim::Kernel kernel;
  sim::Disk disk;
  Process process;
};

double append_and_sync_us(const sim::DiskSpec& spec, std::uint64_t size) {
  Machine machine(spec);
  machine.process.commit(zeros(size));
  return in_us(machine.process.wait());
}

/// Of as many processes with a file each: what a commit takes.
double side_by_side_us(const sim::DiskSpec& spec, std::uint64_t processes) {
  sim::Kernel kernel;
  sim::Disk disk(kernel, spec);
  std::vector<std::unique_ptr<Process>> all;
  const Bytes block = zeros(kCommit);
  for (std::uint64_t i = 0; i < processes; ++i) {
    all.push_back(std::make_unique<Process>(kernel, disk));
    all.back()->commit_for_ever(block);
  }
  constexpr Duration kLong = seconds(1);
  kernel.run_until(Time() + kLong);
  std::uint64_t commits = 0;
  for (const auto& process : all) {
    commits += process->done();
  }
  return in_us(kLong) * static_cast<double>(processes) / static_cast<double>(commits);
}

/// Bytes in microseconds are megabytes in seconds.
double write_mb_per_s(const sim::DiskSpec& spec) {
  Machine machine(spec);
  machine.process.write(kSequential);
  return static_cast<double>(kSequential) / in_us(machine.process.wait());
}

double read_mb_per_s(const sim::DiskSpec& spec) {
  Machine machine(spec);
  machine.process.write(kSequential);
  machine.process.wait();
  machine.process.lose_cache();
  double us = 0;
  for (std::uint64_t at = 0; at < kSequential; at += kMiB) {
    us += machine.process.read(at) ? in_us(machine.process.wait()) : 0;
  }
  return static_cast<double>(kSequential) / us;
}

/// Of the disk alone: the page cache reads whole extents.
class OneRead final : private sim::DiskClient {
 public:
  double us(const sim::DiskSpec& spec) {
    sim::Disk disk(kernel_, spec);
    disk.submit(sim::DiskWork::read, kCommit, *this, 0);
    kernel_.run_until(Time() + seconds(1));
    return in_us(ended_ - Time());
  }

 private:
  void disk_done(std::uint64_t /*token*/) override { ended_ = kernel_.now(); }

  sim::Kernel kernel_;
  Time ended_;
};

Json all_of(const sim::DiskSpec& spec) {
  Json appends = Json::object();
  for (const std::uint64_t size :
       {512UL, 4'096UL, 16'384UL, 65'536UL, 262'144UL, kMiB, 4 * kMiB, 16 * kMiB}) {
    appends[fmt::to_string(size)] = append_and_sync_us(spec, size);
  }
  Json side_by_side = Json::object();
  for (const std::uint64_t processes : {1, 2, 4, 8, 16}) {
    side_by_side[fmt::to_string(processes)] = side_by_side_us(spec, processes);
  }
  return {{"append_and_sync_us", appends},
          {"side_by_side_us", side_by_side},
          {"write_mb_per_s", write_mb_per_s(spec)},
          {"read_mb_per_s", read_mb_per_s(spec)},
          {"read_4_kib_us", OneRead().us(spec)}};
}

/// 0 for what is no number.
double number(const char* text) {
  return std::strtod(text, nullptr);
}

}  // namespace
}  // namespace wavetank::bench

int main(int argc, char** argv) {
  using namespace wavetank;
  std::vector<double> given;
  for (int i = 1; i < argc; ++i) {
    given.push_back(bench::number(argv[i]));
  }
  if (given.size() != 4 || !(given[0] > 0 && given[1] >= 0 && given[2] >= 1 && given[3] >= 1)) {
    fmt::print(stderr, "usage: modelled_disk LATENCY_us FSYNC_us WRITE_MB_per_s READ_MB_per_s\n");
    return 2;
  }
  sim::DiskSpec spec;
  spec.latency = Duration(static_cast<std::int64_t>(given[0] * 1e3));
  spec.fsync_latency = Duration(static_cast<std::int64_t>(given[1] * 1e3));
  spec.write_bytes_per_second = static_cast<std::uint64_t>(given[2] * 1e6);
  spec.read_bytes_per_second = static_cast<std::uint64_t>(given[3] * 1e6);
  fmt::print("{}\n", bench::all_of(spec).dump(1));
  return 0;
}
