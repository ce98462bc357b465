#include "engine/log/groups/group_coordinator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/log/groups/group_records.h"
#include "engine/log/limits.h"

namespace wavetank::log {

namespace {

/// "consumer-9-1f0c...": who it is for, and 128 random bits.
std::string draw_member_id(NodeId client, port::Ports& ports) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "consumer-" + std::to_string(client.value()) + "-";
  for (int word = 0; word < 2; ++word) {
    std::uint64_t bits = ports.random();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) {
      id += kDigits[bits & 0xf];
    }
  }
  return id;
}

}  // namespace

GroupCoordinator::GroupCoordinator(NodeId self, const GroupConfig& config, const Topology& topology,
                                   ReplicaTable& replicas, const ClusterMetadata& cluster,
                                   CoordinatorWrites& writes, Probe& probe)
    : self_(self),
      config_(config),
      cluster_(cluster),
      writes_(writes),
      probe_(probe),
      table_(config, topology, replicas) {}

// --- requests ------------------------------------------------------------------------------------

bool GroupCoordinator::serves(ApiKey api) {
  switch (api) {
    case ApiKey::find_coordinator:
    case ApiKey::join_group:
    case ApiKey::sync_group:
    case ApiKey::heartbeat:
    case ApiKey::leave_group:
    case ApiKey::offset_commit:
    case ApiKey::offset_fetch:
    case ApiKey::txn_offset_commit:
      return true;
    default:
      return false;
  }
}

void GroupCoordinator::on_request(const Step& step, NodeId from, const Envelope& envelope,
                                  const port::Message& message) {
  const Asker asker{from, envelope.correlation};
  const auto with =
      [&]<class Request>(void (GroupCoordinator::*handle)(const Step&, Asker, const Request&)) {
        step.serve<Request>(from, message,
                            [&](const Request& it) { (this->*handle)(step, asker, it); });
      };
  switch (envelope.api) {
    case ApiKey::find_coordinator:
      return with(&GroupCoordinator::on_find);
    case ApiKey::join_group:
      return with(&GroupCoordinator::on_join);
    case ApiKey::sync_group:
      return with(&GroupCoordinator::on_sync);
    case ApiKey::heartbeat:
      return with(&GroupCoordinator::on_heartbeat);
    case ApiKey::leave_group:
      return with(&GroupCoordinator::on_leave);
    case ApiKey::offset_fetch:
      return with(&GroupCoordinator::on_fetch);
    case ApiKey::txn_offset_commit:
      return with(&GroupCoordinator::on_txn_commit);
    default:
      step.serve<OffsetCommitRequest>(
          from, message, [&](OffsetCommitRequest&& it) { on_commit(step, asker, std::move(it)); });
  }
}

template <class Response>
void GroupCoordinator::refuse(const Step& step, Asker asker, std::string_view group,
                              ErrorCode error) {
  Response response;
  response.error = error;
  if (error != ErrorCode::none) {
    probe_.group_request_refused(group, asker.node, Response::api, error);
  }
  step.answer(asker.node, asker.correlation, response);
}

void GroupCoordinator::on_find(const Step& step, Asker asker,
                               const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  if (!table_.exists()) {
    response.error = ErrorCode::not_coordinator;
  } else {
    response.coordinator = cluster_.partition(table_.partition_of_group(request.group)).leader;
    if (response.coordinator == kNoNode) {
      response.error = ErrorCode::coordinator_loading;
    }
  }
  step.answer(asker.node, asker.correlation, response);
}

ErrorCode GroupCoordinator::refusal(const JoinGroupRequest& request) const {
  if (request.group.empty() || request.group.size() > limits::kGroupNameBytes) {
    return ErrorCode::invalid_group_id;
  }
  if (request.session_timeout < config_.session_timeout_min ||
      request.session_timeout > config_.session_timeout_max) {
    return ErrorCode::invalid_session_timeout;
  }
  return table_.state_of(request.group);
}

