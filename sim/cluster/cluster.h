#pragma once

// The simulated cluster: machines, the processes on them, and the messages between those. Faults of
// machines and processes are done to it here; faults of the network are done to the Network.
//
// What a peer learns of a failure is what real systems learn: the reset of its connections when a
// process dies on a machine that lives (after the way there), silence when power or network goes,
// and a reset when a message arrives and the process it was sent to is gone or has been replaced.
// What a process had sent when it died is dropped with it. A connection is between two processes:
// a peer that has not noticed a restart talks on the old one, and is reset when it does. Answers go
// on the connection of the latest request; opening a connection takes no time.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "models/costs.h"
#include "sim/cluster/machine.h"
#include "sim/cluster/node.h"
#include "sim/kernel/kernel.h"
#include "sim/network/network.h"
#include "sim/platform/platform.h"
#include "sim/resources/cpu.h"
#include "sim/resources/disk.h"
#include "sim/resources/files.h"
#include "sim/resources/node_clock.h"

namespace wavetank::sim {

/// A message between the send of one role and the step of another.
struct InFlight {
  port::Message message;
  Journey journey;
  NodeId to;
  port::Lane lane{};
  std::uint32_t from_life = 0;  ///< the connection is between these two processes
  std::uint32_t to_life = 0;
  std::uint32_t connection = 0;  ///< of a request: how many its sender had opened before this one
};

/// Where a message goes, and on what.
struct Destination {
  NodeId from;
  NodeId to;
  port::Lane lane{};
  std::uint32_t to_life = 0;     ///< of the process at the other end of the connection
  std::uint32_t connection = 0;  ///< as in InFlight
};

/// Watches steps; must not change anything.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual void step_begins(const Step& step) = 0;
  virtual void step_ends(Duration cost) = 0;
};

/// Watches processes come and go; must not change anything.
class ProcessObserver {
 public:
  virtual ~ProcessObserver() = default;
  virtual void process_begins(NodeId node) = 0;
  /// `unsynced`: what becomes of its files; `losses`: of those that have lost something.
  virtual void process_ends(NodeId node, Unsynced unsynced,
                            const std::vector<FileLoss>& losses) = 0;
};

/// Delay of a message between two processes of one machine.
inline constexpr Duration kLoopbackDelay = microseconds(15);

class Cluster final : private Receiver, private EventTarget {
 public:
  Cluster(Kernel& kernel, Platform& platform, Network& network, const models::CostTable& costs,
          std::uint64_t seed);
  ~Cluster();

  MachineId add_machine(MachineSpec spec);
  NodeId add_node(NodeSpec spec);
  void observe_steps(StepObserver* observer) { observer_ = observer; }
  void observe_processes(ProcessObserver* observer) { processes_ = observer; }
  void start_all();

