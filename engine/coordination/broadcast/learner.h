#pragma once

// The following side of Zab: follower, or observer, which takes part in no quorum. It promises an
// epoch, takes over the leader's history, and then logs what is proposed and delivers what is
// committed. Nothing is acknowledged before it is on disk.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/coordination/broadcast/broadcast.h"
#include "engine/port/alarm.h"

namespace wavetank::coordination {

class Learner {
 public:
  Learner(const BroadcastParts& parts, NodeId leader) : parts_(parts), leader_(leader) {}

  void begin(const Step& step);
  /// A message of the leader's stream.
  void on_message(const Step& step, Api api, std::uint32_t number, const port::Message& message);
  void on_done(const Step& step, Store::Done done);
  /// Twice a tick.
  void on_half_tick(const Step& step);
  bool on_timer(const Step& step, port::TimerId timer);

  /// REQUIRES: up_to_date().
  void forward(const Step& step, Forward request) { out_.stream(step, std::move(request)); }
  void revalidate(const Step& step, SessionId session) {
    out_.stream(step, Revalidate{0, session});
  }

  [[nodiscard]] NodeId leader() const { return leader_; }
  [[nodiscard]] bool up_to_date() const { return up_to_date_; }
  [[nodiscard]] bool over() const { return over_; }
  /// For who looks.
  void describe(port::Description& out) const;

 private:
  /// What must be on disk before the stream is read on, or before the history is acknowledged.
  enum class Waits : std::uint8_t { no, promise, cut, snapshot };
  struct Held {
    Api api;
    port::Message message;
  };

  void connect(const Step& step);
  void hear(const Step& step, Api api, const port::Message& message);
  void hear_epoch(const Step& step, const LeaderInfo& info);
  void hear_sync(const Step& step, const SyncBegin& sync);
  void hear_part(const Step& step, Bytes part);
  void hear_entry(const Step& step, const Bytes& entry, bool committed);
  void hear_commit(const Step& step, Zxid zxid);
  void resume(const Step& step);
  void try_take_over(const Step& step);
  void acknowledge(const Step& step);
  void give_up() { over_ = true; }

  BroadcastParts parts_;
  NodeId leader_;
  Outbound out_;
  Inbound in_;
  port::Alarm retry_{port::TimerId(4)};
  bool answered_ = false;  ///< by the leader, which may not know yet that it is one
  Waits waits_ = Waits::no;
  std::deque<Held> held_;  ///< came while something must reach the disk first
  bool over_ = false;
  bool up_to_date_ = false;
  Epoch promised_;
  bool promised_before_ = false;
  std::vector<Bytes> snapshot_;
  std::optional<Zxid> history_;  ///< the end of the leader's, once it is known
  bool entering_ = false;        ///< the epoch is being made durable
  bool entered_ = false;         ///< and is: the history was acknowledged
  Zxid acked_;
  Time heard_;
};

}  // namespace wavetank::coordination
