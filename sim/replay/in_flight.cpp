#include "sim/replay/in_flight.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/port/message_codec.h"
#include "sim/replay/api_names.h"
#include "sim/run/fault_injector.h"
#include "sim/run/world.h"

namespace wavetank::sim {

void FaultsUnderWay::heard(const scenarios::Step& step) {
  if (step.kind == scenarios::StepKind::fault_begin) {
    faults_.try_emplace(step.subject, Fault{step.at, step.action + " of " + step.target});
  } else {
    faults_.erase(step.subject);
  }
}

namespace {

bool names(const scenarios::Selector& selector, std::uint32_t host) {
  return std::ranges::find(selector.hosts, host) != selector.hosts.end();
}

/// Whether nothing passes between the two while it lasts, in some direction.
bool parts_them(const scenarios::FaultAction& action, std::uint32_t a, std::uint32_t b) {
  if (const auto* cut = std::get_if<scenarios::Partition>(&action)) {
    return (names(cut->side, a) && names(cut->from, b)) ||
           (names(cut->side, b) && names(cut->from, a));
  }
  const auto of_place = [&](const auto& loss) {
    return loss.of == scenarios::PlaceLoss::network && names(loss.hosts, a) != names(loss.hosts, b);
  };
  if (const auto* zone = std::get_if<scenarios::ZoneLoss>(&action)) {
    return of_place(*zone);
  }
  if (const auto* region = std::get_if<scenarios::RegionLoss>(&action)) {
    return of_place(*region);
  }
  return false;
}

const char* name(OnTheWay::Where where) {
  switch (where) {
    case OnTheWay::Where::queued:
      return "queued at the sender";
    case OnTheWay::Where::on_wire:
      return "on the wire";
    case OnTheWay::Where::arriving:
      return "arriving";
    case OnTheWay::Where::behind:
      return "there, behind a lost one";
    case OnTheWay::Where::backing_off:
      return "lost, to be sent again";
  }
  return "";
}

/// Where a message is, and what is expected of it.
struct Place {
  std::string where;
  Time expected = Time::never();
  std::string held_by;
};

class InFlightList {
 public:
  InFlightList(const RunParts& parts, const FaultsUnderWay& faults)
      : parts_(parts), faults_(faults), cluster_(*parts.world.cluster) {
    for (const OnTheWay& it : parts.world.network->on_the_way()) {
      if (it.receiver == &cluster_.receiver()) {
        on_the_way_.emplace(it.payload, it);
      }
    }
  }

  void say(port::Description& list, std::uint32_t slot) const {
    const InFlight& it = cluster_.in_flight(slot);
    const auto envelope = port::peek(it.message);
    const Place place = place_of(slot, it);
    port::Description& row = list.row(envelope ? api_name(envelope->api) : "not readable");
    row.say("is", it.lane == port::Lane::request ? "request" : "response");
    row.say("number", envelope ? std::optional(envelope->correlation) : std::nullopt);
    row.say("bytes", it.message.wire_bytes());
    row.say("from", it.journey.from).say("to", it.to);
    row.say("sent ago", cluster_.now() - it.journey.step_begun);
    row.say("where", place.where);
    row.say("expected in", place.expected == Time::never()
                               ? std::nullopt
                               : std::optional(place.expected - cluster_.now()));
    row.say("held by", place.held_by.empty() ? std::nullopt : std::optional(place.held_by));
  }

 private:
  [[nodiscard]] std::uint32_t host_of(NodeId node) const {
    return cluster_.node(node).spec().machine.value();
  }

  [[nodiscard]] Place place_of(std::uint32_t slot, const InFlight& it) const {
    const Node& to = cluster_.node(it.to);
    if (it.journey.arrived > Time()) {
      const bool paused = cluster_.cpu(to.spec().machine).paused();
      return {"there, waits for a step", Time::never(), paused ? "its process is paused" : ""};
    }
    const auto found = on_the_way_.find(slot);
    if (found == on_the_way_.end()) {
      return it.journey.released > Time()
                 ? Place{"on the same machine", it.journey.released + kLoopbackDelay, ""}
                 : Place{"its step is not over", Time::never(), ""};
    }
    const OnTheWay& way = found->second;
    Place place{name(way.where), way.expected, ""};
    if (way.is_cut) {
      place.held_by = faults_.parting(parts_, host_of(it.journey.from), host_of(it.to));
    } else if (!cluster_.powered(to.spec().machine)) {
      place.held_by = "no power there";
    } else if (way.losses > 0) {
      place.held_by = fmt::format("{} losses in a row", way.losses);
    }
    return place;
  }

  const RunParts& parts_;
  const FaultsUnderWay& faults_;
  Cluster& cluster_;
  std::unordered_map<std::uint64_t, OnTheWay> on_the_way_;  ///< for look-ups only
};

}  // namespace

std::string FaultsUnderWay::parting(const RunParts& parts, std::uint32_t a, std::uint32_t b) const {
  for (const auto& [number, fault] : faults_) {
    if (parts_them(parts.faults.fault(number).action, a, b)) {
      return fmt::format("fault {}, {}", number + 1, fault.what);
    }
  }
  return "a cut that is over: not noticed yet";
}

port::Description messages_in_flight(const RunParts& parts, const FaultsUnderWay& faults,
                                     NodeId node) {
  Cluster& cluster = *parts.world.cluster;
  port::Description list("messages in flight", port::Description::Kind::list);
  const InFlightList in_flight(parts, faults);
  std::vector<std::uint32_t> slots = cluster.slots_in_flight();
  std::erase_if(slots, [&](std::uint32_t slot) {
    const InFlight& it = cluster.in_flight(slot);
    return it.journey.from != node && it.to != node;
  });
  std::ranges::stable_sort(
      slots, {}, [&](std::uint32_t slot) { return cluster.in_flight(slot).journey.step_begun; });
  for (const std::uint32_t slot : slots) {
    in_flight.say(list, slot);
  }
  return list;
}

}  // namespace wavetank::sim
