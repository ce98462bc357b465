#include "engine/coordination/tree/transaction.h"

#include "engine/base/codec.h"
#include "engine/base/hash.h"

namespace wavetank::coordination {

namespace {

void write_change(ByteWriter& to, const Change& change) {
  to.fixed(static_cast<std::uint8_t>(change.kind));
  to.text(change.path);
  to.unsigned_varint(change.ephemeral_owner.value());
  to.varint(change.version);
  to.fixed(static_cast<std::uint8_t>(change.error));
  to.sized(change.data);
}

Change read_change(ByteReader& from, const Bytes& entry) {
  Change change;
  change.kind = static_cast<ChangeKind>(from.fixed<std::uint8_t>());
  change.path = std::string(from.text());
  change.ephemeral_owner = SessionId(from.unsigned_varint());
  change.version = static_cast<std::int32_t>(from.varint());
  change.error = static_cast<ErrorCode>(from.fixed<std::uint8_t>());
  const ByteView data = from.sized();
  if (!data.empty()) {
    change.data = entry.slice(static_cast<std::size_t>(data.data() - entry.data()), data.size());
  }
  return change;
}

}  // namespace

Bytes encode_entry(const Transaction& transaction) {
  ByteWriter body;
  body.fixed(transaction.zxid.value());
  body.unsigned_varint(transaction.session.value());
  body.unsigned_varint(transaction.xid.value());
  body.varint(transaction.time_ms);
  body.fixed(static_cast<std::uint8_t>(transaction.kind));
  body.varint(transaction.timeout.ns());
  body.unsigned_varint(transaction.changes.size());
  for (const Change& change : transaction.changes) {
    write_change(body, change);
  }
  return Bytes::build(kEntryHeadBytes + body.size(), [&](std::uint8_t* to) {
    store_be(to, static_cast<std::uint32_t>(body.size()));
    store_be(to + sizeof(std::uint32_t), crc32c(body.view()));
    std::memcpy(to + kEntryHeadBytes, body.view().data(), body.size());
  });
}

std::size_t entry_size(ByteView bytes) {
  if (bytes.size() < kEntryHeadBytes) {
    return 0;
  }
  const std::size_t size = kEntryHeadBytes + load_be<std::uint32_t>(bytes.data());
  return size > bytes.size() ? 0 : size;
}

Zxid entry_zxid(const Bytes& entry) {
  return Zxid(load_be<std::uint64_t>(entry.data() + kEntryHeadBytes));
}

Result<Transaction> decode_entry(const Bytes& bytes) {
  const std::size_t size = entry_size(bytes);
  if (size == 0) {
    return fail("the entry is cut short");
  }
  const ByteView body = bytes.view().subspan(kEntryHeadBytes, size - kEntryHeadBytes);
  if (crc32c(body) != load_be<std::uint32_t>(bytes.data() + sizeof(std::uint32_t))) {
    return fail("the entry's checksum is wrong");
  }
  ByteReader from(body);
  Transaction transaction;
  transaction.zxid = Zxid(from.fixed<std::uint64_t>());
  transaction.session = SessionId(from.unsigned_varint());
  transaction.xid = Xid(static_cast<std::uint32_t>(from.unsigned_varint()));
  transaction.time_ms = from.varint();
  transaction.kind = static_cast<TransactionKind>(from.fixed<std::uint8_t>());
  transaction.timeout = Duration(from.varint());
  const std::uint64_t changes = from.unsigned_varint();
  for (std::uint64_t i = 0; i < changes && from.ok(); ++i) {
    transaction.changes.push_back(read_change(from, bytes));
  }
  if (!from.ok() || from.remaining() != 0) {
    return fail("the entry does not have the length its fields say");
  }
  return transaction;
}

}  // namespace wavetank::coordination