void GroupCoordinator::on_join(const Step& step, Asker asker, const JoinGroupRequest& request) {
  const ErrorCode error = refusal(request);
  if (error != ErrorCode::none) {
    refuse<JoinGroupResponse>(step, asker, request.group, error);
    return;
  }
  GroupEntry* entry = table_.find_or_make(request.group);
  if (entry == nullptr) {
    refuse<JoinGroupResponse>(step, asker, request.group, ErrorCode::group_max_size_reached);
    return;
  }
  GroupEffects effects;
  entry->group.join(request, asker, draw_member_id(asker.node, step.ports), step.now.monotonic,
                    effects);
  carry_out(step, request.group, *entry, effects);
  table_.forget_if_deserted(request.group);
}

GroupEntry* GroupCoordinator::find(std::string_view group, ErrorCode& error) {
  error = table_.state_of(group);
  GroupEntry* entry = error == ErrorCode::none ? table_.find(group) : nullptr;
  if (error == ErrorCode::none && entry == nullptr) {
    error = ErrorCode::unknown_member_id;
  }
  return entry;
}

void GroupCoordinator::on_sync(const Step& step, Asker asker, const SyncGroupRequest& request) {
  ErrorCode error = ErrorCode::none;
  GroupEntry* entry = find(request.group, error);
  if (entry == nullptr) {
    refuse<SyncGroupResponse>(step, asker, request.group, error);
    return;
  }
  GroupEffects effects;
  entry->group.sync(request, asker, step.now.monotonic, effects);
  carry_out(step, request.group, *entry, effects);
}

void GroupCoordinator::on_heartbeat(const Step& step, Asker asker,
                                    const HeartbeatRequest& request) {
  ErrorCode error = ErrorCode::none;
  GroupEntry* entry = find(request.group, error);
  if (entry != nullptr) {
    error = entry->group.heartbeat(request, step.now.monotonic);
  }
  refuse<HeartbeatResponse>(step, asker, request.group, error);
}

void GroupCoordinator::on_leave(const Step& step, Asker asker, const LeaveGroupRequest& request) {
  ErrorCode error = ErrorCode::none;
  GroupEntry* entry = find(request.group, error);
  if (entry == nullptr) {
    refuse<LeaveGroupResponse>(step, asker, request.group, error);
    return;
  }
  GroupEffects effects;
  error = entry->group.leave(request.identity, step.now.monotonic, effects);
  refuse<LeaveGroupResponse>(step, asker, request.group, error);
  carry_out(step, request.group, *entry, effects);
  table_.forget_if_deserted(request.group);
}

// --- offsets -------------------------------------------------------------------------------------

ErrorCode GroupCoordinator::refusal(const OffsetCommitRequest& request, Time now) {
  if (request.group.empty() || request.group.size() > limits::kGroupNameBytes) {
    return ErrorCode::invalid_group_id;
  }
  const ErrorCode served = table_.state_of(request.group);
  if (served != ErrorCode::none) {
    return served;
  }
  GroupEntry* entry = table_.find(request.group);
  return entry != nullptr                       ? entry->group.may_commit(request, now)
         : request.identity == MemberIdentity{} ? ErrorCode::none
                                                : ErrorCode::unknown_member_id;
}

void GroupCoordinator::on_commit(const Step& step, Asker asker, OffsetCommitRequest request) {
  step.meter().charge(port::Work::partition, request.offsets.size());
  std::erase_if(request.offsets,
                [&](const CommittedOffset& it) { return !cluster_.knows(it.partition); });
  ErrorCode error = refusal(request, step.now.monotonic);
  if (error == ErrorCode::none && !request.offsets.empty()) {
    const Bytes batch = encode_offsets(request.group, request.offsets, step.now.wall.ms());
    error = store_commit(step, batch,
                         {request.group, request.generation, asker, std::move(request.offsets)});
    if (error == ErrorCode::none) {
      return;  // answered when the replicas have it
    }
  }
  refuse<OffsetCommitResponse>(step, asker, request.group, error);
}

