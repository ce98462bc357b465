#pragma once

// Files in memory, as tests call them.

#include "sim/bare/memory_storage.h"

namespace wavetank::test {

using sim::MemoryStorage;

}  // namespace wavetank::test
