#include "sim/replay/step_recorder.h"

#include <fmt/format.h>

#include "engine/port/message_codec.h"
#include "sim/replay/api_names.h"

namespace wavetank::sim {

StepRecorder::StepRecorder(StepObserver* next, Cluster& cluster, reports::Span span,
                           reports::Trace& trace)
    : next_(next), cluster_(cluster), span_(span), trace_(trace), nodes_(cluster.node_count()) {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const NodeSpec& spec = cluster.node(NodeId(i)).spec();
    std::vector<std::string>& lanes = trace.hosts[spec.machine.value()].lanes;
    nodes_[i].lanes.push_back(static_cast<std::uint32_t>(lanes.size()));
    nodes_[i].busy_until.emplace_back();
    lanes.push_back(spec.name);
  }
}

std::string StepRecorder::name_of(const Journey& journey) const {
  for (const std::uint32_t slot : cluster_.slots_in_flight()) {
    const InFlight& it = cluster_.in_flight(slot);
    if (&it.journey == &journey) {
      const auto envelope = port::peek(it.message);
      return fmt::format("{} {}", envelope ? api_name(envelope->api) : "not readable",
                         it.lane == port::Lane::request ? "request" : "response");
    }
  }
  return "message";
}

void StepRecorder::step_begins(const Step& step) {
  if (next_ != nullptr) {
    next_->step_begins(step);
  }
  recording_ = span_.from <= step.begun && step.begun < span_.to;
  if (!recording_) {
    return;
  }
  node_ = step.node;
  name_ = step.message != nullptr ? name_of(*step.message) : "timer or call";
  if (step.message == nullptr) {
    return;
  }
  if (trace_.messages.size() >= reports::Trace::kMessagesMax) {
    ++messages_left_out_;
    return;
  }
  trace_.messages.push_back({name_, host_of(step.message->from), host_of(step.node),
                             step.message->released, step.message->arrived});
}

void StepRecorder::step_ends(Duration cost) {
  if (next_ != nullptr) {
    next_->step_ends(cost);
  }
  if (!std::exchange(recording_, false)) {
    return;
  }
  if (trace_.steps.size() >= reports::Trace::kStepsMax) {
    ++steps_left_out_;
    return;
  }
  const Time now = cluster_.now();
  trace_.steps.push_back({host_of(node_), free_lane(node_, now, now + cost), now, cost, name_});
}

std::uint32_t StepRecorder::free_lane(NodeId node, Time from, Time until) {
  OfNode& of = nodes_[node.value()];
  for (std::size_t i = 0; i < of.lanes.size(); ++i) {
    if (of.busy_until[i] <= from) {
      of.busy_until[i] = until;
      return of.lanes[i];
    }
  }
  std::vector<std::string>& lanes = trace_.hosts[host_of(node)].lanes;
  of.lanes.push_back(static_cast<std::uint32_t>(lanes.size()));
  of.busy_until.push_back(until);
  lanes.push_back(fmt::format("{} #{}", cluster_.node(node).spec().name, of.lanes.size()));
  return of.lanes.back();
}

}  // namespace wavetank::sim
