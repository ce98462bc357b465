#pragma once

// The bounds of broker, controller and clients: nothing in them grows without one. What is not
// named here is bounded by the topology (one entry a partition, a broker, or a replica).

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace wavetank::log::limits {

// --- batches
// -------------------------------------------------------------------------------------------------

/// Bytes of a batch's records before they were compressed: what unpacks to more is refused, for a
/// few kilobytes can claim to be gigabytes.
inline constexpr std::size_t kUnpackedBatchBytes = 64U << 20U;

// --- broker: requests that wait
// -------------------------------------------------------------------

/// Produce and offset-commit requests that wait for replicas. A producer has a handful in flight;
/// beyond this the broker answers request_timed_out without appending.
inline constexpr std::size_t kWaitingProduces = 65'536;
/// Fetch sessions of consumers (max.incremental.fetch.session.cache.slots). The least recently used
/// one is closed for a new one. Followers have one each beside them.
inline constexpr std::size_t kConsumerSessions = 1'000;
/// Most bytes a fetch answer carries, whatever the request allows (fetch.max.bytes of the broker).
inline constexpr std::uint64_t kFetchAnswerBytes = 55ULL << 20;
/// Deadlines of requests that are answered already are swept out once there are more of them than
/// of the others, and more than this.
inline constexpr std::size_t kStaleDeadlines = 64;
/// Requests for offsets by time that wait for the disk.
inline constexpr std::size_t kWaitingLookups = 1'000;
/// Clients whose use of a broker is measured; those beyond share the last account.
inline constexpr std::size_t kQuotaAccounts = 10'000;
/// A role's sessions draw random ids until one is free; there are far more ids than sessions.
inline constexpr int kSessionIdDraws = 64;

// --- broker: group coordinator
// --------------------------------------------------------------------

/// Longest name of a group.
inline constexpr std::size_t kGroupNameBytes = 249;
/// Groups of one coordinator (one partition of the offsets topic).
inline constexpr std::size_t kGroupsPerCoordinator = 10'000;
/// Members of one group, whatever group.max.size says; those who have only got an id count too.
inline constexpr std::size_t kMembersPerGroup = 10'000;
/// Protocols that a member offers.
inline constexpr std::size_t kProtocolsPerMember = 16;
/// Open transactions with offsets of one group.
inline constexpr std::size_t kTransactionsPerGroup = 10'000;
/// How long a commit may wait for the replicas (offsets.commit.timeout.ms).
inline constexpr Duration kOffsetCommitTimeout = seconds(5);
/// Read at once while committed offsets are loaded (offsets.load.buffer.size is 5 MiB).
inline constexpr std::uint64_t kOffsetLoadBytes = 1ULL << 20;

// --- broker: transaction coordinator
// --------------------------------------------------------------------

/// Longest transactional id.
inline constexpr std::size_t kTransactionalIdBytes = 249;
/// Ids of one coordinator (one partition of the topic of transactions).
inline constexpr std::size_t kTransactionalIdsPerCoordinator = 10'000;
/// Markers that go to a broker with one request.
inline constexpr std::size_t kMarkersPerRequest = 10'000;

// --- broker: the controller
// -----------------------------------------------------------------------

/// Partitions whose in-sync sets change with one request.
inline constexpr std::size_t kPartitionsPerAlter = 1'000;
/// Producer ids a broker gives out in one registration: they share the id with the broker's epoch.
inline constexpr int kProducerIdBits = 24;

// --- controller
// -----------------------------------------------------------------------------------

/// Messages that wait while a change of state is being made durable. Brokers ask again, so what is
/// beyond is dropped.
inline constexpr std::size_t kHeldMessages = 16'384;
/// Nodes of new topics that a controller makes in an ensemble with one request, about.
inline constexpr std::size_t kNodesMadeTogether = 500;

// --- the operator's client
// ----------------------------------------------------------------------------------

/// Requests of an operator that wait for the controller.
inline constexpr std::size_t kAdminRequests = 1'000;

// --- clients
// ----------------------------------------------------------------------------------------

/// Keys that a producer counts to find the hot ones. What has more than one in so many records is
/// among them.
inline constexpr std::size_t kHotKeyCounters = 64;
/// Records after which a key may be called hot.
inline constexpr std::uint64_t kHotKeyEvidence = 1'000;

/// Batches of one partition that an idempotent producer has in flight. A log recognises a retry
/// among this many of a producer's batches (KIP-98), so more could be stored twice.
inline constexpr std::uint32_t kBatchesInFlightPerPartition = 5;
/// Most bytes a record adds to a batch besides key, value and headers: varints of 5 bytes for its
/// length, key length, value length, offset delta and header count, 10 for the timestamp delta, and
/// the attributes.
inline constexpr std::size_t kRecordOverheadBytes = 36;

static_assert(kStaleDeadlines < kWaitingProduces, "sweeping must set in before the queue is full");
static_assert(kOffsetLoadBytes < kFetchAnswerBytes, "a load step is a small read");
static_assert(kProducerIdBits < 32, "there are 2^31 broker epochs at least");

}  // namespace wavetank::log::limits
