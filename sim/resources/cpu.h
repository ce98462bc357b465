#pragma once

// The processor of one node: c equal cores behind one first-come-first-served run queue, without
// preemption. A task's work happens when it gets a core; its effects leave when its cost has been
// paid. Knows nothing of what tasks do, nor of costs: the client says both.
//
// Faults: pause (the process or the virtual machine sleeps while the world goes on), slow-down, and
// reset (crash). Not modelled: time slices, priorities, caches, hyper-threads.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "sim/kernel/kernel.h"
#include "sim/resources/busy_time.h"
#include "sim/resources/ratio.h"

namespace wavetank::sim {

/// Who gives work to a processor. A call may submit further tasks, pause, or reset the processor.
class CpuClient {
 public:
  virtual ~CpuClient() = default;
  /// The task gets a core: do the work now, say what it costs on a processor of speed 1. A negative
  /// cost is a defect.
  virtual Duration begin(std::uint64_t task) = 0;
  /// The cost has been paid: effects may leave.
  virtual void complete(std::uint64_t task) = 0;
  /// The task will never complete: the processor was reset, or its run queue was full.
  virtual void dropped(std::uint64_t /*task*/) {}
  /// For EventTarget::describe.
  [[nodiscard]] virtual std::string describe_task(std::uint64_t /*task*/) const { return "a task"; }
};

class Cpu final : private EventTarget {
 public:
  static constexpr std::uint32_t kMaxCores = 1024;
  /// Tasks that may wait; a task beyond is dropped.
  static constexpr std::size_t kMaxQueued = std::size_t{1} << 20;

  /// REQUIRES: 1 <= cores <= kMaxCores.
  Cpu(Kernel& kernel, std::uint32_t cores);
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  /// Queues a task; begins it at once if a core is free and nobody waits. A task without cost
  /// completes before this returns. One kernel event a task at most (pauses and changes of speed
  /// may add one for each running task).
  void submit(CpuClient& client, std::uint64_t task);

  /// No task begins, and running ones finish later by the length of the pause. Pausing what is
  /// paused, and resuming what is not, does nothing.
  void pause();
  void resume();
  [[nodiscard]] bool paused() const { return paused_; }

  /// The speed relative to the hardware that costs are meant for; running tasks go on at the new
  /// speed. Survives a reset. REQUIRES: as for Ratio::of.
  void set_speed(double factor);

  /// The node crashes: running and waiting tasks are dropped, a pause ends.
  void reset();

  [[nodiscard]] std::uint32_t cores() const { return static_cast<std::uint32_t>(cores_.size()); }
  [[nodiscard]] std::uint32_t running() const { return cores() - free_cores(); }
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }
  /// Core-time spent on tasks so far; stands still during a pause.
  [[nodiscard]] Duration busy_time() const { return busy_.total(kernel_.now()); }

 private:
  struct Task {
    CpuClient* client = nullptr;
    std::uint64_t id = 0;
  };
  struct Core {
    Task task;
    Time end;                      ///< when the task will have been paid, were there no more pauses
    Time armed = Time::never();    ///< date of the event that is on its way; never: none
    std::uint32_t generation = 0;  ///< of that event: older ones are ignored
    bool in_use = false;
  };

  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t payload) const override;
  [[nodiscard]] std::uint32_t free_cores() const {
    return static_cast<std::uint32_t>(free_.size());
  }
  void take_core(Task task);
  void run(std::uint32_t core, Task task);
  void next_task(std::uint32_t core);
  void release(std::uint32_t core);
  void arm(std::uint32_t core);
  void meter();

  Kernel& kernel_;
  std::vector<Core> cores_;
  std::vector<std::uint32_t> free_;
  std::deque<Task> queue_;
  BusyTime busy_;
  Ratio speed_;
  bool paused_ = false;
  Time paused_at_;
  std::uint64_t life_ = 0;  ///< counts resets, so that a call into a client notices one
};

}  // namespace wavetank::sim
