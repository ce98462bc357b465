#pragma once

// port::Step with the log's messages, which are encoded where their fields are listed.

#include "engine/log/protocol/protocol.h"
#include "engine/port/step.h"

namespace wavetank::log {

struct Step : port::Step {
  Step(port::Now at, port::Ports& world) : port::Step{at, world} {}

  template <class Request>
  void ask(NodeId to, CorrelationId correlation, const Request& request) const {
    send(to, port::Lane::request, encode(request, correlation));
  }
  /// Nothing more is read of the connection on which `peer` sends such requests before `until`.
  void mute(NodeId peer, ApiKey api, Time until) const {
    ports.mute(peer, static_cast<std::uint8_t>(api), until);
  }
  /// Hands the body of a request on. One that cannot be decoded is dropped, as a connection with it
  /// would be.
  template <class Request, class Handle>
  void serve(NodeId from, const port::Message& message, Handle&& handle) const {
    if (Result<Request> body = decode<Request>(message)) {
      handle(std::move(*body));
    } else {
      ports.leave_unanswered(from, message);
    }
  }
  template <class Response>
  void answer(NodeId to, CorrelationId correlation, const Response& response) const {
    send(to, port::Lane::response, encode(response, correlation));
  }
};

}  // namespace wavetank::log