void GroupCoordinator::on_txn_commit(const Step& step, Asker asker,
                                     const TxnOffsetCommitRequest& request) {
  step.meter().charge(port::Work::partition, request.offsets.size());
  const bool known = std::ranges::all_of(
      request.offsets, [&](const CommittedOffset& it) { return cluster_.knows(it.partition); });
  ErrorCode error =
      refusal({request.group, request.generation, request.identity, {}}, step.now.monotonic);
  if (error == ErrorCode::none && (!known || request.offsets.empty())) {
    error = ErrorCode::unknown_partition;
  }
  if (error == ErrorCode::none && !has_room(request)) {
    error = ErrorCode::request_timed_out;
  }
  if (error == ErrorCode::none) {
    const Bytes batch = encode_offsets(request.group, request.offsets, step.now.wall.ms(),
                                       request.producer, request.epoch);
    error = store_commit(
        step, batch, {request.group, request.generation, asker, request.offsets, request.producer});
  }
  if (error != ErrorCode::none) {
    refuse<TxnOffsetCommitResponse>(step, asker, request.group, error);
  }
}

bool GroupCoordinator::has_room(const TxnOffsetCommitRequest& request) {
  const GroupEntry* entry = table_.find(request.group);
  return entry == nullptr || entry->pending.contains(request.producer) ||
         entry->pending.size() < limits::kTransactionsPerGroup;
}

ErrorCode GroupCoordinator::store_commit(const Step& step, const Bytes& batch, Write write) {
  const std::string group = write.group;
  if (table_.find_or_make(group) == nullptr) {
    return ErrorCode::request_timed_out;  // no room for another group
  }
  step.meter().charge(port::Work::record_encoded, write.offsets.size());
  const ErrorCode error = this->write(step, batch, std::move(write));
  table_.forget_if_deserted(group);
  return error;
}

void GroupCoordinator::committed(const Step& step, Write& write, ErrorCode error) {
  const bool pends = write.producer != kNoProducerId;
  if (error == ErrorCode::none && table_.state_of(write.group) == ErrorCode::none) {
    if (GroupEntry* entry = table_.find_or_make(write.group)) {
      for (const CommittedOffset& it : write.offsets) {
        if (pends) {
          PendingOffsets& pending = entry->pending[write.producer];
          pending.by = write.asker.node;
          pending.offsets[it.partition] = it.offset;
        } else {
          entry->offsets[it.partition] = it.offset;
          probe_.offset_committed(write.group, write.asker.node, it.partition, it.offset);
        }
      }
    }
  }
  if (pends) {
    refuse<TxnOffsetCommitResponse>(step, write.asker, write.group, error);
  } else {
    refuse<OffsetCommitResponse>(step, write.asker, write.group, error);
  }
}

void GroupCoordinator::transaction_ended(PartitionId p, ProducerId producer, Outcome outcome) {
  Groups* groups = table_.groups_of(p);
  if (groups == nullptr) {
    return;
  }
  for (auto& [name, entry] : *groups) {
    const auto ended = entry.pending.extract(producer);
    if (ended.empty() || outcome == Outcome::abort) {
      continue;
    }
    for (const auto& [partition, offset] : ended.mapped().offsets) {
      entry.offsets[partition] = offset;
      probe_.offset_committed(name, ended.mapped().by, partition, offset);
    }
  }
}

void GroupCoordinator::on_fetch(const Step& step, Asker asker, const OffsetFetchRequest& request) {
  OffsetFetchResponse response;
  response.error = table_.state_of(request.group);
  const GroupEntry* entry =
      response.error == ErrorCode::none ? table_.find(request.group) : nullptr;
  if (entry != nullptr && request.require_stable && !entry->pending.empty()) {
    response.error = ErrorCode::unstable_offset_commit;
  } else if (entry != nullptr && request.partitions.empty()) {
    for (const auto& [partition, offset] : entry->offsets) {
      response.offsets.push_back({partition, offset});
    }
  } else if (entry != nullptr) {
    for (const PartitionId p : request.partitions) {
      const auto found = entry->offsets.find(p);
      if (found != entry->offsets.end()) {
        response.offsets.push_back({p, found->second});
      }
    }
    std::ranges::sort(response.offsets, {}, &CommittedOffset::partition);
  }
  step.meter().charge(port::Work::partition, response.offsets.size());
  step.answer(asker.node, asker.correlation, response);
}

// --- writing -------------------------------------------------------------------------------------

