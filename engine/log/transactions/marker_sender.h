#pragma once

// Brings the markers of prepared transactions to the leaders of their partitions, again and again
// until each has its marker: one request to a broker at a time, which takes along all that wait for
// that broker.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/cluster_metadata.h"

namespace wavetank::log {

class MarkerSender {
 public:
  /// A marker on its way.
  struct Job {
    std::string transactional_id;
    PartitionId coordinator;  ///< partition of the topic of transactions that the id belongs to
    EndMarker marker;
    PartitionId partition;  ///< that gets the marker
  };

  MarkerSender(const BrokerConfig& config, const ClusterMetadata& cluster)
      : config_(config), cluster_(cluster) {}

  void add(Job job) { waiting_.push_back(std::move(job)); }
  /// This broker coordinates the ids of the partition no more: the next one sends their markers.
  void drop(PartitionId coordinator);

  /// Sends what can be sent; what has no leader waits for a back-off.
  void pump(const Step& step, CorrelationId& next_correlation);
  /// Calls `written(job)` for every marker that its partition has, or needs no more.
  template <class Written>
  void on_response(const Step& step, NodeId from, CorrelationId correlation,
                   const WriteTxnMarkersResponse& response, const Written& written);
  /// The connection is gone: what was on its way is sent again.
  void on_reset(const Step& step, NodeId peer);
  [[nodiscard]] Time next_deadline() const;
  /// For who looks: markers that wait or are on their way, by broker.
  void describe(port::Description& out, const Topology& topology) const;

 private:
  struct Request {
    CorrelationId correlation = 0;
    Time deadline;
    std::vector<Job> jobs;
  };
  struct BackOff {
    Time until;
    Job job;
  };
  void back_off(Time now, std::vector<Job> jobs);

  const BrokerConfig& config_;
  const ClusterMetadata& cluster_;
  std::deque<Job> waiting_;
  std::deque<BackOff> backing_off_;      ///< by time
  std::map<NodeId, Request> in_flight_;  ///< by broker
};

// ---------------------------------------------------------------------------------------------------

template <class Written>
void MarkerSender::on_response(const Step& step, NodeId from, CorrelationId correlation,
                               const WriteTxnMarkersResponse& response, const Written& written) {
  const auto found = in_flight_.find(from);
  if (found == in_flight_.end() || found->second.correlation != correlation) {
    return;  // given up meanwhile
  }
  std::vector<Job> jobs = std::move(found->second.jobs);
  in_flight_.erase(found);
  std::vector<Job> again;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const ErrorCode error =
        i < response.errors.size() ? response.errors[i] : ErrorCode::request_timed_out;
    switch (error) {
      case ErrorCode::none:
      case ErrorCode::invalid_producer_epoch:  // a later marker has ended it
        written(jobs[i]);
        break;
      case ErrorCode::transaction_coordinator_fenced:
        break;  // a later coordinator has taken it over
      default:
        again.push_back(std::move(jobs[i]));
    }
  }
  back_off(step.now.monotonic, std::move(again));
}

}  // namespace wavetank::log
