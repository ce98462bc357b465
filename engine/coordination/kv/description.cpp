// What server and client of the key-value service say of themselves.

#include "engine/port/description.h"
#include "engine/coordination/kv/client.h"
#include "engine/coordination/kv/server.h"

namespace wavetank::kv {

void Server::describe(port::Description& out) const {
  quorum_.describe(out);
  port::Description& store = out.group("store");
  store.say("revision", store_.revision()).say("keys", store_.keys());
  store.say("sessions", store_.sessions());
  port::Description& proposed = out.list("transactions that wait");
  for (const Proposed& it : proposed_) {
    proposed.row("transaction").say("index", it.index).say("client", it.asker.client);
  }
  port::Description& reads = out.list("reads that wait");
  for (const WaitingRead& it : reads_) {
    reads.row("read")
        .say("number", it.number)
        .say("client", it.asker.client)
        .say("keys", it.keys.size());
  }
  port::Description& handed_on = out.list("handed on");
  for (const auto& [correlation, it] : handed_on_) {
    handed_on.row("request").say("to", it.leader).say("client", it.asker.client);
  }
}

void Client::describe(port::Description& out) const {
  static constexpr const char* kKinds[] = {"open session", "change", "linearizable read",
                                           "serializable read"};
  out.say("session", session_ == kNoSession ? std::nullopt : std::optional(session_));
  out.say("opening", opening_).say("leader", leader_).say("home", home_);
  out.say("last sequence", last_sequence_).say("unsettled", unsettled_.size());
  port::Description& list = out.list("requests");
  for (const auto& [id, request] : open_) {
    port::Description& row = list.row("request");
    row.say("number", id).say("kind", kKinds[static_cast<std::size_t>(request.kind)]);
    row.say("asked of", request.asked).say("attempts", request.attempts);
    row.say("next", request.next).say("given up", request.deadline);
  }
}

}  // namespace wavetank::kv
