#pragma once

// The files of one node in memory, for tests and benchmarks. Everything completes at once, but for
// reads of what was evicted. It keeps the contract of port::Storage strictly (an ENSURE fails when
// a caller breaks it), does the damage a test asks for, and counts accesses, so that a test can say
// how much was read.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/port/storage.h"

namespace wavetank::sim {

class MemoryStorage final : public port::Storage {
 public:
  using Notify = std::function<void(port::StorageToken)>;

  /// What has been asked of the storage since the last `forget_accesses`.
  struct Accesses {
    std::uint64_t reads = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t appends = 0;
    std::uint64_t bytes_appended = 0;
    std::uint64_t syncs = 0;
    std::uint64_t replaces = 0;
  };

  /// Completions go to `notify`, never to port::kNoNotify; without one they are collected for
  /// `take_completed`.
  explicit MemoryStorage(Notify notify = {}) : notify_(std::move(notify)) {}

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

  // --- a disk that takes its time
  // -------------------------------------------------------------------

  /// From now on a sync or a replacement takes effect when `finish` is called with its token.
  void defer() { deferring_ = true; }
  void finish(port::StorageToken token);
  /// What is not finished never will be: the process has ended.
  void forget_unfinished() { unfinished_.clear(); }

  // --- damage, by file name
  // -------------------------------------------------------------------------

  /// Nothing is in memory any more: the next read of each file waits.
  void evict();
  /// The file loses everything from byte `size` on, be it synced or not.
  void cut(std::string_view name, std::uint64_t size);
  /// Every file loses what was not synced: the machine lost its power.
  void lose_unsynced();
  /// Flips the bits of `mask` in one byte.
  void corrupt(std::string_view name, std::uint64_t position, std::uint8_t mask = 0xff);

  // --- observation
  // ----------------------------------------------------------------------------------

  [[nodiscard]] bool exists(std::string_view name) const;
  /// REQUIRES: the file exists.
  [[nodiscard]] std::uint64_t size_of(std::string_view name) const;
  [[nodiscard]] const Accesses& accesses() const { return accesses_; }
  void forget_accesses() { accesses_ = {}; }
  /// Tokens completed since the last call, in order; for tests without `notify`.
  std::vector<port::StorageToken> take_completed();

 private:
  struct File {
    std::string name;
    std::vector<Bytes> units;
    std::vector<std::uint64_t> starts;  ///< position of each unit
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
    bool cold = false;
    bool removed = false;
  };

  struct Unfinished {
    port::StorageToken token;
    std::function<void()> take_effect;
  };

  void take_effect(port::StorageToken token, std::function<void()> effect);
  File& file(port::FileId id);
  [[nodiscard]] const File& file(port::FileId id) const;
  [[nodiscard]] port::FileId named(std::string_view name) const;
  static void cut_file(File& file, std::uint64_t size);
  void complete(port::StorageToken token);

  Notify notify_;
  std::map<std::string, port::FileId, std::less<>> names_;
  std::vector<File> files_;
  std::vector<port::StorageToken> completed_;
  bool deferring_ = false;
  std::deque<Unfinished> unfinished_;
  Accesses accesses_;
};

}  // namespace wavetank::sim
