#pragma once

// For the .cpp files of PartitionLog: what it is made of.

#include <optional>
#include <string>
#include <vector>

#include "engine/log/storage/checkpoint.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/storage/producer_state.h"

namespace wavetank::log {

struct PartitionLog::State {
  State(std::string log_name, const TopicConfig& its_config, port::Storage& its_storage,
        port::StorageToken token)
      : name(std::move(log_name)), config(its_config), storage(its_storage), durable_token(token) {}

  const std::string name;
  const TopicConfig config;
  port::Storage& storage;
  const port::StorageToken durable_token;

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

  [[nodiscard]] std::string checkpoint_name() const { return name + "/checkpoint"; }
  Segment& active() { return segments.back(); }
  [[nodiscard]] Offset start_offset() const { return segments.front().base_offset(); }

  void open_segments();
  void add_segment(Offset base);
  void remove_segments_from(std::size_t index);
  void remove_first_segments(std::size_t count, port::Meter& meter);
  void roll();
  std::vector<AbortedTransaction> cut_aborted(std::size_t segment, Offset end);
  [[nodiscard]] std::size_t segment_holding(Offset offset) const;

  // durability
  void seal(Segment& segment);
  void withdraw_recovery_point();

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
  AppendResult store_stamped(const BatchView& batch, LeaderEpoch epoch, port::Meter& meter);
};

}  // namespace wavetank::log
