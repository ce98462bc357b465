#include "engine/log/protocol/envelope.h"

#include "engine/port/message_codec.h"

namespace wavetank::log {

Result<Envelope> peek(const port::Message& message) {
  const Result<port::RawEnvelope> raw = port::peek(message);
  if (!raw) {
    return tl::unexpected<Error>(raw.error());
  }
  if (raw->api > static_cast<std::uint8_t>(kLastApiKey)) {
    return fail("the message is none of the log's");
  }
  return Envelope{static_cast<ApiKey>(raw->api), raw->correlation};
}

}  // namespace wavetank::log
