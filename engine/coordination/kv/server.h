#pragma once

// A server of the key-value service: a store driven by a Raft quorum (raft/consensus.h). The leader
// takes transactions and linearizable reads; every server takes serializable ones.
//
//  - A transaction is acknowledged when a majority has it on disk and the leader has applied it.
//    Those that come while a write is under way go together in the next.
//  - A linearizable read waits until a majority has confirmed the leader (read index), and writes
//    nothing. Reads that come while a confirmation is under way share the next.
//  - A follower may hand requests on (config.h): it asks the leader as a client does, and passes
//  the
//    answer back. If the leader's connection is reset meanwhile it refuses what waits; where the
//    leader is silent the client's patience decides.
//  - A leader that loses its office tells all who wait. Whoever asks the next one again has it done
//    once (store.h).

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/coordination/kv/config.h"
#include "engine/coordination/kv/messages.h"
#include "engine/coordination/kv/store.h"
#include "engine/coordination/raft/consensus.h"
#include "engine/port/role.h"

namespace wavetank::kv {

class Server final : public port::Role, private raft::StateMachine {
 public:
  /// REQUIRES: self is among `servers`; the probe outlives it.
  Server(NodeId self, const ServerConfig& config, std::vector<NodeId> servers, raft::Probe& probe);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

  void describe(port::Description& out) const override;

  [[nodiscard]] const Store& store() const { return store_; }
  [[nodiscard]] const raft::Consensus& quorum() const { return quorum_; }

 private:
  struct Asker {
    NodeId client;
    std::uint32_t correlation = 0;
  };
  struct HandedOn {
    NodeId leader;
    Asker asker;
  };
  struct Proposed {
    raft::LogIndex index;
    Asker asker;
  };
  struct WaitingRead {
    std::uint64_t number = 0;  ///< that the quorum gave it
    Asker asker;
    std::vector<std::string> keys;
  };

  // raft::StateMachine
  void apply(const port::Step& step, raft::LogIndex index, const Bytes& command) override;
  [[nodiscard]] Bytes snapshot() const override { return store_.snapshot(); }
  bool restore(ByteView snapshot) override { return store_.restore(snapshot); }

  void serve(const port::Step& step, NodeId from, const port::Message& message);
  void on_execute(const port::Step& step, Asker asker, ExecuteRequest&& request);
  void on_read(const port::Step& step, Asker asker, ReadRequest&& request);
  /// To the leader, if one is known and may be asked; else it is refused.
  template <class Request>
  void hand_on(const port::Step& step, Asker asker, const Request& request);
  void hand_back(const port::Step& step, const port::Message& message);
  /// After whatever happened: reads may be confirmed, the office may be lost.
  void settle(const port::Step& step);
  void answer_read(const port::Step& step, Asker asker, const std::vector<std::string>& keys);
  void refuse(const port::Step& step, Asker asker, ErrorCode error);
  void answer(const port::Step& step, Asker asker, const Answer& answer) const;
  [[nodiscard]] bool is_server(NodeId node) const;
  [[nodiscard]] bool leads_still() const {
    return quorum_.standing() == raft::Standing::leader && quorum_.term() == asked_in_;
  }

  NodeId self_;
  bool forwards_;
  std::vector<NodeId> servers_;
  Store store_;
  raft::Consensus quorum_;

  // of a leader
  raft::Term asked_in_;            ///< the term in which what waits was asked for
  std::deque<Proposed> proposed_;  ///< ascending
  std::deque<WaitingRead> reads_;  ///< ascending

  // of a follower
  std::map<std::uint32_t, HandedOn> handed_on_;  ///< by correlation
  std::uint32_t last_handed_on_ = 0;
};

}  // namespace wavetank::kv
