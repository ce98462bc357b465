#pragma once

// What a replay has seen, as people read it, and as one document.

#include <cstddef>
#include <string>

#include "reports/terminal_summary.h"
#include "sim/replay/replay.h"

namespace wavetank::sim {

/// Rows of a list that are shown unless all are asked for.
inline constexpr std::size_t kRowsShown = 16;

struct ShowOptions {
  reports::Style style;
  bool all = false;  ///< every row, and in a comparison what is equal, too
};

/// The nodes one after the other, each with its state, its messages and its last transitions.
std::string show_nodes(const Replayed& seen, const ShowOptions& options);
/// Two nodes side by side: only what differs, and of that only what lasts (not connections, timers,
/// the queue of requests, the disk). Times are left out where both have one, since no two clocks
/// and deadlines are equal. REQUIRES: two nodes.
std::string show_difference(const Replayed& seen, const ShowOptions& options);
/// Records, one after the other, what happened to each by time.
std::string show_stories(const Replayed& seen, const ShowOptions& options);
/// Everything, as JSON. Durations and times are seconds; a time of a role is what its node's own
/// clock will show, or has shown.
std::string replay_json(const Replayed& seen);

}  // namespace wavetank::sim
