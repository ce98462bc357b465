// What the parts of a broker say of themselves.

#include <cmath>

#include "engine/log/broker/client_quotas.h"
#include "engine/log/broker/controller_link.h"
#include "engine/log/broker/delayed_produces.h"
#include "engine/log/broker/fetch_server.h"
#include "engine/log/broker/replica_upkeep.h"
#include "engine/port/description.h"

namespace wavetank::log {

void DelayedProduces::describe(port::Description& out) const {
  port::Description& list = out.list("produces that wait");
  for (const Slot& slot : slots_) {
    if (slot.undecided == 0) {
      continue;
    }
    port::Description& row = list.row("request");
    row.say("from", slot.request.from);
    row.say("correlation", slot.request.correlation);
    row.say("of", slot.request.ticket != 0        ? "a coordinator here"
                  : !slot.request.markers.empty() ? "a transaction's markers"
                                                  : "a producer");
    row.say("partitions", slot.request.partitions.size()).say("undecided", slot.undecided);
    row.say("bytes", slot.request.request_bytes).say("times out", slot.request.deadline);
  }
}

void FetchServer::describe(port::Description& out) const {
  port::Description& list = out.list("fetch sessions");
  for (const FetchSession& it : sessions_) {
    if (it.id == 0) {
      continue;
    }
    port::Description& row = list.row(it.of_follower() ? "follower" : "consumer");
    row.say("peer", it.peer).say("session", it.id).say("next epoch", it.next_epoch);
    row.say("partitions", it.slot_of.size()).say("to look at", it.candidates.size());
    row.say("waits", it.waiting.has_value());
    row.say("answered at the latest", it.waiting ? it.waiting->deadline : Time::never());
    row.say("bytes ready", it.ready_bytes);
  }
}

void ClientQuotas::describe(port::Description& out) const {
  if (accounts_.empty()) {
    return;
  }
  port::Description& list = out.list("clients with quotas");
  for (const Account& account : accounts_) {
    port::Description& row = list.row(account.id);
    row.say("produce bytes/s", account.quota.producer_byte_rate);
    row.say("fetch bytes/s", account.quota.consumer_byte_rate);
    row.say("thread percent", account.quota.request_percentage
                                  ? std::optional(std::llround(*account.quota.request_percentage))
                                  : std::nullopt);
  }
}

void ControllerLink::describe(port::Description& out) const {
  static constexpr const char* kStages[] = {"not begun", "registering", "admitted"};
  port::Description& it = out.group("registration");
  it.say("state", kStages[static_cast<std::size_t>(stage_)]);
  it.say("broker epoch", broker_epoch_);
  it.say("controller", controller()).say("heard from it", heard_).say("next", due_);
  if (leaving_) {
    it.say("asked to end", true).say("released", released_).say("ends by", leave_by_);
  }
}

void ReplicaUpkeep::describe(port::Description& out) const {
  out.say("next lag check", next_lag_check_).say("next retention check", next_retention_check_);
}

}  // namespace wavetank::log
