#include "engine/coordination/kv/store.h"

#include <gmock/gmock.h>

#include "engine/coordination/kv/limits.h"
#include "tests/kv/service.h"

namespace wavetank::kv {
namespace {

using test::put;
using test::put_if;
using test::remove;

class StoreOfOne : public testing::Test {
 protected:
  StoreOfOne() { session = store.apply(raft::LogIndex(++index), Command{}).session; }

  Store::Applied apply(const Transaction& transaction, std::uint64_t sequence,
                       std::uint64_t settled = 1) {
    return store.apply(
        raft::LogIndex(++index),
        Command{CommandKind::change, session, Sequence(sequence), Sequence(settled), transaction});
  }
  Outcome done(const Transaction& transaction) {
    const Store::Applied applied = apply(transaction, ++last);
    EXPECT_EQ(applied.error, ErrorCode::ok);
    return *decode_outcome(applied.outcome);
  }
  std::string value(const std::string& key) {
    const KeyValue* found = store.find(key);
    return found == nullptr ? "-" : std::string(as_text(found->value));
  }

  Store store;
  SessionId session;
  std::uint64_t index = 0;
  std::uint64_t last = 0;
};

TEST_F(StoreOfOne, CountsARevisionForEveryTransactionThatChanges) {
  EXPECT_EQ(store.revision(), Revision(1));
  EXPECT_EQ(done(put("a", "1")).revision, Revision(2));
  EXPECT_EQ(done(put("a", "2")).revision, Revision(3));
  EXPECT_EQ(done(remove("none")).revision, Revision(3));
  const KeyValue& a = *store.find("a");
  EXPECT_EQ(a.created, Revision(2));
  EXPECT_EQ(a.modified, Revision(3));
  EXPECT_EQ(a.version, 2U);
}

TEST_F(StoreOfOne, BeginsAKeyAnewAfterItsRemoval) {
  done(put("a", "1"));
  EXPECT_TRUE(done(remove("a")).results.at(0).found);
  EXPECT_EQ(value("a"), "-");
  done(put("a", "2"));
  EXPECT_EQ(store.find("a")->version, 1U);
  EXPECT_EQ(store.find("a")->created, store.revision());
}

TEST_F(StoreOfOne, PutsOnlyWhereTheComparisonHolds) {
  EXPECT_TRUE(done(put_if("a", Revision(0), "mine")).succeeded);
  const Outcome second = done(put_if("a", Revision(0), "yours"));
  EXPECT_FALSE(second.succeeded);
  EXPECT_EQ(as_text(second.results.at(0).value), "mine");
  EXPECT_TRUE(done(put_if("a", second.results.at(0).modified, "yours")).succeeded);
  EXPECT_EQ(value("a"), "yours");
}

TEST_F(StoreOfOne, ComparesValueVersionAndRevisions) {
  done(put("a", "1"));
  const auto holds = [&](Target target, std::uint64_t number, const char* value = "") {
    Transaction asks;
    asks.compares.push_back({"a", target, number, Bytes::copy_of(value)});
    return done(asks).succeeded;
  };
  EXPECT_TRUE(holds(Target::value, 0, "1"));
  EXPECT_FALSE(holds(Target::value, 0, "2"));
  EXPECT_TRUE(holds(Target::version, 1));
  EXPECT_FALSE(holds(Target::version, 2));
  EXPECT_TRUE(holds(Target::created, 2));
  EXPECT_FALSE(holds(Target::modified, 3));
}

TEST_F(StoreOfOne, DoesATransactionThatComesTwiceOnce) {
  const Store::Applied first = apply(put("a", "1"), 1);
  const Store::Applied again = apply(put("a", "1"), 1);
  EXPECT_EQ(again.outcome, first.outcome);
  EXPECT_EQ(store.find("a")->version, 1U);
}

TEST_F(StoreOfOne, ForgetsWhatIsSettledAndPassesOverItsEcho) {
  apply(put("a", "1"), 1);
  apply(put("a", "2"), 2, 2);
  EXPECT_EQ(apply(put("a", "1"), 1, 1).error, ErrorCode::bad_request);
  EXPECT_EQ(value("a"), "2");
}

TEST_F(StoreOfOne, RefusesASessionThatItDoesNotKnow) {
  session = SessionId(99);
  EXPECT_EQ(apply(put("a", "1"), 1).error, ErrorCode::session_expired);
  EXPECT_EQ(value("a"), "-");
}

TEST_F(StoreOfOne, GivesUpTheSessionUnusedForLongest) {
  const SessionId first = session;
  for (std::size_t i = 0; i < limits::kSessions; ++i) {
    session = store.apply(raft::LogIndex(++index), Command{}).session;
  }
  EXPECT_EQ(store.sessions(), limits::kSessions);
  EXPECT_EQ(apply(put("a", "1"), 1).error, ErrorCode::ok);
  session = first;
  EXPECT_EQ(apply(put("a", "1"), 1).error, ErrorCode::session_expired);
}

TEST_F(StoreOfOne, ComesBackFromItsSnapshotAsItWas) {
  done(put("a", "1"));
  done(put("b", "2"));
  done(remove("a"));
  const Bytes snapshot = store.snapshot();
  Store copy;
  ASSERT_TRUE(copy.restore(snapshot));
  EXPECT_EQ(copy.snapshot(), snapshot);
  store = std::move(copy);
  EXPECT_EQ(apply(put("b", "again"), 2).error, ErrorCode::ok) << "known to the session";
  EXPECT_EQ(value("b"), "2");
}

TEST_F(StoreOfOne, TakesNoBrokenSnapshot) {
  done(put("a", "1"));
  const Bytes snapshot = store.snapshot();
  EXPECT_FALSE(store.restore(snapshot.slice(0, snapshot.size() - 1)));
  EXPECT_FALSE(store.restore({}));
  EXPECT_EQ(value("a"), "1");
}

TEST(Command, IsDecodedOnlyWholeAndWithinBounds) {
  const Bytes bytes = encode(Command{CommandKind::change, SessionId(1), Sequence(2), Sequence(1),
                                     put_if("key", Revision(3), "value")});
  const Result<Command> back = decode_command(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sequence, Sequence(2));
  EXPECT_EQ(encode(*back), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_command(bytes.slice(0, cut))) << cut;
  }
  Command many{CommandKind::change, SessionId(1), Sequence(1), Sequence(1), {}};
  many.transaction.then.resize(limits::kOperations + 1);
  EXPECT_FALSE(decode_command(encode(many)));
  Command large{CommandKind::change, SessionId(1), Sequence(1), Sequence(1),
                put("key", std::string(limits::kRequestBytes, 'x'))};
  EXPECT_FALSE(decode_command(encode(large)));
}

}  // namespace
}  // namespace wavetank::kv
