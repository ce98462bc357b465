#pragma once

// One timer that serves many deadlines: it is set for the earliest time anybody wants and never
// moved later, so that a role with thousands of deadlines a second pays for few timers.

#include "engine/port/role.h"

namespace wavetank::port {

/// Rings at or before the earliest time wanted since it last rang; the role then serves what is due
/// and says again what it wants. A ring with nothing due is possible and harmless.
class Alarm {
 public:
  explicit Alarm(TimerId id) : id_(id) {}

  void want(Time at, Ports& ports) {
    if (at < set_for_) {
      set_for_ = at;
      ports.set_timer(id_, at);
    }
  }
  /// True if `timer` is this one. To be called first in on_timer.
  bool rang(TimerId timer) {
    if (timer != id_) {
      return false;
    }
    set_for_ = Time::never();
    return true;
  }

 private:
  TimerId id_;
  Time set_for_ = Time::never();
};

}  // namespace wavetank::port
