#pragma once

// Single steps of processes, and the messages that caused them, of a span of a run: for a trace.
// Steps of one process that overlap stand in lanes of their own.

#include <cstdint>
#include <string>
#include <vector>

#include "reports/export/trace.h"
#include "sim/cluster/cluster.h"

namespace wavetank::sim {

class StepRecorder final : public StepObserver {
 public:
  /// `next` is told first; may be null. Adds to `trace` what begins in [from, to). REQUIRES: all
  /// outlive it; the trace has the cluster's hosts.
  StepRecorder(StepObserver* next, Cluster& cluster, reports::Span span, reports::Trace& trace);

  void step_begins(const Step& step) override;
  void step_ends(Duration cost) override;

  /// The lane of a process's first steps.
  [[nodiscard]] std::uint32_t lane_of(NodeId node) const { return nodes_[node.value()].lanes[0]; }
  [[nodiscard]] std::uint32_t host_of(NodeId node) const {
    return cluster_.node(node).spec().machine.value();
  }
  [[nodiscard]] std::uint64_t steps_left_out() const { return steps_left_out_; }
  [[nodiscard]] std::uint64_t messages_left_out() const { return messages_left_out_; }

 private:
  struct OfNode {
    std::vector<std::uint32_t> lanes;  ///< of its host
    std::vector<Time> busy_until;
  };
  /// "produce request", of the message whose way this is.
  [[nodiscard]] std::string name_of(const Journey& journey) const;
  std::uint32_t free_lane(NodeId node, Time from, Time until);

  StepObserver* next_;
  Cluster& cluster_;
  reports::Span span_;
  reports::Trace& trace_;
  std::vector<OfNode> nodes_;
  bool recording_ = false;
  NodeId node_;
  std::string name_;
  std::uint64_t steps_left_out_ = 0;
  std::uint64_t messages_left_out_ = 0;
};

}  // namespace wavetank::sim
