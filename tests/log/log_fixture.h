#pragma once

// One log over files in memory, with the verbs of a test: append, read, reopen.

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "engine/log/storage/partition_log.h"
#include "tests/log/batches.h"
#include "tests/support/memory_storage.h"

namespace wavetank::log::test {

class LogFixture : public testing::Test {
 protected:
  static constexpr port::StorageToken kToken{1};
  static constexpr port::StorageToken kDurable{2};
  static constexpr port::StorageToken kFlushed{3};

  LogFixture() { config_.segment_bytes = 1 << 20; }

  /// Opens (or, as a new process would, opens again) and recovers to the end.
  void open() {
    open_unrecovered();
    while (log_->recover(kToken, meter_) == PartitionLog::Progress::loading) {
      ASSERT_FALSE(storage_.take_completed().empty()) << "a wait that nothing ends";
    }
  }
  void open_unrecovered() {
    storage_.take_completed();  // what the last process waited for is lost with it
    log_.emplace("orders-7", config_, storage_, kDurable, kFlushed);
  }
  void crash_and_reopen() {
    storage_.lose_unsynced();
    storage_.evict();
    open();
  }
  /// Tells the log of every sync that has completed.
  void settle() {
    for (const port::StorageToken token : storage_.take_completed()) {
      if (token == kDurable) {
        log_->on_durable();
      } else if (token == kFlushed) {
        log_->on_flushed(meter_);
      }
    }
  }

  /// Appends `batches` batches of `spec` and returns the end offset.
  Offset append(int batches, const BatchSpec& spec = {}, int epoch = 0) {
    for (int i = 0; i < batches; ++i) {
      const auto result = log_->append_as_leader(make_batch(spec), LeaderEpoch(epoch), meter_);
      EXPECT_TRUE(result);
    }
    return log_->end_offset();
  }
  tl::expected<AppendResult, ErrorCode> lead(const Bytes& batch, int epoch = 0) {
    return log_->append_as_leader(batch, LeaderEpoch(epoch), meter_);
  }
  tl::expected<AppendResult, ErrorCode> end(const EndMarker& marker, int epoch = 0) {
    return log_->append_marker(marker, 1'000, LeaderEpoch(epoch), meter_);
  }
  tl::expected<AppendResult, ErrorCode> follow(const Bytes& batches) {
    return log_->append_as_follower(batches, meter_);
  }
  PartitionLog::Progress truncate(std::int64_t offset) {
    return log_->truncate_to(Offset(offset), kToken, meter_);
  }

  ReadStatus read(std::int64_t from, std::int64_t up_to, std::uint64_t max_bytes = 1 << 20) {
    out_.clear();
    return log_->read(Offset(from), Offset(up_to), max_bytes, out_, kToken, meter_);
  }
  /// Base offsets of the batches that the last read gave.
  std::vector<std::int64_t> bases() const {
    std::vector<std::int64_t> found;
    for (const Bytes& slice : out_) {
      for (ByteView rest = slice; !rest.empty();) {
        const auto batch = BatchView::parse(rest);
        EXPECT_TRUE(batch && batch->checksum_matches());
        found.push_back(batch->base_offset().value());
        rest = rest.subspan(batch->size_bytes());
      }
    }
    return found;
  }
  /// Base offsets of all batches, read to the end as a consumer would.
  std::vector<std::int64_t> all_bases() {
    std::vector<std::int64_t> found;
    Offset at = log_->start_offset();
    while (at < log_->end_offset()) {
      const ReadStatus status = read(at.value(), log_->end_offset().value());
      if (status == ReadStatus::loading) {
        continue;
      }
      const auto more = bases();
      EXPECT_EQ(status, ReadStatus::ok);
      EXPECT_FALSE(more.empty()) << "no progress at " << at.value();
      if (more.empty()) {
        break;
      }
      found.insert(found.end(), more.begin(), more.end());
      for (ByteView rest = out_.back(); !rest.empty();) {
        const auto batch = BatchView::parse(rest);
        at = batch->last_offset() + 1;
        rest = rest.subspan(batch->size_bytes());
      }
    }
    return found;
  }

  std::vector<std::string> segment_files() const {
    std::vector<std::string> names = storage_.list("orders-7/");
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
    return names;
  }

  wavetank::test::MemoryStorage storage_;
  TopicConfig config_;
  port::Meter meter_;
  std::optional<PartitionLog> log_;
  std::vector<Bytes> out_;
};

}  // namespace wavetank::log::test
