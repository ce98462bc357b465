#pragma once

// One replica's copy of one partition: segments of batches with a sparse offset index, the leader
// epochs they were written in, what idempotent producers have written, and which transactions are
// open or were aborted. Knows nothing of leaders
// and followers; roles decide what is appended, how far readers may see, and where to truncate.
//
// Invariants: offsets ascend from start_offset to end_offset, without gaps unless the topic is
// compacted, and each segment ends where the next one begins; leader epochs never decrease; a
// stored batch has a valid header and checksum.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/log/config.h"
#include "engine/log/storage/aborted_index.h"
#include "engine/log/storage/control_batch.h"
#include "engine/log/storage/leader_epochs.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/storage/segment.h"
#include "engine/log/types.h"
#include "engine/port/meter.h"
#include "engine/port/storage.h"

namespace wavetank::port {
class Description;  // port/description.h
}

namespace wavetank::log {

class ProducerState;

struct AppendResult {
  Offset base_offset;
  Offset last_offset;
  bool duplicate = false;  ///< an idempotent retry of what is stored; nothing was appended
};

enum class ReadStatus : std::uint8_t {
  ok,            ///< zero or more batches were given
  loading,       ///< not in memory: the role gets on_storage(token) and reads again
  out_of_range,  ///< below start_offset or above end_offset
  corrupt,       ///< what is stored is no longer a batch: the medium has changed it
};

class PartitionLog {
 public:
  /// Opens the files of `name` and creates the first segment if there is none. A log whose files
  /// were there must be brought back by `recover` before anything else is called (for a new one it
  /// is done at once). `durable_token` is what the log's own syncs complete with: the role hands it
  /// on to `on_durable`. With kNoNotify the recovery point never advances, and recovery reads
  /// everything. `flush_token` is what forced writes complete with, for `on_flushed`; with
  /// kNoNotify nothing is forced.
  PartitionLog(std::string name, const TopicConfig& config, port::Storage& storage,
               port::StorageToken durable_token = port::kNoNotify,
               port::StorageToken flush_token = port::kNoNotify);
  ~PartitionLog();
  PartitionLog(PartitionLog&&) noexcept;
  PartitionLog& operator=(PartitionLog&&) noexcept;

  // --- start-up
  // -------------------------------------------------------------------------------------

  enum class Progress : std::uint8_t { done, loading };
  /// Scans every batch from the last known-durable point on: checks header, order and checksum,
  /// cuts the log after the last good batch, rebuilds index, epochs and producer state. Call until
  /// done; `loading` means that on_storage(token) will come first. Charges what it reads to
  /// `meter`.
  Progress recover(port::StorageToken token, port::Meter& meter);
  /// One on_storage(durable_token) has come: advances the recovery point once all that was rolled
  /// is durable.
  void on_durable();
  /// All batches below are known to be durable; recovery begins here.
  [[nodiscard]] Offset recovery_point() const;

  // --- writing
  // --------------------------------------------------------------------------------------

  /// Checks a producer's batch (header, checksum, that it can be unpacked, sequence, transaction),
  /// compresses it as the topic wants it, stamps offsets and `epoch`, stores one copy. Errors:
  /// corrupt_message (also a control batch), message_too_large, out_of_order_sequence,
  /// invalid_producer_epoch, invalid_txn_state.
  tl::expected<AppendResult, ErrorCode> append_as_leader(const Bytes& batch, LeaderEpoch epoch,
                                                         port::Meter& meter);
  /// Ends a producer's transaction; if none is open the marker is stored all the same, for it may
  /// fence a producer. Errors: invalid_producer_epoch, transaction_coordinator_fenced.
  tl::expected<AppendResult, ErrorCode> append_marker(const EndMarker& marker,
                                                      std::int64_t timestamp_ms, LeaderEpoch epoch,
                                                      port::Meter& meter);
  /// Checks and stores what the leader stamped, one or more whole batches, sharing their bytes; all
  /// of them or, on an error, none. Errors: corrupt_message (also a leader epoch below the last);
  /// offset_out_of_range if they do not continue this log.
  tl::expected<AppendResult, ErrorCode> append_as_follower(const Bytes& batch, port::Meter& meter);
  /// Removes all batches that end above `offset`: whole batches, so the log ends at `offset` if
  /// that is a batch boundary. `loading`: the place is not in memory; nothing was done, on_storage
  /// (token) comes, and the role truncates again (or asks its leader again, who will say the same).
  Progress truncate_to(Offset offset, port::StorageToken token, port::Meter& meter);

  // --- forcing to the disk (flush.messages, flush.ms)
  // ------------------------------------------------------------------------------------

  // An append that makes flush_messages that are not on the disk has them forced there. Who
  // appended is not answered before (in Kafka the append itself takes so long), and a follower does
  // not ask for more: so what is acknowledged is on the disk of everyone who counts as having it.

  /// The append that ended with `last` is not to be answered yet: it has caused, or waits for, a
  /// forced write.
  [[nodiscard]] bool holds_back(Offset last) const;
  /// Everything below has been forced to the disk.
  [[nodiscard]] Offset flushed_offset() const;
  /// Forces what is not yet on the disk, if the last time was flush_interval ago.
  void flush_if_older(Time now, port::Meter& meter);
  /// One on_storage(flush_token) has come.
  void on_flushed(port::Meter& meter);

