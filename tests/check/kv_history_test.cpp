// Each test plants one kind of bug in a history and sees it caught by the check for it, and no
// other.

#include "sim/check/kv_history.h"

#include <gmock/gmock.h>

namespace wavetank::sim {
namespace {

using kv::ErrorCode;
using kv::KeyValue;
using kv::Outcome;
using kv::RequestId;
using kv::Revision;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = KvCall::Kind;

Bytes numbered(std::int64_t number) {
  return Bytes::build(kValueNumberBytes, [&](std::uint8_t* to) { store_be(to, number); });
}

class KvSeen : public testing::Test {
 protected:
  KvSeen() { apply(kv::Command{}); }

  RequestId ask(KvCall call, std::uint32_t client = 1) {
    call.key = "k";
    history.asked(client, RequestId(++last), call, Time(++clock));
    return RequestId(last);
  }
  void answer(RequestId request, Outcome outcome, std::uint32_t client = 1,
              ErrorCode error = ErrorCode::ok) {
    history.answered(client, request, error, outcome, Time(++clock));
  }
  static Outcome at(std::uint64_t revision) { return {true, Revision(revision), {KeyValue{}}}; }
  static Outcome shows(std::int64_t number, std::uint64_t revision) {
    return {true, Revision(revision), {KeyValue{true, {}, {}, 1, numbered(number)}}};
  }
  void did(KvCall call, Outcome outcome) { answer(ask(std::move(call)), std::move(outcome)); }
  static KvCall put(std::int64_t number) { return {Kind::put, {}, {}, number, 0}; }
  static KvCall read(kv::Consistency consistency = kv::Consistency::linearizable) {
    return {Kind::read, consistency, {}, 0, 0};
  }

  void apply(const kv::Command& command) { store.apply(raft::LogIndex(++index), command); }
  /// In the real store.
  void put_in_store(std::int64_t number) {
    kv::Command command{
        kv::CommandKind::change, kv::SessionId(1), kv::Sequence(index), kv::Sequence(1), {}};
    command.transaction.then.push_back({kv::OperationKind::put, "k", numbered(number)});
    apply(command);
  }
  std::vector<std::string> broken() {
    std::vector<std::string> names;
    for (const reports::InvariantReport& report : history.reports(&store)) {
      if (report.verdict == reports::Verdict::fail) {
        names.push_back(report.name);
      }
    }
    return names;
  }

