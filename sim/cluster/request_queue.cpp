#include "sim/cluster/request_queue.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/port/description.h"

namespace wavetank::sim {

RequestQueue::RequestQueue(RequestQueueSpec spec, std::function<void(std::uint32_t)> drop)
    : spec_(spec), drop_(std::move(drop)), threads_(spec.network_threads) {
  ENSURE(spec.network_threads > 0 && spec.io_threads > 0 && spec.capacity > 0,
         "a server has threads, and a place to put a request");
  ENSURE(spec.connection_of != nullptr, "requests travel on connections");
}

// --- connections
// ----------------------------------------------------------------------------------

std::uint32_t RequestQueue::find(NodeId peer, std::uint32_t connection) const {
  const std::size_t place = std::size_t{peer.value()} * kConnectionsPerPeer + connection;
  return place < index_.size() ? index_[place] : kNone;
}

std::uint32_t RequestQueue::find_or_make(NodeId peer, std::uint32_t connection) {
  ENSURE(connection < kConnectionsPerPeer, "there are so many connections with a peer at most");
  const std::size_t place = std::size_t{peer.value()} * kConnectionsPerPeer + connection;
  if (place >= index_.size()) {
    index_.resize((std::size_t{peer.value()} + 1) * kConnectionsPerPeer, kNone);
  }
  if (index_[place] == kNone) {
    index_[place] = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back();
    connections_.back().thread = thread_of(peer);
  }
  return index_[place];
}

std::uint32_t RequestQueue::thread_of(NodeId peer) {
  if (peer.value() >= thread_of_.size()) {
    thread_of_.resize(peer.value() + 1, kNone);
  }
  std::uint32_t& thread = thread_of_[peer.value()];
  if (thread == kNone) {
    thread = peers_++ % spec_.network_threads;
  }
  return thread;
}

void RequestQueue::arrived(NodeId peer, std::uint32_t connection, const ReceivedRequest& request,
                           std::uint64_t order, Time now) {
  const std::uint32_t index = find_or_make(peer, connection);
  Connection& it = connections_[index];
  if (it.life != request.life || it.opened != request.opened) {
    drop_unread(it);
    it.being_served.reset();
    it.muted_until = Time();
    it.life = request.life;
    it.opened = request.opened;
  }
  it.unread.push_back(request);
  ++unread_;
  read(index, order, now);
  peak_unread_ = std::max(peak_unread_, unread_);
}

/// Reads the connection's next request, if it has one and it is its turn.
void RequestQueue::read(std::uint32_t index, std::uint64_t order, Time now) {
  Connection& it = connections_[index];
  if (it.unread.empty() || it.being_served || it.muted_until > now) {
    return;
  }
  Thread& thread = threads_[it.thread];
  if (thread.in_hand) {
    if (!std::exchange(it.waits_for_thread, true)) {
      thread.to_read.push_back(index);
    }
    return;
  }
  const ReceivedRequest request = it.unread.front();
  it.unread.pop_front();
  --unread_;
  it.being_served = request.correlation;
  if (queue_.size() == spec_.capacity) {
    meter(now);
    thread.in_hand = request.message_slot;
    stopped_.push_back(it.thread);
    return;
  }
  meter(now);
  queue_.push_back({request.message_slot, order});
  peak_depth_ = std::max(peak_depth_, static_cast<std::uint32_t>(queue_.size()));
}

void RequestQueue::answered(NodeId peer, std::uint32_t connection, std::uint32_t correlation,
                            std::uint64_t order, Time now) {
  const std::uint32_t index = find(peer, connection);
  if (index != kNone && connections_[index].being_served == correlation) {
    connections_[index].being_served.reset();
    read(index, order, now);
  }
}

void RequestQueue::mute(NodeId peer, std::uint32_t connection, Time until) {
  Connection& it = connections_[find_or_make(peer, connection)];
  it.muted_until = std::max(it.muted_until, until);
}

void RequestQueue::look(NodeId peer, std::uint32_t connection, std::uint64_t order, Time now) {
  if (const std::uint32_t index = find(peer, connection); index != kNone) {
    read(index, order, now);
  }
}

void RequestQueue::drop_unread(Connection& connection) {
  for (const ReceivedRequest& request : connection.unread) {
    drop_(request.message_slot);
  }
  unread_ -= connection.unread.size();
  connection.unread.clear();
}

void RequestQueue::reset(NodeId peer) {
  for (std::uint32_t connection = 0; connection < kConnectionsPerPeer; ++connection) {
    if (const std::uint32_t index = find(peer, connection); index != kNone) {
      drop_unread(connections_[index]);
      connections_[index].being_served.reset();
      connections_[index].muted_until = Time();
    }
  }
}

void RequestQueue::clear(Time now) {
  meter(now);
  for (Connection& connection : connections_) {
    drop_unread(connection);
    connection.being_served.reset();
    connection.muted_until = Time();
    connection.waits_for_thread = false;
  }
  for (Thread& thread : threads_) {
    if (thread.in_hand) {
      drop_(*thread.in_hand);
    }
    thread = Thread{};
  }
  for (const Queued& queued : queue_) {
    drop_(queued.message_slot);
  }
  queue_.clear();
  stopped_.clear();
  goes_on_ = kNone;
}

// --- threads
// ---------------------------------------------------------------------------------------

std::uint32_t RequestQueue::take(std::uint64_t order, Time now) {
  meter(now);
  const Queued taken = queue_.front();
  queue_.pop_front();
  if (!stopped_.empty()) {
    goes_on_ = stopped_.front();
    stopped_.pop_front();
    queue_.push_back({*std::exchange(threads_[goes_on_].in_hand, {}), order});
  }
  return taken.message_slot;
}

bool RequestQueue::stops_answers(NodeId peer, std::uint32_t lane) {
  Thread& thread = threads_[thread_of(peer)];
  if (!thread.in_hand) {
    return false;
  }
  if (std::ranges::find(thread.to_answer, lane) == thread.to_answer.end()) {
    thread.to_answer.push_back(lane);
  }
  return true;
}

std::vector<std::uint32_t> RequestQueue::take_answers() {
  return goes_on_ == kNone ? std::vector<std::uint32_t>{}
                           : std::exchange(threads_[goes_on_].to_answer, {});
}

void RequestQueue::go_on(std::uint64_t order, Time now) {
  if (goes_on_ == kNone) {
    return;
  }
  Thread& thread = threads_[std::exchange(goes_on_, kNone)];
  while (!thread.in_hand && !thread.to_read.empty()) {
    const std::uint32_t index = thread.to_read.front();
    thread.to_read.pop_front();
    connections_[index].waits_for_thread = false;
    read(index, order, now);
  }
}

// --- figures
// ---------------------------------------------------------------------------------------

void RequestQueue::meter(Time now) {
  const Duration elapsed = now - metered_until_;
  depth_time_ += elapsed * static_cast<std::int64_t>(queue_.size());
  stopped_time_ += elapsed * static_cast<std::int64_t>(stopped_.size());
  metered_until_ = now;
}

void RequestQueue::begin_figures(Time now) {
  figures_since_ = metered_until_ = now;
  depth_time_ = stopped_time_ = Duration();
  peak_depth_ = static_cast<std::uint32_t>(queue_.size());
  peak_unread_ = unread_;
}

RequestQueueFigures RequestQueue::figures(Time now) {
  meter(now);
  const Duration elapsed = now - figures_since_;
  const double mean = elapsed > Duration() ? depth_time_.seconds() / elapsed.seconds() : 0;
  return {peak_depth_, mean, peak_unread_, stopped_time_};
}

void RequestQueue::describe(port::Description& out) const {
  out.say("waiting for a thread", queue_.size()).say("not read yet", unread_);
  out.say("network threads stopped", stopped_.size());
  port::Description& list = out.list("connections with requests");
  for (std::size_t at = 0; at < index_.size(); ++at) {
    if (index_[at] == kNone) {
      continue;
    }
    const Connection& it = connections_[index_[at]];
    if (it.unread.empty() && !it.being_served) {
      continue;
    }
    port::Description& row = list.row("connection");
    row.say("peer", NodeId(static_cast<std::uint32_t>(at / kConnectionsPerPeer)));
    row.say("of its", at % kConnectionsPerPeer);
    row.say("being served", it.being_served).say("unread", it.unread.size());
    row.say("muted", it.muted_until > Time());
  }
}

}  // namespace wavetank::sim
