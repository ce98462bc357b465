#include "engine/log/broker/delayed_produces.h"

#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::log {

void DelayedProduces::add(DelayedProduce request, const std::vector<Wait>& waits_for) {
  ENSURE(!full() && !waits_for.empty(), "there is room, and something to wait for");
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  ++waiting_;
  Slot& slot = slots_[index];
  slot.request = std::move(request);
  slot.undecided = static_cast<std::uint32_t>(waits_for.size());
  ++slot.life;
  deadlines_.push(slot.request.deadline, {index, slot.life});
  for (const Wait& wait : waits_for) {
    enqueue(slot.request.partitions[wait.index].partition, {wait.last, index, wait.index});
  }
}

void DelayedProduces::enqueue(PartitionId p, const Waiter& waiter) {
  std::vector<Waiter>& queue = waiters_[p.value()].queue;
  queue.push_back(waiter);
  // A retry of what is stored already waits for less than those before it.
  for (std::size_t i = queue.size() - 1;
       i > waiters_[p.value()].head && queue[i - 1].last > queue[i].last; --i) {
    std::swap(queue[i - 1], queue[i]);
  }
}

void DelayedProduces::committed(PartitionId p, Offset high_watermark, ErrorCode verdict) {
  Waiters& waiters = waiters_[p.value()];
  while (waiters.head < waiters.queue.size() && waiters.queue[waiters.head].last < high_watermark) {
    decide(waiters.queue[waiters.head++], verdict);
  }
  if (waiters.head == waiters.queue.size()) {
    waiters.queue.clear();
    waiters.head = 0;
  } else if (waiters.head > waiters.queue.size() / 2) {
    waiters.queue.erase(waiters.queue.begin(),
                        waiters.queue.begin() + static_cast<std::ptrdiff_t>(waiters.head));
    waiters.head = 0;
  }
}

void DelayedProduces::fail(PartitionId p, ErrorCode error) {
  Waiters& waiters = waiters_[p.value()];
  while (waiters.head < waiters.queue.size()) {
    decide(waiters.queue[waiters.head++], error);
  }
  waiters.queue.clear();
  waiters.head = 0;
}

void DelayedProduces::decide(const Waiter& waiter, ErrorCode error) {
  Slot& slot = slots_[waiter.slot];
  ENSURE(slot.undecided > 0, "who waits is not decided");
  ProduceResponse::Partition& partition = slot.request.partitions[waiter.index];
  partition.error = error;
  if (error != ErrorCode::none) {
    partition.base_offset = Offset(-1);
  }
  if (--slot.undecided == 0) {
    decided_.push_back(std::move(slot.request));
    free_.push_back(waiter.slot);
    --waiting_;
    deadlines_.forget_one(waits());
  }
}

void DelayedProduces::expire(Time now) {
  deadlines_.serve(now, waits(), [this](SlotLife id) { time_out(id.slot); });
}

void DelayedProduces::time_out(std::uint32_t slot) {
  // Copied, since deciding the last one gives the request away.
  const std::vector<ProduceResponse::Partition> partitions = slots_[slot].request.partitions;
  for (const ProduceResponse::Partition& partition : partitions) {
    Waiters& waiters = waiters_[partition.partition.value()];
    for (std::size_t i = waiters.head; i < waiters.queue.size();) {
      if (waiters.queue[i].slot != slot) {
        ++i;
        continue;
      }
      const Waiter waiter = waiters.queue[i];
      waiters.queue.erase(waiters.queue.begin() + static_cast<std::ptrdiff_t>(i));
      decide(waiter, ErrorCode::request_timed_out);
    }
  }
}

}  // namespace wavetank::log
