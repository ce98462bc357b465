#pragma once

// The transaction log: entries in files "log.<zxid of the first>", forced to disk in groups: what
// is appended while one sync is under way shares the next (format.md).

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "engine/coordination/protocol/step.h"
#include "engine/coordination/types.h"

namespace wavetank::coordination {

class TxnLog {
 public:
  /// Goes on behind what recovery found: `last` is the last entry, in `file` (empty: in none).
  void open(const Step& step, const std::string& file, Zxid last);
  /// REQUIRES: zxid > last().
  void append(const Step& step, Zxid zxid, Bytes entry);
  /// The next entry that can shall begin a new file: called when a snapshot begins.
  void roll() { roll_ = true; }
  /// True if the token was this log's: durable() has moved.
  bool on_storage(const Step& step, port::StorageToken token);

  [[nodiscard]] Zxid last() const { return last_; }
  [[nodiscard]] Zxid durable() const { return durable_; }

 private:
  struct Entry {
    Zxid zxid;
    Bytes bytes;
  };

  void write(const Step& step, Entry entry);
  void begin_sync(const Step& step);

  std::optional<port::FileId> file_;
  Zxid last_;     ///< appended, or waiting for the next file
  Zxid written_;  ///< in a file
  Zxid durable_;
  std::optional<Zxid> syncing_;  ///< what the sync under way makes durable
  bool roll_ = false;
  bool rolling_ = false;  ///< entries wait until the old file is durable
  std::deque<Entry> waiting_;
  std::uint64_t generation_ = 0;  ///< syncs of an earlier opening are not ours
};

/// "log.000000010000002a".
std::string log_file(Zxid first);
std::string snapshot_file(Zxid zxid);
/// The zxid in the name of a log or a snapshot.
Zxid zxid_in(std::string_view file);

inline constexpr std::string_view kLogPrefix = "log.";
inline constexpr std::string_view kSnapshotPrefix = "snapshot.";

/// Storage tokens: what completed, in the lowest bits, and which, above.
enum class StorageKind : std::uint8_t { log_sync, epoch, snapshot, recovery, received_snapshot };
constexpr port::StorageToken make_token(StorageKind kind, std::uint64_t which) {
  return port::StorageToken((which << 3) | static_cast<std::uint64_t>(kind));
}

}  // namespace wavetank::coordination
