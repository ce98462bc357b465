#pragma once

// One event of a role as its parts see it: the time, the ports, and how messages are paid for.

#include <utility>

#include "engine/port/role.h"

namespace wavetank::port {

struct Step {
  Now now;
  Ports& ports;

  [[nodiscard]] Meter& meter() const { return ports.meter(); }
  [[nodiscard]] Storage& storage() const { return ports.storage(); }

  void charge_received(const Message& message) const {
    meter().charge(Work::request);
    meter().charge(Work::bytes_received, message.wire_bytes());
  }
  void send(NodeId to, Lane lane, Message message) const {
    meter().charge(Work::request);
    meter().charge(Work::bytes_sent, message.wire_bytes());
    ports.send(to, lane, std::move(message));
  }
};

}  // namespace wavetank::port
