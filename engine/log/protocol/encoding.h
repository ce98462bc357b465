#pragma once

// For the .cpp files of this room: a message's encode and decode are instantiated where its fields
// are listed, once.

#include "engine/log/protocol/envelope.h"
#include "engine/port/message_codec.h"

namespace wavetank::log {

using port::Is;

template <class T>
port::Message encode(const T& body, CorrelationId correlation) {
  return port::encode(body, correlation);
}
template <class T>
Result<T> decode(const port::Message& message) {
  return port::decode<T>(message);
}

}  // namespace wavetank::log

#define WAVETANK_MESSAGE(T)                                  \
  template port::Message encode<T>(const T&, CorrelationId); \
  template Result<T> decode<T>(const port::Message&);
