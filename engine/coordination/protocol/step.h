#pragma once

// One event of a role as its parts see it: the time, the ports, and what messages cost. A request
// of a client is taken from the network by itself. Servers talk in streams that are flushed when
// there is nothing more to write: their packets share system calls, and are charged as records.

#include "engine/port/message_codec.h"
#include "engine/port/role.h"

namespace wavetank::coordination {

struct Step {
  port::Now now;
  port::Ports& ports;

  [[nodiscard]] port::Meter& meter() const { return ports.meter(); }
  [[nodiscard]] port::Storage& storage() const { return ports.storage(); }

  void charge_request(const port::Message& message) const {
    meter().charge(port::Work::request);
    meter().charge(port::Work::bytes_received, message.wire_bytes());
  }
  void charge_packet(const port::Message& message) const {
    meter().charge(port::Work::record_decoded);
    meter().charge(port::Work::bytes_received, message.wire_bytes());
  }
  /// A message that stands alone: a request, its answer, a vote.
  void send(NodeId to, port::Lane lane, port::Message message) const {
    meter().charge(port::Work::request);
    meter().charge(port::Work::bytes_sent, message.wire_bytes());
    ports.send(to, lane, std::move(message));
  }
  /// A packet of a stream between servers.
  void stream(NodeId to, port::Lane lane, port::Message message) const {
    meter().charge(port::Work::record_encoded);
    meter().charge(port::Work::bytes_sent, message.wire_bytes());
    ports.send(to, lane, std::move(message));
  }
};

}  // namespace wavetank::coordination
