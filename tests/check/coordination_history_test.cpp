// Each test plants one kind of bug in a history and sees it caught by the check for it, and no
// other.

#include "sim/check/coordination_history.h"

#include <gmock/gmock.h>

namespace wavetank::sim {
namespace {

using coordination::DataTree;
using coordination::ErrorCode;
using coordination::EventType;
using coordination::OpCode;
using coordination::Operation;
using coordination::RequestKind;
using coordination::Response;
using coordination::SessionId;
using coordination::Xid;
using coordination::Zxid;
using testing::ElementsAre;
using testing::IsEmpty;

Operation operation(OpCode code, bool watch = false, bool ephemeral = false) {
  Operation it;
  it.code = code;
  it.path = ephemeral ? "/mine" : "/a";
  it.watch = watch;
  it.ephemeral = ephemeral;
  return it;
}

class History : public testing::Test {
 protected:
  void ask(std::uint32_t xid, Operation it, std::uint32_t client = 1) {
    ask_all(xid, {std::move(it)}, client);
  }
  void ask_all(std::uint32_t xid, std::vector<Operation> all, std::uint32_t client = 1) {
    const auto kind = all.size() > 1 ? RequestKind::multi : RequestKind::operation;
    history.asked(client, {0, Xid(xid), kind, std::move(all), {}}, Time(++clock));
  }
  void answer(std::uint32_t xid, std::uint64_t zxid, std::int32_t version = 0,
              std::uint64_t modified = 0, std::uint32_t client = 1,
              ErrorCode error = ErrorCode::ok) {
    Response response;
    response.xid = Xid(xid);
    response.zxid = Zxid(zxid);
    response.error = error;
    response.results.push_back({error, "/mine", {}, {}, {}});
    response.results.front().stat.version = version;
    response.results.front().stat.modified = Zxid(modified);
    history.answered(client, SessionId(7), response, Time(++clock));
  }
  void apply(coordination::Change change, std::uint64_t zxid) {
    coordination::Transaction transaction;
    transaction.zxid = Zxid(zxid);
    transaction.changes.push_back(std::move(change));
    std::vector<coordination::TreeEvent> ignored;
    tree.apply(transaction, ignored);
  }
  void grow(const char* path, SessionId owner = coordination::kNoSession) {
    apply({coordination::ChangeKind::create, path, {}, owner, 1, ErrorCode::ok}, 1);
  }
  void open(SessionId session, Duration timeout = {}) {
    coordination::Transaction transaction;
    transaction.zxid = Zxid(1);
    transaction.session = session;
    transaction.kind = coordination::TransactionKind::create_session;
    transaction.timeout = timeout;
    std::vector<coordination::TreeEvent> ignored;
    tree.apply(transaction, ignored);
  }
  /// The service gives this name to who asks for a numbered one.
  void number(std::uint32_t xid, const char* path) {
    Operation create = operation(OpCode::create);
    create.path = "/queue-";
    create.sequential = true;
    ask(xid, create);
    grow(path);
    Response response;
    response.xid = Xid(xid);
    response.zxid = Zxid(xid);
    response.results.push_back({ErrorCode::ok, path, {}, {}, {}});
    history.answered(1, SessionId(7), response, Time(++clock));
  }
  void set(std::int32_t version) {
    apply({coordination::ChangeKind::set_data, "/a", {}, {}, version, ErrorCode::ok}, 2);
  }
  std::vector<std::string> broken() {
    std::vector<std::string> names;
    for (const reports::InvariantReport& report : history.reports({&tree}, now)) {
      if (report.verdict == reports::Verdict::fail) {
        names.push_back(report.name);
      }
    }
    return names;
  }

