#pragma once

// The files of one node on one disk, seen through the page cache of its operating system. Bytes are
// held as the units that were appended, shared with whoever else holds them: replicas on other
// nodes cost only bookkeeping (32 bytes a unit).
//
// The model, after Linux (Documentation/admin-guide/sysctl/vm.rst):
// - An append dirties the file and is visible at once. Dirty bytes become durable in the order they
//   were written, when their write-back finishes on the disk. A flusher wakes every
//   `dirty_writeback` and writes each file that has been dirty for `dirty_expire`, up to its end at
//   that time, as Linux does for each inode. Above the background threshold the files that have
//   been dirty longest are written at once. Above the dirty limit writers ought to wait: see
//   `over_dirty_limit`.
// - Write-back is issued in chunks, few at a time, one file after the other, so that reads get in
//   between. A sync's file goes to the front; a flush of the disk follows its last byte.
// - Cached bytes are counted by extents of each file. Above `memory_bytes` a CLOCK hand (second
//   chance) drops extents that hold no dirty byte. A read that misses loads the missing extents
//   that its first unit lies in.
// - Process killed: the system lives on, and with it the cache and its write-back. Power lost:
//   what was not durable is cut, by the policy, and the cache is cold.
//
// Simplifications: creation, removal, renaming and truncation of a file are durable at once; other
// metadata takes no room or time; a small file that is replaced is not counted as dirty; reads of
// `load` and of metadata are free; what is appended to a full disk can be read until the process
// ends, and does not become durable before there is room (the client is told: see `take_refusal`).
//
// Failures: while the disk fails, what is written back counts as clean and is not on the medium;
// the next sync of that file reports it, once. Such bytes can be read until memory is needed for
// others or the power fails, and are zeros then, as on Linux (Rebello et al., "Can Applications
// Recover from fsync Failures?", USENIX ATC 2020). A bit that rots is seen by whoever reads next;
// whether it lay in memory or on the medium is not told apart.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "engine/port/storage.h"
#include "sim/kernel/kernel.h"
#include "sim/resources/disk.h"

namespace wavetank::sim {

/// Settings of a node's operating system; the kernel parameter's name stands behind each.
struct PageCacheOptions {
  std::uint64_t memory_bytes = 8ULL << 30;      ///< what the cache may hold
  std::uint64_t extent_bytes = 1ULL << 20;      ///< grain of eviction and of loading (read-ahead)
  Duration dirty_writeback = seconds(5);        ///< vm.dirty_writeback_centisecs
  Duration dirty_expire = seconds(30);          ///< vm.dirty_expire_centisecs
  std::uint32_t dirty_background_percent = 10;  ///< of memory_bytes: vm.dirty_background_ratio
  std::uint32_t dirty_limit_percent = 20;       ///< of memory_bytes: vm.dirty_ratio
  std::uint64_t writeback_chunk_bytes = 1ULL << 20;
  std::uint32_t writeback_in_flight = 2;  ///< chunks on their way to the disk at a time
};

/// What becomes of bytes that were not durable when the process ends.
enum class Unsynced : std::uint8_t {
  kept,  ///< the process was killed: the operating system still has them, and writes them back
  lost,  ///< power failed: files are cut to what was durable
  torn,  ///< power failed amid writing: of each file a random part of them survives, as a prefix
};

/// What a crash took from one file.
struct FileLoss {
  std::string name;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::uint64_t lost_bytes = 0;  ///< of a file under replacement: the new content's
  std::uint64_t kept_bytes = 0;  ///< that had not been synced, and are there
};

/// A bit that has flipped.
struct Rot {
  std::string name;
  std::uint64_t position = 0;
};

class StorageClient {
 public:
  virtual ~StorageClient() = default;
  /// A load, a sync or a replace is done, which was asked for at `asked`; never called from within
  /// a call on the files.
  virtual void storage_done(port::StorageToken token, Time asked) = 0;
  /// A sync or a replace has failed; never called from within a call on the files.
  virtual void storage_failed(port::StorageToken /*token*/) {}
  /// `over_dirty_limit` was true and no longer is.
  virtual void storage_unthrottled() {}
  /// For EventTarget::describe.
  [[nodiscard]] virtual std::string process_name() const { return "a process"; }
};

class NodeFiles final : public port::Storage, private DiskClient, private EventTarget {
 public:
  /// Fewest extents a cache may have: below, readers would evict what others have just loaded.
  static constexpr std::uint64_t kMinExtents = 16;
  /// Steps of the CLOCK hand at one append or load. If all it meets is dirty or in use, the cache
  /// holds more than its memory for a while.
  static constexpr int kEvictionSteps = 8;

