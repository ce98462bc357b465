#pragma once

// One server of a Raft quorum (Ongaro and Ousterhout, 2014; Ongaro's thesis, "Consensus: Bridging
// Theory and Practice", 2014). A part of a role, which passes its events on: it elects, replicates,
// commits, and drives the role's state machine.
//
// Rules beyond the paper's figure 2:
//  - Nothing is said in a new term, and no vote is counted, not even one's own, before the ballot
//  is
//    durable; no entry is acknowledged, nor counted by its leader, before it is. The leader sends
//    entries while it writes them itself (thesis, 10.2.1).
//  - Entries that come while a write is under way are written, and by the leader sent, together.
//  - Pre-vote, check-quorum and read-index (thesis, 9.6, 6.2, 6.4), snapshots in chunks (5).
//  - A server whose files are damaged stays silent: it neither votes nor acknowledges.
//  - The servers are fixed. A quorum of one elects itself without waiting.
//
// Invariants: applied <= committed <= last; what is committed never changes.

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/coordination/raft/ballot.h"
#include "engine/coordination/raft/config.h"
#include "engine/coordination/raft/entry_log.h"
#include "engine/coordination/raft/messages.h"
#include "engine/coordination/raft/probe.h"
#include "engine/coordination/raft/snapshot_file.h"
#include "engine/coordination/raft/state_machine.h"
#include "engine/port/alarm.h"

namespace wavetank::raft {

struct Membership {
  NodeId self;
  std::vector<NodeId> servers;  ///< self among them; at most limits::kServers
};

class Consensus {
 public:
  /// REQUIRES: machine and probe outlive it; `alarm` is a timer of its own.
  Consensus(Membership membership, const Config& config, port::TimerId alarm, StateMachine& machine,
            Probe& probe);

  // --- events: true if the event was the quorum's
  // --------------------------------------------------
  void start(const port::Step& step);
  bool on_message(const port::Step& step, NodeId from, port::Lane lane,
                  const port::Message& message);
  bool on_timer(const port::Step& step, port::TimerId timer);
  bool on_storage(const port::Step& step, port::StorageToken token);
  void on_reset(const port::Step& step, NodeId peer);

  // --- what the role asks
  // --------------------------------------------------------------------------
  /// Leads, and has applied all that was committed before it did: its state is the newest there is.
  [[nodiscard]] bool active() const {
    return standing_ == Standing::leader && applied_ >= begun_at_;
  }
  [[nodiscard]] Standing standing() const { return standing_; }
  [[nodiscard]] Term term() const { return ballot_.term(); }
  /// Of this term, as far as known.
  [[nodiscard]] std::optional<NodeId> leader() const { return leader_; }
  [[nodiscard]] LogIndex committed() const { return committed_; }
  [[nodiscard]] LogIndex applied() const { return applied_; }
  [[nodiscard]] const EntryLog& log() const { return log_; }
  /// Its files could not be read; it takes part in nothing.
  [[nodiscard]] bool damaged() const { return damaged_; }

  /// Puts a command into the log; it will be applied at the index given, if this server goes on
  /// leading in this term. Nothing unless active, or if too much waits already. REQUIRES: not
  /// empty, at most limits::kCommandBytes.
  std::optional<LogIndex> propose(const port::Step& step, Bytes command);

  /// Asks that a majority confirm this server as leader: once `confirmed_reads` has reached the
  /// number given, in the same term, the state answers for everything that was committed when this
  /// was called (thesis, 6.4). REQUIRES: active.
  std::uint64_t read_index(const port::Step& step);
  [[nodiscard]] std::uint64_t confirmed_reads() const { return confirmed_reads_; }
  /// For who looks: its standing, and how far it and, while it leads, the others have come.
  void describe(port::Description& out) const;

 private:
  /// What a leader knows of another server.
  struct Peer {
    enum class Pace : std::uint8_t {
      probe,     ///< one message, until it is known where the logs agree
      stream,    ///< several under way
      snapshot,  ///< lacks entries that are gone
    };
    NodeId node;
    bool granted = false;  ///< its vote, in this election
    Time heard;
    Pace pace = Pace::probe;
    LogIndex match{0};
    LogIndex next{1};
    bool probing = false;             ///< a probe is under way
    std::vector<LogIndex> in_flight;  ///< last entry of each message under way
    Round answered = 0;
    LogIndex snapshot{0};  ///< being sent
    std::uint64_t snapshot_offset = 0;
    Time snapshot_sent;
  };
  struct HeldMessage {
    NodeId to;
    port::Lane lane;
    port::Message message;
  };
  struct Incoming {  ///< a snapshot that a leader is sending
    Snapshot snapshot;
    std::vector<std::uint8_t> bytes;
    std::uint64_t size = 0;
  };

