#pragma once

// What one server keeps: the tree in memory; the log, the snapshots and the epochs on disk. Two
// invariants tie them together: the tree holds exactly the log's entries that are not `pending`,
// and what is forced to disk is told by the events of `on_storage`, never assumed.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/coordination/broadcast/recovery.h"
#include "engine/coordination/broadcast/txn_log.h"
#include "engine/coordination/config.h"
#include "engine/coordination/probe.h"
#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {

struct Logged {
  Transaction transaction;
  Bytes entry;
};

/// A committed transaction and what it came to.
struct Delivered {
  Transaction transaction;
  std::vector<ChangeResult> results;
  std::vector<TreeEvent> events;
};

class Store {
 public:
  enum class Done : std::uint8_t { nothing, loaded, log, epoch, received_snapshot };

  Store(NodeId self, const ServerConfig& config, Probe& probe)
      : self_(self), config_(config), probe_(probe) {}

  /// Reads the files; `Done::loaded` follows, at once or by on_storage. With `cut_after`, what lies
  /// behind it in the log is removed first.
  Done load(const Step& step, std::optional<Zxid> cut_after = {});
  [[nodiscard]] bool corrupt() const { return corrupt_; }
  /// Files are being read or replaced: tree and log do not agree yet.
  [[nodiscard]] bool busy() const { return recovery_ || received_token_; }
  Done on_storage(const Step& step, port::StorageToken token);
  /// True if the timer was the snapshot's.
  bool on_timer(const Step& step, port::TimerId timer);

  // --- epochs. Each call is followed by one `Done::epoch`, when it is durable.
  [[nodiscard]] Epoch accepted_epoch() const { return accepted_; }
  [[nodiscard]] Epoch current_epoch() const { return current_; }
  void accept_epoch(const Step& step, Epoch epoch);
  void enter_epoch(const Step& step, Epoch epoch);

  // --- transactions
  [[nodiscard]] const DataTree& tree() const { return tree_; }
  [[nodiscard]] const TxnLog& log() const { return log_; }
  [[nodiscard]] const RecentEntries& recent() const { return recent_; }
  /// Logged and not known to be committed, in order.
  [[nodiscard]] const std::deque<Logged>& pending() const { return pending_; }
  void append(const Step& step, Logged logged);
  /// Applies the first pending transaction: it is committed. REQUIRES: there is one.
  Delivered commit_next(const Step& step);
  /// Applies all that is pending: what the log holds at the end of a reign is this server's
  /// history.
  void fast_forward(const Step& step);

  /// Takes over the leader's tree, head first; `Done::received_snapshot` follows when it is
  /// durable, and it takes the place of the log. Fails if the parts are no whole snapshot.
  Status replace(const Step& step, std::vector<Bytes> parts);
  /// For who looks: epochs, history, what is not committed.
  void describe(port::Description& out) const;

 private:
  Done finish_loading(const Step& step);
  void begin_snapshot(const Step& step);
  void go_on_with_snapshot(const Step& step);
  void abandon_snapshot(const Step& step);
  void purge(const Step& step) const;
  void set_epoch(const Step& step, std::string_view file, Epoch epoch);
  void draw_next_snapshot(const Step& step);

  NodeId self_;
  const ServerConfig& config_;
  Probe& probe_;
  DataTree tree_;
  TxnLog log_;
  RecentEntries recent_;
  std::deque<Logged> pending_;
  bool corrupt_ = false;
  Epoch accepted_;
  Epoch current_;
  std::uint64_t tokens_ = 0;
  std::optional<port::StorageToken> epoch_token_;
  std::optional<Recovery> recovery_;
  std::uint64_t recovery_which_ = 0;

  struct Snapshot {
    port::FileId file;
    Zxid zxid;
    std::string after;
    std::optional<port::StorageToken> syncing;
  };
  std::optional<Snapshot> snapshot_;
  std::uint64_t until_snapshot_ = 0;  ///< transactions
  std::optional<port::StorageToken> received_token_;
};

}  // namespace wavetank::coordination
