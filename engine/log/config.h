#pragma once

// Every setting of the log, its default (Kafka's, where Kafka has the setting; the property's name
// stands behind it) and its unit. Scenarios fill these; the engine only reads them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/coordination/raft/config.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// What becomes of old records; cleanup.policy.
enum class Cleanup : std::uint8_t {
  remove,              ///< they go with their segments, by retention (delete)
  compact,             ///< of each key the latest stays
  compact_and_remove,  ///< both (compact,delete)
};

struct TopicConfig {
  std::string name;
  std::uint32_t partitions = 1;
  std::uint32_t replication = 1;
  std::uint32_t min_insync = 1;               // min.insync.replicas
  std::uint64_t segment_bytes = 1ULL << 30;   // segment.bytes
  std::uint64_t index_interval_bytes = 4096;  // index.interval.bytes
  /// A segment whose first batch is older than the next one by this is full.
  Duration segment_age = seconds(604'800);  // segment.ms
  /// Segments whose records are all older are removed, and the oldest while there are more bytes
  /// than this in a partition; 0: no limit.
  Duration retention = seconds(604'800);  // retention.ms
  std::uint64_t retention_bytes = 0;      // retention.bytes
  Cleanup cleanup = Cleanup::remove;
  /// A log is compacted when so much of it has not been.
  double min_dirty_ratio = 0.5;  // min.cleanable.dirty.ratio
  /// Records are not compacted before they are so old, and segments that are not when one is older
  /// than the maximum are.
  Duration min_compaction_lag{};                         // min.compaction.lag.ms
  Duration max_compaction_lag = seconds(1'000'000'000);  // max.compaction.lag.ms (Kafka: none)
  /// What tombstones and the markers of compacted transactions are kept for after their compaction.
  Duration delete_retention = seconds(86'400);  // delete.retention.ms
  /// Leaders store batches compressed so, whatever their producers did; nothing: as they came.
  std::optional<Compression> compression{};  // compression.type
  /// The greatest batch, as it is stored; nothing: the broker's.
  std::optional<std::uint64_t> max_message_bytes{};  // max.message.bytes
  /// After so many messages, or so long after the first, a log is forced to the disk: before the
  /// append is answered in the first case. Nothing: it is left to the system's write-back.
  std::optional<std::uint64_t> flush_messages{};  // flush.messages
  std::optional<Duration> flush_interval{};       // flush.ms
  /// With no replica in sync alive, one that is not leads: available, and what it lacks is lost.
  bool unclean_leader_election = false;  // unclean.leader.election.enable

  [[nodiscard]] bool compacts() const { return cleanup != Cleanup::remove; }
  [[nodiscard]] bool removes() const { return cleanup != Cleanup::compact; }
};

/// To where a replica cuts its log when it begins to follow a leader.
enum class Truncation : std::uint8_t {
  leader_epoch,    ///< where its log parts from the leader's, by leader epochs (KIP-101, KIP-279)
  high_watermark,  ///< its own high watermark, as before KIP-101: loses acknowledged records
};

/// Of the coordinators of consumer groups.
struct GroupConfig {
  /// How long a group that was empty waits for more members, again and again while they come.
  Duration initial_rebalance_delay = seconds(3);  // group.initial.rebalance.delay.ms
  Duration session_timeout_min = seconds(6);      // group.min.session.timeout.ms
  Duration session_timeout_max = seconds(1'800);  // group.max.session.timeout.ms
  std::uint32_t max_size = 0x7fffffffU;           // group.max.size
};

/// What one client may ask of each broker (KIP-13, KIP-124); what is absent has no bound.
struct ClientQuota {
  std::string client;                                 ///< its client.id, or kEveryOtherClient
  std::optional<std::uint64_t> producer_byte_rate{};  // producer_byte_rate
  std::optional<std::uint64_t> consumer_byte_rate{};  // consumer_byte_rate
  /// Time of the broker's threads; 100 is one thread.
  std::optional<double> request_percentage{};  // request_percentage
};
/// Stands for each client that no quota names.
inline constexpr std::string_view kEveryOtherClient = "*";

struct BrokerConfig {
  // How requests come in is the host's affair: these three are for it.
  std::uint32_t network_threads = 3;                    // num.network.threads
  std::uint32_t io_threads = 8;                         // num.io.threads
  std::uint32_t queued_max_requests = 500;              // queued.max.requests
  Duration replica_lag_max = seconds(30);               // replica.lag.time.max.ms
  Duration replica_fetch_wait_max = milliseconds(500);  // replica.fetch.wait.max.ms
  std::uint32_t replica_fetch_min_bytes = 1;            // replica.fetch.min.bytes
  std::uint64_t replica_fetch_max_bytes = 1ULL << 20;   // replica.fetch.max.bytes, a partition
  std::uint64_t replica_fetch_response_max_bytes = 10ULL << 20;  // replica.fetch.response.max.bytes
  /// What a broker may send to replicas that are not in sync, and may fetch as such, all together
  /// (KIP-73: leader.replication.throttled.rate and follower.replication.throttled.rate, with * in
  /// both lists of throttled.replicas, but that what replicas in sync are sent is not counted).
  /// While partitions move with a throttle of their own, that
  /// one counts. 0: only such moves are throttled.
  std::uint64_t catch_up_bytes_per_second = 0;
  Duration heartbeat_interval = seconds(2);     // broker.heartbeat.interval.ms
  Duration retry_backoff = milliseconds(100);   // for requests to the controller and fetches
  Duration request_timeout = seconds(30);       // a follower's fetch, a request to the controller
  std::uint64_t message_max_bytes = 1'048'588;  // message.max.bytes: greatest batch
  Duration transaction_timeout_max = seconds(900);  // transaction.max.timeout.ms
  /// transaction.abort.timed.out.transaction.cleanup.interval.ms
  Duration transaction_abort_check = seconds(10);
  Duration retention_check_interval = seconds(300);  // log.retention.check.interval.ms
  /// How often a log to compact is looked for when none was found.
  Duration cleaner_backoff = seconds(15);                // log.cleaner.backoff.ms
  std::uint64_t cleaner_memory_bytes = 128ULL << 20;     // log.cleaner.dedupe.buffer.size
  std::uint64_t cleaner_io_buffer_bytes = 512ULL << 10;  // log.cleaner.io.buffer.size
  /// Read and written together; 0: as much as the machine can.
  std::uint64_t cleaner_bytes_per_second = 0;  // log.cleaner.io.max.bytes.per.second
  /// How often logs are looked for that flush_interval wants forced to the disk.
  Duration flush_check_interval = seconds(1);  // log.flush.scheduler.interval.ms (Kafka: never)
  Truncation truncation = Truncation::leader_epoch;
  /// replica.high.watermark.checkpoint.interval.ms
  Duration high_watermark_checkpoint_interval = seconds(5);
  /// A broker that is asked to end waits so long for others to take over what it leads (five
  /// minutes in Kafka, without a setting); zero: it does not ask them (controlled.shutdown.enable).
  Duration controlled_shutdown_max = seconds(300);
  GroupConfig groups;
  std::vector<ClientQuota> quotas;
  std::uint32_t quota_samples = 11;    // quota.window.num
  Duration quota_sample = seconds(1);  // quota.window.size.seconds
};

/// How a controller upon an ensemble comes to watch a topic.
enum class TopicWatch : std::uint8_t {
  with_the_read,  ///< of its node (Kafka since 1.1)
  by_itself,      ///< by a request of its own, when all is read (ZkClient, before)
};

struct ControllerConfig {
  /// broker.session.timeout.ms; upon an ensemble zookeeper.session.timeout.ms
  Duration session_timeout = seconds(9);
  /// How often leadership is given back to preferred leaders that are in sync; zero: never.
  Duration leader_imbalance_check = seconds(300);  // leader.imbalance.check.interval.seconds
  raft::Config quorum;                             // controller.quorum.*
  /// Upon an ensemble: requests of a broker's session that are under way at once.
  std::uint32_t ensemble_in_flight = 10;  // zookeeper.max.in.flight.requests
  TopicWatch topic_watch = TopicWatch::with_the_read;
};

/// Which partition a record goes to; client/partitioner.h says how.
enum class Partitioning : std::uint8_t {
  hash,            ///< of the key; without a key: sticky
  sticky,          ///< whatever the key (partitioner.ignore.keys)
  round_robin,     ///< each record to the next partition
  sub_partitions,  ///< as hash, but hot keys are spread by what follows their primary part
};

struct ProducerConfig {
  std::string client;                           // client.id
  Acks acks = Acks::all;                        // acks
  Duration linger{};                            // linger.ms
  std::uint32_t batch_bytes = 16384;            // batch.size
  Compression compression = Compression::none;  // compression.type
  std::uint32_t max_in_flight = 5;              // max.in.flight.requests.per.connection
  bool idempotent = true;                       // enable.idempotence; REQUIRES acks=all
  Duration request_timeout = seconds(30);       // request.timeout.ms
  Duration delivery_timeout = seconds(120);     // delivery.timeout.ms
  Duration retry_backoff = milliseconds(100);   // retry.backoff.ms
  Duration metadata_max_age = seconds(300);     // metadata.max.age.ms
  std::uint64_t buffer_bytes = 32ULL << 20;     // buffer.memory
  std::uint32_t max_request_bytes = 1'048'576;  // max.request.size
  std::string transactional_id;                 // transactional.id; REQUIRES idempotent
  Duration transaction_timeout = seconds(60);   // transaction.timeout.ms
  Partitioning partitioning = Partitioning::hash;
  std::uint32_t primary_key_bytes = 0;  ///< of the key, those that are hashed; 0: all
  std::uint32_t sub_partitions = 8;     ///< over which a hot key is spread
  double hot_share = 0.05;              ///< of a producer's records, from which on a key is hot
};

/// How a group's partitions are shared out (groups/assignors.h); partition.assignment.strategy.
enum class Assignor : std::uint8_t { range, round_robin, sticky, cooperative_sticky };

/// Where a consumer begins to read a partition.
struct ReadFrom {
  enum class Place : std::uint8_t { earliest, latest, offset, time };
  Place place = Place::earliest;
  Offset offset;                  ///< of `offset`
  std::int64_t timestamp_ms = 0;  ///< of `time`: at the first record that is not earlier
};
/// What a consumer does whose next record the log does not have (any more).
enum class OffsetReset : std::uint8_t {
  earliest,  ///< goes on where the log begins
  latest,    ///< goes on where it ends
  none,      ///< reads the partition no more: the application must decide
};

struct ConsumerConfig {
  Isolation isolation = Isolation::read_uncommitted;  // isolation.level
  std::string client;                                 // client.id
  std::string group = "readers";                      // group.id
  std::string instance;                               // group.instance.id; empty: a dynamic member
  Assignor assignor = Assignor::range;
  Duration session_timeout = seconds(45);                // session.timeout.ms
  Duration heartbeat_interval = seconds(3);              // heartbeat.interval.ms
  Duration rebalance_timeout = seconds(300);             // max.poll.interval.ms
  ReadFrom from;                                         // where nothing is committed
  OffsetReset offset_reset = OffsetReset::earliest;      // auto.offset.reset (Kafka: latest)
  std::uint32_t fetch_min_bytes = 1;                     // fetch.min.bytes
  Duration fetch_max_wait = milliseconds(500);           // fetch.max.wait.ms
  std::uint64_t fetch_max_bytes = 50ULL << 20;           // fetch.max.bytes
  std::uint64_t max_partition_fetch_bytes = 1ULL << 20;  // max.partition.fetch.bytes
  bool auto_commit = true;  // enable.auto.commit; else the application says what is done
  Duration commit_interval = seconds(5);       // auto.commit.interval.ms
  Duration request_timeout = seconds(30);      // request.timeout.ms
  Duration retry_backoff = milliseconds(100);  // retry.backoff.ms
  Duration metadata_max_age = seconds(300);    // metadata.max.age.ms
};

/// Who takes part in a cluster: fixed for a run. Partition ids run over the topics in order, so
/// that partition p of topics[t] has id first_partition[t] + p.
struct Topology {
  std::vector<NodeId> controllers;  ///< an odd number
  std::vector<NodeId> brokers;
  std::vector<std::uint32_t> racks;  ///< rack of each broker, parallel to brokers
  std::vector<TopicConfig> topics;

  /// Nothing changes from here on: look-ups need not go through all topics any more.
  void seal();
  [[nodiscard]] std::uint32_t partition_count() const;
  [[nodiscard]] PartitionId first_partition(std::size_t topic) const;
  [[nodiscard]] std::size_t topic_of(PartitionId partition) const;
  /// Index into topics. REQUIRES: it exists.
  [[nodiscard]] std::size_t topic_named(std::string_view name) const;
  /// "orders-7".
  [[nodiscard]] std::string partition_name(PartitionId partition) const;

 private:
  std::vector<std::uint32_t> ends_;  ///< by topic, the id behind its last partition; once sealed
};

/// The topic that holds what coordinators know of transactions. A cluster whose producers are
/// transactional has it.
inline constexpr std::string_view kTransactionsTopic = "__transaction_state";
/// The topic that holds the committed offsets of consumer groups. A cluster has it as its last
/// topic.
inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

}  // namespace wavetank::log
