// What a client of the ensemble says of itself.

#include "engine/port/description.h"
#include "engine/coordination/client/client.h"
#include "engine/coordination/numbers.h"

namespace wavetank::coordination {

void Client::describe(port::Description& out) const {
  static constexpr const char* kStates[] = {"connecting", "connected", "expired", "closed"};
  out.say("session", text(session_)).say("state", kStates[static_cast<std::size_t>(state_)]);
  out.say("server", server()).say("timeout", timeout_);
  out.say("heard", heard_).say("sent", sent_).say("tries the next server", connect_at_);
  out.say("in flight", in_flight_.size()).say("queued", queue_.size());
  out.say("last zxid seen", text(last_seen_)).say("watches", watches_.size());
  if (!in_flight_.empty()) {
    out.say("oldest in flight", in_flight_.front().xid);
  }
}

}  // namespace wavetank::coordination
