#pragma once

// A process of the system under test on a machine of the simulated cluster. It turns what the world
// does (messages, timers, completed storage operations, resets) into steps of a role, has each step
// wait for a core, prices the work the role charged, and lets the effects out when it is paid for.
//
// Order: steps begin in the order their causes reached the node, unless its clients or the
// application's calls have a line of their own (NodeSpec); requests that go through a queue
// (NodeSpec::requests) reach it when they have been read. What a step sends leaves when the step
// completes, and never before what earlier steps sent on the same lane of the same connection.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/random.h"
#include "engine/port/role.h"
#include "sim/cluster/machine.h"
#include "sim/cluster/request_queue.h"
#include "sim/kernel/kernel.h"
#include "sim/resources/busy_time.h"
#include "sim/resources/cpu.h"
#include "sim/resources/files.h"

namespace wavetank::sim {

class Cluster;

/// The way of a message so far, for observers: when the step that sent it began, when it left that
/// node, and when its last byte reached the receiver.
struct Journey {
  NodeId from;
  Time step_begun;
  Time released;
  Time arrived;
  /// The step that sent it was what a disk had been asked for at this date; never: it was not.
  Time disk_asked = Time::never();
};

/// The step that is being served: what observers called from within a role may ask.
struct Step {
  NodeId node;
  Time begun;
  const Journey* message = nullptr;  ///< null unless a message caused the step
  Time disk_asked = Time::never();   ///< what a disk has done caused the step, asked for then
};

/// A call into a role from the application beside it (a load generator handing over a record).
class Application {
 public:
  virtual void on_step(port::Now now, port::Ports& ports) = 0;

 protected:
  ~Application() = default;
};

/// Watches a process from outside; must not change anything.
class NodeWatch {
 public:
  virtual ~NodeWatch() = default;
  /// The message leaves the process: the step that sent it has been paid for.
  virtual void told(NodeId from, NodeId to, port::Lane lane, const port::Message& message) = 0;
  /// All its files are gone.
  virtual void wiped(NodeId node) = 0;
};

struct NodeSpec {
  std::string name;
  MachineId machine;
  /// Builds the role; called at every start of the process.
  std::function<std::unique_ptr<port::Role>()> make_role;
  /// Steps that may be served at the same time: the cores for a server, 1 for a client's loop.
  std::uint32_t concurrency = 1;
  /// The process keeps files on its machine's disk. They belong to the node: its next process finds
  /// them.
  bool has_files = false;
  /// A supervisor starts a process that has ended itself again after this long; nothing: nobody
  /// does.
  std::optional<Duration> restart_after = std::nullopt;
  /// Whose messages are served by threads of their own: they wait in a line beside that of all
  /// else, and the two are served by turns. Within a line the order is that of arrival. Null: one
  /// line.
  std::function<bool(NodeId)> is_client = nullptr;
  /// How requests are let in; nothing: as they come. Answers are steps of other threads.
  std::optional<RequestQueueSpec> requests = std::nullopt;
  /// The application's calls are served on a core of their own, one after the other, beside the
  /// process's loop: a Kafka producer encodes records in the application's thread, and sends and
  /// receives in another.
  bool application_thread = false;
  NodeWatch* watch = nullptr;
};

/// Greatest number of steps that may wait at one node: beyond it the simulated process has lost all
/// touch with its load, and the run stops with an error rather than eat the machine's memory.
inline constexpr std::size_t kMaxWaitingSteps = 4'000'000;

/// A process that another has lost its connections with.
struct LostPeer {
  NodeId node;
  std::uint32_t life = 0;    ///< which of the node's processes
  bool tell_anyhow = false;  ///< also who had no connection with it hears of it
};

class Node final : public port::Ports, public CpuClient, public StorageClient, private EventTarget {
 public:
  Node(Cluster& cluster, NodeId id, NodeSpec spec);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const NodeSpec& spec() const { return spec_; }
  [[nodiscard]] bool running() const { return role_ != nullptr; }
  /// Counts the processes this node has had; 0 before the first start.
  [[nodiscard]] std::uint32_t life() const { return life_; }
  /// REQUIRES: running.
  template <class R>
  [[nodiscard]] R& role() const {
    return dynamic_cast<R&>(*role_);
  }
  /// Core time that its steps have cost so far, all its processes together.
  [[nodiscard]] Duration work_done() const { return work_done_; }
  /// Of the threads that serve its requests, the time that they had one in hand.
  [[nodiscard]] Duration request_handler_time() const;
  /// Null if the node has no files.
  [[nodiscard]] NodeFiles* files() const { return files_.get(); }
  /// Null if its requests do not go through a queue.
  [[nodiscard]] RequestQueue* requests() const { return requests_.get(); }

