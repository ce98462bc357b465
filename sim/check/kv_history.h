#pragma once

// What clients of the key-value service saw, held against what it promises, by the numbers that
// values carry and by the revisions they were shown:
//  - linearizable: puts, removals, compare-and-puts and linearizable reads fit an order of all that
//    were done, key by key (the search of linearizability.h, on registers);
//  - revisions: what is done after something was acknowledged stands at a later revision, over all
//    keys, and no two changes stand at the same;
//  - no lost write: what was acknowledged is in the store in the end, or was changed since;
//  - applied once: a key was changed no more often than it was asked, nor less than acknowledged;
//  - agreement: servers apply the same commands in the same places; one leader a term.
// Serializable reads promise none of it: those that showed something older than was acknowledged
// when they were asked for are counted as stale.
//
// Cannot see: keys that nobody asked for; what became of requests whose outcome nobody learnt.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/kv/client.h"
#include "engine/coordination/kv/store.h"
#include "reports/result.h"
#include "sim/check/judgement.h"
#include "sim/check/kv_call.h"
#include "sim/check/linearizability.h"
#include "sim/check/sequential_objects.h"

namespace wavetank::sim {

/// Operations that the search looks at; what comes later is judged by revisions alone.
inline constexpr std::size_t kKvOperationsSearched = 50'000;

class KvHistory {
 public:
  using ClientId = std::uint32_t;

  // --- what clients do and see
  void asked(ClientId client, kv::RequestId request, const KvCall& call, Time now);
  void answered(ClientId client, kv::RequestId request, kv::ErrorCode error,
                const kv::Outcome& outcome, Time now);
  /// The process is gone: what it asked has an unknown outcome.
  void client_began(ClientId client);

  // --- what servers do
  void elected(NodeId leader, raft::Term term);
  void applied(NodeId server, raft::LogIndex index, const raft::Entry& entry);

  [[nodiscard]] std::uint64_t stale_reads() const { return stale_reads_; }
  /// At the end, with the store of the leader; null if nobody leads.
  [[nodiscard]] std::vector<reports::InvariantReport> reports(const kv::Store* store);

 private:
  struct Asked {
    KvCall call;
    std::optional<OperationIndex> searched;
    kv::Revision floor;  ///< newest acknowledged then, of all keys; of a serializable read's key
  };
  /// What is known of a key.
  struct Key {
    kv::Revision newest;      ///< acknowledged
    std::int64_t number = 0;  ///< of the value it has since; 0: it was removed
    std::uint64_t changes_asked = 0;
    std::uint64_t changes_acknowledged = 0;
    bool removal_asked = false;
  };

  void note(const Asked& asked, const kv::Outcome& outcome);
  void note_read(const Asked& asked, const kv::Outcome& outcome);
  void judge_revisions();
  void judge_end(const kv::Store* store);
  void judge_key(const std::string& name, const Key& key, const kv::KeyValue* stored);

  std::map<std::pair<ClientId, kv::RequestId>, Asked> open_;
  OperationHistory<Keyed<Register>> operations_;
  std::map<std::string, Key> keys_;
  kv::Revision newest_;                   ///< acknowledged, of all
  std::vector<kv::Revision> of_changes_;  ///< acknowledged
  std::vector<std::uint64_t> applied_;    ///< hash of the command, by index - 1; 0: not seen yet
  std::map<raft::Term, NodeId> leaders_;
  std::uint64_t stale_reads_ = 0;

  Judgement revisions_{"kv/revisions"};
  Judgement lost_write_{"kv/no-lost-write"};
  Judgement once_{"kv/applied-once"};
  Judgement agreement_{"kv/agreement"};
};

}  // namespace wavetank::sim
