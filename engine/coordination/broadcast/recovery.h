#pragma once

// What a server finds in its files when it starts, or after the leader told it to cut its log: the
// newest whole snapshot, and the entries of the log behind it. Works in steps, as bytes arrive.

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/protocol/step.h"
#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {

/// The last transactions a server has, to catch others up with.
using RecentEntries = std::deque<std::pair<Zxid, Bytes>>;

class Recovery {
 public:
  /// Entries behind `cut_after` are removed for good. At most `recent` entries are kept at hand.
  Recovery(std::optional<Zxid> cut_after, std::size_t recent, std::uint64_t which)
      : cut_after_(cut_after), keep_(recent), which_(which) {}

  /// Goes on as far as bytes are in memory; true when all is read. To be called again with every
  /// token of storage kind `recovery` and this `which`.
  bool resume(const Step& step);

  /// Results, once resume() said true.
  DataTree tree;
  RecentEntries recent;
  std::string log_file;  ///< the last one, to be gone on with; may be empty
  /// A log is damaged elsewhere than at its end: entries that were acknowledged may be gone.
  bool corrupt = false;

 private:
  enum class Phase : std::uint8_t { list, snapshot, log, done };

  void list(const Step& step);
  bool read_all(const Step& step, const std::string& file);
  void load_snapshot(const Step& step);
  void replay_log(const Step& step);
  void cut(const Step& step, std::uint64_t position);

  std::optional<Zxid> cut_after_;
  std::size_t keep_;
  std::uint64_t which_;
  Phase phase_ = Phase::list;
  std::vector<std::string> snapshots_;  ///< newest last
  std::vector<std::string> logs_;
  std::size_t at_log_ = 0;
  std::vector<Bytes> parts_;  ///< of the file being read
  std::uint64_t position_ = 0;
};

}  // namespace wavetank::coordination