  /// The process as its operating system sees it, and in the part "role" what the role says of
  /// itself. Changes nothing.
  void describe(port::Description& out) const;
  /// What its own clock shows.
  [[nodiscard]] port::Now clock() const;

  // --- what the world does to it (called by Cluster)
  // --------------------------------------------------
  /// A new process: peers that talk to it from now on talk to this one. Its first step is not taken
  /// yet.
  void boot();
  /// The role's first step. REQUIRES: booted.
  void start();
  /// The process is gone at once: role, waiting steps, timers, what it was about to send, and of
  /// its files what `unsynced` says. Returns what they lost.
  std::vector<FileLoss> stop(Unsynced unsynced);
  /// The machine's clock drifts differently from now on: dates of timers must be found again.
  void rearm_timers();
  void arrive(std::uint32_t message_slot);
  /// The connections with that process are no more, and those with a later one of the same peer
  /// stay.
  void reset_by(const LostPeer& peer);
  /// Asks the role to end its process. REQUIRES: running.
  void terminate() { submit(Cause::terminate, 0); }
  /// It has been asked to end, and has not ended yet.
  [[nodiscard]] bool terminating() const { return terminating_; }
  /// Runs `application` as a step of this node, when a core is free, and not before the step is
  /// over that asks for it. REQUIRES: running, and that `application` outlives the run.
  void call(Application& application);

  // --- port::Ports
  // --------------------------------------------------------------------------------------
  void send(NodeId to, port::Lane lane, port::Message message) override;
  void set_timer(port::TimerId id, Time at) override;
  void cancel_timer(port::TimerId id) override;
  std::uint64_t random() override { return random_.next(); }
  port::Meter& meter() override { return meter_; }
  port::Storage& storage() override;
  void leave_unanswered(NodeId from, const port::Message& request) override;
  void mute(NodeId peer, std::uint8_t api, Time until) override;
  void close(NodeId peer) override;
  [[nodiscard]] Duration thread_time() const override;

 private:
  enum class Cause : std::uint8_t {
    start,
    message,
    timer,
    storage,
    storage_failure,
    reset,
    call,
    terminate
  };
  struct QueuedRequest {
    NodeId peer;
    std::uint32_t connection = 0;
    std::uint32_t correlation = 0;
  };
  struct Task {
    Cause cause{};
    bool is_request = false;  ///< it came through the queue, and holds an io thread
    std::uint32_t life = 0;
    std::uint64_t order = 0;          ///< among all that has caused steps
    std::uint64_t payload = 0;        ///< message slot, timer id, storage token, or peer and resets
    Time disk_asked = Time::never();  ///< of a storage step
    Application* application = nullptr;
    std::vector<std::uint32_t> lanes;         ///< lanes this step has sent on, one entry a message
    std::optional<QueuedRequest> unanswered;  ///< the request that it has served, and answers not
  };
  struct Outgoing {
    std::uint32_t task;
    bool ready = false;  ///< its step has completed
    std::uint32_t message_slot;
  };
  struct OutLane {
    std::deque<Outgoing> queue;
    std::uint32_t channel = kNoChannel;  ///< of the network, between the two machines
    std::uint32_t peer_life = 0;         ///< of the process at the other end; 0: not connected
    std::uint32_t opened = 0;            ///< connections before this one; of requests
  };
  static constexpr std::uint32_t kNoChannel = 0xffffffffU;
  /// In an event's place for a timer's index: a connection is read again.
  static constexpr std::uint32_t kUnmute = 0xffffffffU;
  struct Timer {
    Time deadline = Time::never();  ///< on this node's monotonic clock; never: not set
    Time armed = Time::never();     ///< simulated date of the kernel event that will look at it
    std::uint32_t generation = 0;
    bool due = false;  ///< expired; its step is waiting, and takes place unless it is set anew
  };

