#include "engine/coordination/tree/transaction.h"

#include "tests/coordination/tree_fixture.h"

namespace wavetank::coordination::test {
namespace {

Transaction sample() {
  Transaction it = numbered(0x1'0000'0005, create("/a", "data", 3, SessionId(9)));
  it.xid = Xid(77);
  it.kind = TransactionKind::multi;
  it.timeout = seconds(4);
  it.changes.push_back(set_data("/b", std::string(1000, 'x'), 12));
  it.changes.push_back({ChangeKind::fail, "/c", {}, {}, 0, ErrorCode::not_empty});
  return it;
}

TEST(TransactionEntry, IsReadAsItWasWritten) {
  const Bytes entry = encode_entry(sample());
  EXPECT_EQ(entry_zxid(entry), Zxid(0x1'0000'0005));
  EXPECT_EQ(entry_size(entry), entry.size());
  const Result<Transaction> read = decode_entry(entry);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(encode_entry(*read), entry);
  EXPECT_EQ(read->xid, Xid(77));
  EXPECT_EQ(read->timeout, seconds(4));
  EXPECT_EQ(as_text(read->changes.at(0).data), "data");
  EXPECT_EQ(read->changes.at(0).ephemeral_owner, SessionId(9));
  EXPECT_EQ(read->changes.at(1).version, 12);
  EXPECT_EQ(read->changes.at(2).error, ErrorCode::not_empty);
}

TEST(TransactionEntry, SharesTheDataWithTheTree) {
  const Bytes entry = encode_entry(numbered(1, create("/a", "data")));
  const Result<Transaction> read = decode_entry(entry);
  EXPECT_GE(read->changes[0].data.data(), entry.data());
  EXPECT_LT(read->changes[0].data.data(), entry.data() + entry.size());
}

TEST(TransactionEntry, IsRefusedWithAnyByteWrong) {
  const Bytes entry = encode_entry(sample());
  for (std::size_t at = 4; at < entry.size(); at += 7) {
    const Bytes wrong = Bytes::build(entry.size(), [&](std::uint8_t* to) {
      std::memcpy(to, entry.data(), entry.size());
      to[at] ^= 0x10;
    });
    EXPECT_FALSE(decode_entry(wrong).has_value()) << "byte " << at;
  }
}

TEST(TransactionEntry, IsRefusedWhenCutShort) {
  const Bytes entry = encode_entry(sample());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{8}, entry.size() - 1}) {
    EXPECT_FALSE(decode_entry(entry.slice(0, size)).has_value());
  }
}

}  // namespace
}  // namespace wavetank::coordination::test
