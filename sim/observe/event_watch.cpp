#include "sim/observe/event_watch.h"

#include <algorithm>
#include <utility>

namespace wavetank::sim {

using scenarios::RunEvent;

void EventWatch::bind(std::size_t fault, const scenarios::When& when, std::vector<NodeId> hosted) {
  bound_[static_cast<std::size_t>(when.event)].push_back({fault, when, std::move(hosted), 0});
}

std::uint32_t EventWatch::seen(std::size_t fault) const {
  for (const auto& bindings : bound_) {
    const auto found = std::ranges::find(bindings, fault, &Binding::fault);
    if (found != bindings.end()) {
      return found->seen;
    }
  }
  return 0;
}

template <class Ours>
void EventWatch::saw(RunEvent event, NodeId where, const Ours& ours) {
  for (Binding& binding : bound_[static_cast<std::size_t>(event)]) {
    const bool waits = binding.seen < binding.when.occurrence;
    if (!waits || kernel_.now() < binding.when.not_before || !ours(binding)) {
      continue;
    }
    if (++binding.seen == binding.when.occurrence) {
      happened_(binding.fault, where);
    }
  }
}

void EventWatch::saw(RunEvent event, log::PartitionId partition, NodeId where) {
  saw(event, where, [&](const Binding& binding) {
    const std::string& of = binding.when.of;
    return of.empty() || of == topology_.topics[topology_.topic_of(partition)].name ||
           of == topology_.partition_name(partition);
  });
}

void EventWatch::saw(RunEvent event, NodeId where) {
  saw(event, where, [&](const Binding& binding) {
    return binding.when.of.empty() ||
           std::ranges::find(binding.hosted, where) != binding.hosted.end();
  });
}

void EventWatch::saw(RunEvent event, std::string_view name, NodeId where) {
  saw(event, where,
      [&](const Binding& binding) { return binding.when.of.empty() || binding.when.of == name; });
}

}  // namespace wavetank::sim
