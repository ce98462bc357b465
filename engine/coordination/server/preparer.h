#pragma once

// Turns requests into transactions, at the leader. A request is judged against the tree as it will
// be once everything proposed before it is committed: the tree, and the outstanding changes on top
// (ATC 2010, section 4.1).

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/protocol/client_messages.h"
#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {

class Preparer {
 public:
  explicit Preparer(const DataTree& tree) : tree_(tree) {}

  /// The changes that the operations come to; if one fails, a failure for each and no change. They
  /// are outstanding, as part of transaction `zxid`, until `committed`. Reads fail: they have no
  /// place in a transaction.
  std::vector<Change> prepare(const std::vector<Operation>& operations, SessionId session,
                              Zxid zxid);
  /// The session's end: its ephemeral nodes will be gone.
  std::vector<Change> close_session(SessionId session, Zxid zxid);
  /// The tree has applied this transaction, and all before.
  void committed(Zxid zxid);

 private:
  /// A node as it will be.
  struct Record {
    bool exists = false;
    std::int32_t version = 0;
    std::int32_t creations = 0;
    std::uint32_t children = 0;
    SessionId ephemeral_owner = kNoSession;
    Zxid changed;  ///< by the last of the outstanding transactions
  };

  [[nodiscard]] Record look_up(std::string_view path) const;
  void set(const std::string& path, Record record, Zxid zxid);
  void undo();
  void remove_child(std::string_view path, Zxid zxid);
  Change prepare_one(const Operation& operation, SessionId session, Zxid zxid);
  Change create(const Operation& operation, SessionId session, Zxid zxid);
  Change remove(const Operation& operation, Zxid zxid);
  Change set_data(const Operation& operation, Zxid zxid);
  [[nodiscard]] Change check(const Operation& operation) const;

  const DataTree& tree_;
  std::map<std::string, Record, std::less<>> outstanding_;
  std::map<Zxid, std::vector<std::string>> by_zxid_;
  /// What the request at hand has changed so far: the records before, if there were any.
  std::vector<std::pair<std::string, std::optional<Record>>> before_;
};

}  // namespace wavetank::coordination
