#pragma once

// How checkers name what they speak of.

#include <string>

#include "engine/base/time.h"
#include "engine/log/types.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

/// "event 3/17": record 17 of producer process 3.
std::string event_text(EventId id);
/// "1.234567 s".
std::string time_text(Time t);
/// "partition 7 offset 12", where names of partitions are not known yet.
std::string place_text(log::PartitionId partition, log::Offset offset);
/// "orders-7 offset 12".
std::string place_text(const std::string& partition, log::Offset offset);

}  // namespace wavetank::sim
