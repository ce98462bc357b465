#pragma once

// Where two testimonies part.

#include <optional>
#include <string>

#include "sim/verify/testimony.h"

namespace wavetank::sim {

/// The first stretch between two checkpoints after which the digests differ; nothing if they never
/// do. A run that has fewer checkpoints parts from the other where it ends.
std::optional<Stretch> first_difference(const Testimony& here, const Testimony& there);

/// The first event that is not the same in both.
struct EventDifference {
  enum class Kind {
    event,    ///< another event fires, or at another time
    content,  ///< the same event meets other content: a message it delivers has other bytes
    effects,  ///< the same event schedules more or fewer events
  };
  Kind kind = Kind::event;
  /// Nothing on a side whose run is over.
  std::optional<EventRecord> here;
  std::optional<EventRecord> there;
  /// The events that scheduled these, where they are in the stretch.
  std::optional<EventRecord> cause_here;
  std::optional<EventRecord> cause_there;
};
/// Of two that tell the same stretch in full.
std::optional<EventDifference> first_event_difference(const Testimony& here,
                                                      const Testimony& there);

/// The first value that two results do not share.
struct ResultDifference {
  std::string path;  ///< JSON pointer; empty: the values are the same, the bytes are not
  std::string here;  ///< as JSON; empty: there is none
  std::string there;
};
std::optional<ResultDifference> first_result_difference(const std::string& here,
                                                        const std::string& there);

}  // namespace wavetank::sim
