#pragma once

// nonmonotonic-poll: a reader is given an offset again, or an earlier one, without having been set
// back to it.
//
// A reader's position is set when it is given a partition (to the committed offset, or where it
// asks to begin) and after that only moves with what it is given, upwards.
//
// Cannot see: what a reader's application does with records; groups other than the judged one.

#include <string>

#include "engine/base/ids.h"
#include "sim/check/judgement.h"
#include "sim/check/wording.h"

namespace wavetank::sim {

class NonmonotonicPoll {
 public:
  /// A record was handed over.
  void look() { judgement_.look(); }
  /// It is at offset `given`, where `next` or a later one was due.
  void went_back(NodeId reader, log::PartitionId p, log::Offset given, log::Offset next, Time now) {
    judgement_.breach(place_text(p, given) + " was handed to node " +
                      std::to_string(reader.value()) + " at " + time_text(now) + ", where " +
                      std::to_string(next.value()) + " was next");
  }
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/nonmonotonic-poll"};
};

}  // namespace wavetank::sim
