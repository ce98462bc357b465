#pragma once

// What is watched of an ensemble and its clients while a run goes on: evidence second by second,
// the history for the checks, a ledger of requests, and how elections went after faults. A request
// counts as produced when it is asked, delivered when it is answered, refused when its connection
// broke.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/coordination/probe.h"
#include "reports/result.h"
#include "sim/check/coordination_history.h"
#include "sim/check/ensemble_promises.h"
#include "sim/kernel/kernel.h"
#include "sim/load/coordination_client.h"
#include "sim/observe/evidence_recorder.h"

namespace wavetank::sim {

/// Grain in which the least throughput is looked for (clients of Hunt et al., "ZooKeeper", USENIX
/// ATC 2010, section 5, reported that often).
inline constexpr Duration kSample = milliseconds(300);

class CoordinationObserver final : public coordination::Probe,
                                   public CoordinationWatcher,
                                   private EventTarget {
 public:
  /// What is a number of the whole run is measured in [from, to). REQUIRES: `ensemble` outlives it.
  CoordinationObserver(Kernel& kernel, const coordination::Ensemble& ensemble, Time from, Time to);

  /// Begins to sample the requests under way, until `end`.
  void start_sampling(Time end);
  /// Without a leader there is none that it could cost the ensemble.
  void fault_begins(std::size_t fault, bool somebody_leads);
  /// Fills detected, elected, recovered and drained: after a fault that cost the ensemble its
  /// leader, the next one, and the first change confirmed under it; after another, the first change
  /// that was meant later and is confirmed.
  void report(std::size_t fault, reports::FaultReport& out) const;

  [[nodiscard]] std::vector<reports::ScalarMetric> scalars() const;

  [[nodiscard]] std::uint64_t under_way() const { return under_way_.size(); }
  [[nodiscard]] const reports::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] CoordinationHistory& history() { return history_; }
  [[nodiscard]] EnsemblePromises& promises() { return promises_; }
  [[nodiscard]] reports::Evidence finish() { return evidence_.finish(kernel_.now()); }

  // CoordinationWatcher
  void client_began(std::uint32_t client) override;
  void asked(std::uint32_t client, const coordination::Request& request, Time intended) override;
  void answered(std::uint32_t client, coordination::SessionId session,
                const coordination::Response& response) override;
  void watch_fired(std::uint32_t client, coordination::EventType type,
                   const std::string& path) override {
    history_.watch_fired(client, type, path);
  }
  /// Counted once a session, however many requests of it come to nothing.
  void session_expired(std::uint32_t client) override {
    ++errors_[coordination::ErrorCode::session_expired];
    history_.session_expired(client, now());
  }
  [[nodiscard]] Time now() const override { return kernel_.now(); }

 private:
  struct UnderWay {
    Time asked;
    bool changes = false;
    bool creates = false;
  };
  struct Episode {
    Time at;
    std::optional<Time> detected;   ///< a server has lost its leader, and looks for one
    std::optional<Time> elected;    ///< one is established
    std::optional<Time> recovered;  ///< and a change is confirmed
    std::optional<Time> served;     ///< a change that was meant later is confirmed
  };

  // coordination::Probe
  void standing_changed(NodeId server, coordination::Standing standing) override;
  void established(NodeId leader, coordination::Epoch epoch, coordination::Zxid history) override;
  void delivered(NodeId server, coordination::Zxid zxid, std::uint64_t hash) override;
  void reloaded(NodeId server, coordination::Zxid last, coordination::Epoch accepted) override {
    history_.reloaded(server, last);
    promises_.recovered(server, last, accepted);
  }
  void session_closed(coordination::SessionId session, bool expired) override;
  // EventTarget
  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t /*payload*/) const override {
    return "observer: looks at the backlog";
  }
  void confirmed(const UnderWay& change);
  void count(const UnderWay& request);

  Kernel& kernel_;
  Time from_;
  Time to_;
  std::vector<std::uint64_t> samples_;  ///< answers in each kSample of the measured time
  std::uint64_t creations_ = 0;
  Duration creating_;  ///< time of all creations together
  Time sampling_until_;
  EvidenceRecorder evidence_;
  CoordinationHistory history_;
  EnsemblePromises promises_;
  reports::Ledger ledger_;
  std::set<coordination::SessionId> expired_;                ///< as any server has seen it
  std::map<coordination::ErrorCode, std::uint64_t> errors_;  ///< of answers to clients
  std::map<std::pair<std::uint32_t, coordination::Xid>, UnderWay> under_way_;
  std::map<NodeId, coordination::Standing> standing_;
  std::map<std::size_t, Episode> episodes_;
  std::set<std::size_t> open_;  ///< episodes that are not over
};

}  // namespace wavetank::sim
