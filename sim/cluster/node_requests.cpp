// How a node lets requests in and answers out (RequestQueue).

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/port/message_codec.h"
#include "sim/cluster/cluster.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

/// The request that this is, or that it answers, if it is of those that go through the queue.
std::optional<Node::QueuedRequest> Node::request_of(NodeId peer,
                                                    const port::Message& message) const {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  const auto connection = envelope ? requests_->spec().connection_of(envelope->api) : std::nullopt;
  return connection ? std::optional(QueuedRequest{peer, *connection, envelope->correlation})
                    : std::nullopt;
}

bool Node::receive(std::uint32_t message_slot) {
  const InFlight& it = cluster_.in_flight(message_slot);
  if (!requests_ || it.lane != port::Lane::request) {
    return false;
  }
  const std::optional<QueuedRequest> request = request_of(it.journey.from, it.message);
  if (!request) {
    return false;
  }
  ENSURE(requests_->unread() < kMaxWaitingSteps,
         "requests that a node has not read stay within kMaxWaitingSteps");
  requests_->arrived(request->peer, request->connection,
                     {message_slot, request->correlation, it.from_life, it.connection},
                     next_order_++, cluster_.now());
  feed_processor();
  return true;
}

bool Node::request_is_next() const {
  return requests_ && !requests_->empty() && io_threads_.active() < requests_->spec().io_threads &&
         (waiting_.empty() || requests_->next_order() < tasks_[waiting_.front()].order);
}

std::uint32_t Node::take_request() {
  const std::uint32_t index = take_task();
  Task& task = tasks_[index];
  task.cause = Cause::message;
  task.is_request = true;
  task.life = life_;
  task.payload = requests_->take(next_order_++, cluster_.now());
  task.application = nullptr;
  task.disk_asked = Time::never();
  io_threads_.set(cluster_.now(), io_threads_.active() + 1);
  for (const std::uint32_t lane : requests_->take_answers()) {
    release(lane);
  }
  requests_->go_on(next_order_++, cluster_.now());
  return index;
}

void Node::answered(const QueuedRequest& request) {
  requests_->answered(request.peer, request.connection, request.correlation, next_order_++,
                      cluster_.now());
}

void Node::leave_unanswered(NodeId from, const port::Message& request) {
  if (requests_) {
    tasks_[serving_].unanswered = request_of(from, request);
  }
}

void Node::mute(NodeId peer, std::uint8_t api, Time until) {
  const std::optional<std::uint32_t> connection =
      requests_ ? requests_->spec().connection_of(api) : std::nullopt;
  if (!connection) {
    return;
  }
  const Time date = cluster_.machine_clock(spec_.machine).when(until);
  requests_->mute(peer, *connection, date);
  const std::uint32_t which = peer.value() * kConnectionsPerPeer + *connection;
  cluster_.kernel().schedule(std::max(date, cluster_.now()), *this,
                             std::uint64_t{kUnmute} << 32 | which);
}

Duration Node::request_handler_time() const {
  return io_threads_.total(cluster_.now());
}

Duration Node::thread_time() const {
  return cluster_.price(spec_.machine, meter_);
}

}  // namespace wavetank::sim
