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
  template <class Response>
  void answer(NodeId to, CorrelationId correlation, const Response& response) const {
    send(to, port::Lane::response, encode(response, correlation));
  }
};

}  // namespace wavetank::log
