// What replicas, and those who bring them up to date, say of themselves.

#include "engine/port/description.h"
#include "engine/log/replication/in_sync_keeper.h"
#include "engine/log/replication/replica.h"
#include "engine/log/replication/replica_fetchers.h"

namespace wavetank::log {

namespace {

const char* name(Replica::Part part) {
  switch (part) {
    case Replica::Part::leader:
      return "leader";
    case Replica::Part::follower:
      return "follower";
    case Replica::Part::idle:
      break;
  }
  return "idle";
}

}  // namespace

void Replica::describe(port::Description& out) const {
  out.say("role", held_ ? name(part_) : "moved away");
  out.say("leader epoch", epoch_).say("partition epoch", partition_epoch_);
  if (!leads()) {
    out.say("leader", cluster_.partition(partition_).leader);
  }
  out.say("high watermark", high_watermark_).say("last stable", last_stable_);
  log_.describe(out);
  if (!learners_.empty()) {
    out.say("learners", learners_);
  }
  if (!leads()) {
    return;
  }
  out.say("in sync", in_sync_).say("min in sync", settings_.min_insync);
  if (wanted_in_sync_) {
    out.say("in sync asked for", *wanted_in_sync_).say("next change", next_change_);
  }
  port::Description& followers = out.list("followers");
  for (const Follower& it : followers_) {
    port::Description& row = followers.row("follower");
    row.say("broker", it.broker);
    row.say("fetched to", it.end >= Offset(0) ? std::optional(it.end) : std::nullopt);
    row.say("behind",
            it.end >= Offset(0) ? std::optional(log_.end_offset() - it.end) : std::nullopt);
    row.say("caught up", it.caught_up);
    row.say("last fetch", it.end >= Offset(0) ? std::optional(it.last_fetch) : std::nullopt);
    row.say("in sync", it.member)
        .say("joining", it.joining)
        .say("alive", cluster_.alive(it.broker));
  }
}

void ReplicaFetchers::describe(port::Description& out) const {
  port::Description& leaders = out.list("fetchers");
  for (const Fetcher& it : fetchers_) {
    port::Description& row = leaders.row("fetcher");
    row.say("of leader", it.leader).say("partitions", it.members);
    row.say("session", it.session).say("session epoch", it.session_epoch);
    row.say("in flight", it.in_flight.has_value());
    row.say("given up", it.in_flight ? it.deadline : Time::never());
    row.say("not before", it.not_before);
    row.say("to be named", it.queued.size());
  }
  port::Description& stopped = out.list("partitions not fetched");
  static constexpr const char* kStages[] = {"idle",       "fetching", "backing off",
                                            "truncating", "flushing", "throttled"};
  for (std::uint32_t p = 0; p < entries_.size(); ++p) {
    const Entry& entry = entries_[p];
    const Replica* replica = replicas_.find(PartitionId(p));
    if (entry.leader != kNoNode && entry.stage != Stage::fetching && entry.stage != Stage::idle &&
        replica != nullptr) {
      stopped.row(replica->log().name())
          .say("of leader", entry.leader)
          .say("because", kStages[static_cast<std::size_t>(entry.stage)]);
    }
  }
}

void InSyncKeeper::describe(port::Description& out) const {
  port::Description& it = out.group("changes of in-sync sets");
  it.say("waiting", queue_.size()).say("in flight", in_flight_ ? asked_.size() : 0);
  it.say("asked of", controller_);
  it.say("given up", in_flight_ ? deadline_ : Time::never()).say("not before", not_before_);
}

}  // namespace wavetank::log