  // --- retention
  // ------------------------------------------------------------------------------------

  /// Removes the oldest segments whose records are all older than `retention`, and those by which
  /// the log is greater than `retention_bytes`; none with records at or above `committed`. The
  /// active segment is rolled for it. True if the log's start has moved.
  bool expire(std::int64_t now_ms, Offset committed, port::Meter& meter);
  /// Removes the segments that end at or below `start`, the leader's: a follower's log begins up to
  /// a segment before its leader's. True if the log's start has moved.
  bool advance_start(Offset start, port::Meter& meter);
  /// Removes everything; the log begins, and ends, at `start`. For a follower whose end its leader
  /// has thrown away.
  void restart_at(Offset start, port::Meter& meter);

  // --- compaction by key (Kafka documentation, "Log Compaction"; KIP-354, KIP-534)
  // ------------------------------------------------------------------------------------

  /// What a pass could clean: segments that lie below the recovery point and a stable offset, and
  /// are older than min_compaction_lag.
  struct Cleanable {
    std::uint64_t clean_bytes = 0;  ///< of segments that were cleaned before
    std::uint64_t dirty_bytes = 0;
    bool overdue = false;  ///< dirty for longer than max_compaction_lag

    [[nodiscard]] double dirty_share() const {
      return static_cast<double>(dirty_bytes) / static_cast<double>(clean_bytes + dirty_bytes);
    }
  };
  /// Nothing while a pass is under way, and where the medium has changed what is stored.
  [[nodiscard]] Cleanable cleanable(Offset stable, std::int64_t now_ms) const;
  /// Begins a pass over what is cleanable: of every key below the greatest offset that a map of
  /// `memory_bytes` reaches, only the latest record stays; a tombstone, and a marker of which the
  /// transaction is gone, delete_retention longer. REQUIRES: something is dirty.
  void begin_cleaning(Offset stable, std::int64_t now_ms, std::uint64_t memory_bytes);
  enum class CleaningProgress : std::uint8_t {
    more,
    waiting,  ///< on_storage(token) comes first
    done,     ///< or given up
  };
  struct CleaningStep {
    CleaningProgress progress = CleaningProgress::more;
    std::uint64_t bytes = 0;  ///< read and written
  };
  /// The next piece of the pass: reads `max_bytes` and writes what stays of them. Segments are
  /// replaced one group after another, once the new one is durable. REQUIRES: is_cleaning().
  CleaningStep clean(std::uint64_t max_bytes, port::StorageToken token, port::Meter& meter);
  /// False after the end of a pass, and when the log was cut meanwhile, which ends it too.
  [[nodiscard]] bool is_cleaning() const;
  /// Where the last pass that was finished had come to.
  [[nodiscard]] Offset cleaned_up_to() const;

  // --- reading
  // --------------------------------------------------------------------------------------

  [[nodiscard]] const TopicConfig& config() const;
  [[nodiscard]] Offset start_offset() const;
  /// Offset the next record will get ("log end offset").
  [[nodiscard]] Offset end_offset() const;
  [[nodiscard]] std::uint64_t size_bytes() const;
  [[nodiscard]] const std::string& name() const;

  /// Appends to `out` the batches from the one that holds `from` on, each slice one or more whole
  /// batches, while they end at or below `up_to` (exclusive: a high watermark or the end offset)
  /// and the total stays within `max_bytes`; the first batch is given whatever its size. Stops at
  /// the end of a segment, as Kafka does: a reader that wants more asks again.
  ReadStatus read(Offset from, Offset up_to, std::uint64_t max_bytes, std::vector<Bytes>& out,
                  port::StorageToken token, port::Meter& meter) const;

  /// The first record below `up_to` that is not earlier than `timestamp_ms`, in `found`; nothing
  /// there if there is none. `loading` as in `read`.
  ReadStatus find_time(std::int64_t timestamp_ms, Offset up_to,
                       std::optional<TimestampedOffset>& found, port::StorageToken token,
                       port::Meter& meter) const;

  // --- transactions (KIP-98)
  // -------------------------------------------------------------------------------------

  /// The last stable offset: below it every transaction has ended, and its end is below the high
  /// watermark. What ended below is forgotten, so the high watermark should not go back.
  Offset stable_up_to(Offset high_watermark);
  /// Appends to `out` the aborted transactions with records in [from, up_to).
  void aborted_in(Offset from, Offset up_to, std::vector<AbortedTransaction>& out) const;

  // --- leader epochs (KIP-101, KIP-279)
  // -----------------------------------------------------------

  /// Epoch of the last batch, or kNoLeaderEpoch in an empty log.
  [[nodiscard]] LeaderEpoch latest_epoch() const;
  /// What is known of those who wrote to the log.
  [[nodiscard]] const ProducerState& producers() const;
  /// The greatest epoch <= `epoch` that this log knows, and where it ends (see LeaderEpochs).
  [[nodiscard]] EpochEnd end_of_epoch(LeaderEpoch epoch) const;
  /// For who looks: offsets, epochs, segments, and what is not on the disk.
  void describe(port::Description& out) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
