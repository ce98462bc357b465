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
    const PartitionId p = slot.request.partitions[wait.index].partition;
    enqueue(wait.until == Until::committed ? committing_[p.value()] : flushing_[p.value()],
            {wait.last, index, wait.index});
  }
}

void DelayedProduces::enqueue(Waiters& waiters, const Waiter& waiter) {
  std::vector<Waiter>& queue = waiters.queue;
  queue.push_back(waiter);
  // A retry of what is stored already waits for less than those before it.
  for (std::size_t i = queue.size() - 1; i > waiters.head && queue[i - 1].last > queue[i].last;
       --i) {
    std::swap(queue[i - 1], queue[i]);
  }
}

void DelayedProduces::committed(PartitionId p, Offset high_watermark, ErrorCode verdict) {
  decide_below(committing_[p.value()], high_watermark, verdict);
}

void DelayedProduces::flushed(PartitionId p, Offset offset) {
  decide_below(flushing_[p.value()], offset, ErrorCode::none);
}

void DelayedProduces::decide_below(Waiters& waiters, Offset offset, ErrorCode verdict) {
  while (waiters.head < waiters.queue.size() && waiters.queue[waiters.head].last < offset) {
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
  for (Waiters* waiters : {&committing_[p.value()], &flushing_[p.value()]}) {
    while (waiters->head < waiters->queue.size()) {
      decide(waiters->queue[waiters->head++], error);
    }
    waiters->queue.clear();
    waiters->head = 0;
  }
}

void DelayedProduces::decide(const Waiter& waiter, ErrorCode error) {
  Slot& slot = slots_[waiter.slot];
  ENSURE(slot.undecided > 0, "who waits is not decided");
  ProduceResponse::Partition& partition = slot.request.partitions[waiter.index];
  if (error != ErrorCode::none) {
    partition.error = error;
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
    time_out(committing_[partition.partition.value()], slot);
    time_out(flushing_[partition.partition.value()], slot);
  }
}

void DelayedProduces::time_out(Waiters& waiters, std::uint32_t slot) {
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

}  // namespace wavetank::log
