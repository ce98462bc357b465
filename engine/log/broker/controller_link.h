#pragma once

// A broker's tie to the active controller (KIP-631): registers under a random incarnation, asking
// again until it is admitted, then beats. A heartbeat answered by stale_broker_epoch means that the
// controller has given this broker up: it registers again. One answered by not_controller, or not
// at all, means that another controller is active: the one named in the answer, or the next in
// turn.
//
// A broker that is asked to end says so in its heartbeats, more often than else, until the
// controller answers that nothing depends on it any more, or it has waited long enough.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"

namespace wavetank::log {

class ControllerLink {
 public:
  ControllerLink(std::vector<NodeId> controllers, const BrokerConfig& config)
      : controllers_(std::move(controllers)), config_(config) {}

  /// Begins to register. Once a process.
  void start(const Step& step);

  /// Who is taken for the active one.
  [[nodiscard]] NodeId controller() const { return controllers_[current_]; }
  [[nodiscard]] bool is_controller(NodeId node) const;
  /// The controller answered not_controller, and named `hint` or nobody.
  void on_not_controller(const Step& step, NodeId from, NodeId hint);
  void on_reset(const Step& step, NodeId peer);

  /// Has been admitted at least once; it may have been given up since.
  [[nodiscard]] bool admitted() const { return broker_epoch_ >= BrokerEpoch(0); }
  /// Of the last registration.
  [[nodiscard]] BrokerEpoch broker_epoch() const { return broker_epoch_; }

  /// True if the answer admits us; its metadata counts.
  bool on_registered(const Step& step, const RegisterBrokerResponse& response);
  /// True if its metadata counts.
  bool on_heartbeat(const Step& step, CorrelationId correlation,
                    const BrokerHeartbeatResponse& response);

  /// The process is to end: the controller is asked to let others lead.
  void leave(const Step& step);
  /// Asked to, and nobody is to be waited for: not even known to the controller as it is.
  [[nodiscard]] bool may_end() const {
    return leaving_ && (released_ || stage_ != Stage::admitted);
  }

  /// Sends what is due.
  void pump(const Step& step, std::int64_t metadata_version, CorrelationId& next_correlation);
  [[nodiscard]] Time next_deadline() const { return std::min(due_, leave_by_); }

 private:
  enum class Stage : std::uint8_t { down, registering, admitted };
  void begin_registration(const Step& step);
  void turn_to(const Step& step, std::size_t controller);

  std::vector<NodeId> controllers_;
  std::size_t current_ = 0;
  Time heard_;  ///< when it last answered, or when it was turned to
  BrokerConfig config_;
  Stage stage_ = Stage::down;
  std::uint64_t incarnation_ = 0;
  BrokerEpoch broker_epoch_{-1};
  bool leaving_ = false;
  bool released_ = false;  ///< by the controller, or by time
  Time leave_by_ = Time::never();
  Time due_ = Time::never();
  Duration back_off_;
  /// Heartbeats before this one were of another epoch.
  std::optional<CorrelationId> first_heartbeat_;
};

}  // namespace wavetank::log
