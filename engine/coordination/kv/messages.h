#pragma once

// What clients and servers of the key-value service say to each other. Requests travel on
// Lane::request; every answer is an Answer, on Lane::response, with the request's correlation id.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/coordination/kv/types.h"
#include "engine/port/message_codec.h"

namespace wavetank::kv {

enum class Api : std::uint8_t { execute = 112, read = 113, answer = 114 };

/// Asks that a command go into the log and be carried out.
struct ExecuteRequest {
  static constexpr Api api = Api::execute;
  Bytes command;  ///< command.h
};

struct ReadRequest {
  static constexpr Api api = Api::read;
  Consistency consistency = Consistency::linearizable;
  std::vector<std::string> keys;
};

struct Answer {
  static constexpr Api api = Api::answer;
  ErrorCode error = ErrorCode::ok;
  NodeId leader = kNoServer;  ///< of not_leader: whom to ask, if the server knows
  SessionId session = kNoSession;
  Bytes outcome;  ///< command.h; empty if there is none
};

inline void fields(auto& f, port::Is<ExecuteRequest> auto& m) {
  f(m.command);
}
inline void fields(auto& f, port::Is<ReadRequest> auto& m) {
  f(m.consistency), f(m.keys);
}
inline void fields(auto& f, port::Is<Answer> auto& m) {
  f(m.error), f(m.leader), f(m.session), f(m.outcome);
}

}  // namespace wavetank::kv
