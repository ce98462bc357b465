#pragma once

// Identities that every system shares. A system's own ids (offsets, epochs, ...) stand in its
// folder.

#include <cstdint>

#include "engine/base/strong.h"

namespace wavetank {

/// A process of the system under test: a broker, a controller, a client. Dense from 0 within a run.
using NodeId = Strong<struct NodeIdTag, std::uint32_t>;

}  // namespace wavetank