  CoordinationHistory history;
  Time now;  ///< when the run ends
  DataTree tree;
  std::int64_t clock = 0;
};

TEST_F(History, ThatKeepsAllPromisesPasses) {
  open(SessionId(7));
  grow("/a");
  grow("/mine", SessionId(7));
  set(2);
  ask(1, operation(OpCode::create, false, true));
  ask(2, operation(OpCode::set_data));
  ask(3, operation(OpCode::get_data, true));
  answer(1, 1);
  answer(2, 2, 1);
  answer(3, 2, 1, 2);
  history.watch_fired(1, EventType::data_changed, "/a");
  ask(4, operation(OpCode::set_data), 2);
  answer(4, 3, 2, 0, 2);
  ask(5, operation(OpCode::get_data));
  answer(5, 3, 2, 3);
  history.delivered(NodeId(0), Zxid(1), 11);
  history.delivered(NodeId(1), Zxid(1), 11);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(History, WithAnswersOutOfOrderIsNotFifo) {
  ask(1, operation(OpCode::get_data));
  ask(2, operation(OpCode::get_data));
  answer(2, 1);
  answer(1, 1);
  EXPECT_THAT(broken(), ElementsAre("coordination/fifo"));
}

TEST_F(History, InWhichTimeGoesBackIsNotFifo) {
  ask(1, operation(OpCode::get_data));
  ask(2, operation(OpCode::get_data));
  answer(1, 9);
  answer(2, 8);
  EXPECT_THAT(broken(), ElementsAre("coordination/fifo"));
}

TEST_F(History, InWhichANodeGetsOlderIsNotFifo) {
  ask(1, operation(OpCode::get_data));
  ask(2, operation(OpCode::get_data));
  answer(1, 9, 0, 5);
  answer(2, 9, 0, 4);
  EXPECT_THAT(broken(), ElementsAre("coordination/fifo"));
}

TEST_F(History, WithAnAnswerNobodyAskedForIsNotFifo) {
  answer(1, 1);
  EXPECT_THAT(broken(), ElementsAre("coordination/fifo"));
}

TEST_F(History, InWhichTwoUpdatesGetTheSameVersionIsNotLinearizable) {
  grow("/a");
  set(1);
  ask(1, operation(OpCode::set_data), 1);
  ask(1, operation(OpCode::set_data), 2);
  answer(1, 2, 1, 0, 1);
  answer(1, 3, 1, 0, 2);
  EXPECT_THAT(broken(), ElementsAre("coordination/linearizable-writes"));
}

TEST_F(History, InWhichALaterUpdateGetsAnEarlierVersionIsNotLinearizable) {
  grow("/a");
  set(2);
  ask(1, operation(OpCode::set_data), 1);
  answer(1, 2, 2, 0, 1);
  ask(1, operation(OpCode::set_data), 2);
  answer(1, 3, 1, 0, 2);
  EXPECT_THAT(broken(), ElementsAre("coordination/linearizable-writes"));
}

TEST_F(History, AllowsForUpdatesWhoseOutcomeNobodyKnows) {
  grow("/a");
  set(2);
  ask(1, operation(OpCode::set_data), 1);
  answer(1, 0, 0, 0, 1, ErrorCode::connection_loss);
  ask(1, operation(OpCode::set_data), 2);
  answer(1, 3, 2, 0, 2);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(History, InWhichAWatchFiresTwiceIsCaught) {
  ask(1, operation(OpCode::get_data, true));
  answer(1, 1, 0, 1);
  history.watch_fired(1, EventType::data_changed, "/a");
  EXPECT_THAT(broken(), IsEmpty());
  history.watch_fired(1, EventType::data_changed, "/a");
  EXPECT_THAT(broken(), ElementsAre("coordination/watches"));
}

TEST_F(History, InWhichAChangeIsSeenBeforeItsWatchFiresIsCaught) {
  ask(1, operation(OpCode::get_data, true));
  answer(1, 1, 0, 1);
  ask(2, operation(OpCode::get_data));
  answer(2, 2, 1, 2);
  EXPECT_THAT(broken(), ElementsAre("coordination/watches"));
}

TEST_F(History, InWhichAnEphemeralNodeOutlivesItsSessionIsCaught) {
  open(SessionId(7));
  grow("/mine", SessionId(7));
  ask(1, operation(OpCode::create, false, true));
  answer(1, 1);
  EXPECT_THAT(broken(), IsEmpty());
  history.session_closed(SessionId(7));
  EXPECT_THAT(broken(), ElementsAre("coordination/ephemerals"));
}

TEST_F(History, InWhichAnEphemeralNodeEndsBeforeItsSessionIsCaught) {
  open(SessionId(7));
  ask(1, operation(OpCode::create, false, true));
  answer(1, 1);
  EXPECT_THAT(broken(), ElementsAre("coordination/ephemerals"));
}

TEST_F(History, InWhichANodeEndsWithASessionThatALeaderNoLongerSawEndPasses) {
  ask(1, operation(OpCode::create, false, true));
  answer(1, 1);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(History, InWhichANodeIsLeftOfASessionThatNobodyKnowsIsCaught) {
  grow("/mine", SessionId(7));
  ask(1, operation(OpCode::create, false, true));
  answer(1, 1);
  EXPECT_THAT(broken(), ElementsAre("coordination/ephemerals"));
}

TEST_F(History, InWhichASessionGoesOnThoughItsClientWasToldOtherwiseIsCaught) {
  open(SessionId(7));
  ask(1, operation(OpCode::get_data));
  answer(1, 1);
  EXPECT_THAT(broken(), IsEmpty());
  history.session_expired(1, Time());
  now = Time() + seconds(1);
  EXPECT_THAT(broken(), ElementsAre("coordination/ephemerals"));
}

TEST_F(History, InWhichANewLeaderGivesASessionItsTimeoutAgainPasses) {
  open(SessionId(7), milliseconds(400));
  ask(1, operation(OpCode::get_data));
  answer(1, 1);
  history.session_expired(1, Time());
  history.established(NodeId(1), coordination::Epoch(2), Time() + seconds(1));
  now = Time() + milliseconds(1700);
  EXPECT_THAT(broken(), IsEmpty());
  now = Time() + milliseconds(1900);
  EXPECT_THAT(broken(), ElementsAre("coordination/ephemerals"));
}

TEST_F(History, InWhichAnExpiryIsNotCommittedYetPasses) {
  open(SessionId(7), milliseconds(400));
  ask(1, operation(OpCode::get_data));
  answer(1, 1);
  now = Time() + seconds(9);
  history.session_expired(1, now - milliseconds(1));
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(History, InWhichAConditionalSetReplacesAnotherVersionIsCaught) {
  Operation conditional = operation(OpCode::set_data);
  conditional.version = 0;
  grow("/a");
  set(2);
  ask(1, conditional);
  answer(1, 1, 1);
  ask(2, operation(OpCode::set_data));
  answer(2, 2, 2);
  EXPECT_THAT(broken(), IsEmpty());
  ask(3, conditional);
  answer(3, 3, 3);
  set(3);
  EXPECT_THAT(broken(), ElementsAre("coordination/conditional-set"));
}

TEST_F(History, InWhichANumberIsGivenTwiceIsCaught) {
  number(1, "/queue-0000000007");
  number(2, "/queue-0000000008");
  EXPECT_THAT(broken(), IsEmpty());
  number(3, "/queue-0000000008");
  EXPECT_THAT(broken(), ElementsAre("coordination/sequential"));
}

TEST_F(History, InWhichNumbersGoBackIsCaught) {
  number(1, "/queue-0000000007");
  number(2, "/queue-0000000006");
  EXPECT_THAT(broken(), ElementsAre("coordination/sequential"));
}

TEST_F(History, InWhichOnlyAPartOfAMultiHappensIsCaught) {
  Operation left = operation(OpCode::set_data);
  Operation right = left;
  left.path = "/left";
  right.path = "/right";
  grow("/left");
  grow("/right");
  ask_all(1, {left, right});
  const auto set = [this](const char* path, std::uint64_t zxid) {
    apply({coordination::ChangeKind::set_data, path, {}, {}, 1, ErrorCode::ok}, zxid);
  };
  EXPECT_THAT(broken(), IsEmpty());
  set("/left", 2);
  EXPECT_THAT(broken(), ElementsAre("coordination/multi"));
  set("/right", 3);
  EXPECT_THAT(broken(), ElementsAre("coordination/multi")) << "both, but not at once";
}

TEST_F(History, InWhichAServerLeavesATransactionOutIsCaught) {
  for (const std::uint64_t zxid : {1U, 2U, 3U}) {
    history.delivered(NodeId(0), Zxid(zxid), zxid);
  }
  history.delivered(NodeId(1), Zxid(1), 1);
  EXPECT_THAT(broken(), IsEmpty());
  history.delivered(NodeId(1), Zxid(3), 3);
  EXPECT_THAT(broken(), ElementsAre("coordination/agreement"));
}

TEST_F(History, InWhichAServerIsGivenAWholeTreePasses) {
  for (const std::uint64_t zxid : {1U, 2U, 3U}) {
    history.delivered(NodeId(0), Zxid(zxid), zxid);
  }
  history.delivered(NodeId(1), Zxid(1), 1);
  history.reloaded(NodeId(1), Zxid(2));
  history.delivered(NodeId(1), Zxid(3), 3);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(History, InWhichServersDeliverDifferentTransactionsIsCaught) {
  history.delivered(NodeId(0), Zxid(1), 11);
  history.delivered(NodeId(1), Zxid(1), 12);
  EXPECT_THAT(broken(), ElementsAre("coordination/agreement"));
}

TEST_F(History, InWhichTwoServersLeadInOneEpochIsCaught) {
  history.established(NodeId(0), coordination::Epoch(3), Time());
  history.established(NodeId(1), coordination::Epoch(3), Time());
  EXPECT_THAT(broken(), ElementsAre("coordination/agreement"));
}

TEST_F(History, InWhichAnAcknowledgedUpdateIsGoneIsCaught) {
  grow("/a");
  ask(1, operation(OpCode::set_data));
  answer(1, 1, 1);
  EXPECT_THAT(broken(), ElementsAre("coordination/no-lost-write"));
}

}  // namespace
}  // namespace wavetank::sim
