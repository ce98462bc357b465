#pragma once

// A transaction: what a request does to the tree, worked out by the leader so that applying it is
// idempotent (the versions it leads to, not "one more"). That is what lets a snapshot be taken
// while transactions go on, and a log be replayed over it. Its bytes are those of the transaction
// log (format.md): encoded once by the leader, shared by every message and file.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/coordination/types.h"

namespace wavetank::coordination {

enum class ChangeKind : std::uint8_t { create, remove, set_data, check, fail };

struct Change {
  ChangeKind kind = ChangeKind::fail;
  std::string path;
  Bytes data;                              ///< of create, set_data
  SessionId ephemeral_owner = kNoSession;  ///< of create
  /// Of set_data: the data's version after it. Of create: the parent's count of creations.
  std::int32_t version = 0;
  ErrorCode error = ErrorCode::ok;  ///< of fail
};

enum class TransactionKind : std::uint8_t {
  request,         ///< one change
  multi,           ///< all of its changes, or (if one failed) only failures
  create_session,  ///< `session` begins, with `timeout`
  /// `session` ends, and its ephemeral nodes with it. They are named, as removals: over a fuzzy
  /// snapshot that has missed one, its parent must change all the same.
  close_session,
};

struct Transaction {
  Zxid zxid;
  SessionId session = kNoSession;
  Xid xid;                   ///< the client's request that it answers
  std::int64_t time_ms = 0;  ///< the leader's clock
  TransactionKind kind = TransactionKind::request;
  Duration timeout{};
  std::vector<Change> changes;
};

/// Bytes before a transaction's body: its length and its CRC-32C.
inline constexpr std::size_t kEntryHeadBytes = 8;

/// The transaction as an entry of the log.
Bytes encode_entry(const Transaction& transaction);
/// The first entry in `bytes`; its data are slices of it. Fails, with the reason, on anything else
/// than a whole entry whose checksum is right.
Result<Transaction> decode_entry(const Bytes& bytes);
/// Length of the entry that begins `bytes`, head included; 0 if that is cut short.
std::size_t entry_size(ByteView bytes);
/// The zxid of an entry that has been checked.
Zxid entry_zxid(const Bytes& entry);

}  // namespace wavetank::coordination
