#pragma once

// A server of the ensemble: finds a leader (or is it), keeps the replicated tree, and serves
// clients. Reads are answered from its own tree; what changes something goes to the leader and is
// answered when it comes back committed, in the order in which each client asked
// (ATC 2010, section 4).

#include <memory>

#include "engine/coordination/config.h"
#include "engine/coordination/probe.h"
#include "engine/coordination/tree/data_tree.h"
#include "engine/port/role.h"

namespace wavetank::coordination {

/// What a server shows of itself.
struct ServerView {
  Standing standing = Standing::recovering;
  NodeId leader = kNoServer;
  Epoch epoch;          ///< whose leader's history it last took over
  Zxid logged;          ///< the last transaction in its log
  Zxid applied;         ///< the last one in its tree
  bool serves = false;  ///< clients
  std::size_t clients = 0;
  std::size_t watches = 0;
  std::size_t in_process = 0;  ///< requests of clients
};

class Server final : public port::Role {
 public:
  /// REQUIRES: self is of the ensemble; the others outlive the server.
  Server(NodeId self, const ServerConfig& config, const Ensemble& ensemble, Probe& probe);
  ~Server() override;

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_hang_up(port::Now now, NodeId peer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

  void describe(port::Description& out) const override;

  [[nodiscard]] ServerView view() const;
  [[nodiscard]] const DataTree& tree() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::coordination
