#include "sim/bare/bare_host.h"

#include <algorithm>
#include <string>

#include "engine/base/ensure.h"

namespace wavetank::sim {

class BareHost::NodePorts final : public port::Ports {
 public:
  NodePorts(BareHost& host, NodeId self)
      : host_(host), self_(self), random_(host.seed_, "node/" + std::to_string(self.value())) {}

  void send(NodeId to, port::Lane lane, port::Message message) override {
    host_.transmit(self_, to, lane, std::move(message));
  }
  void set_timer(port::TimerId id, Time at) override;
  void cancel_timer(port::TimerId id) override { ++timer_generation_[id]; }
  std::uint64_t random() override { return random_.next(); }
  port::Meter& meter() override { return meter_; }
  port::Storage& storage() override { return host_.storage(self_); }

 private:
  BareHost& host_;
  NodeId self_;
  Random random_;
  port::Meter meter_;
  std::map<port::TimerId, std::uint64_t> timer_generation_;
};

struct BareHost::Node {
  NodeId id;
  MakeRole make;
  std::unique_ptr<MemoryStorage> storage;
  std::unique_ptr<NodePorts> ports;
  std::unique_ptr<port::Role> role;  ///< null while the process is down
  Duration disk_latency;
  std::uint64_t life = 0;  ///< counts processes: events of an earlier one are stale
};

void BareHost::NodePorts::set_timer(port::TimerId id, Time at) {
  const std::uint64_t generation = ++timer_generation_[id];
  const std::uint64_t life = host_.node(self_).life;
  host_.schedule(std::max(at, host_.now_), [this, id, generation, life] {
    Node& node = host_.node(self_);
    if (node.role && node.life == life && timer_generation_[id] == generation) {
      node.role->on_timer(host_.clock(), id, *this);
    }
  });
}

BareHost::BareHost(std::uint64_t seed) : seed_(seed) {}
BareHost::~BareHost() = default;

void BareHost::add(NodeId id, MakeRole make) {
  auto node = std::make_unique<Node>();
  node->id = id;
  node->make = std::move(make);
  node->ports = std::make_unique<NodePorts>(*this, id);
  Node* self = node.get();
  node->storage = std::make_unique<MemoryStorage>([this, self](port::StorageToken token) {
    schedule(now_ + self->disk_latency, [this, self, token, life = self->life] {
      if (self->role && self->life == life) {
        self->storage->finish(token);
        self->role->on_storage(clock(), token, *self->ports);
      }
    });
  });
  const bool added = nodes_.emplace(id, std::move(node)).second;
  ENSURE(added, "a node is added once");
}

void BareHost::start(NodeId id) {
  Node& it = node(id);
  ENSURE(!it.role, "a node is started once");
  it.role = it.make();
  it.role->start(clock(), *it.ports);
}

void BareHost::start_all() {
  for (auto& [id, it] : nodes_) {
    if (!it->role) {
      start(id);
    }
  }
}

void BareHost::schedule(Time at, std::function<void()> act) {
  events_.push_back({at, sequence_++, std::move(act)});
  std::ranges::push_heap(events_, is_later);
}

bool BareHost::serve_one(Time limit) {
  if (events_.empty() || events_.front().at > limit) {
    return false;
  }
  std::ranges::pop_heap(events_, is_later);
  const Event event = std::move(events_.back());
  events_.pop_back();
  now_ = std::max(now_, event.at);
  event.act();
  if (processor_time_ && ++since_reading_ == kEventsPerReading) {
    read_clock();
  }
  if (!terminating_.empty()) {
    end_the_finished();
  }
  return true;
}

void BareHost::keep_time_by(std::function<Duration()> processor_time) {
  processor_time_ = std::move(processor_time);
  read_ = processor_time_();
}

void BareHost::read_clock() {
  const Duration reading = processor_time_();
  now_ += reading - read_;
  read_ = reading;
  since_reading_ = 0;
}

void BareHost::run_for(Duration span) {
  const Time end = now_ + span;
  while (now_ <= end && serve_one(end)) {
  }
  now_ = std::max(now_, end);
}

bool BareHost::run_until(const std::function<bool()>& done, Duration limit) {
  const Time end = now_ + limit;
  while (!done()) {
    if (now_ > end || !serve_one(end)) {
      now_ = std::max(now_, end);
      return done();
    }
  }
  return true;
}

void BareHost::transmit(NodeId from, NodeId to, port::Lane lane, port::Message message) {
  if (cuts_.contains({from, to}) || nodes_.find(to) == nodes_.end()) {
    return;
  }
  const std::uint64_t from_life = node(from).life;
  const std::uint64_t to_life = node(to).life;
  schedule(now_ + latency_, [this, from, to, lane, from_life, to_life,
                             message = std::move(message)] {
    if (node(to).life == to_life && node(from).life == from_life && !cuts_.contains({from, to})) {
      deliver(from, to, lane, message);
    }
  });
}

void BareHost::deliver(NodeId from, NodeId to, port::Lane lane, const port::Message& message) {
  Node& it = node(to);
  if (!it.role) {
    return;
  }
  ++delivered_;
  if (on_delivery) {
    on_delivery(from, to, lane, message);
  }
  it.role->on_message(clock(), from, lane, message, *it.ports);
}

void BareHost::set_disk_latency(NodeId id, Duration latency) {
  node(id).disk_latency = latency;
  node(id).storage->defer();
}

void BareHost::cut_both(NodeId a, NodeId b) {
  cut(a, b);
  cut(b, a);
}

void BareHost::crash(NodeId id) {
  Node& it = node(id);
  ENSURE(it.role != nullptr, "only a running node crashes");
  it.role.reset();
  it.storage->forget_unfinished();
  ++it.life;
  terminating_.erase(id);
}

void BareHost::kill(NodeId id) {
  crash(id);
  for (auto& [peer, it] : nodes_) {
    if (it->role) {
      schedule(now_ + latency_, [this, id, self = it.get(), life = it->life] {
        if (self->role && self->life == life) {
          self->role->on_hang_up(clock(), id, *self->ports);
          self->role->on_reset(clock(), id, *self->ports);
        }
      });
    }
  }
}

void BareHost::restart(NodeId id) {
  start(id);
}

void BareHost::terminate(NodeId id) {
  Node& it = node(id);
  ENSURE(it.role != nullptr, "only a running node is asked to end");
  terminating_.insert(id);
  it.role->on_terminate(clock(), *it.ports);
  end_the_finished();
}

void BareHost::end_the_finished() {
  for (const NodeId id : std::set(terminating_)) {
    if (node(id).role->finished()) {
      kill(id);
    }
  }
}

bool BareHost::running(NodeId id) const {
  const auto found = nodes_.find(id);
  return found != nodes_.end() && found->second->role != nullptr;
}

port::Ports& BareHost::ports(NodeId id) {
  return *node(id).ports;
}

MemoryStorage& BareHost::storage(NodeId id) {
  return *node(id).storage;
}

port::Meter BareHost::work() const {
  port::Meter sum;
  for (const auto& [id, it] : nodes_) {
    for (std::size_t kind = 0; kind < port::kWorkKinds; ++kind) {
      const auto work = static_cast<port::Work>(kind);
      sum.charge(work, it->ports->meter().units(work));
    }
  }
  return sum;
}

port::Role& BareHost::running_role(NodeId id) {
  ENSURE(node(id).role != nullptr, "the node is running");
  return *node(id).role;
}

BareHost::Node& BareHost::node(NodeId id) {
  const auto found = nodes_.find(id);
  ENSURE(found != nodes_.end(), "the node was added");
  return *found->second;
}

}  // namespace wavetank::sim
