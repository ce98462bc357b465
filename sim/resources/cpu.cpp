#include "sim/resources/cpu.h"

#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {
constexpr unsigned kGenerationShift = 32;
}  // namespace

Cpu::Cpu(Kernel& kernel, std::uint32_t cores) : kernel_(kernel) {
  ENSURE(cores >= 1 && cores <= kMaxCores, "a processor has cores, within reason");
  cores_.resize(cores);
  free_.reserve(cores);
  for (std::uint32_t core = cores; core-- > 0;) {
    free_.push_back(core);
  }
}

void Cpu::submit(CpuClient& client, std::uint64_t task) {
  if (!paused_ && queue_.empty() && !free_.empty()) {
    take_core({&client, task});
  } else if (queue_.size() < kMaxQueued) {
    queue_.push_back({&client, task});
  } else {
    client.dropped(task);
  }
}

void Cpu::take_core(Task task) {
  const std::uint32_t core = free_.back();
  free_.pop_back();
  cores_[core].in_use = true;
  meter();
  run(core, task);
}

/// Begins `task` on a core that is in use by nobody else, and after it all waiting tasks that cost
/// nothing, until one keeps the core busy.
void Cpu::run(std::uint32_t core, Task task) {
  for (;;) {
    const std::uint64_t life = life_;
    cores_[core].task = task;
    cores_[core].end = Time::never();
    const Duration cost = task.client->begin(task.id);
    if (life_ != life) {
      return;
    }
    ENSURE(cost >= Duration(), "a cost is not negative");
    if (cost > Duration()) {
      cores_[core].end = (paused_ ? paused_at_ : kernel_.now()) + speed_.divide(cost);
      arm(core);
      return;
    }
    task.client->complete(task.id);
    if (life_ != life) {
      return;
    }
    if (queue_.empty() || paused_) {
      release(core);
      return;
    }
    task = queue_.front();
    queue_.pop_front();
  }
}

void Cpu::release(std::uint32_t core) {
  cores_[core].in_use = false;
  cores_[core].task = {};
  free_.push_back(core);
  meter();
}

/// Sees to it that an event arrives at the core's end or before; one that comes early arms anew.
void Cpu::arm(std::uint32_t core) {
  Core& it = cores_[core];
  if (paused_ || it.armed <= it.end) {
    return;
  }
  it.armed = it.end;
  ++it.generation;
  kernel_.schedule(it.end, *this,
                   std::uint64_t{it.generation} << kGenerationShift | std::uint64_t{core});
}

void Cpu::fire(std::uint64_t payload) {
  const auto core = static_cast<std::uint32_t>(payload);
  Core& it = cores_[core];
  if (it.generation != static_cast<std::uint32_t>(payload >> kGenerationShift)) {
    return;
  }
  it.armed = Time::never();
  if (paused_ || !it.in_use) {
    return;
  }
  if (kernel_.now() < it.end) {
    arm(core);
    return;
  }
  const std::uint64_t life = life_;
  // The core stays taken during the call: a task submitted there waits behind those that wait.
  it.end = Time::never();
  it.task.client->complete(it.task.id);
  if (life_ == life) {
    next_task(core);
  }
}

std::string Cpu::describe(std::uint64_t payload) const {
  const Core& core = cores_[static_cast<std::uint32_t>(payload)];
  const bool is_stale = core.generation != static_cast<std::uint32_t>(payload >> kGenerationShift);
  return is_stale || !core.in_use ? "a processor: nothing any more"
                                  : core.task.client->describe_task(core.task.id) + " is paid for";
}

void Cpu::next_task(std::uint32_t core) {
  if (queue_.empty() || paused_) {
    release(core);
    return;
  }
  const Task task = queue_.front();
  queue_.pop_front();
  run(core, task);
}

void Cpu::pause() {
  if (paused_) {
    return;
  }
  paused_ = true;
  paused_at_ = kernel_.now();
  meter();
}

void Cpu::resume() {
  if (!paused_) {
    return;
  }
  paused_ = false;
  const Duration pause = kernel_.now() - paused_at_;
  for (std::uint32_t core = 0; core < cores(); ++core) {
    Core& it = cores_[core];
    if (it.in_use && it.end != Time::never()) {
      it.end += pause;
      arm(core);
    }
  }
  meter();
  const std::uint64_t life = life_;
  while (life_ == life && !paused_ && !free_.empty() && !queue_.empty()) {
    const Task task = queue_.front();
    queue_.pop_front();
    take_core(task);
  }
}

void Cpu::set_speed(double factor) {
  const Ratio speed = Ratio::of(factor);
  const Time from = paused_ ? paused_at_ : kernel_.now();
  for (std::uint32_t core = 0; core < cores(); ++core) {
    Core& it = cores_[core];
    if (it.in_use && it.end != Time::never()) {
      it.end = from + speed.divide(speed_.times(it.end - from));
      arm(core);
    }
  }
  speed_ = speed;
}

void Cpu::reset() {
  std::vector<Task> dropped;
  for (std::uint32_t core = cores(); core-- > 0;) {
    Core& it = cores_[core];
    if (it.in_use) {
      dropped.push_back(it.task);
      it.in_use = false;
      it.task = {};
      free_.push_back(core);
    }
    it.armed = Time::never();
    ++it.generation;
  }
  dropped.insert(dropped.end(), queue_.begin(), queue_.end());
  queue_.clear();
  paused_ = false;
  ++life_;
  meter();
  for (const Task& task : dropped) {
    task.client->dropped(task.id);
  }
}

void Cpu::meter() {
  busy_.set(kernel_.now(), paused_ ? 0 : running());
}

}  // namespace wavetank::sim
