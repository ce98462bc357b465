#pragma once

// An application that is started some time after its machine: until then its process waits.

#include <memory>
#include <utility>

#include "engine/port/description.h"
#include "engine/port/role.h"

namespace wavetank::sim {

class LateStart final : public port::Role {
 public:
  LateStart(Duration delay, std::unique_ptr<port::Role> role)
      : delay_(delay), role_(std::move(role)) {}

  void start(port::Now now, port::Ports& ports) override {
    ports.set_timer(kStart, now.monotonic + delay_);
  }
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override {
    if (started_) {
      role_->on_message(now, from, lane, message, ports);
    }
  }
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override {
    if (timer != kStart) {
      role_->on_timer(now, timer, ports);
    } else if (!std::exchange(started_, true)) {
      role_->start(now, ports);
    }
  }
  void on_hang_up(port::Now now, NodeId peer, port::Ports& ports) override {
    if (started_) {
      role_->on_hang_up(now, peer, ports);
    }
  }
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override {
    if (started_) {
      role_->on_reset(now, peer, ports);
    }
  }
  void describe(port::Description& out) const override {
    if (started_) {
      role_->describe(out);
    } else {
      out.say("state", "not started yet");
    }
  }

 private:
  /// Nodes keep timers by number: a small one that clients do not use.
  static constexpr port::TimerId kStart{7};

  Duration delay_;
  std::unique_ptr<port::Role> role_;
  bool started_ = false;
};

/// `role`, or, before `at`, `role` waiting for that.
inline std::unique_ptr<port::Role> start_at(Time at, Time now, std::unique_ptr<port::Role> role) {
  if (now >= at) {
    return role;
  }
  return std::make_unique<LateStart>(at - now, std::move(role));
}

}  // namespace wavetank::sim
