#include "engine/coordination/raft/entry_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_storage.h"

namespace wavetank::raft {
namespace {

using wavetank::test::MemoryStorage;

constexpr port::StorageToken kTokens{1000};

class FilePorts final : public port::Ports {
 public:
  explicit FilePorts(MemoryStorage& storage) : storage_(storage) {}
  void send(NodeId, port::Lane, port::Message) override {}
  void set_timer(port::TimerId, Time) override {}
  void cancel_timer(port::TimerId) override {}
  std::uint64_t random() override { return 0; }
  port::Meter& meter() override { return meter_; }
  port::Storage& storage() override { return storage_; }

 private:
  MemoryStorage& storage_;
  port::Meter meter_;
};

class Entries : public testing::Test {
 protected:
  void append(std::uint64_t term, std::string_view command) {
    log->append({Term(term), Bytes::copy_of(command)});
    log->write(step);
  }
  void settle() {
    for (auto done = storage.take_completed(); !done.empty(); done = storage.take_completed()) {
      for (const port::StorageToken token : done) {
        EXPECT_TRUE(log->on_storage(step, token));
      }
    }
  }
  EntryLog::Loading reopen() {
    storage.take_completed();
    log.emplace(kTokens);
    EntryLog::Loading result = log->load(step);
    while (result == EntryLog::Loading::waiting) {
      storage.take_completed();
      result = log->load(step);
    }
    return result;
  }
  std::string all() {
    std::string text;
    for (LogIndex i = log->first(); i <= log->last(); ++i) {
      text += std::to_string(log->at(i).term.value()) + std::string(as_text(log->at(i).command));
    }
    return text;
  }
  /// Three segments: a b | c d | e f.
  void three_segments() {
    for (const char* pair : {"ab", "cd", "ef"}) {
      log->roll();
      log->append({Term(1), Bytes::copy_of(std::string_view(pair, 1))});
      log->append({Term(1), Bytes::copy_of(std::string_view(pair + 1, 1))});
      log->write(step);
      settle();
    }
  }
  std::string file(int first) {
    std::string digits = std::to_string(first);
    return "raft/" + std::string(20 - digits.size(), '0') + digits + ".log";
  }

  MemoryStorage storage;
  FilePorts ports{storage};
  port::Step step{{}, ports};
  std::optional<EntryLog> log{kTokens};
};

TEST_F(Entries, AreDurableWhenTheirSyncIsDone) {
  append(1, "a");
  EXPECT_EQ(log->last(), LogIndex(1));
  EXPECT_EQ(log->durable(), LogIndex(0));
  settle();
  EXPECT_EQ(log->durable(), LogIndex(1));
}

TEST_F(Entries, ThatComeDuringAWriteAreWrittenTogether) {
  append(1, "a");
  storage.forget_accesses();
  for (int i = 0; i < 10; ++i) {
    append(1, "b");
  }
  EXPECT_EQ(storage.accesses().appends, 0U);
  settle();
  EXPECT_EQ(storage.accesses().appends, 1U);
  EXPECT_EQ(storage.accesses().syncs, 1U);
  EXPECT_EQ(log->durable(), LogIndex(11));
}

TEST_F(Entries, AreThereAfterARestart) {
  append(1, "a");
  append(2, "bb");
  settle();
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a2bb");
  EXPECT_EQ(log->durable(), LogIndex(2));
}

TEST_F(Entries, ComeBackFromAColdDisk) {
  three_segments();
  storage.evict();
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a1b1c1d1e1f");
}

TEST_F(Entries, OfATornLastWriteAreCut) {
  append(1, "a");
  settle();
  append(1, "b");
  storage.cut(file(1), storage.size_of(file(1)) - 1);
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a");
  append(2, "c");
  settle();
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a2c");
}

TEST_F(Entries, DamagedInTheMiddleAreNotMistakenForATornTail) {
  append(1, "a");
  settle();
  append(1, "b");
  settle();
  storage.corrupt(file(1), 24);
  EXPECT_EQ(reopen(), EntryLog::Loading::damaged);
}

TEST_F(Entries, WithADamagedLengthAreNotMistakenForATornTail) {
  append(1, "a");
  settle();
  append(1, "b");
  settle();
  storage.corrupt(file(1), 1);
  EXPECT_EQ(reopen(), EntryLog::Loading::damaged);
}

TEST_F(Entries, DamagedInAnEarlierSegmentAreDamage) {
  three_segments();
  storage.corrupt(file(3), storage.size_of(file(3)) - 1);
  EXPECT_EQ(reopen(), EntryLog::Loading::damaged);
}

TEST_F(Entries, AreCutAcrossSegments) {
  three_segments();
  log->truncate_from(step, LogIndex(2));
  append(2, "x");
  settle();
  EXPECT_EQ(all(), "1a2x");
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a2x");
  EXPECT_EQ(storage.list("raft/").size(), 1U);
}

TEST_F(Entries, CutWhileBeingWrittenAreNotDurable) {
  append(1, "a");
  settle();
  log->append({Term(1), Bytes::copy_of("b")});
  log->append({Term(1), Bytes::copy_of("c")});
  log->write(step);
  log->truncate_from(step, LogIndex(3));
  settle();
  EXPECT_EQ(log->durable(), LogIndex(2));
}

TEST_F(Entries, NotYetWrittenCanBeCut) {
  append(1, "a");
  append(1, "b");
  append(1, "c");
  log->truncate_from(step, LogIndex(2));
  append(2, "x");
  settle();
  EXPECT_EQ(all(), "1a2x");
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1a2x");
}

TEST_F(Entries, DroppedFromTheFrontTakeWholeSegmentsWithThem) {
  three_segments();
  log->drop_before(step, LogIndex(4));
  EXPECT_EQ(all(), "1d1e1f");
  EXPECT_EQ(storage.list("raft/").size(), 2U);
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(all(), "1c1d1e1f") << "the rest of the segment is still there";
}

TEST_F(Entries, BeginAnewAfterAReset) {
  three_segments();
  append(1, "late");
  log->reset(step, LogIndex(101));
  settle();
  EXPECT_EQ(log->durable(), LogIndex(100));
  append(3, "z");
  settle();
  EXPECT_EQ(log->durable(), LogIndex(101));
  EXPECT_EQ(reopen(), EntryLog::Loading::done);
  EXPECT_EQ(log->first(), LogIndex(101));
  EXPECT_EQ(all(), "3z");
}

}  // namespace
}  // namespace wavetank::raft
