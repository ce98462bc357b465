#pragma once

// How requests get into a server, as Kafka's SocketServer lets them in.
//
// Each peer has a network thread, which reads its connections and writes the answers. Of every
// connection one request is read, and the next when that one has been answered. What has been read
// waits in one queue for an io thread. When the queue is full, a network thread stops with the
// request that it has in hand: it reads nothing and writes no answers until there is room. Who asks
// then waits for answers, sends no more than it may have in flight, and so the load stays with it.
//
// A connection is known by the peer's process and by how often that has opened it: a request of a
// later one drops what was not read of the earlier one.
//
// Not modelled: what network threads cost (roles charge it to the step that serves the request), a
// bound of bytes (queued.max.request.bytes), socket buffers (who asks without waiting for answers,
// as producers with acks=0 do, is not slowed down), connections that idle.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace wavetank::port {
class Description;
}

namespace wavetank::sim {

struct RequestQueueSpec {
  std::uint32_t network_threads = 3;
  std::uint32_t io_threads = 8;
  std::uint32_t capacity = 500;
  /// On which of the connections with a peer requests of this api travel; nothing: they do not go
  /// through the queue. REQUIRES: below kConnectionsPerPeer.
  std::optional<std::uint32_t> (*connection_of)(std::uint8_t api) = nullptr;
};
inline constexpr std::uint32_t kConnectionsPerPeer = 8;

struct ReceivedRequest {
  std::uint32_t message_slot = 0;
  std::uint32_t correlation = 0;
  std::uint32_t life = 0;    ///< of the peer's process
  std::uint32_t opened = 0;  ///< connections that it has opened before
};

/// Since the figures began to be taken.
struct RequestQueueFigures {
  std::uint32_t peak_depth = 0;  ///< requests that waited for an io thread
  double mean_depth = 0;         ///< averaged over time
  std::size_t peak_unread = 0;   ///< requests that had arrived and were not read
  Duration threads_stopped;      ///< of all network threads together
};

class RequestQueue {
 public:
  /// `drop` frees a message that nobody will serve.
  RequestQueue(RequestQueueSpec spec, std::function<void(std::uint32_t message_slot)> drop);

  /// `order` here and below: of the event among all that cause steps of the process.
  void arrived(NodeId peer, std::uint32_t connection, const ReceivedRequest& request,
               std::uint64_t order, Time now);
  /// The answer to this request has left, or there will be none.
  void answered(NodeId peer, std::uint32_t connection, std::uint32_t correlation,
                std::uint64_t order, Time now);
  /// Nothing more is read of the connection until `look` is called at that date, or later.
  void mute(NodeId peer, std::uint32_t connection, Time until);
  void look(NodeId peer, std::uint32_t connection, std::uint64_t order, Time now);
  /// The connections with the peer are gone, and with them what was not read.
  void reset(NodeId peer);
  /// The process is gone, with all that it had read or not.
  void clear(Time now);

  // --- io threads
  [[nodiscard]] bool empty() const { return queue_.empty(); }
  /// Order of the oldest. REQUIRES: not empty.
  [[nodiscard]] std::uint64_t next_order() const { return queue_.front().order; }
  /// Message of the oldest request, which leaves the queue. If that lets a network thread go on,
  /// the caller lets it write (`take_answers`) and then read (`go_on`). REQUIRES: not empty.
  std::uint32_t take(std::uint64_t order, Time now);

  // --- network threads
  /// The peer's thread has stopped: the answers on this lane wait. Remembers the lane.
  bool stops_answers(NodeId peer, std::uint32_t lane);
  /// Lanes whose answers waited for the thread that goes on.
  std::vector<std::uint32_t> take_answers();
  void go_on(std::uint64_t order, Time now);

  [[nodiscard]] const RequestQueueSpec& spec() const { return spec_; }
  /// Requests that have arrived and are neither read nor dropped.
  [[nodiscard]] std::size_t unread() const { return unread_; }
  /// For who looks: what waits, and which connections are not read.
  void describe(port::Description& out) const;
  void begin_figures(Time now);
  [[nodiscard]] RequestQueueFigures figures(Time now);

 private:
  struct Connection {
    std::deque<ReceivedRequest> unread;
    std::optional<std::uint32_t> being_served;  ///< correlation of the request read last
    Time muted_until;
    std::uint32_t life = 0;
    std::uint32_t opened = 0;
    std::uint32_t thread = 0;
    bool waits_for_thread = false;
  };
  struct Queued {
    std::uint32_t message_slot = 0;
    std::uint64_t order = 0;
  };
  struct Thread {
    std::optional<std::uint32_t> in_hand;  ///< a request that finds no room: the thread has stopped
    std::deque<std::uint32_t> to_read;     ///< connections, in the order they became readable
    std::vector<std::uint32_t> to_answer;  ///< lanes
  };
  static constexpr std::uint32_t kNone = 0xffffffffU;

  [[nodiscard]] std::uint32_t find(NodeId peer, std::uint32_t connection) const;
  std::uint32_t find_or_make(NodeId peer, std::uint32_t connection);
  std::uint32_t thread_of(NodeId peer);
  void read(std::uint32_t connection, std::uint64_t order, Time now);
  void drop_unread(Connection& connection);
  /// Accounts for the time since the last change.
  void meter(Time now);

  RequestQueueSpec spec_;
  std::function<void(std::uint32_t)> drop_;
  std::vector<std::uint32_t> index_;  ///< into connections_, by peer and connection
  std::deque<Connection> connections_;
  std::vector<std::uint32_t> thread_of_;  ///< by peer
  std::uint32_t peers_ = 0;               ///< that have a thread: they get them by turns
  std::vector<Thread> threads_;
  std::deque<std::uint32_t> stopped_;  ///< threads, in the order in which they stopped
  std::uint32_t goes_on_ = kNone;      ///< thread that has just found room
  std::deque<Queued> queue_;
  std::size_t unread_ = 0;

  Time figures_since_;
  Time metered_until_;
  Duration depth_time_;  ///< depth, added up over time
  Duration stopped_time_;
  std::uint32_t peak_depth_ = 0;
  std::size_t peak_unread_ = 0;
};

}  // namespace wavetank::sim
