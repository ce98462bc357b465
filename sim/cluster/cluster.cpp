#include "sim/cluster/cluster.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/port/message_codec.h"

namespace wavetank::sim {

struct Cluster::Machine {
  Machine(Kernel& kernel, MachineSpec s, const models::CostTable& table)
      : spec(std::move(s)),
        costs(table, spec.core_speed),
        cpu(kernel, spec.cores),
        disk(kernel, spec.disk) {}

  MachineSpec spec;
  models::CostModel costs;
  Cpu cpu;
  Disk disk;
  NodeClock clock;
  std::vector<NodeId> nodes;
  bool powered = true;
};

/// Brings resets to nodes at their date.
class Cluster::ResetDelivery final : public EventTarget {
 public:
  explicit ResetDelivery(Cluster& cluster) : cluster_(cluster) {}

  void schedule(Time at, PendingReset reset) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(pending_.size());
      pending_.push_back(reset);
    } else {
      slot = free_.back();
      free_.pop_back();
      pending_[slot] = reset;
    }
    cluster_.kernel_.schedule(at, *this, slot);
  }

  void fire(std::uint64_t slot) override {
    const PendingReset reset = pending_[slot];
    free_.push_back(static_cast<std::uint32_t>(slot));
    Node& node = cluster_.node(reset.at);
    if (node.running() && node.life() == reset.at_life) {
      node.reset_by({reset.by, reset.by_life, reset.tell_anyhow});
    }
  }
  [[nodiscard]] std::string describe(std::uint64_t slot) const override {
    return cluster_.node(pending_[slot].at).spec().name + ": its connection to " +
           cluster_.node(pending_[slot].by).spec().name + " is reset";
  }

 private:
  Cluster& cluster_;
  std::vector<PendingReset> pending_;
  std::vector<std::uint32_t> free_;
};

/// Starts processes again that have ended themselves.
class Cluster::Supervisor final : public EventTarget {
 public:
  explicit Supervisor(Cluster& cluster) : cluster_(cluster) {}

  void watch(NodeId id, Duration restart_after) {
    const std::uint64_t life = cluster_.node(id).life();
    cluster_.kernel_.schedule(cluster_.now() + restart_after, *this, life << 32 | id.value());
  }

  /// The machine may have crashed, and with it or after it a new process may have come.
  void fire(std::uint64_t who) override {
    Node& node = cluster_.node(NodeId(static_cast<std::uint32_t>(who)));
    if (!node.running() && node.life() == who >> 32 && cluster_.powered(node.spec().machine)) {
      node.boot();
      node.start();
    }
  }
  [[nodiscard]] std::string describe(std::uint64_t who) const override {
    return "supervisor: starts " +
           cluster_.node(NodeId(static_cast<std::uint32_t>(who))).spec().name + " again";
  }

 private:
  Cluster& cluster_;
};

Cluster::Cluster(Kernel& kernel, Platform& platform, Network& network,
                 const models::CostTable& costs, std::uint64_t seed)
    : kernel_(kernel),
      platform_(platform),
      network_(network),
      costs_(costs),
      seed_(seed),
      resets_(std::make_unique<ResetDelivery>(*this)),
      supervisor_(std::make_unique<Supervisor>(*this)) {}

Cluster::~Cluster() = default;

MachineId Cluster::add_machine(MachineSpec spec) {
  machines_.push_back(std::make_unique<Machine>(kernel_, std::move(spec), costs_));
  return MachineId(static_cast<std::uint32_t>(machines_.size() - 1));
}

NodeId Cluster::add_node(NodeSpec spec) {
  const NodeId id(static_cast<std::uint32_t>(nodes_.size()));
  machines_[spec.machine.value()]->nodes.push_back(id);
  nodes_.push_back(std::make_unique<Node>(*this, id, std::move(spec)));
  return id;
}

void Cluster::start_all() {
  for (const auto& node : nodes_) {
    node->boot();
  }
  for (const auto& node : nodes_) {
    node->start();
  }
}

// --- faults
// -----------------------------------------------------------------------------------------------

std::vector<FileLoss> Cluster::crash(MachineId id, Unsynced unsynced) {
  Machine& machine = *machines_[id.value()];
  ENSURE(machine.powered, "only a running machine crashes");
  machine.powered = false;
  std::vector<FileLoss> losses;
  for (const NodeId gone : machine.nodes) {
    std::vector<FileLoss> of_node = node(gone).stop(unsynced);
    losses.insert(losses.end(), of_node.begin(), of_node.end());
  }
  machine.cpu.reset();
  if (unsynced == Unsynced::kept) {
    for (const NodeId gone : machine.nodes) {
      reset_peers_of(gone);
    }
  } else {
    network_.set_power(machine.spec.host, false);
  }
  return losses;
}

