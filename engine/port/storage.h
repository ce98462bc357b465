#pragma once

// The files of one node. Appends go to the page cache: they are visible at once and durable only
// after a completed sync or the system's own write-back. What a crash leaves is the host's affair.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/strong.h"

namespace wavetank::port {

/// An open file; valid until removed or until the node restarts.
using FileId = Strong<struct FileIdTag, std::uint32_t>;
/// Chosen by the role; handed back when the operation completes.
using StorageToken = Strong<struct StorageTokenTag, std::uint64_t>;
/// For operations whose completion nobody waits for. Hosts need not report it, roles ignore it.
inline constexpr StorageToken kNoNotify{~std::uint64_t{0}};

/// What a process does when its storage has failed it.
enum class AfterFailure : std::uint8_t {
  exit,      ///< it ends itself; files are as they are, and a supervisor may start it anew
  carry_on,  ///< it knows what to do without what has failed
};

class Storage {
 public:
  virtual ~Storage() = default;

  /// Opens the file of this name, creating an empty one.
  virtual FileId open(std::string_view name) = 0;
  /// Names of all files that begin with `prefix`, in ascending order.
  [[nodiscard]] virtual std::vector<std::string> list(std::string_view prefix) const = 0;
  [[nodiscard]] virtual std::uint64_t size(FileId file) const = 0;

  /// Adds one unit of bytes at the end. Shares the buffer. Where the disk has no room for it the
  /// role's `on_storage_failed(kNoNotify)` follows before anything of the step leaves: the unit can
  /// be read until the process ends, and is gone then. REQUIRES: not empty.
  virtual void append(FileId file, Bytes unit) = 0;

  /// Appends to `out` the bytes from `position` on, as slices, and returns true; or returns false
  /// if they are not in memory, loads them, and then calls the role's `on_storage(token)`: the role
  /// reads again. Slices end where an append or the file ended. At least one whole slice is given,
  /// further ones while the total stays within `max_bytes`. REQUIRES: position < size, and position
  /// is where some append began.
  virtual bool read(FileId file, std::uint64_t position, std::uint64_t max_bytes,
                    std::vector<Bytes>& out, StorageToken token) = 0;

  /// Cuts the file to `size` bytes. Durable with the next sync.
  virtual void truncate(FileId file, std::uint64_t size) = 0;
  virtual void remove(FileId file) = 0;
  /// Gives the file another name; one that had it is removed. After a crash the name stands for the
  /// old file or the new, never for nothing. REQUIRES: the file is not being replaced.
  virtual void rename(FileId file, std::string_view name) = 0;

  /// Makes all that the file holds now durable, then calls `on_storage(token)`; or, if the medium
  /// refuses, `on_storage_failed(token)`.
  virtual void sync(FileId file, StorageToken token) = 0;

  /// Replaces a small file as a whole: written aside, synced, renamed. After a crash it holds the
  /// old content or the new, never a mixture. `on_storage(token)` follows when the new one is
  /// durable, `on_storage_failed(token)` if it cannot become so: the next process finds the old.
  virtual void replace(std::string_view name, Bytes content, StorageToken token) = 0;
  /// The whole content of a small file; empty if there is none. Never waits: such files are read at
  /// start-up, before the node serves anyone.
  [[nodiscard]] virtual Bytes load(std::string_view name) = 0;
};

}  // namespace wavetank::port
