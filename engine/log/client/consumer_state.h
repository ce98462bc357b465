#pragma once

// What a consumer knows, for the files that it is written in: consumer.cpp (where partitions are
// fetched from) and consumer_positions.cpp (which ones it holds, and where in them it reads).

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/log/client/aborted_filter.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/group_membership.h"
#include "engine/log/client/network_client.h"
#include "engine/log/client/offset_lookup.h"

namespace wavetank::log {

// A partition that is read is in one of three conditions: at home in the session of its leader,
// backing off after an error, or homeless because nobody is known to lead it. Every change of
// leader and every error goes by way of `leave` and `join`, and leaves the position as it is.
struct Consumer::State final : NetworkClientOwner, GroupMembershipOwner {
  static constexpr port::TimerId kNetworkTimer{0};
  static constexpr port::TimerId kOwnTimer{1};
  static constexpr std::uint32_t kNeverHeld = 0xffffffffU;

  enum class Hold : std::uint8_t {
    none,    ///< another member's, or nobody's
    wanted,  ///< assigned; where the group has come to is not known yet
    reading,
    releasing,  ///< no longer read; its position is still to be committed
  };
  struct Partition {
    PartitionId id;
    Hold hold = Hold::none;
    Offset position;
    Offset committed;                         ///< negative: nothing, wherever it begins
    LeaderEpoch last_epoch = kNoLeaderEpoch;  ///< of the last batch handed over
    BrokerIndex home = kNoBroker;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;  ///< that `home` leads with
    bool queued = false;                        ///< to be named in the next request to `home`
    bool in_session = false;  ///< a request to `home` has named it since it joined
    bool backing_off = false;
    std::optional<Offset> done;  ///< without auto_commit: what the application says is done
    bool begun = false;          ///< its position was committed, looked up, or has been read from
    bool stopped = false;        ///< out of range, and not to be reset
  };
  /// A fetch session (KIP-227).
  struct Session {
    std::uint32_t id = 0;  ///< 0: none is open
    std::uint32_t epoch = 0;
    bool in_flight = false;
    std::uint32_t members = 0;
    std::vector<std::uint32_t> queued;     ///< partitions to be named; stale ones are passed over
    std::vector<std::uint32_t> forgotten;  ///< partitions that the broker's session still holds
  };
  struct BackOff {
    Time until;
    std::uint32_t partition;
  };

  State(const ConsumerConfig& consumer_config, const Topology& topology,
        std::vector<std::uint32_t> topics, ConsumerListener& application);

  void run(port::Now now, port::Ports& ports);

  void on_metadata(port::Now now, port::Ports& ports) override;
  void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                   const port::Message& message, port::Ports& ports) override;
  void on_disconnected(port::Now now, BrokerIndex broker, std::span<const PendingRequest> lost,
                       port::Ports& ports) override;

  void on_assigned(const std::vector<PartitionId>& owned,
                   const std::vector<PartitionId>& added) override;
  void release(const std::vector<PartitionId>& given_up) override;
  void on_lost(const std::vector<PartitionId>& lost) override;

  // What the member holds.
  void finish_release(port::Now now);
  void drop(const std::vector<PartitionId>& given_up);
  void stop_reading(std::uint32_t index);

  // Where partitions are.
  void join(std::uint32_t index, port::Now now, port::Ports& ports);
  void leave(std::uint32_t index);
  void queue(std::uint32_t index);
  void back_off(std::uint32_t index, port::Now now);
  void back_off_all(BrokerIndex broker, port::Now now);
  void end_back_offs(port::Now now, port::Ports& ports);
  void close_session(BrokerIndex broker);

  // Fetching.
  void send_fetch(port::Now now, BrokerIndex broker, port::Ports& ports);
  void on_fetch_response(port::Now now, BrokerIndex from, const port::Message& message,
                         port::Ports& ports);
  void on_fetch_error(port::Now now, BrokerIndex from, ErrorCode error, port::Ports& ports);
  void on_fetched(port::Now now, std::uint32_t index, const FetchResponse::Partition& fetched,
                  port::Ports& ports);
  void on_divergence(std::uint32_t index, const FetchResponse::Partition& fetched);
  bool hand_over(Partition& partition, ByteView batches, AbortedFilter& aborted,
                 port::Meter& meter);

  // What the group has committed.
  void work_on_offsets(port::Now now, port::Ports& ports);
  void ask_offsets(port::Now now, port::Ports& ports);
  void commit(port::Now now, port::Ports& ports);
  void on_offsets(port::Now now, const OffsetFetchResponse& response, port::Ports& ports);
  void on_commit_response(port::Now now, const OffsetCommitResponse& response);
  void offsets_failed(port::Now now, ErrorCode error);
  template <class Response, class Handle>
  void with_offsets_answer(port::Now now, BrokerIndex from, const port::Message& message,
                           port::Ports& ports, const Handle& handle);

  // Where reading begins, and where it goes on.
  void read_from(std::uint32_t index, const ReadFrom& place);
  void reset_position(std::uint32_t index, Offset log_start, port::Now now);
  void go_to(std::uint32_t index, Offset position);
  void on_looked_up(port::Now now, BrokerIndex from, const port::Message& message,
                    port::Ports& ports);

  ConsumerConfig config;
  ConsumerListener& listener;
  NetworkClient network;
  port::Alarm alarm{kOwnTimer};
  std::vector<Partition> partitions;
  std::vector<std::uint32_t> index_of;  ///< by partition id
  std::vector<Session> sessions;        ///< by broker index
  std::deque<BackOff> backing_off;      ///< by time; a partition at most once
  OffsetLookup lookups;

  GroupMembership membership;
  std::uint32_t wanted = 0;  ///< partitions of which the position is to be asked for
  std::vector<PartitionId> releasing;
  bool last_commit = false;             ///< the commit under way is the last one of `releasing`
  bool offsets_in_flight = false;       ///< one request at a time: to fetch offsets, or to commit
  Generation asked_in = kNoGeneration;  ///< the generation of that request
  Time offsets_not_before;
  std::vector<CommittedOffset> committing;
  Time commit_due;
};

}  // namespace wavetank::log
