#include "engine/log/transactions/transaction_log.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/log/limits.h"

namespace wavetank::log {

TransactionLog::TransactionLog(const Topology& topology, ReplicaTable& replicas)
    : replicas_(replicas) {
  const auto found = std::ranges::find(topology.topics, kTransactionsTopic, &TopicConfig::name);
  if (found != topology.topics.end()) {
    first_ = topology.first_partition(static_cast<std::size_t>(found - topology.topics.begin()));
    coordinators_.resize(found->partitions);
  }
}

PartitionId TransactionLog::partition_of(std::string_view transactional_id) const {
  ENSURE(exists(), "there is a topic for transactions");
  return first_ +
         static_cast<std::uint32_t>(hash64(as_bytes(transactional_id)) % coordinators_.size());
}

CoordinatorEpoch TransactionLog::coordinator_epoch(PartitionId p) const {
  return CoordinatorEpoch(replicas_.find(p)->epoch().value());
}

TransactionLog::Coordinator* TransactionLog::coordinator(PartitionId p) {
  const bool ours = p >= first_ && p.value() - first_.value() < coordinators_.size();
  return ours ? &coordinators_[p.value() - first_.value()] : nullptr;
}

TransactionLog::Coordinator& TransactionLog::coordinator_of(std::string_view transactional_id) {
  return *coordinator(partition_of(transactional_id));
}

// --- loading -------------------------------------------------------------------------------------

TransactionLog::Entries TransactionLog::leadership_changed(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table == nullptr) {
    return {};
  }
  Entries given_up = std::exchange(*table, Coordinator{}).entries;
  const Replica* replica = replicas_.find(p);
  if (replica != nullptr && replica->leads()) {
    table->stage = Stage::reading;
    table->next = replica->log().start_offset();
    table->end = replica->log().end_offset();
  }
  return given_up;
}

void TransactionLog::loaded(PartitionId p) {
  Coordinator* table = coordinator(p);
  if (table != nullptr && table->stage == Stage::waiting) {
    table->stage = Stage::reading;
  }
}

void TransactionLog::read_on(const Step& step, PartitionId p, Coordinator& table) {
  if (table.next >= table.end) {
    table.stage = Stage::settling;
    return;
  }
  std::vector<Bytes> slices;
  const ReadStatus status =
      replicas_.find(p)->log().read(table.next, table.end, limits::kOffsetLoadBytes, slices,
                                    token_of(StorageWait::transaction_load, p), step.meter());
  if (status == ReadStatus::loading) {
    table.stage = Stage::waiting;
    return;
  }
  if (status != ReadStatus::ok || slices.empty()) {
    table.stage = Stage::settling;  // the medium has lost the rest: what could be read counts
    return;
  }
  for (const Bytes& slice : slices) {
    take(step, table, slice);
  }
}

void TransactionLog::take(const Step& step, Coordinator& table, ByteView batches) {
  while (!batches.empty()) {
    const auto batch = BatchView::parse(batches);
    ENSURE(batch.has_value(), "what a log gives is whole batches");
    step.meter().charge(port::Work::record_decoded,
                        static_cast<std::uint64_t>(batch->record_count()));
    batch->for_each_record([&](const RecordView& record) {
      if (auto decoded = decode_transaction(record)) {
        table.entries[std::string(decoded->transactional_id)].state = std::move(decoded->state);
      }
    });
    table.next = batch->last_offset() + 1;
    batches = batches.subspan(batch->size_bytes());
  }
}

// --- serving -------------------------------------------------------------------------------------

ErrorCode TransactionLog::state_of(std::string_view transactional_id) const {
  if (!exists()) {
    return ErrorCode::not_coordinator;
  }
  switch (coordinators_[partition_of(transactional_id) - first_].stage) {
    case Stage::elsewhere:
      return ErrorCode::not_coordinator;
    case Stage::reading:
    case Stage::waiting:
    case Stage::settling:
      return ErrorCode::coordinator_loading;
    case Stage::ready:
      break;
  }
  return ErrorCode::none;
}

TransactionEntry* TransactionLog::find(std::string_view transactional_id) {
  Entries& entries = coordinator_of(transactional_id).entries;
  const auto found = entries.find(transactional_id);
  return found == entries.end() ? nullptr : &found->second;
}

TransactionEntry* TransactionLog::find_or_make(std::string_view transactional_id) {
  Entries& entries = coordinator_of(transactional_id).entries;
  if (TransactionEntry* known = find(transactional_id)) {
    return known;
  }
  if (transactional_id.size() > limits::kTransactionalIdBytes ||
      entries.size() >= limits::kTransactionalIdsPerCoordinator) {
    return nullptr;
  }
  return &entries[std::string(transactional_id)];
}

ErrorCode TransactionLog::write(const Step& step, std::string_view transactional_id,
                                TransactionEntry& entry, TransactionState next) {
  ENSURE(!entry.next, "one change at a time");
  const PartitionId p = partition_of(transactional_id);
  Replica& replica = *replicas_.find(p);
  if (!replica.enough_in_sync()) {
    return ErrorCode::coordinator_not_available;
  }
  const Bytes batch = encode_transaction(transactional_id, next, step.now.wall.ms());
  step.meter().charge(port::Work::record_encoded);
  step.meter().charge(port::Work::bytes_checksummed, batch.size());
  const auto appended = replica.append(batch, step.now.monotonic, step.meter());
  if (!appended) {
    return ErrorCode::coordinator_not_available;
  }
  entry.next = std::move(next);
  coordinator(p)->writes.push_back({appended->last_offset, std::string(transactional_id)});
  return ErrorCode::none;
}

}  // namespace wavetank::log
