#pragma once

// The data tree: all znodes, in memory, and the sessions that are open. It changes by transactions
// only, in the order of their zxids; two trees that applied the same transactions are equal.
//
// Applying is idempotent. A snapshot is fuzzy: it is encoded bit by bit while transactions go on,
// so it holds some of those after the zxid it is named by. Replaying all of them over it gives the
// tree that applied each once (ATC 2010, section 4.3).

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/coordination/tree/stat.h"
#include "engine/coordination/tree/transaction.h"

namespace wavetank::coordination {

struct Znode {
  Bytes data;
  Zxid created;
  Zxid modified;
  Zxid children_changed;
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  std::int32_t version = 0;
  /// Children ever created. Deletions are not counted: that would not be idempotent.
  std::int32_t creations = 0;
  SessionId ephemeral_owner = kNoSession;
  std::set<std::string, std::less<>> children;  ///< names

  [[nodiscard]] Stat stat() const;
};

enum class EventType : std::uint8_t { created, deleted, data_changed, children_changed };

/// What happened to a path, for those who watch it.
struct TreeEvent {
  EventType type = EventType::created;
  std::string path;

  friend bool operator==(const TreeEvent&, const TreeEvent&) = default;
};

/// What one change of a transaction came to.
struct ChangeResult {
  ErrorCode error = ErrorCode::ok;
  std::string path;  ///< of a create: sequential nodes get theirs from the leader
  Stat stat;         ///< of create and set_data
};

class DataTree {
 public:
  /// A root, nothing else.
  DataTree();
  ~DataTree();
  DataTree(DataTree&&) noexcept;
  DataTree& operator=(DataTree&&) noexcept;

  /// Null if there is none. Valid until the next `apply`.
  [[nodiscard]] const Znode* find(std::string_view path) const;
  [[nodiscard]] std::size_t size() const;
  /// Paths of the nodes that end with the session, ascending.
  [[nodiscard]] std::vector<std::string> ephemerals(SessionId session) const;
  /// Open sessions and their timeouts.
  [[nodiscard]] const std::map<SessionId, Duration>& sessions() const { return sessions_; }
  /// The last transaction applied.
  [[nodiscard]] Zxid last_zxid() const { return last_zxid_; }

  /// What happened is added to `events`, in order; results are parallel to the changes (of a
  /// session's begin or end there are none). Over a fuzzy snapshot only: a change whose node is not
  /// there yet is skipped with its error, and a create takes the place of what is there already.
  std::vector<ChangeResult> apply(const Transaction& transaction, std::vector<TreeEvent>& events);

  /// A hash of all nodes and sessions: equal trees have equal ones.
  [[nodiscard]] std::uint64_t digest() const;

  // --- snapshots. `snapshot_head` comes first, then chunks until one says it is the last.

  [[nodiscard]] Bytes snapshot_head() const;
  /// Encodes nodes after the path `after` (empty: from the first) until the chunk is full, and
  /// moves `after`. The last chunk, and only it, ends with a mark.
  [[nodiscard]] Bytes snapshot_chunk(std::string& after) const;
  [[nodiscard]] static bool snapshot_ends(const Bytes& chunk);
  /// The tree of a head and all its chunks; fails, with the reason, on a checksum that is wrong or
  /// an end that is missing.
  static Result<DataTree> from_snapshot(const std::vector<Bytes>& parts);

 private:
  struct Index;

  ChangeResult create(const Change& change, const Transaction& in, std::vector<TreeEvent>& events);
  ErrorCode remove(const std::string& path, Zxid zxid, std::vector<TreeEvent>& events);
  ChangeResult set_data(const Change& change, const Transaction& in,
                        std::vector<TreeEvent>& events);
  ChangeResult apply_change(const Change& change, const Transaction& in,
                            std::vector<TreeEvent>& events);
  Znode* node(std::string_view path);
  Znode& insert(std::string path, Znode node);
  void erase(const std::string& path);
  Status load_head(ByteReader& from);
  Status load_nodes(ByteReader& from, const Bytes& chunk);

  std::map<std::string, Znode, std::less<>> nodes_;
  std::unique_ptr<Index> index_;  ///< the same nodes by hash, for look-ups
  std::map<SessionId, std::set<std::string>> ephemerals_;
  std::map<SessionId, Duration> sessions_;
  Zxid last_zxid_;
};

}  // namespace wavetank::coordination
