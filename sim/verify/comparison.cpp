#include "sim/verify/comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace wavetank::sim {

namespace {

using nlohmann::json;

template <class T>
std::optional<T> at(const std::vector<T>& all, std::size_t i) {
  return i < all.size() ? std::optional(all[i]) : std::nullopt;
}

/// The event during which the one with this sequence was scheduled.
std::optional<EventRecord> cause_of(const std::optional<EventRecord>& event,
                                    const std::vector<EventRecord>& told) {
  if (!event) {
    return std::nullopt;
  }
  const auto cause = std::ranges::upper_bound(told, event->sequence, {}, &EventRecord::scheduled);
  // The first of the stretch may have followed others that scheduled it.
  return cause == told.begin() || cause == told.end() ? std::nullopt : std::optional(*cause);
}

EventDifference::Kind kind_of(const EventRecord& a, const EventRecord& b) {
  using Kind = EventDifference::Kind;
  if (a.at != b.at || a.sequence != b.sequence || a.payload != b.payload || a.words != b.words) {
    return Kind::event;
  }
  return a.digest != b.digest ? Kind::content : Kind::effects;
}

std::optional<ResultDifference> difference(const json& here, const json& there,
                                           const json::json_pointer& path) {
  if (here == there) {
    return std::nullopt;
  }
  if (here.is_object() && there.is_object()) {
    std::set<std::string> keys;
    for (const json* side : {&here, &there}) {
      for (const auto& [key, value] : side->items()) {
        keys.insert(key);
      }
    }
    for (const std::string& key : keys) {
      if (!here.contains(key) || !there.contains(key)) {
        return ResultDifference{(path / key).to_string(),
                                here.contains(key) ? here[key].dump() : "",
                                there.contains(key) ? there[key].dump() : ""};
      }
      if (auto found = difference(here[key], there[key], path / key)) {
        return found;
      }
    }
  }
  if (here.is_array() && there.is_array()) {
    for (std::size_t i = 0; i < std::min(here.size(), there.size()); ++i) {
      if (auto found = difference(here[i], there[i], path / i)) {
        return found;
      }
    }
  }
  return ResultDifference{path.to_string(), here.dump(), there.dump()};
}

}  // namespace

std::optional<Stretch> first_difference(const Testimony& here, const Testimony& there) {
  const std::size_t all = std::max(here.checkpoints.size(), there.checkpoints.size());
  for (std::size_t i = 0; i < all; ++i) {
    const std::optional<Checkpoint> a = at(here.checkpoints, i);
    const std::optional<Checkpoint> b = at(there.checkpoints, i);
    if (a != b) {
      const std::uint64_t before = i == 0 ? 0 : here.checkpoints[i - 1].events;
      const std::uint64_t last = std::max(a ? a->events : 0, b ? b->events : 0);
      return Stretch{before + 1, std::max(last, before + 1)};
    }
  }
  return std::nullopt;
}

std::optional<EventDifference> first_event_difference(const Testimony& here,
                                                      const Testimony& there) {
  const std::size_t all = std::max(here.events.size(), there.events.size());
  for (std::size_t i = 0; i < all; ++i) {
    const std::optional<EventRecord> a = at(here.events, i);
    const std::optional<EventRecord> b = at(there.events, i);
    if (a != b) {
      return EventDifference{a && b ? kind_of(*a, *b) : EventDifference::Kind::event, a, b,
                             cause_of(a, here.events), cause_of(b, there.events)};
    }
  }
  return std::nullopt;
}

std::optional<ResultDifference> first_result_difference(const std::string& here,
                                                        const std::string& there) {
  if (here == there) {
    return std::nullopt;
  }
  const json a = json::parse(here, nullptr, false);
  const json b = json::parse(there, nullptr, false);
  return difference(a, b, json::json_pointer()).value_or(ResultDifference{});
}

}  // namespace wavetank::sim
