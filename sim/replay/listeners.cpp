#include "sim/replay/listeners.h"

#include <fmt/format.h>

#include <variant>

#include "sim/run/coordination_system.h"
#include "sim/run/fault_injector.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

Listeners::Listeners(const RunParts& parts, RecordListener* records,
                     const std::function<void()>& told)
    : parts_(parts),
      notes_(*parts.world.cluster, transitions_),
      processes_(notes_, *parts.world.cluster) {
  parts.world.cluster->observe_processes(&processes_);
  processes_.tell(records);
  if (parts.log != nullptr) {
    log_ = std::make_unique<LogRecorder>(parts.log->observer(), notes_, parts.log->topology(),
                                         records, told);
    parts.log->tell(*log_);
    if (records != nullptr) {
      parts.log->observer().tell(*records);
    }
  }
  if (parts.coordination != nullptr) {
    coordination_ =
        std::make_unique<CoordinationRecorder>(parts.coordination->observer(), notes_, told);
    parts.coordination->tell(*coordination_);
  }
  if (parts.kv != nullptr) {
    kv_ = std::make_unique<QuorumRecorder>(parts.kv->observer(), notes_, told);
    parts.kv->tell(*kv_);
  }
  parts.faults.tell([this](const scenarios::Step& step) { fault(step); });
}

void Listeners::fault(const scenarios::Step& step) {
  faults_.heard(step);
  const bool begins = step.kind == scenarios::StepKind::fault_begin;
  const std::string what = fmt::format("{} {}", step.action, step.target);
  for (const NodeId node : struck(parts_.faults.fault(step.subject).action)) {
    notes_.at(node, begins ? Change::fault_began : Change::fault_ended,
              fmt::format("fault {}", step.subject + 1), what);
  }
}

std::vector<NodeId> Listeners::struck(const scenarios::FaultAction& action) const {
  std::vector<NodeId> nodes;
  const auto add = [&](const scenarios::Selector& selector) {
    for (const std::uint32_t host : selector.hosts) {
      const auto& there = parts_.world.cluster->nodes_on(parts_.world.machines[host]);
      nodes.insert(nodes.end(), there.begin(), there.end());
    }
  };
  std::visit(
      [&](const auto& fault) {
        if constexpr (requires { fault.hosts; }) {
          add(fault.hosts);
        } else if constexpr (requires { fault.side; }) {
          add(fault.side);
          add(fault.from);
        }
      },
      action);
  return nodes;
}

}  // namespace wavetank::sim
