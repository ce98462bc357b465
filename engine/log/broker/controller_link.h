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

#include "engine/log/broker/cluster_tie.h"
#include "engine/log/config.h"

namespace wavetank::log {

class ControllerLink final : public ClusterTie {
 public:
  ControllerLink(std::vector<NodeId> controllers, const BrokerConfig& config)
      : controllers_(std::move(controllers)), config_(config) {}

  void start(const Step& step) override;
  [[nodiscard]] NodeId controller() const override { return controllers_[current_]; }
  [[nodiscard]] bool is_controller(NodeId node) const override;
  void on_not_controller(const Step& step, NodeId from, NodeId hint) override;
  void on_reset(const Step& step, NodeId peer) override;
  [[nodiscard]] bool admitted() const override { return broker_epoch_ >= BrokerEpoch(0); }
  [[nodiscard]] BrokerEpoch broker_epoch() const override { return broker_epoch_; }
  bool on_registered(const Step& step, const RegisterBrokerResponse& response) override;
  bool on_heartbeat(const Step& step, CorrelationId correlation,
                    const BrokerHeartbeatResponse& response) override;
  void leave(const Step& step) override;
  /// Asked to, and nobody is to be waited for: not even known to the controller as it is.
  [[nodiscard]] bool may_end() const override {
    return leaving_ && (released_ || stage_ != Stage::admitted);
  }
  void pump(const Step& step, std::int64_t metadata_version,
            CorrelationId& next_correlation) override;
  [[nodiscard]] Time next_deadline() const override { return std::min(due_, leave_by_); }
  void describe(port::Description& out) const override;

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