  // consensus.cpp: life, time, state machine
  void load(const port::Step& step);
  void loaded(const port::Step& step);
  void on_alarm(const port::Step& step);
  void end(const port::Step& step);
  void apply_committed(const port::Step& step);
  void take_snapshot(const port::Step& step);
  void snapshot_written(const port::Step& step);
  void set_alarm(const port::Step& step);
  template <class T>
  void say(const port::Step& step, NodeId to, port::Lane lane, const T& message);
  void release_held(const port::Step& step);
  [[nodiscard]] std::optional<Term> term_at(LogIndex index) const;
  [[nodiscard]] Term last_term() const { return *term_at(log_.last()); }
  [[nodiscard]] std::size_t majority() const { return membership_.servers.size() / 2 + 1; }
  Peer* peer(NodeId node);

  // election.cpp
  void note_term(const port::Step& step, Term term);
  void follow(const port::Step& step, std::optional<NodeId> leader);
  void stop_leading();
  void draw_election_deadline(const port::Step& step);
  [[nodiscard]] Time tick_after(Time at, std::int64_t ticks) const;
  /// When a leader is to be heard of again.
  [[nodiscard]] Time next_heartbeat(const port::Step& step) const;
  void stand(const port::Step& step);
  void campaign(const port::Step& step);
  void ask_for_votes(const port::Step& step, bool pre);
  void count_votes(const port::Step& step);
  void lead(const port::Step& step);
  void check_quorum(const port::Step& step);
  void on_request_vote(const port::Step& step, NodeId from, const RequestVote& request);
  void on_vote(const port::Step& step, Peer& from, const Vote& vote);
  [[nodiscard]] bool hears_leader(const port::Step& step) const;

  // replication.cpp: the leader's side, then the follower's
  void heartbeat(const port::Step& step);
  void replicate(const port::Step& step);
  void replicate(const port::Step& step, Peer& to);
  void send_append(const port::Step& step, Peer& to, bool with_entries);
  void send_chunk(const port::Step& step, Peer& to);
  void begin_round(const port::Step& step);
  void settle_reads(const port::Step& step);
  void advance_commit();
  void on_appended(const port::Step& step, Peer& from, const Appended& answer);
  void on_installed(const port::Step& step, Peer& from, const SnapshotInstalled& answer);
  void advance_peer(Peer& peer, LogIndex match);
  void on_append(const port::Step& step, NodeId from, AppendEntries&& request);
  void take_entries(const port::Step& step, AppendEntries&& request);
  void acknowledge(const port::Step& step);
  void on_install(const port::Step& step, NodeId from, const InstallSnapshot& request);
  void adopt_snapshot(const port::Step& step);
  void answer_install(const port::Step& step, LogIndex last, std::uint64_t next_offset);
  bool accept_leader(const port::Step& step, NodeId from, Term term);

  Membership membership_;
  Config config_;
  StateMachine& machine_;
  Probe& probe_;
  port::Alarm alarm_;

  bool loaded_ = false;
  bool damaged_ = false;
  Ballot ballot_;
  EntryLog log_;
  SnapshotFile snapshot_;

  Standing standing_ = Standing::follower;
  std::optional<NodeId> leader_;
  Time leader_heard_ = Time::never();  ///< never: not since the process began
  Time election_at_ = Time::never();
  LogIndex committed_{0};
  LogIndex applied_{0};
  std::vector<HeldMessage> held_;  ///< until the ballot is durable

  // of a leader or candidate
  std::vector<Peer> peers_;  ///< all but self
  LogIndex begun_at_{0};     ///< the entry with which its term began
  Time first_tick_;          ///< if it counts ticks: at the start or just before
  Time heartbeat_at_ = Time::never();
  Time check_at_ = Time::never();
  Round round_ = 0;
  std::uint64_t asked_reads_ = 0;
  std::uint64_t confirmed_reads_ = 0;
  std::uint64_t reads_in_round_ = 0;  ///< reads that the round under way will confirm
  std::optional<Round> read_round_;

  // of a follower
  LogIndex agreed_{0};        ///< the log is the leader's of this term up to here
  bool owes_answer_ = false;  ///< to the leader, when what it sent is durable
  Round owed_round_ = 0;
  Incoming incoming_;
};

}  // namespace wavetank::raft
