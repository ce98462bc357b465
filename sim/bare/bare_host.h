#pragma once

// The bare host: runs roles in one process with virtual time and nothing else. Steps cost no time,
// or what they really take (`keep_time_by`), messages take a fixed delay, files are memory. Role
// tests and benchmarks use it; whatever passes here and fails under the simulator is the
// simulator's doing, or timing's.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/random.h"
#include "engine/base/time.h"
#include "engine/port/role.h"
#include "sim/bare/memory_storage.h"

namespace wavetank::sim {

class BareHost {
 public:
  using MakeRole = std::function<std::unique_ptr<port::Role>()>;

  explicit BareHost(std::uint64_t seed = 1);
  ~BareHost();

  /// Adds a node; `make` builds its role now and again at every restart. Call `start` to begin.
  void add(NodeId node, MakeRole make);
  void start(NodeId node);
  void start_all();

  /// From now on all roles share one core, and time passes as they use it: `processor_time` says
  /// how much there has been so far. It is asked after every kEventsPerReading events, for asking
  /// takes as long as a step does. What nobody works on takes no time: the host goes on to the next
  /// event.
  void keep_time_by(std::function<Duration()> processor_time);
  static constexpr std::uint32_t kEventsPerReading = 64;

  [[nodiscard]] Time now() const { return now_; }
  /// Serves all events up to and including now + `span`.
  void run_for(Duration span);
  /// Runs until `done()` or `limit` has passed; true if done.
  bool run_until(const std::function<bool()>& done, Duration limit);

  /// The role of a running node, as what it is.
  template <class R>
  R& role(NodeId node) {
    return dynamic_cast<R&>(running_role(node));
  }
  /// What the role of `node` sees; for calls from outside a step (a test that sends a record).
  port::Ports& ports(NodeId node);
  [[nodiscard]] port::Now clock() const { return {now_, now_}; }
  MemoryStorage& storage(NodeId node);
  /// Work charged by all nodes so far.
  [[nodiscard]] port::Meter work() const;

  // --- faults
  // ---------------------------------------------------------------------------------------
  void set_latency(Duration one_way) { latency_ = one_way; }
  /// The node's syncs and replacements take this long from now on, and a crash before their end
  /// undoes them.
  void set_disk_latency(NodeId node, Duration latency);
  /// Messages from `from` to `to` are lost until healed.
  void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
  void cut_both(NodeId a, NodeId b);
  void heal(NodeId from, NodeId to) { cuts_.erase({from, to}); }
  void heal_all() { cuts_.clear(); }
  /// The process ends in silence; messages to and from it, and its timers, are gone. Its files stay
  /// as they are: damage them through `storage` before `restart`.
  void crash(NodeId node);
  /// Like crash, and every other node's connection to it is reset.
  void kill(NodeId node);
  void restart(NodeId node);
  /// Asks the process to end; when it has settled its affairs, it is killed.
  void terminate(NodeId node);
  [[nodiscard]] bool running(NodeId node) const;

  /// Messages delivered so far, whole run.
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  /// Called for every message that is about to be delivered; may be empty.
  std::function<void(NodeId from, NodeId to, port::Lane lane, const port::Message&)> on_delivery;

 private:
  class NodePorts;
  struct Node;
  struct Event {
    Time at;
    std::uint64_t sequence;
    std::function<void()> act;
  };

  static bool is_later(const Event& a, const Event& b) {
    return a.at > b.at || (a.at == b.at && a.sequence > b.sequence);
  }
  void schedule(Time at, std::function<void()> act);
  bool serve_one(Time limit);
  void read_clock();
  void transmit(NodeId from, NodeId to, port::Lane lane, port::Message message);
  void end_the_finished();
  void deliver(NodeId from, NodeId to, port::Lane lane, const port::Message& message);
  port::Role& running_role(NodeId node);
  Node& node(NodeId id);

  std::uint64_t seed_;
  Time now_;
  std::uint64_t sequence_ = 0;
  std::uint64_t delivered_ = 0;
  Duration latency_ = microseconds(100);
  std::map<NodeId, std::unique_ptr<Node>> nodes_;
  std::set<NodeId> terminating_;
  std::set<std::pair<NodeId, NodeId>> cuts_;
  std::vector<Event> events_;  ///< a heap, the next in front
  std::function<Duration()> processor_time_;
  Duration read_;  ///< what it said last
  std::uint32_t since_reading_ = 0;
};

}  // namespace wavetank::sim
