#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

template <class M>
Type<M> without_default(Type<M> type) {
  type.show = {};
  return type;
}

/// What every topic can set; replication is required where it has no default.
template <class Topic>
Shape<Topic> topic_sizes(std::string what, Topic defaults) {
  using log::Cleanup;
  using log::TopicConfig;
  const auto cleanup =
      choice<Cleanup>({{"delete", Cleanup::remove, "Old segments are removed, by retention."},
                       {"compact", Cleanup::compact, "Of each key only the latest record stays."},
                       {"compact,delete", Cleanup::compact_and_remove, "Both."}});
  return Shape<Topic>(std::move(what), std::move(defaults))
      .optional("min_insync", &TopicConfig::min_insync, count<std::uint32_t>(1, 64),
                "Replicas in sync that a write with acks all needs; Kafka: min.insync.replicas.")
      .optional("segment_bytes", &TopicConfig::segment_bytes, bytes<std::uint64_t>(1024, 0x1p40),
                "Size of a segment file; Kafka: segment.bytes.")
      .optional("index_interval_bytes", &TopicConfig::index_interval_bytes,
                bytes<std::uint64_t>(1, 0x1p30),
                "Bytes between two entries of the offset index; Kafka: index.interval.bytes.")
      .optional("unclean_leader_election", &TopicConfig::unclean_leader_election, boolean(),
                "With no replica in sync alive, one that is not leads, and what it lacks is lost; "
                "Kafka: unclean.leader.election.enable.")
      .optional(
          "max_message_bytes", &TopicConfig::max_message_bytes, maybe(bytes<std::uint64_t>(1)),
          "The greatest batch, as it is stored; a greater one is refused (message_too_large). "
          "Default: message_max_bytes of the brokers; Kafka: max.message.bytes.")
      .optional("flush_messages", &TopicConfig::flush_messages,
                maybe(count<std::uint64_t>(1, 1ULL << 62)),
                "A log is forced to the disk when so many messages are not there yet, and their "
                "producer is answered afterwards. Default: never; Kafka: flush.messages.")
      .optional("flush_interval", &TopicConfig::flush_interval, maybe(positive_duration()),
                "A log is forced to the disk this often. Default: never; Kafka: flush.ms.")
      .optional("segment_age", &TopicConfig::segment_age, positive_duration(),
                "A segment whose first batch is older is full; Kafka: segment.ms.")
      .optional("retention", &TopicConfig::retention, positive_duration(),
                "Segments whose records are all older are removed; Kafka: retention.ms.")
      .optional("retention_bytes", &TopicConfig::retention_bytes, bytes<std::uint64_t>(0, 0x1p50),
                "The oldest segments beyond this are removed, of each partition; 0: no limit. "
                "Kafka: retention.bytes.")
      .optional("cleanup", &TopicConfig::cleanup, cleanup,
                "What becomes of old records; Kafka: cleanup.policy.")
      .optional("min_dirty_ratio", &TopicConfig::min_dirty_ratio, number({0, 1}),
                "A log is compacted when this share of it has not been; Kafka: "
                "min.cleanable.dirty.ratio.")
      .optional("min_compaction_lag", &TopicConfig::min_compaction_lag, duration(),
                "Younger records are not compacted; Kafka: min.compaction.lag.ms.")
      .optional("max_compaction_lag", &TopicConfig::max_compaction_lag, positive_duration(),
                "Older ones are, however small their share; Kafka: max.compaction.lag.ms.")
      .optional("delete_retention", &TopicConfig::delete_retention, duration(),
                "How long a tombstone is kept once it has been compacted; Kafka: "
                "delete.retention.ms.");
}

/// "producer", or a codec.
Type<std::optional<log::Compression>> topic_compression() {
  using log::Compression;
  return choice<std::optional<Compression>>(
      {{"producer", {}, "As their producers made them."},
       {"none", Compression::none, "Plain: the leader unpacks them."},
       {"lz4", Compression::lz4, "The leader compresses what did not come so."},
       {"zstd", Compression::zstd, "The leader compresses what did not come so."}});
}