  KvHistory history;
  kv::Store store;
  std::uint64_t index = 0;
  std::uint32_t last = 0;
  std::int64_t clock = 0;
};

TEST_F(KvSeen, AHistoryThatKeepsAllPromisesPasses) {
  put_in_store(7);
  put_in_store(8);
  did(put(7), at(2));
  did(read(), shows(7, 2));
  did({Kind::compare_and_put, {}, {}, 8, 7}, at(3));
  did({Kind::compare_and_put, {}, {}, 9, 7}, {false, Revision(3), {}});
  did(read(kv::Consistency::serializable), shows(8, 3));
  EXPECT_THAT(broken(), IsEmpty());
  EXPECT_EQ(history.stale_reads(), 0U);
}

TEST_F(KvSeen, AStaleLinearizableReadIsCaughtByValueAlone) {
  put_in_store(7);
  put_in_store(8);
  did(put(7), at(2));
  did(put(8), at(3));
  did(read(), shows(7, 3));
  EXPECT_THAT(broken(), ElementsAre("kv/linearizable"));
}

TEST_F(KvSeen, AReadAtAnOldRevisionIsCaught) {
  put_in_store(7);
  put_in_store(8);
  did(put(7), at(2));
  did(put(8), at(3));
  did(read(), shows(8, 2));
  EXPECT_THAT(broken(), ElementsAre("kv/revisions"));
}

TEST_F(KvSeen, AStaleSerializableReadIsCountedAndForgiven) {
  put_in_store(7);
  put_in_store(8);
  did(put(7), at(2));
  did(put(8), at(3));
  did(read(kv::Consistency::serializable), shows(7, 2));
  EXPECT_THAT(broken(), IsEmpty());
  EXPECT_EQ(history.stale_reads(), 1U);
}

TEST_F(KvSeen, TwoWinnersOfOneComparisonAreCaught) {
  put_in_store(8);
  put_in_store(9);
  const RequestId first = ask({Kind::compare_and_put, {}, {}, 8, 0}, 1);
  const RequestId second = ask({Kind::compare_and_put, {}, {}, 9, 0}, 2);
  answer(first, at(2), 1);
  answer(second, at(3), 2);
  EXPECT_THAT(broken(), ElementsAre("kv/linearizable"));
}

TEST_F(KvSeen, TwoChangesAtOneRevisionAreCaught) {
  put_in_store(7);
  put_in_store(8);
  const RequestId first = ask(put(7), 1);
  const RequestId second = ask(put(8), 2);
  answer(second, at(3), 2);
  answer(first, at(3), 1);
  EXPECT_THAT(broken(), ElementsAre("kv/revisions"));
}

TEST_F(KvSeen, ALostWriteIsCaught) {
  put_in_store(7);
  did(put(7), at(2));
  did(put(8), at(3));
  EXPECT_THAT(broken(), ElementsAre("kv/no-lost-write", "kv/applied-once"));
}

TEST_F(KvSeen, AKeyThatIsGoneIsCaughtUnlessItsRemovalWasAskedFor) {
  did(put(7), at(2));
  const RequestId removal = ask({Kind::remove, {}, {}, 0, 0});
  EXPECT_THAT(broken(), IsEmpty());
  answer(removal, {}, 1, ErrorCode::timed_out);
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(KvSeen, AKeyThatIsGoneIsCaught) {
  did(put(7), at(2));
  EXPECT_THAT(broken(), ElementsAre("kv/no-lost-write", "kv/applied-once"));
}

TEST_F(KvSeen, AnotherValueThanWasAcknowledgedIsCaught) {
  put_in_store(9);
  did(put(7), at(2));
  EXPECT_THAT(broken(), ElementsAre("kv/no-lost-write"));
}

TEST_F(KvSeen, APutThatWasDoneTwiceIsCaught) {
  put_in_store(7);
  put_in_store(7);
  did(put(7), at(3));
  EXPECT_THAT(broken(), ElementsAre("kv/applied-once"));
}

TEST_F(KvSeen, AnUnknownOutcomeMayHaveHappenedOrNot) {
  answer(ask(put(7)), {}, 1, ErrorCode::timed_out);
  did(put(8), at(2));
  put_in_store(8);
  EXPECT_THAT(broken(), IsEmpty());
  put_in_store(7);
  did(read(), shows(7, 3));
  EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(KvSeen, TwoLeadersOfOneTermAreCaught) {
  history.elected(NodeId(1), raft::Term(4));
  history.elected(NodeId(2), raft::Term(4));
  EXPECT_THAT(broken(), ElementsAre("kv/agreement"));
}

TEST_F(KvSeen, DifferentCommandsInOnePlaceAreCaught) {
  history.applied(NodeId(1), raft::LogIndex(1), {raft::Term(1), numbered(1)});
  history.applied(NodeId(2), raft::LogIndex(1), {raft::Term(1), numbered(2)});
  EXPECT_THAT(broken(), ElementsAre("kv/agreement"));
}

TEST_F(KvSeen, WithoutALeaderInTheEndNothingIsKnownOfWrites) {
  did(put(7), at(2));
  for (const reports::InvariantReport& report : history.reports(nullptr)) {
    if (report.name == "kv/no-lost-write") {
      EXPECT_EQ(report.verdict, reports::Verdict::unknown);
    }
  }
}

}  // namespace
}  // namespace wavetank::sim