/// The operating system lives and closes what its dead process had open.
void Cluster::reset_peers_of(NodeId gone) {
  for (const auto& peer : nodes_) {
    if (peer->running()) {
      send_reset(peer->id(), gone, node(gone).life() - 1, true);  // it ended a life
    }
  }
}

void Cluster::terminate(MachineId id) {
  for (const NodeId asked : nodes_on(id)) {
    if (node(asked).running()) {
      node(asked).terminate();
    }
  }
}

void Cluster::renew(MachineId id) {
  for (const NodeId node : nodes_on(id)) {
    if (this->node(node).running()) {
      process_exits(node);
    }
    this->node(node).boot();
  }
  for (const NodeId node : nodes_on(id)) {
    this->node(node).start();
  }
}

void Cluster::process_exits(NodeId id) {
  const bool was_asked_to = node(id).terminating();
  node(id).stop(Unsynced::kept);
  reset_peers_of(id);
  if (const auto after = node(id).spec().restart_after; after && !was_asked_to) {
    supervisor_->watch(id, *after);
  }
}

std::vector<FileLoss> Cluster::wipe(MachineId id) {
  std::vector<FileLoss> losses = crash(id, Unsynced::lost);
  for (const NodeId gone : nodes_on(id)) {
    if (node(gone).files() != nullptr) {
      node(gone).files()->wipe();
    }
    if (NodeWatch* watch = node(gone).spec().watch) {
      watch->wiped(gone);
    }
  }
  return losses;
}

void Cluster::restart(MachineId id) {
  Machine& machine = *machines_[id.value()];
  ENSURE(!machine.powered, "only a crashed machine restarts");
  machine.powered = true;
  network_.set_power(machine.spec.host, true);
  for (const NodeId node : machine.nodes) {
    this->node(node).boot();
  }
  for (const NodeId node : machine.nodes) {
    this->node(node).start();
  }
}

void Cluster::pause(MachineId id) {
  machines_[id.value()]->cpu.pause();
}
void Cluster::resume(MachineId id) {
  machines_[id.value()]->cpu.resume();
}

void Cluster::set_drift(MachineId id, std::int64_t ppm) {
  Machine& machine = *machines_[id.value()];
  machine.clock.set_drift(now(), ppm);
  for (const NodeId node : machine.nodes) {
    this->node(node).rearm_timers();
  }
}

void Cluster::reset_connections(MachineId a, MachineId b) {
  network_.reset(machine(a).host, machine(b).host);
  for (const NodeId one : nodes_on(a)) {
    for (const NodeId other : nodes_on(b)) {
      for (const auto& [at, by] : {std::pair(one, other), std::pair(other, one)}) {
        if (node(at).running()) {
          node(at).reset_by({by, node(by).life()});
        }
      }
    }
  }
}

void Cluster::send_reset(NodeId at, NodeId by, std::uint32_t by_life, bool tell_anyhow) {
  const Duration way =
      host_of(at) == host_of(by) ? kLoopbackDelay : platform_.latency(host_of(by), host_of(at));
  resets_->schedule(now() + way, PendingReset{at, node(at).life(), by, by_life, tell_anyhow});
}

// --- messages
// ---------------------------------------------------------------------------------------------

std::uint32_t Cluster::take_message(const Destination& destination, port::Message message) {
  std::uint32_t slot = 0;
  if (free_messages_.empty()) {
    slot = static_cast<std::uint32_t>(messages_.size());
    messages_.emplace_back();
  } else {
    slot = free_messages_.back();
    free_messages_.pop_back();
  }
  InFlight& it = messages_[slot];
  it.message = std::move(message);
  it.journey = Journey{destination.from, now(), Time(), Time(), step_.disk_asked};
  it.to = destination.to;
  it.lane = destination.lane;
  it.from_life = node(destination.from).life();
  it.to_life = destination.to_life;
  it.connection = destination.connection;
  return slot;
}

std::vector<std::uint32_t> Cluster::slots_in_flight() const {
  std::vector<bool> is_free(messages_.size());
  for (const std::uint32_t slot : free_messages_) {
    is_free[slot] = true;
  }
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < messages_.size(); ++slot) {
    if (!is_free[slot]) {
      slots.push_back(slot);
    }
  }
  return slots;
}

void Cluster::free_message(std::uint32_t slot) {
  messages_[slot].message = port::Message{};
  free_messages_.push_back(slot);
}

