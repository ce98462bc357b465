#pragma once

// A process that uses the ensemble: one session, and a window of requests that it keeps full
// (closed loop), or requests at times of their own (open loop). It makes a node of its own and an
// ephemeral one, and then reads and updates the nodes of all such clients at random, or creates
// nodes and removes them again; removals are asked beside the window, and nobody waits for them
// (as the create benchmark of Hunt et al., "ZooKeeper", USENIX ATC 2010, section 5.3, does).

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/coordination/client/client.h"
#include "engine/port/role.h"
#include "models/arrivals.h"

namespace wavetank::sim {

/// Requests of a client in an open loop that may be without an answer: beyond, it has lost all
/// touch with its load, and the run stops with an error.
inline constexpr std::size_t kMaxAskedAtRate = 1'000'000;

/// What each client of one declaration does.
struct CoordinationMix {
  std::uint32_t outstanding = 1;     ///< closed loop: requests under way
  std::optional<models::Rate> rate;  ///< open loop: of this client
  double read_share = 0.5;
  double create_share = 0;       ///< of what is not read: creations, each removed without waiting
  double sequential_share = 0;   ///< of creations: those whose names the service numbers
  double multi_share = 0;        ///< of what is not read: multis that change both shared nodes
  double conditional_share = 0;  ///< of sets: those of the version that the client saw last; of
                                 ///< multis: those of the first, and so refused but once
  double watch_share = 0;        ///< of reads: those that set a watch
  double sync_share = 0;         ///< of reads: those behind a sync, which is not waited for
  std::uint32_t value_bytes = 1024;
  Time stop;  ///< nothing is asked from here on
};

/// Watches a client; changes nothing. Times are the observer's own affair.
class CoordinationWatcher {
 public:
  virtual ~CoordinationWatcher() = default;
  virtual void client_began(std::uint32_t client) = 0;
  /// `intended`: when it should have been asked; its latency counts from there.
  virtual void asked(std::uint32_t client, const coordination::Request& request, Time intended) = 0;
  virtual void answered(std::uint32_t client, coordination::SessionId session,
                        const coordination::Response& response) = 0;
  virtual void watch_fired(std::uint32_t client, coordination::EventType type,
                           const std::string& path) = 0;
  virtual void session_expired(std::uint32_t client) = 0;
  [[nodiscard]] virtual Time now() const = 0;
};

class CoordinationClient final : public port::Role, private coordination::ClientUser {
 public:
  struct Place {
    std::uint32_t client = 0;   ///< among all of the run
    std::uint32_t clients = 1;  ///< of the run
    std::uint32_t life = 0;     ///< processes before this one
    std::uint64_t seed = 0;
  };

  CoordinationClient(Place place, const CoordinationMix& mix,
                     const coordination::ClientConfig& config, std::vector<NodeId> servers,
                     CoordinationWatcher& watcher);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  void describe(port::Description& out) const override;

 private:
  void session_changed(const coordination::Step& step, coordination::SessionState state) override;
  void answered(const coordination::Step& step, const coordination::Response& response) override;
  void watch_fired(const coordination::Step& step, coordination::EventType type,
                   const std::string& path) override;

  /// The window of a closed loop.
  void fill(const coordination::Step& step);
  // Open loop:
  void begin_arrivals(const coordination::Step& step);
  void ask_what_is_due(const coordination::Step& step);
  void draw_next(const coordination::Step& step);

  void ask(const coordination::Step& step, coordination::Operation operation, Time intended);
  /// `beside`: not one of those that it keeps under way.
  void ask(const coordination::Step& step, coordination::RequestKind kind,
           std::vector<coordination::Operation> operations, Time intended, bool beside);
  /// One more of the mix.
  void ask_next(const coordination::Step& step, Time intended);
  coordination::Operation next_creation();
  coordination::Operation next_set(const std::string& path);
  coordination::Operation update(coordination::OpCode code, std::string path);
  void begin_session(const coordination::Step& step);
  bool draws(double share) { return share > 0 && random_.chance(share); }

  Place place_;
  CoordinationMix mix_;
  CoordinationWatcher& watcher_;
  coordination::Client client_;
  Random random_;
  Bytes value_;
  std::uint64_t created_ = 0;
  coordination::Xid last_;  ///< asked; requests are numbered from 1
  std::uint32_t open_ = 0;  ///< under way, but for those beside
  std::set<coordination::Xid> beside_;
  std::set<coordination::Xid> creating_;            ///< what is removed again
  std::map<coordination::Xid, std::string> shown_;  ///< requests whose answers show a version
  std::map<std::string, std::int32_t> versions_;    ///< as last seen, where some sets name them
  std::optional<models::Arrivals> arrivals_;
  Time next_due_ = Time::never();
};

/// The node that belongs to a client.
std::string client_node(std::uint32_t client);
/// Two nodes that multis change, and nobody else: both have the same version at any time.
inline constexpr std::array<const char*, 2> kPair = {"/pair-left", "/pair-right"};

}  // namespace wavetank::sim
