#pragma once

// A tree and the transactions that grow it, numbered from 1.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination::test {

inline Transaction numbered(std::uint64_t zxid, Change change) {
  Transaction transaction;
  transaction.zxid = Zxid(zxid);
  transaction.session = SessionId(1);
  transaction.time_ms = static_cast<std::int64_t>(1000 + zxid);
  transaction.changes.push_back(std::move(change));
  return transaction;
}
inline Change create(std::string path, std::string data = "", std::int32_t creations = 1,
                     SessionId owner = kNoSession) {
  return {ChangeKind::create, std::move(path), Bytes::copy_of(data), owner, creations, {}};
}
inline Change remove(std::string path) {
  return {ChangeKind::remove, std::move(path), {}, {}, 0, {}};
}
inline Change set_data(std::string path, std::string data, std::int32_t version) {
  return {ChangeKind::set_data, std::move(path), Bytes::copy_of(data), {}, version, {}};
}

class Tree {
 public:
  ChangeResult apply(Change change) { return apply(numbered(++zxid_, std::move(change))); }
  ChangeResult apply(Transaction transaction) {
    zxid_ = transaction.zxid.value();
    history.push_back(transaction);
    const std::vector<ChangeResult> results = tree.apply(transaction, events);
    return results.empty() ? ChangeResult{} : results.front();
  }
  void open(SessionId session) { apply(session_change(session, TransactionKind::create_session)); }
  void close(SessionId session) {
    Transaction end = session_change(session, TransactionKind::close_session);
    for (const std::string& path : tree.ephemerals(session)) {
      end.changes.push_back({ChangeKind::remove, path, {}, kNoSession, 0, ErrorCode::ok});
    }
    apply(std::move(end));
  }
  [[nodiscard]] std::string data(std::string_view path) const {
    return std::string(as_text(tree.find(path)->data.view()));
  }
  std::vector<TreeEvent> take_events() { return std::exchange(events, {}); }

  DataTree tree;
  std::vector<TreeEvent> events;
  std::vector<Transaction> history;

 private:
  Transaction session_change(SessionId session, TransactionKind kind) {
    Transaction transaction;
    transaction.zxid = Zxid(++zxid_);
    transaction.session = session;
    transaction.kind = kind;
    transaction.timeout = seconds(10);
    return transaction;
  }

  std::uint64_t zxid_ = 0;
};

}  // namespace wavetank::coordination::test
