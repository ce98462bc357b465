#pragma once

#include <cstdint>

#include "scenarios/scenario.h"

namespace wavetank::scenarios {

/// Whether a service, a client or an application runs on this host (an index into Cluster::hosts).
bool runs_something(const Scenario& scenario, std::uint32_t host);

}  // namespace wavetank::scenarios
