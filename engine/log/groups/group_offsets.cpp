#include "engine/log/groups/group_offsets.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/log/groups/offset_records.h"
#include "engine/log/limits.h"

namespace wavetank::log {

GroupOffsets::GroupOffsets(const Topology& topology, ReplicaTable& replicas) : replicas_(replicas) {
  const auto found = std::ranges::find(topology.topics, kOffsetsTopic, &TopicConfig::name);
  if (found != topology.topics.end()) {
    first_ = topology.first_partition(static_cast<std::size_t>(found - topology.topics.begin()));
    coordinators_.resize(found->partitions);
  }
}

PartitionId GroupOffsets::partition_of_group(std::string_view group) const {
  ENSURE(exists(), "there is a topic for offsets");
  return first_ + static_cast<std::uint32_t>(hash64(as_bytes(group)) % coordinators_.size());
}

GroupOffsets::Coordinator* GroupOffsets::coordinator(PartitionId p) {
  const bool ours = p >= first_ && p.value() - first_.value() < coordinators_.size();
  return ours ? &coordinators_[p.value() - first_.value()] : nullptr;
}

// --- loading
// ----------------------------------------------------------------------------------------

void GroupOffsets::leadership_changed(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table == nullptr) {
    return;
  }
  *table = Coordinator{};
  const Replica* replica = replicas_.find(p);
  if (replica != nullptr && replica->leads()) {
    table->stage = Stage::reading;
    table->next = replica->log().start_offset();
    table->end = replica->log().end_offset();
  }
}

void GroupOffsets::loaded(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table != nullptr && table->stage == Stage::waiting) {
    table->stage = Stage::reading;
  }
}

bool GroupOffsets::pump(const Step& step) {
  for (std::uint32_t i = 0; i < coordinators_.size(); ++i) {
    if (coordinators_[i].stage == Stage::reading) {
      read_on(step, first_ + i, coordinators_[i]);
    }
  }
  return std::ranges::any_of(coordinators_,
                             [](const Coordinator& c) { return c.stage == Stage::reading; });
}

void GroupOffsets::read_on(const Step& step, PartitionId p, Coordinator& table) {
  if (table.next >= table.end) {
    table.stage = Stage::ready;
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
    table.stage = Stage::ready;  // the medium has lost the rest: what could be read counts
    return;
  }
  for (const Bytes& slice : slices) {
    take(step, table, slice);
  }
}

void GroupOffsets::take(const Step& step, Coordinator& table, ByteView batches) {
  while (!batches.empty()) {
    const auto batch = BatchView::parse(batches);
    ENSURE(batch.has_value(), "what a log gives is whole batches");
    step.meter().charge(port::Work::record_decoded,
                        static_cast<std::uint64_t>(batch->record_count()));
    batch->for_each_record([&](const RecordView& record) {
      if (const auto decoded = decode_offset(record)) {
        commit(table, decoded->group, decoded->committed);
      }
    });
    table.next = batch->last_offset() + 1;
    batches = batches.subspan(batch->size_bytes());
  }
}

// --- serving
// ----------------------------------------------------------------------------------------

ErrorCode GroupOffsets::state_of(std::string_view group) const {
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

bool GroupOffsets::has_room_for(std::string_view group) const {
  const auto& groups = coordinators_[partition_of_group(group) - first_].groups;
  return !group.empty() && group.size() <= limits::kGroupNameBytes &&
         (groups.size() < limits::kGroupsPerCoordinator || groups.find(group) != groups.end());
}

void GroupOffsets::committed(std::string_view group, const std::vector<CommittedOffset>& offsets) {
  Coordinator& table = coordinators_[partition_of_group(group) - first_];
  if (table.stage != Stage::ready) {
    return;  // leadership went meanwhile; the next leader reads it
  }
  for (const CommittedOffset& offset : offsets) {
    commit(table, group, offset);
  }
}

void GroupOffsets::commit(Coordinator& table, std::string_view group,
                          const CommittedOffset& offset) {
  auto found = table.groups.find(group);
  if (found == table.groups.end()) {
    found = table.groups.emplace(std::string(group), Group{}).first;
  }
  found->second[offset.partition] = offset.offset;
}

std::vector<CommittedOffset> GroupOffsets::offsets_of(std::string_view group) const {
  std::vector<CommittedOffset> offsets;
  const auto& groups = coordinators_[partition_of_group(group) - first_].groups;
  const auto found = groups.find(group);
  if (found != groups.end()) {
    for (const auto& [partition, offset] : found->second) {
      offsets.push_back({partition, offset});
    }
  }
  return offsets;
}

}  // namespace wavetank::log