Type<log::GroupConfig> group_settings() {
  using log::GroupConfig;
  return Shape<GroupConfig>("settings of the coordinators of consumer groups")
      .optional("initial_rebalance_delay", &GroupConfig::initial_rebalance_delay, duration(),
                "How long a group that was empty waits for more members; Kafka: "
                "group.initial.rebalance.delay.ms.")
      .optional("session_timeout_min", &GroupConfig::session_timeout_min, positive_duration(),
                "The least a member may ask for; Kafka: group.min.session.timeout.ms.")
      .optional("session_timeout_max", &GroupConfig::session_timeout_max, positive_duration(),
                "The most a member may ask for; Kafka: group.max.session.timeout.ms.")
      .optional("max_size", &GroupConfig::max_size, count<std::uint32_t>(1, 0x7fffffff),
                "Members of a group; Kafka: group.max.size.")
      .type();
}

Type<log::ClientQuota> client_quota() {
  using log::ClientQuota;
  return Shape<ClientQuota>("what one client may ask of each broker")
      .required(
          "client", &ClientQuota::client, text("a client", "\"orders\""),
          "Name of a workload, a consumer group or a processor, which is the client id of its "
          "processes; \"*\" stands for each that no quota names.")
      .optional("producer_byte_rate", &ClientQuota::producer_byte_rate,
                maybe(bytes<std::uint64_t>(1, 0x1p50)),
                "Bytes a second of its produce requests; Kafka: producer_byte_rate.")
      .optional("consumer_byte_rate", &ClientQuota::consumer_byte_rate,
                maybe(bytes<std::uint64_t>(1, 0x1p50)),
                "Bytes a second of the batches that it fetches; Kafka: consumer_byte_rate.")
      .optional("request_percentage", &ClientQuota::request_percentage, maybe(number({0.001, 1e6})),
                "Time of the broker's threads; 100 is one thread. Kafka: request_percentage.")
      .type();
}