  [[nodiscard]] std::size_t machine_count() const { return machines_.size(); }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] Node& node(NodeId id) { return *nodes_[id.value()]; }
  [[nodiscard]] const MachineSpec& machine(MachineId id) const;
  [[nodiscard]] const std::vector<NodeId>& nodes_on(MachineId id) const;
  [[nodiscard]] const Node& node(NodeId id) const { return *nodes_[id.value()]; }
  [[nodiscard]] bool powered(MachineId id) const;

  // --- faults
  // -----------------------------------------------------------------------------------------
  /// The machine's processes end. `kept`: killed, the operating system lives and resets their
  /// connections. `lost`, `torn`: the power fails; peers hear nothing. REQUIRES: powered.
  std::vector<FileLoss> crash(MachineId id, Unsynced unsynced);
  /// The processes are asked to end, and each does when it has settled its affairs: no supervisor
  /// starts it again. REQUIRES: powered.
  void terminate(MachineId id);
  /// New processes on the living system; what has been asked to end and has not yet is killed.
  /// REQUIRES: powered.
  void renew(MachineId id);
  /// Power is back, or the processes are started again on the living system.
  void restart(MachineId id);
  /// As `crash` with lost bytes, and the disk comes back empty.
  std::vector<FileLoss> wipe(MachineId id);
  /// The processes sleep while the world goes on.
  void pause(MachineId id);
  void resume(MachineId id);
  /// Connections between processes of the two machines are reset: both ends are told, and what is
  /// on the way is lost.
  void reset_connections(MachineId a, MachineId b);
  /// The oscillator of the machine drifts by this much from now on.
  void set_drift(MachineId id, std::int64_t ppm);

  // --- what nodes and faults use
  // ------------------------------------------------------------------------
  [[nodiscard]] Time now() const { return kernel_.now(); }
  [[nodiscard]] Kernel& kernel() { return kernel_; }
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] Cpu& cpu(MachineId id);
  [[nodiscard]] Disk& disk(MachineId id);
  [[nodiscard]] NodeClock& machine_clock(MachineId id);
  /// What this work takes on one core of the machine.
  [[nodiscard]] Duration price(MachineId id, const port::Meter& meter) const;

  std::uint32_t take_message(const Destination& destination, port::Message message);
  void free_message(std::uint32_t slot);
  [[nodiscard]] const InFlight& in_flight(std::uint32_t slot) const { return messages_[slot]; }
  /// Messages that have been sent and are neither served nor gone.
  [[nodiscard]] std::size_t messages_in_flight() const {
    return messages_.size() - free_messages_.size();
  }
  /// Their places, ascending: for observers.
  [[nodiscard]] std::vector<std::uint32_t> slots_in_flight() const;
  /// For `Network::on_the_way`: who is told when one has arrived.
  [[nodiscard]] const Receiver& receiver() const { return *this; }
  /// A number for one lane between two nodes that no other lane between their machines has.
  std::uint32_t open_channel(NodeId from, NodeId to);
  /// The lane is of another connection from now on.
  void renew_channel(NodeId from, NodeId to, std::uint32_t channel);
  void transmit(std::uint32_t slot, std::uint32_t channel);

  /// The process has decided to end: what it had not sent is gone, its files are kept, peers see
  /// their connections reset, and its supervisor, if it has one, starts it again.
  void process_exits(NodeId id);

  void process_begins(NodeId id) const {
    if (processes_ != nullptr) {
      processes_->process_begins(id);
    }
  }
  void process_ends(NodeId id, Unsynced unsynced, const std::vector<FileLoss>& losses) const {
    if (processes_ != nullptr) {
      processes_->process_ends(id, unsynced, losses);
    }
  }
  void step_begins(const Step& step);
  void step_ends(Duration cost);
  /// The step being served. REQUIRES: called from within a role.
  [[nodiscard]] const Step& step() const { return step_; }
  [[nodiscard]] bool in_step() const { return in_step_; }

 private:
  struct Machine;
  struct PendingReset {
    NodeId at;
    std::uint32_t at_life;
    NodeId by;
    std::uint32_t by_life;  ///< of the process that `at` had a connection with
    bool tell_anyhow;       ///< also if it had none
  };
  class ResetDelivery;
  class Supervisor;

  void delivered(std::uint64_t slot) override;
  void dropped(std::uint64_t slot) override;
  void given_up(std::uint64_t slot) override;
  /// A message between two processes of one machine is there.
  void fire(std::uint64_t slot) override { delivered(slot); }
  [[nodiscard]] std::string describe(std::uint64_t slot) const override {
    return describe_message(slot);
  }
  [[nodiscard]] std::string describe_message(std::uint64_t slot) const override;
  void reset_peers_of(NodeId gone);
  /// `at` learns, after the way from `by`, that its connection to `by` is gone.
  void send_reset(NodeId at, NodeId by, std::uint32_t by_life, bool tell_anyhow);
  [[nodiscard]] HostId host_of(NodeId id) const;
  [[nodiscard]] std::uint64_t fingerprint(const InFlight& it) const;

  Kernel& kernel_;
  Platform& platform_;
  Network& network_;
  const models::CostTable& costs_;
  std::uint64_t seed_;
  StepObserver* observer_ = nullptr;
  ProcessObserver* processes_ = nullptr;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::deque<InFlight> messages_;  // a deque: a message that is being served keeps its place
  std::vector<std::uint32_t> free_messages_;
  std::map<std::pair<HostId, HostId>, std::uint32_t> channels_;  ///< opened so far, by direction
  std::unique_ptr<ResetDelivery> resets_;
  std::unique_ptr<Supervisor> supervisor_;
  Step step_;
  bool in_step_ = false;
};

}  // namespace wavetank::sim
