#pragma once

// What consumers tell each other through their coordinator, which does not read it: a member's
// subscription as metadata of JoinGroup, and its share of the partitions as its assignment of
// SyncGroup (Kafka's ConsumerProtocol; format.md, "Consumer protocol").

#include <optional>
#include <string>
#include <vector>

#include "engine/log/groups/assignors.h"

namespace wavetank::log {

/// The identity is not part of it: the coordinator adds that.
std::string encode_subscription(const Subscription& subscription);
/// Nothing if these are no bytes of a subscription.
std::optional<Subscription> decode_subscription(std::string_view bytes);

std::string encode_assignment(const std::vector<PartitionId>& partitions);
/// Nothing if these are no bytes of an assignment. No bytes at all are an empty one: of a member
/// that the leader did not know.
std::optional<std::vector<PartitionId>> decode_assignment(std::string_view bytes);

}  // namespace wavetank::log
