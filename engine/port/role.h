#pragma once

// A role is a single-threaded state machine: events and the time go in, effects come out. It never
// asks what time it is, never blocks, and draws random numbers from its port only. The same role
// runs under the simulator, in a bare in-process host for benchmarks and tests, and on real
// sockets.

#include <cstdint>

#include "engine/base/ids.h"
#include "engine/port/clock.h"
#include "engine/port/message.h"
#include "engine/port/meter.h"
#include "engine/port/storage.h"

namespace wavetank::port {

class Description;  // description.h

/// Chosen by the role. Setting a timer that is set moves it.
using TimerId = Strong<struct TimerIdTag, std::uint32_t>;

/// The world as one role sees it during one step. Effects take place when the step has been paid
/// for: a host may delay them by the cost of the work charged, but keeps their order.
class Ports {
 public:
  virtual ~Ports() = default;

  /// Sends on the connection (see Lane) between this node and `to`. Delivery is not guaranteed;
  /// what is delivered on one lane of one connection arrives in order.
  virtual void send(NodeId to, Lane lane, Message message) = 0;
  /// Calls on_timer(id) once this node's monotonic clock shows `at` (or now, if that is past).
  virtual void set_timer(TimerId id, Time at) = 0;
  virtual void cancel_timer(TimerId id) = 0;
  /// A draw from the role's own named stream.
  virtual std::uint64_t random() = 0;
  virtual Meter& meter() = 0;
  /// REQUIRES: the role runs on a node with storage (brokers, controllers).
  virtual Storage& storage() = 0;

  // --- connections and threads: a host that does not model them has nothing to do

  /// A server reads one request of a connection at a time, and the next when that one has been
  /// answered (Kafka's SocketServer mutes the channel in between). This one, which `from` has sent,
  /// is not going to be answered.
  virtual void leave_unanswered(NodeId /*from*/, const Message& /*request*/) {}
  /// Nothing more is read of the connection on which `peer` sends requests of this api before this
  /// node's monotonic clock shows `until` (KIP-219).
  virtual void mute(NodeId /*peer*/, std::uint8_t /*api*/, Time /*until*/) {}
  /// Gives up the connection on which this node asks `peer`: what `peer` has not read of it by the
  /// time that it hears from this node again is lost. The next request opens another.
  virtual void close(NodeId /*peer*/) {}
  /// What the work charged so far in this step takes a thread; zero if the host knows no prices.
  [[nodiscard]] virtual Duration thread_time() const { return {}; }
};

/// Where a process begins to number its requests: at random, for an answer is addressed to a node,
/// and one to a request of the node's last process must not be taken for one of this.
inline std::uint32_t first_correlation(Ports& ports) {
  return static_cast<std::uint32_t>(ports.random() >> 33);
}

class Role {
 public:
  virtual ~Role() = default;

  /// First event after the process starts; files are as the last process (or crash) left them.
  virtual void start(Now now, Ports& ports) = 0;
  virtual void on_message(Now now, NodeId from, Lane lane, const Message& message,
                          Ports& ports) = 0;
  virtual void on_timer(Now now, TimerId timer, Ports& ports) = 0;
  /// A read has brought its bytes into memory, or a sync or a replace is durable.
  virtual void on_storage(Now /*now*/, StorageToken /*token*/, Ports& /*ports*/) {}
  /// An append found no room (token kNoNotify), or a sync or a replace did not reach the medium.
  /// After a failed sync nobody knows what is durable: the operating system takes the pages for
  /// clean, shows them to readers, and will not write them again (Rebello et al., "Can Applications
  /// Recover from fsync Failures?", USENIX ATC 2020). By default the process ends itself, as a
  /// broker does whose only log directory has failed (KIP-112): what the step has sent does not
  /// leave, peers see their connections reset.
  virtual AfterFailure on_storage_failed(Now /*now*/, StorageToken /*token*/) {
    return AfterFailure::exit;
  }
  /// The system asks the process to end (SIGTERM). It does with the first step after which
  /// `finished` says that nothing is left to settle.
  virtual void on_terminate(Now /*now*/, Ports& /*ports*/) {}
  [[nodiscard]] virtual bool finished() const { return true; }
  /// The connection that `peer` had opened was reset: nobody waits for answers to what came on it.
  /// Comes before `on_reset` when the peer's process is gone, which resets both.
  virtual void on_hang_up(Now /*now*/, NodeId /*peer*/, Ports& /*ports*/) {}
  /// The connection to `peer` was reset: its process is gone, or has restarted. Messages on the way
  /// are lost. A peer that lost power or network is silent instead: nothing is called.
  virtual void on_reset(Now /*now*/, NodeId /*peer*/, Ports& /*ports*/) {}

  /// For who looks at a process that stands still: what it knows and waits for. Changes nothing.
  virtual void describe(Description& /*out*/) const {}
};

}  // namespace wavetank::port
