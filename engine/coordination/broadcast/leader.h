#pragma once

// The leading side of Zab. Discovery: a quorum promises to follow no earlier epoch.
// Synchronisation: each learner gets the leader's history. Broadcast: proposals are committed in
// order once a quorum has forced them to disk. Without a quorum it gives up.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/coordination/broadcast/broadcast.h"

namespace wavetank::coordination {

class Leader {
 public:
  explicit Leader(const BroadcastParts& parts) : parts_(parts) {}

  void begin(const Step& step);
  /// A message of a learner's stream. What is malformed or out of sequence ends the connection.
  void on_message(const Step& step, NodeId from, Api api, std::uint32_t number,
                  const port::Message& message);
  void on_done(const Step& step, Store::Done done);
  /// Twice a tick.
  void on_half_tick(const Step& step);
  void on_hang_up(NodeId peer) { learners_.erase(peer); }

  /// What the next proposal will be.
  [[nodiscard]] Zxid next_zxid() const { return make_zxid(epoch_, counter_ + 1); }
  /// Logs and sends the transaction; gives it its zxid. REQUIRES: established().
  void propose(const Step& step, Transaction transaction);
  /// The answer goes to the learner behind all that is proposed now.
  void sync(const Step& step, NodeId learner, SessionId session, Xid xid);

  [[nodiscard]] bool established() const { return phase_ == Phase::broadcast; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] bool over() const { return over_; }
  /// For who looks: how far its learners have come.
  void describe(port::Description& out) const;

 private:
  enum class Phase : std::uint8_t { discovery, promise, history, broadcast };
  enum class Progress : std::uint8_t { came, promised, catching_up, follows };

  struct Learner {
    Outbound out;
    Inbound in;
    bool votes = false;
    Progress progress = Progress::came;
    bool counts = true;  ///< its promise is new
    Epoch accepted;
    Zxid last;   ///< of its history when it came
    Zxid acked;  ///< forced to disk there
    bool gets_proposals = false;
    Time heard;
  };
  struct WaitingSync {
    Zxid behind;
    NodeId learner;
    SessionId session;
    Xid xid;
  };

  void hear(const Step& step, NodeId from, Learner& learner, Api api, const port::Message& message);
  void came(const Step& step, NodeId from, const FollowerInfo& info);
  void promised(const Step& step, Learner& learner, const AckEpoch& ack);
  void try_new_epoch(const Step& step);
  void try_history(const Step& step);
  void try_establish(const Step& step);
  void catch_up(const Step& step, Learner& learner);
  void send_diff(const Step& step, Learner& learner, Zxid after);
  void send_snapshot(const Step& step, Learner& learner);
  void try_commit(const Step& step);
  void answer_syncs(const Step& step);
  void answer_sync(const Step& step, const WaitingSync& waiting);
  /// Voters whose progress is at least this, the leader itself included.
  [[nodiscard]] std::size_t voters_at(Progress progress) const;
  [[nodiscard]] bool quorum(std::size_t voters) const;
  void give_up() { over_ = true; }

  BroadcastParts parts_;
  Phase phase_ = Phase::discovery;
  bool over_ = false;
  Epoch epoch_;
  std::uint32_t counter_ = 0;
  std::map<NodeId, Learner> learners_;
  bool epoch_promised_ = false;  ///< durably, by this server itself
  bool epoch_entered_ = false;   ///< likewise
  std::uint32_t half_ticks_ = 0;
  std::vector<WaitingSync> syncs_;
};

}  // namespace wavetank::coordination
