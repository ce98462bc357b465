#pragma once

// Fast leader election: every server that looks for a leader tells its vote, adopts better ones,
// and follows what a quorum agrees on. The winner is the most advanced of a quorum, so that its
// history holds all that was ever committed (Medeiros 2012, section 3.1).

#include <cstdint>
#include <map>
#include <optional>

#include "engine/coordination/config.h"
#include "engine/coordination/protocol/peer_messages.h"
#include "engine/coordination/protocol/step.h"
#include "engine/port/alarm.h"

namespace wavetank::coordination {

class Election {
 public:
  Election(NodeId self, const Ensemble& ensemble, const ServerConfig& config)
      : self_(self), ensemble_(ensemble), config_(config) {}

  /// Looks for a leader in a new round, for a start with its own vote.
  void begin(const Step& step, Vote own);
  /// REQUIRES: the sender is of the ensemble.
  void on_notification(const Step& step, NodeId from, const Notification& notification);
  bool on_timer(const Step& step, port::TimerId timer);

  /// What was agreed on; empty while looking.
  [[nodiscard]] std::optional<Vote> decision() const { return decision_; }
  [[nodiscard]] Standing standing() const;
  /// For who looks: its vote, and those it has heard.
  void describe(port::Description& out) const;

 private:
  void tell(const Step& step, NodeId to) const;
  void tell_all(const Step& step);
  void hear_looking(const Step& step, NodeId from, const Notification& notification);
  void hear_settled(NodeId from, const Notification& notification);
  void consider(const Step& step);
  void decide(Vote vote);
  [[nodiscard]] std::size_t agreeing(const std::map<NodeId, Notification>& votes, Vote vote) const;

  NodeId self_;
  const Ensemble& ensemble_;
  const ServerConfig& config_;
  port::Alarm alarm_{port::TimerId(1)};
  std::uint64_t round_ = 0;
  Vote own_;
  Vote vote_;
  std::optional<Vote> decision_;
  std::map<NodeId, Notification> votes_;    ///< of this round
  std::map<NodeId, Notification> settled_;  ///< of servers that have a leader
  Time tell_again_ = Time::never();
  Duration interval_{};
  /// The vote that a quorum agrees on stands, unless something is heard before.
  Time final_at_ = Time::never();
};

}  // namespace wavetank::coordination
