// What a server says of its clients and their sessions.

#include "engine/port/description.h"
#include "engine/coordination/numbers.h"
#include "engine/coordination/server/client_desk.h"
#include "engine/coordination/server/session_tracker.h"

namespace wavetank::coordination {

void ClientDesk::describe(port::Description& out) const {
  port::Description& it = out.group("clients");
  it.say("open", open_).say("requests in process", in_process_).say("held", held_.size());
  it.say("watches", watches_.size());
  port::Description& list = it.list("connections");
  for (const auto& [client, connection] : connections_) {
    port::Description& row = list.row("client");
    row.say("client", client).say("session", text(connection.session));
    row.say("confirmed", connection.open).say("waiting", connection.waiting.size());
    row.say("heard", connection.heard).say("timeout", connection.timeout);
  }
}

void SessionTracker::describe(port::Description& out) const {
  port::Description& list = out.list("sessions");
  for (const auto& [id, session] : sessions_) {
    list.row(text(id))
        .say("owner", session.owner)
        .say("expires", session.expires)
        .say("timeout", session.timeout)
        .say("closing", session.closing);
  }
}

}  // namespace wavetank::coordination