Type<log::BrokerConfig> broker_settings() {
  using log::BrokerConfig;
  using log::Truncation;
  const auto truncation = choice<Truncation>(
      {{"leader_epoch", Truncation::leader_epoch,
        "Where its log parts from the leader's, by leader epochs (KIP-101)."},
       {"high_watermark", Truncation::high_watermark,
        "To its own high watermark, as Kafka did before: loses acknowledged records."}});
  return Shape<BrokerConfig>("settings of the brokers")
      .optional("quotas", &BrokerConfig::quotas, list(client_quota()),
                "What clients may ask; who asks for more is told to keep still (KIP-13, KIP-124, "
                "KIP-219).")
      .optional("quota_samples", &BrokerConfig::quota_samples, count<std::uint32_t>(2, 1000),
                "Samples that quotas are measured over; Kafka: quota.window.num.")
      .optional("quota_sample", &BrokerConfig::quota_sample, positive_duration(),
                "Length of a sample; Kafka: quota.window.size.seconds.")
      .optional("network_threads", &BrokerConfig::network_threads, count<std::uint32_t>(1, 1024),
                "Threads that read requests and write answers; Kafka: num.network.threads.")
      .optional("io_threads", &BrokerConfig::io_threads, count<std::uint32_t>(1, 1024),
                "Threads that serve requests; Kafka: num.io.threads.")
      .optional("queued_max_requests", &BrokerConfig::queued_max_requests,
                count<std::uint32_t>(1, 1'000'000),
                "Requests that may wait for an io thread; while there are so many nothing is read "
                "and no answer is written. Kafka: queued.max.requests.")
      .optional("replica_lag_max", &BrokerConfig::replica_lag_max, positive_duration(),
                "A follower behind for this long leaves the in-sync set; Kafka: "
                "replica.lag.time.max.ms.")
      .optional("replica_fetch_wait_max", &BrokerConfig::replica_fetch_wait_max, duration(),
                "How long a follower's fetch waits for data; Kafka: replica.fetch.wait.max.ms.")
      .optional("replica_fetch_min_bytes", &BrokerConfig::replica_fetch_min_bytes,
                bytes<std::uint32_t>(1), "Kafka: replica.fetch.min.bytes.")
      .optional("replica_fetch_max_bytes", &BrokerConfig::replica_fetch_max_bytes,
                bytes<std::uint64_t>(1), "A partition; Kafka: replica.fetch.max.bytes.")
      .optional("replica_fetch_response_max_bytes", &BrokerConfig::replica_fetch_response_max_bytes,
                bytes<std::uint64_t>(1), "Kafka: replica.fetch.response.max.bytes.")
      .optional(
          "catch_up_bytes_per_second", &BrokerConfig::catch_up_bytes_per_second,
          bytes<std::uint64_t>(0, 0x1p50),
          "What a broker may send to replicas that are not in sync, and may fetch as such; 0: "
          "no bound but that of moves. An answer is sent whole if the quota is not used up: the "
          "first may exceed it by up to replica_fetch_max_bytes a partition. Kafka: "
          "leader.replication.throttled.rate and "
          "follower.replication.throttled.rate, of all replicas.")
      .optional("heartbeat_interval", &BrokerConfig::heartbeat_interval, positive_duration(),
                "Kafka: broker.heartbeat.interval.ms.")
      .optional("retry_backoff", &BrokerConfig::retry_backoff, positive_duration(),
                "Before a failed request to the controller or a failed fetch is sent again.")
      .optional("request_timeout", &BrokerConfig::request_timeout, positive_duration(),
                "Of a follower's fetch and a request to the controller.")
      .optional("transaction_abort_check", &BrokerConfig::transaction_abort_check,
                positive_duration(),
                "How often a coordinator looks for transactions that are open for too long; Kafka: "
                "transaction.abort.timed.out.transaction.cleanup.interval.ms.")
      .optional("message_max_bytes", &BrokerConfig::message_max_bytes, bytes<std::uint64_t>(1024),
                "The greatest batch; Kafka: message.max.bytes.")
      .optional("truncation", &BrokerConfig::truncation, truncation,
                "To where a replica cuts its log when it begins to follow.")
      .optional("high_watermark_checkpoint_interval",
                &BrokerConfig::high_watermark_checkpoint_interval, positive_duration(),
                "Kafka: replica.high.watermark.checkpoint.interval.ms.")
      .optional("controlled_shutdown_max", &BrokerConfig::controlled_shutdown_max, duration(),
                "So long a broker that is asked to end waits for others to lead; 0: not at all. "
                "Kafka: five minutes, without a setting.")
      .optional("groups", &BrokerConfig::groups, group_settings(),
                "Settings of the coordinators of consumer groups, which run on the brokers.")
      .optional("flush_check_interval", &BrokerConfig::flush_check_interval, positive_duration(),
                "How often flush_interval is looked at; Kafka: log.flush.scheduler.interval.ms.")
      .optional("retention_check_interval", &BrokerConfig::retention_check_interval,
                positive_duration(),
                "How often old segments are looked for; Kafka: log.retention.check.interval.ms.")
      .optional("cleaner_backoff", &BrokerConfig::cleaner_backoff, positive_duration(),
                "How often logs to compact are looked for; Kafka: log.cleaner.backoff.ms.")
      .optional("cleaner_memory_bytes", &BrokerConfig::cleaner_memory_bytes,
                bytes<std::uint64_t>(4096, 0x1p40),
                "What the cleaner may take to remember keys, 24 bytes each; Kafka: "
                "log.cleaner.dedupe.buffer.size.")
      .optional("cleaner_io_buffer_bytes", &BrokerConfig::cleaner_io_buffer_bytes,
                bytes<std::uint64_t>(1024, 0x1p30),
                "What the cleaner reads at once; Kafka: log.cleaner.io.buffer.size.")
      .optional("cleaner_bytes_per_second", &BrokerConfig::cleaner_bytes_per_second,
                bytes<std::uint64_t>(0, 0x1p50),
                "Bound of what it reads and writes together; 0: none. Kafka: "
                "log.cleaner.io.max.bytes.per.second.")
      .type();
}

