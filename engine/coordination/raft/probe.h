#pragma once

// What a quorum lets an observer see. Calls must not change anything.

#include <optional>

#include "engine/coordination/raft/types.h"

namespace wavetank::raft {

class Probe {
 public:
  virtual ~Probe() = default;

  /// It has read its files, and takes part from here on.
  virtual void recovered(NodeId /*server*/, Term /*term*/, std::optional<NodeId> /*voted_for*/,
                         LogIndex /*last*/) {}
  virtual void stands_for_election(NodeId /*server*/, Term /*term*/) {}
  virtual void elected(NodeId /*leader*/, Term /*term*/) {}
  /// It led and does not any more, while its process lives.
  virtual void stepped_down(NodeId /*leader*/, Term /*term*/) {}
  virtual void applied(NodeId /*server*/, LogIndex /*index*/, const Entry& /*entry*/) {}
  /// Its state is the one that stood after this entry.
  virtual void restored(NodeId /*server*/, LogIndex /*last*/, Term /*term*/) {}
};

}  // namespace wavetank::raft
