#pragma once

// One event of a role as its parts see it: the time, the ports, and how messages are sent and paid
// for.

#include "engine/log/protocol/protocol.h"
#include "engine/port/role.h"

namespace wavetank::log {

struct Step {
  port::Now now;
  port::Ports& ports;

  [[nodiscard]] port::Meter& meter() const { return ports.meter(); }
  [[nodiscard]] port::Storage& storage() const { return ports.storage(); }

  void charge_received(const port::Message& message) const {
    meter().charge(port::Work::request);
    meter().charge(port::Work::bytes_received, message.wire_bytes());
  }
  template <class Request>
  void ask(NodeId to, CorrelationId correlation, const Request& request) const {
    send(to, port::Lane::request, encode(request, correlation));
  }
  template <class Response>
  void answer(NodeId to, CorrelationId correlation, const Response& response) const {
    send(to, port::Lane::response, encode(response, correlation));
  }
  void send(NodeId to, port::Lane lane, port::Message message) const {
    meter().charge(port::Work::request);
    meter().charge(port::Work::bytes_sent, message.wire_bytes());
    ports.send(to, lane, std::move(message));
  }
};

}  // namespace wavetank::log
