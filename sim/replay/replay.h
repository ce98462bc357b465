#pragma once

// A run again, to look into it: it stops at a moment, and shows processes as they stand; or it
// follows single records from their application to the next. The same program, scenario and seed
// give the same events, so what is shown is what was. Looking changes nothing: the digest of a run
// that was looked at is that of the run.
//
// The state at T is that after all that is dated T or earlier.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/port/clock.h"
#include "engine/port/description.h"
#include "reports/result.h"
#include "scenarios/scenario.h"
#include "sim/replay/record_history.h"
#include "sim/replay/transitions.h"

namespace wavetank::sim {

/// A date of a run, or one that the run itself gives.
struct Moment {
  enum class Kind : std::uint8_t {
    date,
    first_failure,  ///< a rule breaks for the first time
    fault_begins,
    fault_ends,
    end,
  };
  Kind kind = Kind::date;
  Time date;
  std::uint32_t fault = 0;  ///< from 0
};
/// "83.2s", "first-failure", "fault-2", "fault-2-end", "end".
Result<Moment> parse_moment(std::string_view text);

struct ReplayRequest {
  std::optional<Moment> at;
  std::vector<std::string> nodes;     ///< to show at that moment: by name, or by a host's
  std::optional<std::string> events;  ///< "events-0@1187..1190", "1187..1190", "2/17"
  std::size_t transitions = 20;       ///< of each node
  /// What the digest of the whole run must be: it is run to its end, to see. Nothing: nobody knows.
  std::optional<std::string> digest;
};

/// A process at one moment.
struct NodeState {
  std::string name;
  port::Now clock;  ///< what its own clock shows
  port::Description description;
  port::Description messages;  ///< on their way from or to it
  std::vector<Transition> transitions;
  std::uint64_t earlier_transitions = 0;  ///< that are not among them
};

struct Replayed {
  // of the moment
  Time at;
  std::string at_what;  ///< how the moment was found; empty: it was given
  std::vector<NodeState> nodes;
  std::vector<std::string> faults;               ///< under way
  std::vector<reports::InvariantReport> broken;  ///< rules that were broken by then

  std::vector<RecordStory> stories;
  /// Nodes by id: what a description names.
  std::vector<std::string> names;

  // of the whole run
  Time ended;
  std::string digest;
  bool checked = false;  ///< its digest is the one that it must be
};

struct ReplayHooks {
  std::function<void(Time now, Time end)> progress;
  std::function<std::optional<reports::Partial>(Time now, Time end)> interrupted;
};

/// Fails, with the reason, if something that is asked for does not exist, or if the run is not the
/// one that was (its digest differs). REQUIRES: as `run`; processes may be started.
Result<Replayed> replay(const scenarios::Scenario& scenario, const ReplayRequest& request,
                        const ReplayHooks& hooks);

}  // namespace wavetank::sim
