#pragma once

// What is watched of a key-value service and its clients while a run goes on: evidence second by
// second, the history for the checks, a ledger of requests, and how elections went after faults. A
// request counts as produced when it is asked, delivered when it is answered, refused when its
// client gave it up.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/coordination/raft/probe.h"
#include "reports/result.h"
#include "sim/check/kv_history.h"
#include "sim/check/raft_promises.h"
#include "sim/kernel/kernel.h"
#include "sim/load/kv_client.h"
#include "sim/observe/evidence_recorder.h"

namespace wavetank::sim {

class KvObserver final : public raft::Probe, public KvWatcher, private EventTarget {
 public:
  KvObserver(Kernel& kernel, std::size_t servers, Time measured_from)
      : kernel_(kernel), evidence_(measured_from), promises_(servers) {}

  /// Begins to sample the requests under way, until `end`.
  void start_sampling(Time end);
  /// Without a leader there is none that it could cost the service.
  void fault_begins(std::size_t fault, bool somebody_leads);
  /// Fills detected, elected, recovered and drained: after a fault that cost the service its
  /// leader, the next one, and the first change confirmed under it; after another, the first change
  /// that was meant later and is confirmed.
  void report(std::size_t fault, reports::FaultReport& out) const;

  [[nodiscard]] std::uint64_t under_way() const { return under_way_.size(); }
  [[nodiscard]] const reports::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] KvHistory& history() { return history_; }
  [[nodiscard]] RaftPromises& promises() { return promises_; }
  [[nodiscard]] reports::Evidence finish() { return evidence_.finish(kernel_.now()); }

  // KvWatcher
  void client_began(std::uint32_t client) override;
  void asked(std::uint32_t client, kv::RequestId request, const KvCall& call,
             Duration late) override;
  void answered(std::uint32_t client, kv::RequestId request, kv::ErrorCode error,
                const kv::Outcome& outcome) override;
  void shed(std::uint32_t client) override;
  [[nodiscard]] Time now() const override { return kernel_.now(); }

 private:
  struct UnderWay {
    Time meant;
    bool changes = false;
  };
  struct Episode {
    Time at;
    std::optional<Time> detected;  ///< a server stands for election
    std::optional<Time> elected;
    std::optional<Time> recovered;  ///< a change is confirmed since
    std::optional<Time> served;     ///< a change that was meant later is confirmed
  };

  void confirmed(const UnderWay& change);

  // raft::Probe
  void recovered(NodeId server, raft::Term term, std::optional<NodeId> voted_for,
                 raft::LogIndex last) override {
    promises_.recovered(server, term, voted_for, last);
  }
  void stands_for_election(NodeId server, raft::Term term) override;
  void elected(NodeId leader, raft::Term term) override;
  void applied(NodeId server, raft::LogIndex index, const raft::Entry& entry) override;
  // EventTarget
  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t /*payload*/) const override {
    return "observer: looks at the backlog";
  }

  Kernel& kernel_;
  Time sampling_until_;
  EvidenceRecorder evidence_;
  KvHistory history_;
  RaftPromises promises_;
  reports::Ledger ledger_;
  std::map<std::pair<std::uint32_t, kv::RequestId>, UnderWay> under_way_;
  std::map<std::size_t, Episode> episodes_;
  std::set<std::size_t> open_;  ///< episodes that are not over
};

}  // namespace wavetank::sim