ErrorCode GroupCoordinator::write(const Step& step, const Bytes& batch, Write write) {
  step.meter().charge(port::Work::bytes_checksummed, batch.size());
  const WriteTicket ticket = next_ticket_++;
  const ErrorCode error =
      writes_.write(step, table_.partition_of_group(write.group), batch, ticket);
  if (error == ErrorCode::none) {
    pending_.emplace(ticket, std::move(write));
  }
  return error;
}

void GroupCoordinator::written(const Step& step, WriteTicket ticket, ErrorCode error) {
  auto place = pending_.extract(ticket);
  if (place.empty()) {
    return;
  }
  Write& write = place.mapped();
  if (error == ErrorCode::not_leader_or_follower) {
    error = ErrorCode::not_coordinator;
  }
  if (write.asker.node != kNoNode) {
    committed(step, write, error);
    return;
  }
  ErrorCode served = ErrorCode::none;
  if (GroupEntry* entry = find(write.group, served)) {
    GroupEffects effects;
    entry->group.stored(write.generation, error, step.now.monotonic, effects);
    carry_out(step, write.group, *entry, effects);
  }
}

void GroupCoordinator::store_group(const Step& step, std::string_view name, GroupEntry& entry) {
  const Generation generation = entry.group.generation();
  const Bytes batch = encode_group(name, entry.group.metadata(), step.now.wall.ms());
  step.meter().charge(port::Work::record_encoded);
  const ErrorCode error = write(step, batch, {std::string(name), generation, {}, {}});
  if (error != ErrorCode::none) {
    GroupEffects effects;
    entry.group.stored(generation, error, step.now.monotonic, effects);
    carry_out(step, name, entry, effects);  // stores nothing: an error only ever asks to rejoin
  }
}

// --- effects and time ----------------------------------------------------------------------------

void GroupCoordinator::answer(const Step& step, const GroupEffects& effects) {
  for (const auto& [asker, response] : effects.joins) {
    step.answer(asker.node, asker.correlation, response);
  }
  for (const auto& [asker, response] : effects.syncs) {
    step.answer(asker.node, asker.correlation, response);
  }
}

void GroupCoordinator::carry_out(const Step& step, std::string_view name, GroupEntry& entry,
                                 GroupEffects& effects) {
  for (const auto& [asker, response] : effects.joins) {
    if (response.error != ErrorCode::none && response.error != ErrorCode::member_id_required) {
      probe_.group_request_refused(name, asker.node, JoinGroupResponse::api, response.error);
    }
  }
  for (const auto& [asker, response] : effects.syncs) {
    if (response.error != ErrorCode::none) {
      probe_.group_request_refused(name, asker.node, SyncGroupResponse::api, response.error);
    }
  }
  for (const std::string& member : effects.expired) {
    probe_.group_member_expired(name, member);
  }
  if (effects.rebalances) {
    probe_.rebalance_started(self_, name);
  }
  if (effects.assigned) {
    probe_.group_assigned(self_, name, entry.group.generation());
  }
  answer(step, effects);
  next_deadline_ = std::min(next_deadline_, entry.group.next_deadline());
  if (effects.store) {
    store_group(step, name, entry);
  }
}

void GroupCoordinator::leadership_changed(PartitionId p) {
  for (auto& [name, entry] : table_.leadership_changed(p)) {
    entry.group.close(lost_);
  }
}

bool GroupCoordinator::pump(const Step& step) {
  answer(step, lost_);
  lost_ = {};
  const bool more = table_.pump(step);
  if (table_.tables_read() != tables_read_) {
    tables_read_ = table_.tables_read();
    note_deadlines();
  }
  if (next_deadline_ <= step.now.monotonic) {
    serve_due(step);
  }
  return more;
}

void GroupCoordinator::serve_due(const Step& step) {
  table_.for_each([&](const std::string& name, GroupEntry& entry) {
    if (entry.group.next_deadline() <= step.now.monotonic) {
      GroupEffects effects;
      entry.group.serve(step.now.monotonic, effects);
      carry_out(step, name, entry, effects);
    }
  });
  note_deadlines();
}

void GroupCoordinator::note_deadlines() {
  next_deadline_ = Time::never();
  table_.for_each([&](const std::string&, const GroupEntry& entry) {
    next_deadline_ = std::min(next_deadline_, entry.group.next_deadline());
  });
}

}  // namespace wavetank::log
