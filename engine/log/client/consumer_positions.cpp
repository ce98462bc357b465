#include <algorithm>
#include <utility>

#include "engine/log/client/consumer_state.h"

namespace wavetank::log {

// --- what the member holds -----------------------------------------------------------------------

void Consumer::State::on_assigned(const std::vector<PartitionId>& owned,
                                  const std::vector<PartitionId>& added) {
  for (const PartitionId id : added) {
    std::uint32_t& index = index_of[id.value()];
    if (index == kNeverHeld) {
      index = static_cast<std::uint32_t>(partitions.size());
      partitions.emplace_back().id = id;
    }
    Partition& partition = partitions[index];
    partition.hold = Hold::wanted;
    partition.position = partition.committed = Offset(0);
    partition.done.reset();
    partition.last_epoch = kNoLeaderEpoch;
    partition.begun = partition.stopped = false;
    ++wanted;
  }
  listener.on_assigned(membership.generation(), owned, added);
}

void Consumer::State::release(const std::vector<PartitionId>& given_up) {
  releasing = given_up;
  for (const PartitionId id : releasing) {
    stop_reading(index_of[id.value()]);
    partitions[index_of[id.value()]].hold = Hold::releasing;
  }
}

void Consumer::State::finish_release(port::Now now) {
  const std::vector<PartitionId> given_up = std::exchange(releasing, {});
  drop(given_up);
  listener.on_revoked(given_up);
  membership.released(now);
}

void Consumer::State::on_lost(const std::vector<PartitionId>& lost) {
  releasing.clear();
  drop(lost);
  listener.on_lost(lost);
}

void Consumer::State::drop(const std::vector<PartitionId>& given_up) {
  for (const PartitionId id : given_up) {
    stop_reading(index_of[id.value()]);
    partitions[index_of[id.value()]].hold = Hold::none;
  }
}

/// What is under way for the partition, to learn where to read it, comes to nothing.
void Consumer::State::stop_reading(std::uint32_t index) {
  Partition& partition = partitions[index];
  leave(index);
  wanted -= partition.hold == Hold::wanted ? 1 : 0;
  if (lookups.wants(index)) {
    lookups.forget(index);
    partition.committed = partition.position;  // where it was to go on is not known: no commit
  }
}

// --- what the group has committed ----------------------------------------------------------------

void Consumer::State::work_on_offsets(port::Now now, port::Ports& ports) {
  if (offsets_in_flight) {
    return;
  }
  if (membership.coordinator() == kNoBroker) {
    if (!releasing.empty()) {
      finish_release(now);  // nobody to commit to: the next owner reads some records again
    }
    return;
  }
  if (!releasing.empty()) {
    commit(now, ports);
    return;
  }
  const Time due = wanted > 0 ? offsets_not_before : std::max(commit_due, offsets_not_before);
  if (now.monotonic < due) {
    alarm.want(due, ports);
  } else if (wanted > 0) {
    ask_offsets(now, ports);
  } else {
    commit(now, ports);
  }
}

void Consumer::State::ask_offsets(port::Now now, port::Ports& ports) {
  OffsetFetchRequest request;
  request.group = config.group;
  request.require_stable = config.isolation == Isolation::read_committed;
  for (const Partition& partition : partitions) {
    if (partition.hold == Hold::wanted) {
      request.partitions.push_back(partition.id);
    }
  }
  offsets_in_flight = true;
  asked_in = membership.generation();
  ports.meter().charge(port::Work::partition, request.partitions.size());
  network.ask(now, membership.coordinator(), request, ports);
}

/// Commits what has been handed over since; in the end, what is given up is given up.
void Consumer::State::commit(port::Now now, port::Ports& ports) {
  committing.clear();
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    const Partition& partition = partitions[index];
    const bool held = partition.hold == Hold::reading || partition.hold == Hold::releasing;
    const Offset reached =
        config.auto_commit ? partition.position : partition.done.value_or(partition.committed);
    if (held && !lookups.wants(index) && reached != partition.committed) {
      committing.push_back({partition.id, reached});
    }
  }
  commit_due = now.monotonic + config.commit_interval;
  if (!committing.empty()) {
    offsets_in_flight = true;
    last_commit = !releasing.empty();
    asked_in = membership.generation();
    ports.meter().charge(port::Work::partition, committing.size());
    network.ask(now, membership.coordinator(),
                OffsetCommitRequest{config.group, asked_in, membership.identity(), committing},
                ports);
  } else if (!releasing.empty()) {
    finish_release(now);
  } else {
    alarm.want(commit_due, ports);
  }
}