std::uint32_t Cluster::open_channel(NodeId from, NodeId to) {
  return channels_[{host_of(from), host_of(to)}]++;
}

void Cluster::renew_channel(NodeId from, NodeId to, std::uint32_t channel) {
  network_.renew(host_of(from), host_of(to), channel);
}

void Cluster::transmit(std::uint32_t slot, std::uint32_t channel) {
  InFlight& it = messages_[slot];
  it.journey.released = now();
  if (NodeWatch* watch = node(it.journey.from).spec().watch) {
    watch->told(it.journey.from, it.to, it.lane, it.message);
  }
  const HostId from = host_of(it.journey.from);
  const HostId to = host_of(it.to);
  if (from == to) {
    kernel_.schedule(now() + kLoopbackDelay, *this, slot);
    return;
  }
  network_.transmit(from, to, channel, it.message.wire_bytes(), *this, slot);
}

void Cluster::delivered(std::uint64_t slot64) {
  const auto slot = static_cast<std::uint32_t>(slot64);
  InFlight& it = messages_[slot];
  const Node& sender = node(it.journey.from);
  Node& receiver = node(it.to);
  const bool same_connection = receiver.running() && receiver.life() == it.to_life;
  if (same_connection && sender.life() == it.from_life) {
    it.journey.arrived = now();
    kernel_.mix(fingerprint(it));
    receiver.arrive(slot);
    return;
  }
  if (!same_connection && sender.running() && sender.life() == it.from_life) {
    send_reset(it.journey.from, it.to, it.to_life, false);
  }
  free_message(slot);
}

void Cluster::dropped(std::uint64_t slot) {
  free_message(static_cast<std::uint32_t>(slot));
}

/// The sender's system has waited long enough for an acknowledgement.
void Cluster::given_up(std::uint64_t slot64) {
  const auto slot = static_cast<std::uint32_t>(slot64);
  const InFlight& it = messages_[slot];
  Node& sender = node(it.journey.from);
  if (sender.running() && sender.life() == it.from_life) {
    sender.reset_by({it.to, it.to_life});
  }
  free_message(slot);
}

std::string Cluster::describe_message(std::uint64_t slot) const {
  const InFlight& it = messages_[slot];
  const Result<port::RawEnvelope> envelope = port::peek(it.message);
  return "a message from " + nodes_[it.journey.from.value()]->spec().name + " to " +
         nodes_[it.to.value()]->spec().name + " (api " +
         (envelope ? std::to_string(envelope->api) + ", correlation " +
                         std::to_string(envelope->correlation)
                   : "unknown") +
         ", " + std::to_string(it.message.wire_bytes()) + " bytes)";
}

/// Head and batch headers (each holds a checksum of its records): what was delivered, not where it
/// lies.
std::uint64_t Cluster::fingerprint(const InFlight& it) const {
  constexpr std::size_t kFingerprintBytes = 64;
  std::uint64_t hash = hash64(
      it.message.head, (static_cast<std::uint64_t>(it.journey.from.value()) << 32) | it.to.value());
  for (const Bytes& part : it.message.body) {
    hash = hash64(part.view().first(std::min(part.size(), kFingerprintBytes)), hash);
  }
  return hash;
}

void Cluster::step_begins(const Step& step) {
  step_ = step;
  in_step_ = true;
  if (observer_ != nullptr) {
    observer_->step_begins(step_);
  }
}

void Cluster::step_ends(Duration cost) {
  in_step_ = false;
  if (observer_ != nullptr) {
    observer_->step_ends(cost);
  }
}

// --- parts
// ------------------------------------------------------------------------------------------------

const MachineSpec& Cluster::machine(MachineId id) const {
  return machines_[id.value()]->spec;
}
const std::vector<NodeId>& Cluster::nodes_on(MachineId id) const {
  return machines_[id.value()]->nodes;
}
bool Cluster::powered(MachineId id) const {
  return machines_[id.value()]->powered;
}
Cpu& Cluster::cpu(MachineId id) {
  return machines_[id.value()]->cpu;
}
Disk& Cluster::disk(MachineId id) {
  return machines_[id.value()]->disk;
}
Duration Cluster::price(MachineId id, const port::Meter& meter) const {
  return machines_[id.value()]->costs.cost(meter);
}
NodeClock& Cluster::machine_clock(MachineId id) {
  return machines_[id.value()]->clock;
}
HostId Cluster::host_of(NodeId id) const {
  return machines_[nodes_[id.value()]->spec().machine.value()]->spec.host;
}

}  // namespace wavetank::sim