Type<LogService> log_service() {
  const auto topic =
      topic_sizes("a topic", LogService::TopicGroup())
          .required("name", &log::TopicConfig::name, own_name("a topic", "\"orders\""),
                    "Name of the topic.")
          .optional("count", &LogService::TopicGroup::count,
                    maybe(count<std::uint32_t>(1, 1'000'000)),
                    "So many topics alike, NAME-1 and on. Without: one, and it keeps the name.")
          .optional("partitions", &log::TopicConfig::partitions, count<std::uint32_t>(1, 1'000'000),
                    "Number of partitions.")
          .optional("replication", &log::TopicConfig::replication, count<std::uint32_t>(1, 64),
                    "Copies of every partition, on different brokers.")
          .optional("compression", &log::TopicConfig::compression, topic_compression(),
                    "How leaders store batches; Kafka: compression.type.");
  const LogService defaults;
  const auto offsets =
      topic_sizes("the topic of committed offsets", defaults.offsets)
          .optional("partitions", &log::TopicConfig::partitions, count<std::uint32_t>(1, 10'000),
                    "Number of its partitions (Kafka has 50).")
          .optional("replication", &log::TopicConfig::replication,
                    without_default(count<std::uint32_t>(1, 64)),
                    "Copies of every partition. Default: 3, or all brokers if there are fewer.");
  const auto control =
      Shape<log::ControllerConfig>("settings of the controllers")
          .optional("session_timeout", &log::ControllerConfig::session_timeout, positive_duration(),
                    "A broker silent for this long is dead; Kafka: broker.session.timeout.ms, upon "
                    "an ensemble zookeeper.session.timeout.ms.")
          .optional("leader_imbalance_check", &log::ControllerConfig::leader_imbalance_check,
                    duration(),
                    "How often leadership is given back to preferred leaders that are in sync; 0: "
                    "never. Kafka: leader.imbalance.check.interval.seconds.")
          .optional("ensemble_in_flight", &log::ControllerConfig::ensemble_in_flight,
                    count<std::uint32_t>(1, 1000),
                    "Upon an ensemble: requests that a broker has under way there at once; Kafka: "
                    "zookeeper.max.in.flight.requests.")
          .optional("topic_watch", &log::ControllerConfig::topic_watch,
                    choice<log::TopicWatch>(
                        {{"with-the-read", log::TopicWatch::with_the_read,
                          "The read of a topic's node sets the watch; Kafka since 1.1."},
                         {"by-itself", log::TopicWatch::by_itself,
                          "A request of its own, when all is read; Kafka before."}}),
                    "Upon an ensemble: how a new controller comes to watch the topics.")
          .optional("quorum", &log::ControllerConfig::quorum, quorum_settings({}),
                    "Settings of their quorum.");
  return Shape<LogService>("a replicated log")
      .required("brokers", &LogService::brokers, selector(), "The hosts that run a broker.")
      .optional("controller", &LogService::controller, selector(),
                "The host that runs the controller; or three or five whose controllers form a "
                "quorum. Without: brokers register in the ensemble of services.coordination, and "
                "one of them is the controller, as in Kafka before KRaft.")
      .required("topics", &LogService::topic_groups, list(topic.type(), 1), "The topics.")
      .optional("offsets_topic", &LogService::offsets, offsets.type(),
                "The topic of committed offsets; it is added to the topics.")
      .optional("broker_settings", &LogService::broker, broker_settings(),
                "Settings of all brokers.")
      .optional("controller_settings", &LogService::control, control.type(),
                "Settings of the controllers.")
      .optional("restart_after", &LogService::restart_after, maybe(positive_duration()),
                "How long until a supervisor starts a broker or controller again that has ended "
                "itself, since its storage failed. Default: nobody does.")
      .type();
}

}  // namespace

Type<raft::Config> quorum_settings(raft::Config defaults) {
  using raft::Config;
  return Shape<Config>("settings of a quorum", defaults)
      .optional("election_timeout_min", &Config::election_timeout_min, positive_duration(),
                "A server that has not heard the leader for a time between this and "
                "election_timeout_max stands for election; Kafka: "
                "controller.quorum.fetch.timeout.ms.")
      .optional("election_timeout_max", &Config::election_timeout_max, positive_duration(),
                "The greatest such time.")
      .optional("heartbeat_interval", &Config::heartbeat_interval, positive_duration(),
                "How often the others hear the leader.")
      .optional("counts_ticks", &Config::counts_ticks, boolean(),
                "Count time in ticks of a heartbeat interval, as etcd does.")
      .optional("pre_vote", &Config::pre_vote, boolean(),
                "Ask whether an election could be won before the term is raised for it (KIP-996).")
      .optional("check_quorum", &Config::check_quorum, boolean(),
                "A leader that hears no majority steps down.")
      .optional("snapshot_entries", &Config::snapshot_entries,
                count<std::uint64_t>(1, 1'000'000'000), "Entries applied between two snapshots.")
      .type();
}

Type<Services> services() {
  const Type<LogService> log = log_service();
  Type<Services> type =
      Shape<Services>("services")
          .optional("log", &Services::log, log,
                    "The replicated log: brokers, a controller, topics.")
          .optional("coordination", &Services::coordination, coordination_service(),
                    "An ensemble that keeps a tree of small nodes, sessions and watches.")
          .optional("kv", &Services::kv, kv_service(),
                    "A key-value service on a Raft quorum, in the manner of etcd.")
          .type();
  type.example = fmt::format("{{ \"log\": {} }}", log.example);
  return type;
}

}  // namespace wavetank::scenarios::shape
