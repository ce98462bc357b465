#include "engine/log/groups/group_table.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/log/groups/group_records.h"
#include "engine/log/limits.h"
#include "engine/log/storage/control_batch.h"

namespace wavetank::log {

GroupTable::GroupTable(const GroupConfig& config, const Topology& topology, ReplicaTable& replicas)
    : config_(config), replicas_(replicas) {
  const auto found = std::ranges::find(topology.topics, kOffsetsTopic, &TopicConfig::name);
  if (found != topology.topics.end()) {
    first_ = topology.first_partition(static_cast<std::size_t>(found - topology.topics.begin()));
    coordinators_.resize(found->partitions);
  }
}

PartitionId GroupTable::partition_of_group(std::string_view group) const {
  ENSURE(exists(), "there is a topic for offsets");
  return first_ + static_cast<std::uint32_t>(hash64(as_bytes(group)) % coordinators_.size());
}

GroupTable::Coordinator* GroupTable::coordinator(PartitionId p) {
  const bool ours = p >= first_ && p.value() - first_.value() < coordinators_.size();
  return ours ? &coordinators_[p.value() - first_.value()] : nullptr;
}

// --- loading -------------------------------------------------------------------------------------

Groups GroupTable::leadership_changed(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table == nullptr) {
    return {};
  }
  Groups lost = std::move(table->groups);
  *table = Coordinator{};
  const Replica* replica = replicas_.find(p);
  if (replica != nullptr && replica->leads()) {
    table->stage = Stage::reading;
    table->next = replica->log().start_offset();
    table->end = replica->log().end_offset();
  }
  return lost;
}

void GroupTable::loaded(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table != nullptr && table->stage == Stage::waiting) {
    table->stage = Stage::reading;
  }
}

bool GroupTable::pump(const Step& step) {
  for (std::uint32_t i = 0; i < coordinators_.size(); ++i) {
    if (coordinators_[i].stage == Stage::reading) {
      read_on(step, first_ + i, coordinators_[i]);
    }
  }
  return std::ranges::any_of(coordinators_,
                             [](const Coordinator& c) { return c.stage == Stage::reading; });
}

void GroupTable::read_on(const Step& step, PartitionId p, Coordinator& table) {
  if (table.next >= table.end) {
    finish_reading(table);
    return;
  }
  std::vector<Bytes> slices;
  const ReadStatus status =
      replicas_.find(p)->log().read(table.next, table.end, limits::kOffsetLoadBytes, slices,
                                    token_of(StorageWait::offset_load, p), step.meter());
  if (status == ReadStatus::loading) {
    table.stage = Stage::waiting;
    return;
  }
  if (status != ReadStatus::ok || slices.empty()) {
    finish_reading(table);  // the medium has lost the rest: what could be read counts
    return;
  }
  for (const Bytes& slice : slices) {
    take(step, table, slice);
  }
}

void GroupTable::take(const Step& step, Coordinator& table, ByteView batches) {
  while (!batches.empty()) {
    const auto batch = BatchView::parse(batches);
    ENSURE(batch.has_value(), "what a log gives is whole batches");
    step.meter().charge(port::Work::record_decoded,
                        static_cast<std::uint64_t>(batch->record_count()));
    if (const auto marker = decode_marker(*batch)) {
      end_transaction(table.groups, *marker);
    }
    batch->for_each_record([&](const RecordView& record) {
      const GroupRecord decoded = decode_group_record(record);
      if (const auto* offset = std::get_if<OffsetRecord>(&decoded)) {
        GroupEntry& it = entry(table.groups, offset->group);
        auto& offsets =
            batch->is_transactional() ? it.pending[batch->producer_id()].offsets : it.offsets;
        offsets[offset->committed.partition] = offset->committed.offset;
      } else if (const auto* group = std::get_if<GroupMetadataRecord>(&decoded)) {
        entry(table.groups, group->group).group.restore(group->metadata, step.now.monotonic);
      }
    });
    table.next = batch->last_offset() + 1;
    batches = batches.subspan(batch->size_bytes());
  }
}

void GroupTable::end_transaction(Groups& groups, const EndMarker& marker) {
  for (auto& [name, it] : groups) {
    const auto pending = it.pending.extract(marker.producer);
    if (!pending.empty() && marker.outcome == Outcome::commit) {
      for (const auto& [partition, offset] : pending.mapped().offsets) {
        it.offsets[partition] = offset;
      }
    }
  }
}

void GroupTable::finish_reading(Coordinator& table) {
  table.stage = Stage::ready;
  ++tables_read_;
}

// --- serving -------------------------------------------------------------------------------------

ErrorCode GroupTable::state_of(std::string_view group) const {
  if (!exists()) {
    return ErrorCode::not_coordinator;
  }
  switch (coordinators_[partition_of_group(group) - first_].stage) {
    case Stage::elsewhere:
      return ErrorCode::not_coordinator;
    case Stage::reading:
    case Stage::waiting:
      return ErrorCode::coordinator_loading;
    case Stage::ready:
      break;
  }
  return ErrorCode::none;
}

Groups* GroupTable::groups_of(PartitionId p) {
  Coordinator* table = coordinator(p);
  return table != nullptr && table->stage == Stage::ready ? &table->groups : nullptr;
}

Groups& GroupTable::groups_with(std::string_view group) {
  return coordinators_[partition_of_group(group) - first_].groups;
}

GroupEntry& GroupTable::entry(Groups& groups, std::string_view group) const {
  const auto found = groups.find(group);
  return found != groups.end()
             ? found->second
             : groups.emplace(std::string(group), GroupEntry{Group(config_), {}, {}}).first->second;
}

GroupEntry* GroupTable::find(std::string_view group) {
  Groups& groups = groups_with(group);
  const auto found = groups.find(group);
  return found == groups.end() ? nullptr : &found->second;
}

GroupEntry* GroupTable::find_or_make(std::string_view group) {
  Groups& groups = groups_with(group);
  const bool room = groups.size() < limits::kGroupsPerCoordinator || groups.contains(group);
  return room ? &entry(groups, group) : nullptr;
}

void GroupTable::forget_if_deserted(std::string_view group) {
  Groups& groups = groups_with(group);
  const auto found = groups.find(group);
  if (found != groups.end() && found->second.group.deserted() &&
      found->second.group.generation() == Generation(0) && found->second.offsets.empty() &&
      found->second.pending.empty()) {
    groups.erase(found);
  }
}

}  // namespace wavetank::log
