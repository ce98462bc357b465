#pragma once

// What has happened to processes, one line each: the last of it, by node. What happens to many
// partitions at one moment is one line, and so is a refusal that comes again and again.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace wavetank::sim {

enum class Change : std::uint8_t {
  process_began,
  process_ended,
  fault_began,
  fault_ended,
  leads,        ///< a replica, a quorum or an ensemble
  follows,      ///< likewise
  stands,       ///< asks for votes, or looks for a leader
  truncated,    ///< a log was cut
  recovered,    ///< a log, or a tree, was read from its files
  elected,      ///< a partition has a leader
  offline,      ///< it has none
  in_sync,      ///< an in-sync set has changed
  registered,   ///< a broker was admitted
  fenced,       ///< a broker was given up
  retained,     ///< retention or compaction has thrown something away
  moved,        ///< a partition has moved, or a replica is gone
  group,        ///< a consumer group rebalances, or is assigned, or has lost a member
  transaction,  ///< has its outcome
  session,      ///< with an ensemble was opened or ended
  refused,      ///< a request was answered with an error, or throttled
};
inline constexpr std::size_t kChanges = 20;
/// One character of ASCII, and what it stands for.
char glyph(Change change);
std::string_view meaning(Change change);

struct Transition {
  Time at;
  Change change{};
  std::vector<std::string> subjects;  ///< partitions and the like; may be none
  std::string what;                   ///< has happened to them
  std::uint32_t times = 1;
  Time last{};  ///< of them
};

/// Of each node the last kKept.
class Transitions {
 public:
  static constexpr std::size_t kKept = 1'000;

  /// Something has happened at a node, to `subject` (empty: the node itself).
  void note(Time at, NodeId node, Change change, const std::string& subject,
            const std::string& what);

  /// The last `most` of a node, the oldest first.
  [[nodiscard]] std::vector<Transition> last(NodeId node, std::size_t most) const;
  /// Those that were noted and are not kept.
  [[nodiscard]] std::uint64_t forgotten(NodeId node) const;

 private:
  struct Ring {
    std::deque<Transition> kept;
    std::uint64_t forgotten = 0;
  };
  std::map<NodeId, Ring> rings_;
};

}  // namespace wavetank::sim
