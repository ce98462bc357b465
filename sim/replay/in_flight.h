#pragma once

// The messages on their way from or to a process at one moment: where each is, when it is expected,
// and what holds it.

#include <cstdint>
#include <map>
#include <string>

#include "engine/port/description.h"
#include "scenarios/schedule.h"
#include "sim/run/run.h"

namespace wavetank::sim {

/// Faults that have begun and not ended, by number.
class FaultsUnderWay {
 public:
  void heard(const scenarios::Step& step);
  struct Fault {
    Time since;
    std::string what;  ///< "partition of broker-2"
  };
  [[nodiscard]] const std::map<std::uint32_t, Fault>& all() const { return faults_; }
  /// The one that parts these two hosts (indices into the scenario's); where none does, words for a
  /// cut that is over and has not been noticed yet.
  [[nodiscard]] std::string parting(const RunParts& parts, std::uint32_t a, std::uint32_t b) const;

 private:
  std::map<std::uint32_t, Fault> faults_;
};

/// As a list, one row a message.
port::Description messages_in_flight(const RunParts& parts, const FaultsUnderWay& faults,
                                     NodeId node);

}  // namespace wavetank::sim
