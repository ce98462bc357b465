#include "sim/run/workers.h"

#include <poll.h>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {

constexpr int kPatience_ms = 100;

bool has_spoken(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return descriptor < 0 || poll(&one, 1, 0) > 0;
}

}  // namespace

void Workers::start(std::uint64_t task, const std::function<std::string()>& work) {
  ENSURE(has_room(), "more work than places");
  busy_.push_back({task, Clock::now() + patience_, std::make_unique<ChildProcess>(work)});
}

void Workers::wait_a_little() const {
  std::vector<pollfd> all;
  for (const Busy& it : busy_) {
    all.push_back({it.child->descriptor(), POLLIN, 0});
  }
  poll(all.data(), all.size(), kPatience_ms);
}

std::optional<Workers::Answer> Workers::next(const std::function<bool()>& give_up) {
  ENSURE(!is_idle(), "nobody is at work");
  for (;;) {
    if (give_up && give_up()) {
      return std::nullopt;
    }
    wait_a_little();
    if (give_up && give_up()) {
      return std::nullopt;  // the signal that says so has reached the children, too
    }
    for (auto it = busy_.begin(); it != busy_.end(); ++it) {
      const bool speaks = has_spoken(it->child->descriptor());
      const bool too_long = !speaks && Clock::now() > it->until;
      if (!too_long && (!speaks || it->child->listen())) {
        continue;
      }
      Answer answer{it->task, too_long ? std::nullopt : it->child->answer(), too_long};
      busy_.erase(it);
      return answer;
    }
  }
}

}  // namespace wavetank::sim