  Duration begin(std::uint64_t task) override;
  void complete(std::uint64_t task) override;
  void dropped(std::uint64_t task) override;
  void fire(std::uint64_t timer_event) override;
  [[nodiscard]] std::string describe(std::uint64_t timer_event) const override;
  [[nodiscard]] std::string describe_task(std::uint64_t task) const override;
  [[nodiscard]] std::string process_name() const override { return spec_.name; }
  void storage_done(port::StorageToken token, Time asked) override;
  void storage_failed(port::StorageToken token) override;
  void storage_unthrottled() override { feed_processor(); }

  void submit(Cause cause, std::uint64_t payload, Application* application = nullptr,
              Time disk_asked = Time::never());
  void feed_processor();
  std::uint32_t take_waiting();
  /// Puts a request into the queue, unless it is of a kind that does not go through one.
  bool receive(std::uint32_t message_slot);
  [[nodiscard]] bool request_is_next() const;
  std::uint32_t take_request();
  void answer_on_the_connection_of(NodeId peer, std::uint32_t life);
  /// The connection on which this is answered is read again.
  void answered(const QueuedRequest& request);
  [[nodiscard]] std::optional<QueuedRequest> request_of(NodeId peer,
                                                        const port::Message& message) const;
  [[nodiscard]] bool from_client(const Task& task) const;
  [[nodiscard]] bool of_application(const Task& task) const {
    return spec_.application_thread && task.cause == Cause::call;
  }
  std::deque<std::uint32_t>& line_of(const Task& task);
  void serve(const Task& task);
  void serve_reset(const port::Now& now, std::uint64_t payload);
  void meet_failure(port::StorageToken token);
  void arm(std::uint32_t index, Timer& timer);
  void release(std::uint32_t lane);
  OutLane& out_lane(std::uint32_t index);
  std::uint32_t take_task();
  void free_task(std::uint32_t index);
  void describe_steps(port::Description& out) const;
  void describe_timers(port::Description& out) const;
  void describe_connections(port::Description& out) const;

  Cluster& cluster_;
  NodeId id_;
  NodeSpec spec_;
  std::unique_ptr<NodeFiles> files_;
  std::unique_ptr<port::Role> role_;
  std::uint32_t life_ = 0;
  Duration work_done_;
  Random random_;
  port::Meter meter_;

  std::deque<Task>
      tasks_;  // a deque: a step that is being served keeps its place while others are added
  std::vector<std::uint32_t> free_tasks_;
  std::unique_ptr<RequestQueue> requests_;
  BusyTime io_threads_;
  std::uint64_t next_order_ = 0;
  std::deque<std::uint32_t> waiting_;
  std::deque<std::uint32_t> clients_waiting_;
  bool clients_turn_ = false;
  std::deque<std::uint32_t> calls_waiting_;  ///< where the application has a thread
  bool in_call_ = false;                     ///< its thread is at the processor, or waits for it
  std::vector<Application*> calls_asked_;    ///< by the step that is being taken
  std::uint32_t at_processor_ = 0;
  std::uint32_t serving_ = 0;  ///< task whose step is being served
  bool exits_ = false;         ///< the role has decided that its process ends
  bool terminating_ = false;   ///< it has been asked to end

  std::vector<OutLane> outgoing_;  ///< by lane: 2 * peer + direction
  std::vector<Timer> timers_;
};

}  // namespace wavetank::sim
