// What the coordinator of transactions says of itself.

#include "engine/port/description.h"
#include "engine/log/transactions/transaction_coordinator.h"

namespace wavetank::log {

namespace {

const char* name(TransactionStage stage) {
  static constexpr const char* kNames[] = {"empty",         "ongoing",         "prepare commit",
                                           "prepare abort", "complete commit", "complete abort"};
  return kNames[static_cast<std::size_t>(stage)];
}

}  // namespace

void TransactionLog::describe(port::Description& out, const Topology& topology) const {
  static constexpr const char* kStages[] = {"elsewhere", "reading", "waiting for the disk",
                                            "waiting for replicas", "ready"};
  port::Description& tables = out.list("transaction tables being read");
  port::Description& list = out.list("transactions");
  for (std::uint32_t i = 0; i < coordinators_.size(); ++i) {
    const Coordinator& it = coordinators_[i];
    if (it.stage != Stage::elsewhere && it.stage != Stage::ready) {
      tables.row(topology.partition_name(first_ + i))
          .say("stage", kStages[static_cast<std::size_t>(it.stage)])
          .say("next", it.next)
          .say("end", it.end);
    }
    for (const auto& [id, entry] : it.entries) {
      port::Description& row = list.row(id);
      row.say("state", name(entry.state.stage));
      row.say("becomes",
              entry.next ? std::optional<std::string>(name(entry.next->stage)) : std::nullopt);
      row.say("producer id", entry.state.producer).say("epoch", entry.state.epoch);
      row.say("partitions", entry.state.partitions.size());
      row.say("markers missing", entry.markers_missing).say("times out", entry.deadline);
    }
  }
}

void MarkerSender::describe(port::Description& out, const Topology& topology) const {
  port::Description& list = out.list("markers on their way");
  const auto say = [&](const Job& job, const char* state) -> port::Description& {
    port::Description& row = list.row(job.transactional_id);
    row.say("partition", topology.partition_name(job.partition));
    row.say("outcome", job.marker.outcome == Outcome::commit ? "commit" : "abort");
    row.say("state", state);
    return row;
  };
  for (const Job& job : waiting_) {
    say(job, "waiting");
  }
  for (const BackOff& it : backing_off_) {
    say(it.job, "backing off").say("until", it.until);
  }
  for (const auto& [broker, request] : in_flight_) {
    for (const Job& job : request.jobs) {
      say(job, "asked").say("of", broker).say("given up", request.deadline);
    }
  }
}

void TransactionCoordinator::describe(port::Description& out, const Topology& topology) const {
  if (!log_.exists()) {
    return;
  }
  port::Description& it = out.group("transaction coordinator");
  log_.describe(it, topology);
  markers_.describe(it, topology);
}

}  // namespace wavetank::log
