#pragma once

// All messages of the log.

#include "engine/log/protocol/clients.h"       // IWYU pragma: export
#include "engine/log/protocol/cluster.h"       // IWYU pragma: export
#include "engine/log/protocol/envelope.h"      // IWYU pragma: export
#include "engine/log/protocol/groups.h"        // IWYU pragma: export
#include "engine/log/protocol/transactions.h"  // IWYU pragma: export
