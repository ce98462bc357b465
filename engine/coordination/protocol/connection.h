#pragma once

// Both ends of a connection. Ports may lose messages, as a network does that was cut and healed;
// TCP would break the connection then, and the protocols above count on it. So every message names
// its connection, and its correlation id numbers it: what does not come next breaks the connection.

#include <cstdint>
#include <optional>
#include <utility>

#include "engine/coordination/protocol/step.h"

namespace wavetank::coordination {

/// The sending half of one lane.
class Outbound {
 public:
  Outbound() = default;
  Outbound(NodeId to, port::Lane lane, std::uint32_t connection)
      : to_(to), lane_(lane), connection_(connection) {}

  template <class T>
  void send(const Step& step, T message) {
    step.send(to_, lane_, number(std::move(message)));
  }
  template <class T>
  void stream(const Step& step, T message) {
    step.stream(to_, lane_, number(std::move(message)));
  }
  [[nodiscard]] NodeId to() const { return to_; }
  [[nodiscard]] std::uint32_t connection() const { return connection_; }

 private:
  template <class T>
  port::Message number(T message) {
    message.connection = connection_;
    return port::encode(message, next_++);
  }

  NodeId to_{};
  port::Lane lane_ = port::Lane::request;
  std::uint32_t connection_ = 0;
  std::uint32_t next_ = 0;
};

/// The receiving half of one lane.
class Inbound {
 public:
  enum class Verdict : std::uint8_t {
    next,     ///< the message that was to come
    foreign,  ///< of an earlier connection: to be ignored
    gap       ///< something is missing: the connection is broken
  };

  Inbound() = default;
  explicit Inbound(std::uint32_t connection) : connection_(connection) {}

  [[nodiscard]] Verdict judge(std::uint32_t connection, std::uint32_t number) {
    if (connection != connection_) {
      return Verdict::foreign;
    }
    return number == next_++ ? Verdict::next : Verdict::gap;
  }
  [[nodiscard]] std::uint32_t connection() const { return connection_; }

 private:
  std::uint32_t connection_ = 0;
  std::uint32_t next_ = 0;
};

}  // namespace wavetank::coordination