void Consumer::State::on_offsets(port::Now now, const OffsetFetchResponse& response,
                                 port::Ports& ports) {
  if (response.error == ErrorCode::unstable_offset_commit) {
    offsets_not_before = now.monotonic + config.retry_backoff;  // until the transaction has ended
    return;
  }
  if (response.error != ErrorCode::none) {
    offsets_failed(now, response.error);
    return;
  }
  if (asked_in != membership.generation()) {
    return;  // others may have committed since
  }
  for (const CommittedOffset& stored : response.offsets) {
    const std::uint32_t index = stored.partition.value() < index_of.size()
                                    ? index_of[stored.partition.value()]
                                    : kNeverHeld;
    if (index != kNeverHeld && partitions[index].hold == Hold::wanted) {
      partitions[index].position = partitions[index].committed = stored.offset;
      partitions[index].begun = true;
    }
  }
  commit_due = now.monotonic + config.commit_interval;
  for (std::uint32_t index = 0; index < partitions.size(); ++index) {
    Partition& partition = partitions[index];
    if (partition.hold != Hold::wanted) {
      continue;
    }
    partition.hold = Hold::reading;
    --wanted;
    if (partition.begun) {
      listener.on_position(partition.id, partition.position);
    } else {
      read_from(index, config.from);
    }
    if (!partition.backing_off) {
      join(index, now, ports);
    }
  }
}

void Consumer::State::on_commit_response(port::Now now, const OffsetCommitResponse& response) {
  if (response.error != ErrorCode::none) {
    commit_due = now.monotonic;  // again, after the back-off
    offsets_failed(now, response.error);
  }
  for (const CommittedOffset& stored : committing) {
    if (response.error == ErrorCode::none) {
      partitions[index_of[stored.partition.value()]].committed = stored.offset;
      listener.on_committed(stored.partition, stored.offset);
    } else {
      listener.on_commit_refused(stored.partition, stored.offset, response.error);
    }
  }
}

/// An error that a request of an earlier generation got says nothing of this one.
void Consumer::State::offsets_failed(port::Now now, ErrorCode error) {
  offsets_not_before = now.monotonic + config.retry_backoff;
  if (asked_in == membership.generation()) {
    membership.on_error(now, error);
  }
}

// --- where reading begins, and where it goes on --------------------------------------------------

void Consumer::State::reset_position(std::uint32_t index, Offset log_start, port::Now now) {
  Partition& partition = partitions[index];
  if (partition.position == log_start) {
    back_off(index, now);  // the broker contradicts itself
    return;
  }
  listener.on_out_of_range(partition.id, partition.position);
  // One that has not begun wants the log's beginning, and has taken that to be 0.
  if (!partition.begun || config.offset_reset == OffsetReset::earliest) {
    go_to(index, log_start);
    queue(index);
    return;
  }
  leave(index);
  if (config.offset_reset == OffsetReset::latest) {
    lookups.want(index, partition.id, kLatestTimestamp);
  } else {
    partition.stopped = true;
  }
}

void Consumer::State::go_to(std::uint32_t index, Offset position) {
  partitions[index].position = position;
  partitions[index].last_epoch = kNoLeaderEpoch;
  listener.on_position(partitions[index].id, position);
}

/// REQUIRES: the partition is homeless; `join` follows.
void Consumer::State::read_from(std::uint32_t index, const ReadFrom& place) {
  Partition& partition = partitions[index];
  partition.stopped = partition.begun = false;
  lookups.forget(index);
  if (place.place != ReadFrom::Place::earliest) {
    // Where it begins is committed even before it has read: another member would begin elsewhere.
    partition.committed = Offset(-1);
  }
  switch (place.place) {
    case ReadFrom::Place::earliest:
      // If retention has moved the log's beginning, the first answer tells where it is.
      go_to(index, Offset(0));
      break;
    case ReadFrom::Place::offset:
      partition.begun = true;
      go_to(index, place.offset);
      break;
    case ReadFrom::Place::latest:
      lookups.want(index, partition.id, kLatestTimestamp);
      break;
    case ReadFrom::Place::time:
      lookups.want(index, partition.id, place.timestamp_ms);
      break;
  }
}

void Consumer::State::on_looked_up(port::Now now, BrokerIndex from, const port::Message& message,
                                   port::Ports& ports) {
  const Result<ListOffsetsResponse> response = decode<ListOffsetsResponse>(message);
  if (!response) {
    for (const std::uint32_t index : lookups.on_lost(from)) {
      back_off(index, now);
    }
    network.disconnect(now, from, ports);
    return;
  }
  for (const OffsetLookup::Answer& answer : lookups.on_response(from, *response)) {
    if (answer.error != ErrorCode::none) {
      back_off(answer.index, now);
      network.request_metadata(now, ports);
    } else if (answer.offset < Offset(0)) {
      // Nothing is that late yet: what will be comes at the end.
      lookups.want(answer.index, partitions[answer.index].id, kLatestTimestamp);
    } else {
      partitions[answer.index].begun = true;
      go_to(answer.index, answer.offset);
      join(answer.index, now, ports);
    }
  }
}

}  // namespace wavetank::log
