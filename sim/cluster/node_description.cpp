// A process as its operating system sees it, for who looks.

#include <algorithm>
#include <array>

#include "engine/port/description.h"
#include "sim/cluster/cluster.h"
#include "sim/cluster/node.h"

namespace wavetank::sim {

void Node::describe(port::Description& out) const {
  const MachineId on = spec_.machine;
  Cpu& cpu = cluster_.cpu(on);
  port::Description& process = out.group("process");
  process.say("machine", cluster_.machine(on).name).say("power", cluster_.powered(on));
  process.say("running", running()).say("paused", cpu.paused()).say("life", life_);
  if (terminating_) {
    process.say("asked to end", true);
  }
  const NodeClock& clock = cluster_.machine_clock(on);
  process.say("clock offset", clock.wall_offset()).say("clock drift ppm", clock.drift_ppm());
  process.say("cores", cpu.cores()).say("cores busy", cpu.running());
  process.say("tasks waiting for a core", cpu.queued());
  describe_steps(process);
  describe_timers(out);
  if (requests_) {
    requests_->describe(out.group("request queue"));
  }
  if (files_) {
    const Disk& disk = cluster_.disk(on);
    port::Description& storage = out.group("disk");
    storage.say("operations queued", disk.queued()).say("in service", disk.in_service());
    storage.say("stuck", disk.stuck()).say("failing", disk.failing());
    storage.say("has room", disk.writable()).say("unsynced bytes", files_->dirty_bytes());
    port::Description& unsynced = storage.list("files that are not durable");
    for (const NodeFiles::NotDurable& file : files_->not_durable()) {
      unsynced.row(file.name).say("bytes", file.size).say("durable", file.durable);
    }
  }
  describe_connections(out);
  if (role_) {
    role_->describe(out.group("role"));
  }
}

void Node::describe_steps(port::Description& out) const {
  static constexpr std::array kCauses = {"start",           "message", "timer", "storage",
                                         "storage failure", "reset",   "call",  "terminate"};
  std::array<std::size_t, kCauses.size()> waiting{};
  for (const std::deque<std::uint32_t>* line : {&waiting_, &clients_waiting_, &calls_waiting_}) {
    for (const std::uint32_t task : *line) {
      ++waiting[static_cast<std::size_t>(tasks_[task].cause)];
    }
  }
  out.say("steps at the processor", at_processor_);
  out.say("steps waiting", waiting_.size() + clients_waiting_.size() + calls_waiting_.size());
  port::Description& list = out.list("steps waiting by cause");
  for (std::size_t cause = 0; cause < kCauses.size(); ++cause) {
    if (waiting[cause] > 0) {
      list.row(kCauses[cause]).say("steps", waiting[cause]);
    }
  }
}

void Node::describe_timers(port::Description& out) const {
  port::Description& list = out.list("timers");
  for (std::size_t i = 0; i < timers_.size(); ++i) {
    const Timer& timer = timers_[i];
    if (timer.deadline != Time::never() || timer.due) {
      list.row("timer " + std::to_string(i)).say("rings", timer.deadline).say("due", timer.due);
    }
  }
}

/// Connections on which this process asks, and those on which it answers.
void Node::describe_connections(port::Description& out) const {
  port::Description& list = out.list("connections");
  for (std::uint32_t lane = 0; lane < outgoing_.size(); ++lane) {
    const OutLane& it = outgoing_[lane];
    if (it.peer_life == 0 && it.queue.empty()) {
      continue;
    }
    const NodeId peer(lane / 2);
    list.row(lane % 2 == 0 ? "asks" : "answers")
        .say("peer", peer)
        .say("its life", it.peer_life)
        .say("gone since", it.peer_life != 0 && it.peer_life != cluster_.node(peer).life())
        .say("not sent yet", it.queue.size());
  }
}

}  // namespace wavetank::sim
