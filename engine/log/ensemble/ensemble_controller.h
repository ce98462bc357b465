#pragma once

// The controller that an ensemble has elected, as a part of a broker (Kafka before KRaft). It
// decides by the same rules as any other (ClusterRegistry); what it has decided are nodes of the
// ensemble (StoredCluster), and it tells brokers when they are written.
//
//  - A decision is made on a copy of the registry, written, and then carried out on the registry
//    itself. Until it is written nothing else is decided; requests are held.
//  - Brokers are alive while their node in /brokers/ids is there. Without a quorum of the ensemble
//    none goes and nothing can be written: the log serves on, and no leader is elected.
//  - In-sync sets are changed by the controller when leaders ask for it (AlterPartition, KIP-497),
//    not by the leaders themselves as before Kafka 2.7.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/controller/cluster_registry.h"
#include "engine/log/ensemble/session.h"
#include "engine/log/ensemble/stored_cluster.h"
#include "engine/log/probe.h"
#include "engine/port/alarm.h"

namespace wavetank::log {

class EnsembleController final : private StoredClusterUser {
 public:
  EnsembleController(NodeId self, const ControllerConfig& config, const Topology& topology,
                     EnsembleSession& session, Probe& probe);

  /// This broker is the controller from now on: reads what the last one left.
  /// `epoch_version`: of the node that holds `epoch`.
  void begin(const Step& step, ControllerEpoch epoch, std::int32_t epoch_version);
  /// It is not, any more.
  void end();
  /// Something has happened to /brokers/ids.
  void brokers_changed(const Step& step);
  /// Something has happened to the node of a topic.
  void topic_changed(const Step& step, std::string_view name);
  void on_alter(const Step& step, NodeId from, CorrelationId correlation,
                const port::Message& message);
  /// A broker would like to end (controlled shutdown): it may when others lead in its place, and
  /// all know it.
  void on_farewell(const Step& step, NodeId from, CorrelationId correlation,
                   const BrokerHeartbeatRequest& request);
  /// An operator moves partitions; `controller` is who else acts as such, as far as is known.
  void on_reassign(const Step& step, NodeId from, CorrelationId correlation,
                   AlterPartitionReassignmentsRequest request, NodeId controller);
  void on_updated(const Step& step, NodeId from, CorrelationId correlation,
                  const UpdateClusterResponse& response);
  bool on_timer(const Step& step, port::TimerId timer);

  /// Elected, and knows the state of the cluster.
  [[nodiscard]] bool active() const { return active_; }
  /// Elected; it may be reading yet.
  [[nodiscard]] bool elected() const { return epoch_ >= ControllerEpoch(0); }
  /// It was told that another one acts in its place: it is to be found out who.
  [[nodiscard]] bool take_deposed() { return std::exchange(deposed_, false); }
  /// For who looks: what it decides and whom it has told; nothing unless elected.
  void describe(port::Description& out) const;

 private:
  /// The process of a broker that is registered.
  struct Present {
    BrokerEpoch epoch;
    coordination::Zxid since;
  };
  struct Held {
    NodeId from;
    CorrelationId correlation = 0;
    std::variant<AlterPartitionRequest, AlterPartitionReassignmentsRequest> request;
  };
  struct Decision {
    std::vector<NodeId> fenced;
    std::vector<std::pair<NodeId, BrokerEpoch>> admitted;
    std::vector<NodeId> leaving;
    std::vector<Held> requests;
    bool create = false;
    bool rebalance = false;
    [[nodiscard]] bool empty() const {
      return fenced.empty() && admitted.empty() && leaving.empty() && requests.empty() && !create &&
             !rebalance;
    }
  };
  struct Answer {
    NodeId to;
    CorrelationId correlation = 0;
    std::variant<AlterPartitionResponse, AlterPartitionReassignmentsResponse> response;
  };
  /// What a broker's process has been told: one update is under way to it at most.
  struct Told {
    BrokerEpoch epoch{-1};
    std::int64_t knows = 0;
    std::int64_t left_at = 0;    ///< version by which others lead in its place
    Time again = Time::never();  ///< it has not answered by then; never: nothing is under way
    Duration patience{};
  };

  // who is there
  void read_brokers(const Step& step);
  void read_broker(const Step& step, NodeId broker);
  void broker_came(const Step& step);
  void ask(const Step& step, const coordination::Operation& operation,
           EnsembleSession::Handler then);

  // what the last one left
  void all_read(const Step& step) override;
  void proceed(const Step& step);
  void watch_topics(const Step& step);
  void take_over(const Step& step);
  [[nodiscard]] std::vector<ClusterRegistry::Broker> living_in(
      const std::vector<StoredCluster::Partition>& stored) const;

  // deciding
  template <class Response>
  void answer(const Step& step, NodeId to, CorrelationId correlation, const Response& response);
  void hold(const Step& step, Held held);
  void decide(const Step& step);
  [[nodiscard]] bool busy() const { return asking_ > 0 || deciding_ || watching_; }
  Decision next_decision(const Step& step);
  [[nodiscard]] bool may_end(NodeId broker) const;
  static std::vector<Answer> carry_out(ClusterRegistry& registry, const Decision& decision);
  void all_written(const Step& step) override;
  void all_watched(const Step& step) override;
  void overruled(const Step& step) override;
  void depose();

  // making it known
  void tell_all(const Step& step);
  void tell(const Step& step, NodeId node, Told& told);
  void set_alarm(const Step& step);

  NodeId self_;
  ControllerConfig config_;
  const Topology& topology_;
  EnsembleSession& session_;
  Probe& probe_;
  StoredCluster stored_;
  ClusterRegistry registry_;

  bool active_ = false;
  bool deposed_ = false;
  std::uint64_t reign_ = 0;  ///< counts begin and end: answers of an earlier one are not heard
  ControllerEpoch epoch_{-1};

  std::uint32_t asking_ = 0;  ///< answers to come before it is known who is there
  bool ask_again_ = false;
  bool stored_read_ = false;
  std::map<NodeId, Present> present_;  ///< by /brokers/ids

  std::optional<Decision> deciding_;  ///< being written
  bool watching_ = false;             ///< watches are being set
  std::deque<Held> held_;
  std::set<NodeId> leaving_;  ///< asked to, and not decided on yet
  std::map<NodeId, Told> told_;
  Time create_at_ = Time::never();
  Time rebalance_at_ = Time::never();
  port::Alarm alarm_;
};

}  // namespace wavetank::log
