#pragma once

// Looks out for the events of a run that faults are bound to. What it sees it hears from the log
// itself (Probe), as the observer does; what follows of it is the business of who asked.

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "scenarios/event.h"
#include "sim/kernel/kernel.h"

namespace wavetank::sim {

class EventWatch {
 public:
  /// `fault` waits no longer: its event has happened, at `where` (kNoNode: nowhere). Called in the
  /// middle of a step: what is done to the system must wait for the step's end.
  using Happened = std::function<void(std::size_t fault, NodeId where)>;

  /// REQUIRES: kernel and topology outlive it.
  EventWatch(const Kernel& kernel, const log::Topology& topology, Happened happened)
      : kernel_(kernel), topology_(topology), happened_(std::move(happened)) {}

  /// `hosted`: the nodes on the host that the event is of, if it is of one.
  void bind(std::size_t fault, const scenarios::When& when, std::vector<NodeId> hosted);
  /// Events of the kind and of the subject it is bound to, so far.
  [[nodiscard]] std::uint32_t seen(std::size_t fault) const;

  void saw(scenarios::RunEvent event, log::PartitionId partition, NodeId where);
  /// Of the process itself.
  void saw(scenarios::RunEvent event, NodeId where);
  /// Of a group or a transactional id.
  void saw(scenarios::RunEvent event, std::string_view name, NodeId where);

 private:
  struct Binding {
    std::size_t fault = 0;
    scenarios::When when;
    std::vector<NodeId> hosted;
    std::uint32_t seen = 0;
  };
  /// `ours(binding)`: whether it is of the subject that the event is of.
  template <class Ours>
  void saw(scenarios::RunEvent event, NodeId where, const Ours& ours);

  const Kernel& kernel_;
  const log::Topology& topology_;
  Happened happened_;
  std::array<std::vector<Binding>, scenarios::kRunEvents> bound_;  ///< by event
};

}  // namespace wavetank::sim
