#pragma once

// The bare host, as tests call it.

#include "sim/bare/bare_host.h"
#include "tests/support/memory_storage.h"

namespace wavetank::test {

using sim::BareHost;

}  // namespace wavetank::test
