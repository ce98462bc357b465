// The checkers of transactions find what they are for: each is given a history with the fault
// planted, and one without.

#include <gtest/gtest.h>

#include "models/record_source.h"
#include "sim/check/aborted_read.h"
#include "sim/check/precommitted_read.h"
#include "sim/check/transaction_atomicity.h"

namespace wavetank::sim {
namespace {

using reports::Verdict;

class TransactionCheckers : public testing::Test {
 protected:
  static EventId event(std::uint64_t number) { return EventId(models::make_event_id(0, number)); }
  /// A transaction of three records.
  TransactionNumber transaction() {
    const TransactionNumber number = history.begin();
    for (int i = 0; i < 3; ++i) {
      history.sent(event(next++), number);
    }
    return number;
  }
  void read(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
      precommitted.delivered(event(i), *history.delivered(event(i)));
    }
  }

  TransactionHistory history;
  PrecommittedRead precommitted;
  std::uint64_t next = 0;
};

TEST_F(TransactionCheckers, PassAHistoryWithoutFault) {
  const auto kept = transaction();
  const auto dropped = transaction();
  history.becomes(kept, TransactionFate::committing);
  read(0, 3);
  history.becomes(kept, TransactionFate::committed);
  history.becomes(dropped, TransactionFate::aborted);
  EXPECT_EQ(judge_aborted_read(history).verdict, Verdict::pass);
  EXPECT_EQ(precommitted.report().verdict, Verdict::pass);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::pass);
}

TEST_F(TransactionCheckers, CatchARecordOfAnAbortedTransaction) {
  history.becomes(transaction(), TransactionFate::aborted);
  read(1, 1);
  EXPECT_EQ(judge_aborted_read(history).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, LetWhatWasAbortedBeSentAgainAndRead) {
  const auto shut_out = transaction();
  const auto goes_on = history.begin();
  for (std::uint64_t i = 0; i < 3; ++i) {
    history.sent(event(i), goes_on);
  }
  history.becomes(goes_on, TransactionFate::committing);
  history.becomes(shut_out, TransactionFate::aborted);
  read(0, 3);
  history.becomes(goes_on, TransactionFate::committed);
  EXPECT_EQ(judge_aborted_read(history).verdict, Verdict::pass);
  EXPECT_EQ(precommitted.report().verdict, Verdict::pass);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::pass);
}

TEST_F(TransactionCheckers, CatchWhatWasAbortedWhereverItWasSent) {
  history.becomes(transaction(), TransactionFate::aborted);
  const auto again = history.begin();
  history.sent(event(1), again);
  read(1, 1);
  history.becomes(again, TransactionFate::aborted);
  EXPECT_EQ(judge_aborted_read(history).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, CatchARecordThatIsReadBeforeTheAbort) {
  const auto dropped = transaction();
  history.becomes(dropped, TransactionFate::committing);
  read(0, 1);
  history.becomes(dropped, TransactionFate::aborted);
  EXPECT_EQ(judge_aborted_read(history).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, CatchARecordThatIsReadBeforeTheCommitIsAskedFor) {
  const auto early = transaction();
  read(0, 1);
  history.becomes(early, TransactionFate::committed);
  EXPECT_EQ(precommitted.report().verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, CatchACommittedTransactionOfWhichAPartIsMissing) {
  history.becomes(transaction(), TransactionFate::committed);
  read(0, 2);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, CatchACommittedTransactionThatIsMissingWhole) {
  history.becomes(transaction(), TransactionFate::committed);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, AllowAllOrNothingOfATransactionWhoseOutcomeNobodyKnows) {
  history.becomes(transaction(), TransactionFate::unknown);
  history.becomes(transaction(), TransactionFate::unknown);
  history.becomes(transaction(), TransactionFate::unknown);
  read(0, 3);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::pass);
  read(3, 1);
  EXPECT_EQ(judge_transaction_atomicity(history, true).verdict, Verdict::fail);
}

TEST_F(TransactionCheckers, DoNotJudgeAtomicityOfAReaderThatHasNotCaughtUp) {
  history.becomes(transaction(), TransactionFate::committed);
  EXPECT_EQ(judge_transaction_atomicity(history, false).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace wavetank::sim
