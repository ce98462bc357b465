#pragma once

// What became of single records, from the moment they were due: the causes and effects that others
// tell of (applications by RecordTrace, brokers by log::Probe), put together by record.
//
// Which record a broker has stored it learns from the stored bytes (the checkers' own reader), not
// from what was sent: a leader may have stored it twice, or something else in its place.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/log/config.h"
#include "sim/cluster/cluster.h"
#include "sim/replay/record_listener.h"

namespace wavetank::sim {

/// Records by their numbers, or by where they stand; both ends belong to it.
struct RecordRange {
  std::optional<log::PartitionId> partition;  ///< nothing: `first` and `last` are event ids
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// One thing that happened to a record.
struct RecordStep {
  Time at;
  std::string what;
  bool bad = false;  ///< a copy of it is gone, or missing where it counts
  int attempts = 0;  ///< of sending it again, that are this step
};

struct RecordStory {
  EventId event;
  std::vector<RecordStep> steps;
  std::uint64_t left_out = 0;  ///< steps beyond RecordHistory::kStepsKept
};

class RecordHistory final : public RecordListener {
 public:
  /// Records that may be asked for at once.
  static constexpr std::uint64_t kRecordsMax = 1'000;
  static constexpr std::size_t kStepsKept = 200;
  /// Records on their way whose beginnings are remembered in case that they will be asked for.
  static constexpr std::size_t kBeginningsKept = 1'000'000;

  /// REQUIRES: at most kRecordsMax; cluster and topology outlive it.
  RecordHistory(const Cluster& cluster, const log::Topology& topology, RecordRange wanted)
      : cluster_(cluster), topology_(topology), wanted_(wanted) {}

  // --- of applications
  void produced(EventId id) override;
  void accepted(EventId id) override;
  void sent(log::PartitionId p, std::span<const std::uint64_t> ids, int attempt) override;
  void acknowledged(log::PartitionId p, log::Offset base,
                    std::span<const std::uint64_t> ids) override;
  void refused(std::span<const std::uint64_t> ids) override;
  void delivered(NodeId reader, log::PartitionId p, const log::BatchView& batch,
                 log::Offset from) override;

  // --- of brokers, and their processes
  void appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                log::LeaderEpoch epoch, bool as_leader) override;
  void high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset to) override;
  void truncated(NodeId broker, log::PartitionId p, log::Offset old_end,
                 log::Offset new_end) override;
  void log_start_advanced(NodeId broker, log::PartitionId p, log::Offset start) override;
  void log_cleaned(NodeId broker, log::PartitionId p, log::Offset up_to) override;
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                     log::Offset end) override;
  void log_recovered(NodeId broker, log::PartitionId p, log::Offset end) override;
  void replica_removed(NodeId broker, log::PartitionId p) override;
  void offset_committed(std::string_view group, log::PartitionId p, log::Offset offset) override;
  void process_ended(NodeId broker, const std::string& how) override;

  /// Those that were found, by event id.
  [[nodiscard]] std::vector<RecordStory> stories() const;
  /// Past the last offset that a leader has written to the partition asked for.
  [[nodiscard]] log::Offset written_to() const { return written_to_; }

 private:
  /// A copy of a record at a broker.
  struct Place {
    log::PartitionId partition;
    log::Offset offset;
    std::set<NodeId> held_by;
    std::set<NodeId> ended;  ///< of those, processes that have ended since
    bool below_watermark = false;
    std::set<std::string, std::less<>> committed_by;  ///< groups
  };
  struct Tracked {
    RecordStory story;
    std::vector<Place> places;
  };

  [[nodiscard]] bool wants(EventId id) const {
    return !wanted_.partition && wanted_.first <= id.value() && id.value() <= wanted_.last;
  }
  [[nodiscard]] bool wants(log::PartitionId p, log::Offset offset) const {
    return wanted_.partition == p && wanted_.first <= static_cast<std::uint64_t>(offset.value()) &&
           static_cast<std::uint64_t>(offset.value()) <= wanted_.last;
  }
  Tracked* tracked(EventId id);
  Tracked& track(EventId id);
  /// Of a record that is wanted, or that may yet turn out to be; null of others.
  RecordStory* beginning_of(EventId id);
  /// All attempts in a row are one step.
  void goes_again(RecordStory& story, log::PartitionId p, int attempt);
  void add(RecordStory& story, std::string what, bool bad = false);
  void add(Tracked& it, std::string what, bool bad = false) { add(it.story, std::move(what), bad); }
  Place& place(Tracked& it, log::PartitionId p, log::Offset offset);
  [[nodiscard]] bool may_hold_wanted(log::PartitionId p, log::Offset base, log::Offset last) const;
  /// Every place of a tracked record in the partition: visit(tracked, place).
  template <class Visit>
  void for_each_in(log::PartitionId p, const Visit& visit);
  [[nodiscard]] std::vector<std::pair<log::Offset, EventId>> read_tail(NodeId broker,
                                                                       log::PartitionId p,
                                                                       log::Offset base,
                                                                       log::Offset last) const;
  [[nodiscard]] const std::string& name(NodeId node) const {
    return cluster_.node(node).spec().name;
  }
  [[nodiscard]] std::string name(log::PartitionId p) const { return topology_.partition_name(p); }

  const Cluster& cluster_;
  const log::Topology& topology_;
  RecordRange wanted_;
  std::map<EventId, Tracked> tracked_;
  std::map<EventId, RecordStory> beginnings_;
  std::set<log::PartitionId> sent_to_;  ///< partitions that records asked for by number went to
  log::Offset written_to_;
};

}  // namespace wavetank::sim