  /// REQUIRES: extent_bytes is a power of two and memory_bytes >= kMinExtents * extent_bytes;
  /// positive periods, chunk and in-flight bound; background <= limit <= 100 percent. Disk, kernel
  /// and client outlive the files.
  NodeFiles(Kernel& kernel, Disk& disk, StorageClient& client,
            const PageCacheOptions& options = {});
  ~NodeFiles() override;
  NodeFiles(const NodeFiles&) = delete;
  NodeFiles& operator=(const NodeFiles&) = delete;

  // --- port::Storage

  port::FileId open(std::string_view name) override;
  [[nodiscard]] std::vector<std::string> list(std::string_view prefix) const override;
  [[nodiscard]] std::uint64_t size(port::FileId file) const override;
  void append(port::FileId file, Bytes unit) override;
  bool read(port::FileId file, std::uint64_t position, std::uint64_t max_bytes,
            std::vector<Bytes>& out, port::StorageToken token) override;
  void truncate(port::FileId file, std::uint64_t size) override;
  void remove(port::FileId file) override;
  void rename(port::FileId file, std::string_view name) override;
  void sync(port::FileId file, port::StorageToken token) override;
  void replace(std::string_view name, Bytes content, port::StorageToken token) override;
  [[nodiscard]] Bytes load(std::string_view name) override;

  // --- the node's life

  /// The process ends. All FileIds become invalid and no token given so far is called back. A
  /// replacement that was not durable leaves the old content. Returns what was lost, ascending by
  /// name; only `torn` draws random numbers.
  std::vector<FileLoss> crash(Unsynced policy, Random& random);
  /// The disk comes back empty: after a crash with lost bytes, all files are gone as well.
  void wipe();
  /// Flips one bit of one file among those whose names `matches` accepts. Returns its name and
  /// where, or nothing if no such file holds a byte.
  std::optional<Rot> rot(const std::function<bool(std::string_view)>& matches, Random& random);

  // --- what the operating system shows

  /// Bytes appended and not yet durable.
  [[nodiscard]] std::uint64_t dirty_bytes() const { return dirty_; }
  /// True: a real writer would now sleep in its write call. The host ought to hold the node's tasks
  /// that append until `storage_unthrottled`.
  [[nodiscard]] bool over_dirty_limit() const { return dirty_ > dirty_limit_; }
  [[nodiscard]] bool disk_full() const { return !disk_.writable(); }
  /// Whether, since the last call, an append or a replace found no room: a real writer would have
  /// got "no space left on device". If its process goes on nevertheless, syncs and replacements
  /// wait for room.
  [[nodiscard]] bool take_refusal() { return std::exchange(refused_, false); }
  [[nodiscard]] std::uint64_t cached_bytes() const { return cached_; }
  /// All bytes ever appended.
  [[nodiscard]] std::uint64_t appended_bytes() const { return appended_; }
  /// For observers: adds the units of a file to `out`, wherever they lie, at no cost; valid as long
  /// as the files do not change. Nothing if there is no such file.
  void contents(std::string_view name, std::vector<ByteView>& out) const;
  /// Of one file, by name: bytes that a crash now would leave under policy `lost`.
  [[nodiscard]] std::uint64_t durable_size(std::string_view name) const;
  /// A file of which a power failure would take something.
  struct NotDurable {
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t durable = 0;
  };
  /// By name.
  [[nodiscard]] std::vector<NotDurable> not_durable() const;
  /// Reads answered from memory, and reads that had to wait for the disk.
  [[nodiscard]] std::uint64_t read_hits() const { return read_hits_; }
  [[nodiscard]] std::uint64_t read_misses() const { return read_misses_; }
  /// Bookkeeping of one appended unit, payload excluded.
  static constexpr std::size_t kUnitBookkeepingBytes = 32;

