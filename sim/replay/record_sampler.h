#pragma once

// The ways of records that are drawn evenly from all of a run, stage by stage, for a trace. What it
// hears it hears from applications and brokers; when a record stood in its leader's log, and when
// it was committed, follows from its offset.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "engine/log/config.h"
#include "reports/export/trace.h"
#include "sim/cluster/cluster.h"
#include "sim/replay/record_listener.h"

namespace wavetank::sim {

class RecordSampler final : public RecordListener {
 public:
  /// Writes of a leader that are remembered, and moves of its high watermark: of each partition.
  static constexpr std::size_t kWritesKept = 8'192;

  /// One in `stride` is followed, Trace::kRecordsMax at most. REQUIRES: both outlive it.
  RecordSampler(const Cluster& cluster, const log::Topology& topology, std::uint64_t stride)
      : cluster_(cluster), topology_(topology), stride_(stride) {}

  void produced(EventId id) override;
  void accepted(EventId id) override;
  void sent(log::PartitionId p, std::span<const std::uint64_t> ids, int attempt) override;
  void acknowledged(log::PartitionId p, log::Offset base,
                    std::span<const std::uint64_t> ids) override;
  void refused(std::span<const std::uint64_t> ids) override;
  void delivered(NodeId reader, log::PartitionId p, const log::BatchView& batch,
                 log::Offset from) override;
  void appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                log::LeaderEpoch epoch, bool as_leader) override;
  void high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset to) override;

  /// As they stand; what has not settled ends at `end`.
  [[nodiscard]] std::vector<reports::Trace::Record> records(Time end) const;
  /// That would have been drawn, and are beyond the bound.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  /// When what happened to a record; nothing: it has not, or nobody saw it.
  struct Way {
    Time due;
    std::optional<Time> accepted, sent, appended, committed, delivered, acknowledged, refused;
    std::optional<log::PartitionId> partition;
    std::uint32_t producer = 0;  ///< hosts
    std::uint32_t leader = 0;
    std::uint32_t reader = 0;
    int attempts = 0;
  };
  struct Write {
    log::Offset base;
    log::Offset last;
    Time at;
    std::uint32_t host;
  };
  struct Move {
    log::Offset to;
    Time at;
  };
  struct Log {
    std::deque<Write> writes;
    std::deque<Move> moves;
  };

  [[nodiscard]] bool is_drawn(std::uint64_t id) const;
  Way* find(std::uint64_t id);
  /// Fills in when the offset was written by the leader, and when it was committed.
  void place(Way& way, log::PartitionId p, log::Offset offset) const;
  [[nodiscard]] std::uint32_t host_of(NodeId node) const {
    return cluster_.node(node).spec().machine.value();
  }
  [[nodiscard]] reports::Trace::Record record(std::uint64_t id, const Way& way, Time end) const;

  const Cluster& cluster_;
  const log::Topology& topology_;
  std::uint64_t stride_;
  std::uint64_t left_out_ = 0;
  std::map<std::uint64_t, Way> ways_;  ///< by event id
  std::map<log::PartitionId, Log> logs_;
};

}  // namespace wavetank::sim
