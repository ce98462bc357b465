// What the clients of the log say of themselves.

#include "engine/port/description.h"
#include "engine/log/client/admin_client.h"
#include "engine/log/client/consumer_state.h"
#include "engine/log/client/group_membership.h"
#include "engine/log/client/network_client.h"
#include "engine/log/client/produces_in_flight.h"
#include "engine/log/client/record_accumulator.h"
#include "engine/log/client/transaction_manager.h"

namespace wavetank::log {

void NetworkClient::describe(port::Description& out) const {
  port::Description& it = out.group("cluster");
  it.say("metadata version", metadata_version_).say("being asked for", metadata_in_flight_);
  it.say("asked for next", metadata_due_).say("not before", metadata_not_before_);
  port::Description& list = out.list("connections");
  for (const Connection& connection : connections_) {
    port::Description& row = list.row("broker");
    row.say("broker", connection.broker).say("in flight", connection.in_flight.size());
    row.say("given up", earliest_deadline(connection)).say("suspect", connection.suspect);
    row.say("throttled until", connection.throttled_until > Time()
                                   ? std::optional(connection.throttled_until)
                                   : std::nullopt);
  }
}

void RecordAccumulator::describe(port::Description& out, const std::string& topic) const {
  static constexpr const char* kStates[] = {"open", "closed", "sent", "retry"};
  port::Description& it = out.group("accumulator");
  it.say("batches", live_.size()).say("free bytes", free_bytes_);
  it.say("wants a producer id", wants_producer_id_).say("backing off", backing_off_.size());
  port::Description& list = it.list("partitions with batches");
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    const Partition& partition = partitions_[p];
    if (partition.batches.empty()) {
      continue;
    }
    const ProducerBatch& oldest = *partition.batches.front();
    port::Description& row = list.row(topic + "-" + std::to_string(p));
    row.say("batches", partition.batches.size()).say("in requests", partition.sent);
    row.say("producer id", partition.producer).say("epoch", partition.epoch);
    row.say("next sequence", partition.next_sequence);
    row.say("oldest", kStates[static_cast<std::size_t>(oldest.state)]);
    row.say("its records", oldest.records.size()).say("its sequence", oldest.base_sequence);
    row.say("its attempts", oldest.attempts).say("created", oldest.created);
    row.say("backing off", partition.backing_off);
  }
}

void TransactionManager::describe(port::Description& out) const {
  static constexpr const char* kPhases[] = {"initializing", "ready",    "open", "failed",
                                            "committing",   "aborting", "fatal"};
  port::Description& it = out.group("transaction");
  it.say("phase", kPhases[static_cast<std::size_t>(phase_)]);
  it.say("producer id", producer_).say("epoch", epoch_);
  it.say("coordinator", network_.node_of(coordinator_)).say("in flight", in_flight_);
  it.say("partitions to be told", wanted_.size()).say("being told", adding_.size());
  it.say("offsets to commit", offsets_.has_value()).say("uncertain", uncertain_);
  it.say("not before", not_before_);
}

void GroupMembership::describe(port::Description& out) const {
  static constexpr const char* kStages[] = {"out", "joining", "in", "releasing", "gone"};
  port::Description& it = out.group("membership");
  it.say("stage", kStages[static_cast<std::size_t>(stage_)]);
  it.say("member", identity_.member).say("generation", generation_);
  if (!identity_.instance.empty()) {
    it.say("instance", identity_.instance);
  }
  it.say("coordinator", network_.node_of(coordinator_)).say("partitions", owned_.size());
  it.say("releasing", releasing_.size()).say("asking", asking_.has_value());
  it.say("heartbeat under way", beating_.has_value()).say("next heartbeat", beat_due_);
  it.say("not before", not_before_);
}

void Consumer::describe(port::Description& out) const {
  static constexpr const char* kHolds[] = {"none", "wanted", "reading", "releasing"};
  const State& it = *state_;
  it.membership.describe(out);
  out.say("offsets in flight", it.offsets_in_flight).say("next commit", it.commit_due);
  port::Description& list = out.list("partitions");
  for (const State::Partition& partition : it.partitions) {
    if (partition.hold == State::Hold::none) {
      continue;
    }
    port::Description& row = list.row(it.membership.name_of(partition.id));
    row.say("hold", kHolds[static_cast<std::size_t>(partition.hold)]);
    row.say("position", partition.position);
    row.say("committed",
            partition.committed >= Offset(0) ? std::optional(partition.committed) : std::nullopt);
    row.say("fetched from", it.network.node_of(partition.home));
    row.say("leader epoch", partition.leader_epoch);
    row.say("in session", partition.in_session).say("backing off", partition.backing_off);
    row.say("stopped", partition.stopped);
  }
  it.network.describe(out);
}

void AdminClient::describe(port::Description& out) const {
  out.say("requests that wait", waiting_.size()).say("in flight", in_flight_.has_value());
  out.say("controller", controllers_.empty() ? kNoNode : controllers_[current_]);
  out.say("due", due_);
}

void ProducesInFlight::describe(port::Description& out, const NetworkClient& network) const {
  port::Description& list = out.list("produce requests in flight");
  for (BrokerIndex broker = 0; broker < requests_.size(); ++broker) {
    for (const Request& request : requests_[broker]) {
      list.row("request")
          .say("to", network.node_of(broker))
          .say("correlation", request.correlation)
          .say("batches", request.batches.size());
    }
  }
}

}  // namespace wavetank::log