 private:
  struct File;
  struct Operation;
  struct Extent {
    File* file = nullptr;
    std::uint64_t index = 0;
  };

  void disk_done(std::uint64_t operation) override;
  void disk_writable() override;
  void fire(std::uint64_t alarm) override;
  [[nodiscard]] std::string describe(std::uint64_t alarm) const override;
  [[nodiscard]] std::string owner() const override { return client_.process_name(); }

  File& file_named(std::string_view name);
  [[nodiscard]] File& opened(port::FileId id) const;
  void cut(File& file, std::uint64_t size);
  void forget_file(File& file);

  // dirty bytes and their write-back: files_writeback.cpp
  void count(const File& file);
  void uncount(const File& file);
  void dirtied(File& file);
  void want_written(File& file, bool urgent);
  void write_longest_dirty();
  void flush_expired();
  void arm_flusher();
  void pump();
  File* next_to_write();
  void write_chunk(File& file);
  void written(const Operation& write);
  void settle_syncs(File& file);
  void after_truncation(File& file);
  void leave_queues(File& file);
  void note_throttle();

  // replacements: files_writeback.cpp
  void pump_replacements();
  void finish_replacement(const Operation& flush);

  // the cache: files_cache.cpp
  void cache_appended(File& file, std::uint64_t from);
  [[nodiscard]] std::uint64_t cached_until(File& file, std::uint64_t from, std::uint64_t to) const;
  void load_extents(File& file, std::uint64_t from, std::uint64_t to, port::StorageToken token);
  void loaded(const Operation& load);
  void resize_cached(File& file, std::uint64_t size);
  void evict();
  [[nodiscard]] std::uint64_t cached_bytes_of(const File& file, std::uint64_t extent) const;
  [[nodiscard]] std::uint64_t extents_of(std::uint64_t bytes) const;

  void submit(DiskWork work, std::uint64_t bytes, Operation operation);
  void notify(const Operation& operation);
  void report_failure(const Operation& operation);
  void refuse(File& file, std::uint64_t from);

  // bytes that count as clean and are not on the medium: files_failure.cpp
  void not_written(File& file, std::uint64_t from, std::uint64_t to);
  void forget_unwritten(File& file, std::uint64_t from, std::uint64_t to);

  // crash: files_crash.cpp
  void forget_process();
  void lose_power();
  bool revert_replacement(File& file, Unsynced policy, Random& random,
                          std::vector<FileLoss>& losses);
  void cut_unsynced(File& file, Unsynced policy, Random& random, std::vector<FileLoss>& losses);

  Kernel& kernel_;
  Disk& disk_;
  StorageClient& client_;
  PageCacheOptions options_;
  std::uint64_t dirty_background_ = 0;
  std::uint64_t dirty_limit_ = 0;
  int extent_shift_ = 0;

  std::map<std::string, std::unique_ptr<File>, std::less<>> files_;
  std::vector<File*> handles_;  ///< by FileId - first_handle_; null: removed
  std::uint32_t first_handle_;  ///< ids below are of earlier processes

  std::uint64_t appended_ = 0;
  std::uint64_t dirty_ = 0;
  std::uint64_t wanted_ = 0;  ///< part of dirty_ whose write-back has been decided
  bool throttled_ = false;
  std::deque<File*> dirty_files_;  ///< with bytes whose write-back is undecided, longest first
  std::deque<File*> urgent_;       ///< to be written: those that a sync waits for
  std::deque<File*> writeback_;    ///< to be written: the others, one chunk each in turn
  std::uint32_t chunks_in_flight_ = 0;
  bool flusher_armed_ = false;
  std::uint64_t flusher_generation_ = 0;
  bool waiting_for_room_ = false;
  bool refused_ = false;

  std::vector<Operation> replacements_;  ///< that wait for room on the disk
  std::vector<Operation> operations_;    ///< on the disk, by token
  std::vector<std::uint32_t> free_operations_;

  std::deque<Extent> clock_;
  std::uint64_t cached_ = 0;
  std::uint64_t read_hits_ = 0;
  std::uint64_t read_misses_ = 0;
  std::uint64_t life_ = 0;  ///< counts crashes, so that a call to the client notices one
};

}  // namespace wavetank::sim
