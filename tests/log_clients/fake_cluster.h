#pragma once

// Brokers that do as a test says. They share one perfect copy of every partition, deduplicate as
// KIP-98 asks (written anew here, so that it can judge the producer), know a group of one member,
// and keep what they were asked. A test scripts errors, silence and delays; without a script they
// behave.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"
#include "engine/log/storage/leader_epochs.h"
#include "engine/log/storage/record_batch.h"
#include "tests/support/bare_host.h"

namespace wavetank::log::test {

inline constexpr NodeId kBrokerA{1};
inline constexpr NodeId kBrokerB{2};
inline constexpr NodeId kBrokerC{3};
inline constexpr NodeId kClient{9};

/// A batch as it stood in a produce request.
struct SeenBatch {
  PartitionId partition;
  ProducerId producer;
  std::int32_t sequence = 0;
  std::int32_t records = 0;
  Bytes bytes;
};
struct SeenProduce {
  NodeId broker;
  Time at;
  std::vector<SeenBatch> batches;
};
struct SeenFetch {
  NodeId broker;
  Time at;
  FetchRequest request;
};
struct SeenCommit {
  Time at;
  std::vector<CommittedOffset> offsets;
};

/// One partition's log, and what producers have written to it.
struct FakeLog {
  struct Producer {
    std::int32_t next_sequence = 0;
    std::map<std::int32_t, Offset> stored;  ///< by base sequence
  };
  std::vector<Bytes> batches;
  Offset start;
  Offset end;
  std::map<ProducerId, Producer> producers;
  std::map<std::int64_t, Offset> offset_by_time;  ///< as a test says

  ErrorCode append(const Bytes& batch, LeaderEpoch epoch, Offset& base);
  /// The values of all records, in order.
  [[nodiscard]] std::vector<std::string> values() const;
};

class FakeCluster {
 public:
  /// Brokers A, B, C; partition p is led by broker p mod 3.
  FakeCluster(wavetank::test::BareHost& host, std::uint32_t partitions);

  const Topology& topology() const { return topology_; }
  FakeLog& log(std::uint32_t partition) { return logs_.at(partition); }
  void move_leader(std::uint32_t partition, NodeId leader);
  /// Stores a batch of these values, as if some producer had sent it.
  void store(std::uint32_t partition, const std::vector<std::string>& values);

  // --- what the brokers were asked
  std::vector<SeenProduce> produced;
  std::vector<SeenFetch> fetched;
  std::vector<SeenCommit> committed;
  std::vector<JoinGroupRequest> joins;
  std::vector<Time> heartbeats;
  int left = 0;
  std::map<NodeId, int> metadata_requests;
  int producer_ids_given = 0;
  int lists = 0;  ///< ListOffsets requests

  // --- the script
  std::set<NodeId> silent;        ///< take requests and do nothing
  int lose_produce_requests = 0;  ///< so many are neither stored nor answered
  int lose_produce_answers = 0;   ///< so many are stored but not answered
  bool hold_produce_answers = false;
  /// Errors that the next batches of a partition get, instead of being stored.
  std::map<std::uint32_t, std::deque<ErrorCode>> produce_errors;
  /// Errors that the next batches of a partition get although they are stored.
  std::map<std::uint32_t, std::deque<ErrorCode>> produce_errors_after_append;
  std::map<std::uint32_t, std::deque<ErrorCode>> fetch_errors;
  /// What the next fetch of a partition is told instead of being given records (KIP-595).
  std::map<std::uint32_t, EpochEnd> divergences;
  int corrupt_fetches = 0;  ///< so many batches arrive with a flipped bit
  int stale_metadata = 0;   ///< so many metadata answers come from before the last change
  int garbled_answers = 0;  ///< so many produce and fetch answers make no sense
  bool sessions_allowed = true;
  /// What the next answers to produce requests, and to fetches, say of keeping still.
  std::deque<Duration> produce_throttles;
  std::deque<Duration> fetch_throttles;
  std::deque<ErrorCode> producer_id_errors;
  std::deque<ErrorCode> find_errors;
  std::deque<ErrorCode> offset_fetch_errors;
  std::deque<ErrorCode> commit_errors;
  std::deque<ErrorCode> join_errors;
  std::deque<ErrorCode> sync_errors;
  std::deque<ErrorCode> heartbeat_errors;
  std::deque<ErrorCode> list_errors;
  NodeId coordinator = kBrokerB;
  /// What the one member of the group is assigned, whatever it asks for; nothing: what it asks for.
  std::optional<std::vector<PartitionId>> assignment;
  std::map<PartitionId, Offset> group_offsets;

  void release_produce_answers();
  void forget_sessions() { sessions_.clear(); }

 private:
  friend class FakeBroker;
  struct Session {
    NodeId broker;
    std::uint32_t next_epoch = 1;
    std::map<PartitionId, FetchRequest::Partition> partitions;
  };
  struct PendingFetch {
    NodeId client;
    CorrelationId correlation = 0;
    std::uint32_t session = 0;
    std::map<PartitionId, FetchRequest::Partition> partitions;
  };

  MetadataResponse metadata();
  ProduceResponse::Partition produce(NodeId broker, const ProduceRequest::Partition& part);
  FetchResponse::Partition fetch(NodeId broker, const FetchRequest::Partition& part);
  ListOffsetsResponse list_offsets(NodeId broker, const ListOffsetsRequest& request);
  Bytes damaged(const Bytes& batch);

  wavetank::test::BareHost& host_;
  Topology topology_;
  std::vector<FakeLog> logs_;
  std::vector<MetadataResponse::Partition> leaders_;
  MetadataResponse previous_metadata_;
  std::int64_t version_ = 1;
  std::map<std::uint32_t, Session> sessions_;
  std::uint32_t next_session_ = 1;
  std::vector<std::function<void()>> held_;
  int member_ids_given_ = 0;
  Generation generation_{0};
};

class FakeBroker final : public port::Role {
 public:
  FakeBroker(FakeCluster& cluster, NodeId self) : cluster_(cluster), self_(self) {}
  void start(port::Now, port::Ports&) override {}
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  /// Answers the waiting fetches that have something by now.
  void poll(bool all, port::Ports& ports);

 private:
  void on_produce(NodeId from, CorrelationId id, const port::Message& message, port::Ports& ports);
  void on_group_request(port::Now now, NodeId from, const Envelope& envelope,
                        const port::Message& message, port::Ports& ports);
  JoinGroupResponse join(const JoinGroupRequest& request);
  SyncGroupResponse sync(const SyncGroupRequest& request);
  void on_fetch(port::Now now, NodeId from, CorrelationId id, const port::Message& message,
                port::Ports& ports);
  bool answer_fetch(const FakeCluster::PendingFetch& fetch, bool even_if_empty, port::Ports& ports);

  FakeCluster& cluster_;
  NodeId self_;
  std::vector<FakeCluster::PendingFetch> waiting_;
};

/// The next scripted error, or none.
ErrorCode take(std::deque<ErrorCode>& script);
std::vector<std::string> values_of(const BatchView& batch);

}  // namespace wavetank::log::test
