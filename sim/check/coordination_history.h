#pragma once

// What clients of the ensemble saw, held against what it promises (Hunt et al., "ZooKeeper:
// wait-free coordination for internet-scale systems", 2010, section 2.3), by names and numbers of
// the history alone:
//  - fifo: a client's requests are answered in the order in which it made them, and what it is
//  shown
//    never gets older, whatever server it moves to;
//  - linearizable writes: the versions that conditional and plain updates of a node were given fit
//    an order of all updates (the search of linearizability.h, on counters);
//  - watches: one that was set fires once at most, none fires that was not set, and no answer shows
//    a change before the watch for it has fired;
//  - ephemeral nodes: there as long as their session, and no longer; and a session whose client was
//    told that it had expired has;
//  - agreement: servers deliver the same transactions in the same places, and leave none out; one
//    leader an epoch;
//  - no lost write: what was acknowledged is in the tree in the end.
//
// Cannot see: what happened to requests whose outcome no client learnt.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/probe.h"
#include "engine/coordination/protocol/client_messages.h"
#include "engine/coordination/tree/data_tree.h"
#include "reports/result.h"
#include "sim/check/judgement.h"
#include "sim/check/linearizability.h"
#include "sim/check/sequential_objects.h"

namespace wavetank::sim {

/// Updates whose versions are kept for the search; what comes later is not looked at by it.
inline constexpr std::uint64_t kUpdatesSearched = 50'000;

class CoordinationHistory {
 public:
  using ClientId = std::uint32_t;

  // --- what clients do and see
  /// A process of the client begins, with no session.
  void client_began(ClientId client);
  void asked(ClientId client, const coordination::Request& request, Time now);
  /// `session`: the client's, at this moment.
  void answered(ClientId client, coordination::SessionId session,
                const coordination::Response& response, Time now);
  void watch_fired(ClientId client, coordination::EventType type, const std::string& path);
  /// Its watches are gone with it.
  void session_expired(ClientId client, Time now);

  // --- what servers do
  void established(NodeId leader, coordination::Epoch epoch, Time now);
  void delivered(NodeId server, coordination::Zxid zxid, std::uint64_t hash);
  /// From here on it delivers what comes behind `last`.
  void reloaded(NodeId server, coordination::Zxid last) { last_delivered_[server] = last; }
  void session_closed(coordination::SessionId session) { closed_.insert(session); }

  /// At the end, with the tree of every server that serves. Nothing is said of what clients see
  /// where there are none: the brokers of a log ask for themselves.
  [[nodiscard]] std::vector<reports::InvariantReport> reports(
      const std::vector<const coordination::DataTree*>& trees, Time now);

 private:
  struct Asked {
    std::vector<coordination::Operation> operations;
    std::vector<std::optional<OperationIndex>> updates;  ///< parallel, of those that set data
    std::int64_t numbered = -1;  ///< of names that are numbered: the greatest acknowledged before
  };
  struct Watched {
    coordination::Zxid modified;  ///< of the node, when the watch was set
  };
  struct Client {
    std::map<coordination::Xid, Asked> open;
    coordination::SessionId session = coordination::kNoSession;
    coordination::Xid last_answered;
    coordination::Zxid last_seen;
    std::map<std::string, coordination::Zxid> modified;  ///< of each node, the newest shown
    std::map<std::string, Watched> watches;              ///< on data
  };
  struct Ephemeral {
    coordination::SessionId session;
    std::string path;
  };

  void show(Client& client, const std::string& path, coordination::Zxid modified);
  void note_success(Client& client, const coordination::Operation& operation,
                    coordination::SessionId session, const coordination::OperationResult& result);
  void note_number(const coordination::Operation& operation, const std::string& path,
                   std::int64_t numbered_before);
  void judge_multis(const coordination::DataTree& tree);
  void judge_end(const std::vector<const coordination::DataTree*>& trees, Time now);
  /// A client hears that its session has expired when a leader has decided so, before that is
  /// committed, and the ensemble may lose the decision with the leader. The next one then gives the
  /// session its whole timeout again, to the end of a tick, of which a timeout has at least two.
  [[nodiscard]] bool has_expired_again(Time told, Duration timeout, Time now) const {
    return now > std::max(told, led_since_) + 2 * timeout;
  }

  std::map<ClientId, Client> clients_;
  std::map<coordination::Epoch, NodeId> leaders_;
  std::map<coordination::Zxid, std::uint64_t> delivered_;
  std::map<NodeId, coordination::Zxid> last_delivered_;
  Time led_since_;  ///< by the leader established last
  std::set<coordination::SessionId> closed_;
  std::map<coordination::SessionId, Time> expired_;  ///< as their clients were told, and when
  std::vector<Ephemeral> ephemerals_;
  std::map<std::string, std::int32_t> nodes_;  ///< acknowledged, and the version they must have
  std::set<std::string> removal_asked_;
  std::map<std::string, std::string> together_;  ///< nodes that multis change, with each other
  /// By parent: the numbers that its children were given.
  std::map<std::string, std::set<std::int64_t>> numbers_;
  bool watched_ = false;  ///< somebody asked for a watch
  OperationHistory<Keyed<Counter>> updates_;

  Judgement fifo_{"coordination/fifo"};
  Judgement watches_{"coordination/watches"};
  Judgement ephemeral_{"coordination/ephemerals"};
  Judgement agreement_{"coordination/agreement"};
  Judgement lost_write_{"coordination/no-lost-write"};
  Judgement conditional_{"coordination/conditional-set"};
  Judgement numbering_{"coordination/sequential"};
  Judgement multi_{"coordination/multi"};
};

}  // namespace wavetank::sim
