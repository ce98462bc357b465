#pragma once

// A broker's tie to its cluster by the ensemble: it is registered while its node in /brokers/ids
// lives, whoever makes the node /controller is the controller, and every broker stands for that.
// When the session expires it registers anew, under a new epoch, and a controller that lost its own
// is none any more.
//
// A broker that is asked to end says so to the controller, again and again, until that answers that
// others lead in its place (Kafka's controlled shutdown); then it ends its session.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/log/broker/cluster_tie.h"
#include "engine/log/ensemble/ensemble_controller.h"
#include "engine/log/ensemble/session.h"

namespace wavetank::log {

class EnsembleTie final : public ClusterTie, private SessionUser {
 public:
  EnsembleTie(NodeId self, const BrokerConfig& config, const ControllerConfig& control,
              const Topology& topology, std::vector<NodeId> ensemble, Probe& probe);

  // ClusterTie
  void start(const Step& step) override;
  void pump(const Step& step, std::int64_t metadata_version,
            CorrelationId& next_correlation) override;
  [[nodiscard]] Time next_deadline() const override { return std::min(ask_to_end_at_, leave_by_); }
  [[nodiscard]] bool admitted() const override { return epoch_ >= BrokerEpoch(0); }
  [[nodiscard]] BrokerEpoch broker_epoch() const override { return epoch_; }
  [[nodiscard]] NodeId controller() const override { return controller_; }
  [[nodiscard]] bool is_controller(NodeId node) const override { return node == controller_; }
  void on_not_controller(const Step& step, NodeId from, NodeId hint) override;
  void on_reset(const Step& step, NodeId peer) override;
  bool on_registered(const Step& /*step*/, const RegisterBrokerResponse& /*response*/) override {
    return false;
  }
  bool on_heartbeat(const Step& step, CorrelationId correlation,
                    const BrokerHeartbeatResponse& response) override;
  void leave(const Step& step) override;
  [[nodiscard]] bool may_end() const override { return leaving_ && (session_.closed() || late_); }

  void describe(port::Description& out) const override;

  /// True if the message was for the session, or for the controller that this broker is.
  bool on_message(const Step& step, NodeId from, port::Lane lane, const port::Message& message);
  bool on_timer(const Step& step, port::TimerId timer);
  /// Whether to do as this request says: not_controller if a later controller has been heard of,
  /// stale_broker_epoch if it is for another process of this broker.
  ErrorCode judge(const UpdateClusterRequest& request);
  void answer(const Step& step, NodeId to, CorrelationId correlation,
              const UpdateClusterResponse& response);
  /// True once for every registration.
  bool take_registered() { return std::exchange(registered_, false); }
  [[nodiscard]] const EnsembleController& as_controller() const { return as_controller_; }

 private:
  // SessionUser
  void connected(const Step& step) override;
  void expired(const Step& step) override;
  void changed(const Step& step, const std::string& path) override;

  void release(const Step& step);
  void join(const Step& step);
  void look_for_own_node(const Step& step);
  void draw_epoch(const Step& step);
  void make_own_node(const Step& step, BrokerEpoch epoch);
  void joined(const Step& step, BrokerEpoch epoch);
  void look_for_controller(const Step& step);
  void stand(const Step& step);
  void run_for(const Step& step, ControllerEpoch last, std::int32_t version);
  void settle(const Step& step);
  /// Asks again when the connection was lost; answers for an earlier session are not heard.
  void ask(const Step& step, const coordination::Operation& operation,
           EnsembleSession::Handler then);

  NodeId self_;
  BrokerConfig config_;
  Duration session_timeout_;
  Probe& probe_;
  EnsembleSession session_;
  EnsembleController as_controller_;
  coordination::SessionId joined_as_ = coordination::kNoSession;
  coordination::SessionId joining_as_ = coordination::kNoSession;
  coordination::SessionId left_ = coordination::kNoSession;  ///< the last one, which has expired
  BrokerEpoch epoch_{-1};
  bool registered_ = false;
  NodeId controller_ = kNoNode;
  bool looking_ = false;  ///< who the controller is
  ControllerEpoch heard_{-1};

  bool leaving_ = false;
  bool released_ = false;  ///< by the controller, or by time: the session is being ended
  bool late_ = false;      ///< even that has taken too long
  Time leave_by_ = Time::never();
  Time ask_to_end_at_ = Time::never();
};

}  // namespace wavetank::log
