#pragma once

// The transactional ids of the coordinators that run on one broker. An id belongs to the partition
// hash64(id) of the topic of transactions; the leader of that partition is its coordinator. The
// table is what the partition's records say: a new leader reads them before it answers.
//
// A change is written first and holds once the replicas have it: until then the entry has a `next`
// and takes no other change.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"
#include "engine/log/transactions/transaction_records.h"

namespace wavetank::log {

/// Who is to be told of the end of a change, and by an answer of which kind.
struct TransactionAsker {
  NodeId from = kNoNode;  ///< kNoNode: nobody
  CorrelationId correlation = 0;
  ApiKey api{};
};

struct TransactionEntry {
  TransactionState state;
  std::optional<TransactionState> next;  ///< written, and not yet with all replicas
  TransactionAsker asker;                ///< of `next`
  ErrorCode answer = ErrorCode::none;    ///< what it will be told
  Time deadline = Time::never();         ///< an ongoing transaction is aborted then
  std::size_t markers_missing = 0;       ///< of a prepared transaction
};

class TransactionLog {
 public:
  /// A topology without the topic has no coordinators.
  TransactionLog(const Topology& topology, ReplicaTable& replicas);

  [[nodiscard]] bool exists() const { return !coordinators_.empty(); }
  /// REQUIRES: exists.
  [[nodiscard]] PartitionId partition_of(std::string_view transactional_id) const;
  /// Counts the coordinators that a partition's ids have had. REQUIRES: this broker leads it.
  [[nodiscard]] CoordinatorEpoch coordinator_epoch(PartitionId p) const;

  // --- serving
  // --------------------------------------------------------------------------------------

  /// none, not_coordinator or coordinator_loading.
  [[nodiscard]] ErrorCode state_of(std::string_view transactional_id) const;
  /// Null if there is none. REQUIRES: state_of(id) is none.
  TransactionEntry* find(std::string_view transactional_id);
  /// Null if there is no room for another id. REQUIRES: state_of(id) is none.
  TransactionEntry* find_or_make(std::string_view transactional_id);
  /// Writes the change; it holds after `committed`. Errors: coordinator_not_available, and nothing
  /// has changed. REQUIRES: the entry has no `next`.
  ErrorCode write(const Step& step, std::string_view transactional_id, TransactionEntry& entry,
                  TransactionState next);
  /// Visits every id that is served here: visit(id, entry).
  template <class Visit>
  void for_each(const Visit& visit) {
    for (Coordinator& coordinator : coordinators_) {
      if (coordinator.stage == Stage::ready) {
        for (auto& [id, entry] : coordinator.entries) {
          visit(id, entry);
        }
      }
    }
  }

  // --- news
  // -----------------------------------------------------------------------------------------

  using Entries = std::map<std::string, TransactionEntry, std::less<>>;

  /// Another leader, or its leader another epoch. Any partition. Gives back what is coordinated
  /// here no more.
  Entries leadership_changed(PartitionId p);
  void loaded(PartitionId p);
  /// Changes what the replicas have, and reads on where a table is not complete: one piece of each.
  /// Calls `changed(id, entry)` for every entry changed, and for all of a table that has become
  /// complete. True if there is more to read at hand.
  template <class Changed>
  bool pump(const Step& step, const Changed& changed);
  /// For who looks: the ids that are coordinated here.
  void describe(port::Description& out, const Topology& topology) const;

 private:
  enum class Stage : std::uint8_t {
    elsewhere,
    reading,
    waiting,   ///< for a file
    settling,  ///< read to its end; not all of it is known to be with the replicas
    ready,
  };
  struct Write {
    Offset offset;
    std::string transactional_id;
  };
  struct Coordinator {
    Stage stage = Stage::elsewhere;
    Offset next;  ///< to be read
    Offset end;   ///< of the log when this broker began to lead
    Entries entries;
    std::deque<Write> writes;  ///< not yet committed; ascending
  };

  [[nodiscard]] Coordinator* coordinator(PartitionId p);
  [[nodiscard]] Coordinator& coordinator_of(std::string_view transactional_id);
  template <class Changed>
  static void committed(Coordinator& table, Offset high_watermark, const Changed& changed);
  void read_on(const Step& step, PartitionId p, Coordinator& table);
  void take(const Step& step, Coordinator& table, ByteView batches);

  ReplicaTable& replicas_;
  PartitionId first_;
  std::vector<Coordinator> coordinators_;  ///< by partition of the topic
};

// ---------------------------------------------------------------------------------------------------

template <class Changed>
void TransactionLog::committed(Coordinator& table, Offset high_watermark, const Changed& changed) {
  while (!table.writes.empty() && table.writes.front().offset < high_watermark) {
    const auto found = table.entries.find(table.writes.front().transactional_id);
    table.writes.pop_front();
    TransactionEntry& entry = found->second;
    entry.state = std::move(*entry.next);
    entry.next.reset();
    changed(found->first, entry);
  }
}

template <class Changed>
bool TransactionLog::pump(const Step& step, const Changed& changed) {
  bool more = false;
  for (std::uint32_t i = 0; i < coordinators_.size(); ++i) {
    Coordinator& table = coordinators_[i];
    if (table.stage == Stage::reading) {
      read_on(step, first_ + i, table);
    }
    if (!table.writes.empty()) {
      committed(table, replicas_.find(first_ + i)->high_watermark(), changed);
    }
    if (table.stage == Stage::settling &&
        replicas_.find(first_ + i)->high_watermark() >= table.end) {
      table.stage = Stage::ready;
      for (auto& [id, entry] : table.entries) {
        changed(id, entry);
      }
    }
    more |= table.stage == Stage::reading;
  }
  return more;
}

}  // namespace wavetank::log
