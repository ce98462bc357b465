#pragma once

// How the leader of a consumer group shares the partitions out among the members: pure functions of
// what the members said. Kafka's four (partition.assignment.strategy), with their names.
//
//  - range: topic by topic, contiguous runs by the order of members; the first members get one more
//    of each topic, so that many topics add up to an uneven share.
//  - roundrobin: the partitions of all topics one after the other, dealt out in turn.
//  - sticky (KIP-54): everybody keeps what he has as far as balance allows.
//  - cooperative-sticky (KIP-429): the same result, but a partition that changes hands is given to
//    nobody in this generation: its owner lets go of it, joins again, and the next generation has
//    it. Members keep reading what does not move.
//
// Every partition of a subscribed topic has exactly one owner (at most one under
// cooperative-sticky). If all members subscribe to the same topics, roundrobin and the sticky ones
// give shares that differ by one at most, and the sticky ones move as few partitions as that
// allows. Members are ordered by instance id (static ones, first) and then by member id.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/groups.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// The protocol's name of it: "range", "roundrobin", "sticky", "cooperative-sticky".
std::string_view name(Assignor assignor);

/// What a member says when it joins (Kafka's ConsumerProtocolSubscription).
struct Subscription {
  MemberIdentity identity;
  std::vector<std::uint32_t> topics;  ///< indices into Topology::topics; unknown ones are ignored
  std::vector<PartitionId> owned;     ///< what it holds, for the sticky ones
  Generation generation = kNoGeneration;  ///< that gave it what it holds: the latest claim wins
};

/// The share of each member, parallel to the subscriptions, each ascending.
std::vector<std::vector<PartitionId>> assign(Assignor assignor, const Topology& topology,
                                             std::span<const Subscription> members);

}  // namespace wavetank::log
