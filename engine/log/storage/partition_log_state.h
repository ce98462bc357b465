#pragma once

// For the .cpp files of PartitionLog: what it is made of.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/storage/checkpoint.h"
#include "engine/log/storage/cleaning.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/storage/producer_state.h"

namespace wavetank::log {

struct PartitionLog::State {
  State(std::string log_name, const TopicConfig& its_config, port::Storage& its_storage,
        port::StorageToken its_durable_token, port::StorageToken its_flush_token)
      : name(std::move(log_name)),
        config(its_config),
        storage(its_storage),
        durable_token(its_durable_token),
        flush_token(its_flush_token) {}

  const std::string name;
  const TopicConfig config;
  port::Storage& storage;
  const port::StorageToken durable_token;
  const port::StorageToken flush_token;

  std::vector<Segment> segments;  ///< ascending; the last one is active; never empty
  Offset end_offset;
  std::uint64_t size_bytes = 0;
  LeaderEpochs epochs;
  ProducerState producers;

  bool recovered = false;
  std::optional<std::size_t> scanning;  ///< the segment that recovery is at

  Offset recovery_point;
  std::uint32_t seals_pending = 0;            ///< operations of `seal` that are not yet durable
  std::optional<Checkpoint> next_checkpoint;  ///< to be written when none is pending

  Offset cleaned;                      ///< what lies below has been compacted
  bool uncleanable = false;            ///< a pass has met damage
  std::unique_ptr<Cleaning> cleaning;  ///< the pass under way

  Offset flushed;                     ///< all below has been forced to the disk
  Offset flush_target;                ///< of the flush under way
  std::uint32_t flushes_pending = 0;  ///< operations of the flush under way
  Time last_flush;                    ///< by flush_interval

  [[nodiscard]] std::string checkpoint_name() const { return name + "/checkpoint"; }
  [[nodiscard]] std::string cleaned_name() const { return name + "/cleaned"; }
  Segment& active() { return segments.back(); }
  [[nodiscard]] Offset start_offset() const { return segments.front().base_offset(); }

  void open_segments();
  void add_segment(Offset base);
  void remove_segments_from(std::size_t index);
  void remove_first_segments(std::size_t count, port::Meter& meter);
  void roll();
  std::vector<AbortedTransaction> cut_aborted(std::size_t segment, Offset end);
  [[nodiscard]] std::size_t segment_holding(Offset offset) const;
  [[nodiscard]] Offset end_of(std::size_t segment) const;
  void aborted_in(Offset from, Offset up_to, std::vector<AbortedTransaction>& out) const;

  // durability
  void seal(Segment& segment);
  void withdraw_recovery_point();

  // forcing to the disk
  [[nodiscard]] bool too_many_unflushed() const;
  void begin_flush(port::Meter& meter);
  void flush_if_too_many(port::Meter& meter);
  void unflush();

  // recovery
  void begin_recovery();
  bool trust(const Checkpoint& checkpoint);
  enum class Scan : std::uint8_t { whole, damaged, loading };
  Scan scan(Segment& segment, port::StorageToken token, port::Meter& meter);
  bool adopt_all(Segment& segment, ByteView slice, port::Meter& meter);

  // appending
  tl::expected<AppendResult, ErrorCode> check_follower(ByteView bytes, port::Meter& meter) const;
  void store(const BatchView& batch, Bytes unit);
  void note(const BatchView& batch, Segment& segment);
  [[nodiscard]] bool is_too_large(std::size_t bytes) const;
  [[nodiscard]] tl::expected<std::optional<Bytes>, ErrorCode> recode(const BatchView& batch,
                                                                     port::Meter& meter) const;
  AppendResult store_stamped(const BatchView& batch, LeaderEpoch epoch, port::Meter& meter);
  /// Whether a batch that begins here may come next: compaction leaves gaps.
  [[nodiscard]] bool continues(Offset end, Offset base) const {
    return base == end || (base > end && config.compacts());
  }

  // compaction
  void load_cleaned();
  void set_cleaned(Offset up_to);
  [[nodiscard]] std::size_t cleanable_segments(Offset stable, std::int64_t now_ms) const;
  [[nodiscard]] CleanedTransactions transactions_in(std::size_t first, std::size_t end) const;
  void abandon_cleaning();
  CleaningStep give_up_on_cleaning();
  std::optional<std::vector<Bytes>> read_for_cleaning(std::uint64_t max_bytes,
                                                      port::StorageToken token, port::Meter& meter);
  std::optional<BatchView> next_to_clean(ByteView bytes, port::Meter& meter);
  CleaningStep map_more(std::uint64_t max_bytes, port::StorageToken token, port::Meter& meter);
  bool map_batch(const BatchView& batch, port::Meter& meter);
  void begin_copying();
  bool next_group();
  CleaningStep copy_more(std::uint64_t max_bytes, port::StorageToken token, port::Meter& meter);
  void copy_batch(const BatchView& batch, Bytes unit, port::Meter& meter);
  /// How many records of a batch stay.
  struct Kept {
    std::int32_t records = 0;
    std::optional<std::int64_t> new_horizon_ms;
  };
  Kept kept_of_marker(const BatchView& batch);
  Kept kept_of_data(const BatchView& batch, port::Meter& meter);
  [[nodiscard]] bool stays(const BatchView& batch, const RecordView& record) const;
  void replace_group(port::Meter& meter);
};

}  // namespace wavetank::log
