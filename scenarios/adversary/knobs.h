#pragma once

// Settings that one plan changes: small segments, short timeouts, few requests in flight.

#include "engine/base/random.h"
#include "scenarios/document.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

/// Waits of production length become seconds: of minutes (a member that joins a group waits up to
/// five for an answer, as long as the slowest of the group may take) a short run never sees the
/// end. And committed offsets are promised as the records are, on two brokers at least: by default
/// (Kafka's too) one is enough, and whoever loses that one has broken no promise.
void fit_for_the_hunt(const Scenario& base, Value& document);
/// Changes about half of what can be changed, in place, to values that the scenario remains valid
/// with.
void turn_knobs(const Scenario& base, Random& random, Value& document);

}  // namespace wavetank::scenarios
