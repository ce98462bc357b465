#include "sim/check/stored_log.h"

#include <algorithm>

namespace wavetank::sim {

namespace oracle {

bool take_batch(ByteView& unit, Batch& out) {
  constexpr std::size_t kBeforeLength = 12;
  constexpr std::size_t kHeader = 61;
  if (unit.size() < kHeader) {
    return false;
  }
  const auto field = [&unit](std::size_t at, std::size_t width) {
    return integer_at(unit.data() + at, width);
  };
  const std::int64_t base = field(0, 8);
  const std::int64_t length = field(8, 4);
  const std::int64_t epoch = field(12, 4);
  const std::int64_t magic = field(16, 1);
  const std::int64_t attributes = field(21, 2);
  const std::int64_t last_delta = field(23, 4);
  const std::int64_t producer = field(43, 8);
  const std::int64_t count = field(57, 4);
  if (magic != 2 || length < 0 ||
      static_cast<std::uint64_t>(length) + kBeforeLength > unit.size() ||
      static_cast<std::uint64_t>(length) + kBeforeLength < kHeader) {
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(length) + kBeforeLength;
  constexpr std::int64_t kTransactional = 1 << 4;
  constexpr std::int64_t kControl = 1 << 5;
  out = Batch{log::Offset(base), (attributes & kTransactional) != 0,   (attributes & kControl) != 0,
              producer,          static_cast<std::int32_t>(epoch),     count,
              last_delta + 1,    unit.subspan(kHeader, size - kHeader)};
  unit = unit.subspan(size);
  return true;
}

namespace {

/// Whether the marker in a control batch says that the transaction is aborted.
bool says_abort(const Batch& batch) {
  Cursor cursor(batch.records);
  Cursor record(cursor.bytes(cursor.variable()));
  record.integer(1);
  record.variable();
  record.variable();
  Cursor key(record.bytes(record.variable()));
  key.integer(2);
  return key.integer(2) == 0 && key.sound();
}

}  // namespace

bool Aborted::contain(const Batch& batch) const {
  const auto producer = by_producer.find(batch.producer);
  if (producer == by_producer.end() || !batch.transactional) {
    return false;
  }
  const auto span = std::ranges::lower_bound(producer->second, batch.base, {}, &Span::marker);
  return span != producer->second.end() && span->first <= batch.base;
}

bool Aborted::is_open(const Batch& batch) const {
  const auto producer = open.find(batch.producer);
  return producer != open.end() && producer->second <= batch.base;
}

Aborted find_aborted(std::span<const ByteView> units) {
  Aborted aborted;
  std::map<std::int64_t, log::Offset>& open = aborted.open;
  for (std::size_t u = 0; u < units.size(); ++u) {
    ask_for_unit_after(units, u);
    ByteView unit = units[u];
    Batch batch;
    while (take_batch(unit, batch)) {
      if (!batch.control && batch.transactional) {
        open.emplace(batch.producer, batch.base);
      } else if (const auto ended = open.find(batch.producer);
                 batch.control && ended != open.end()) {
        if (says_abort(batch)) {
          aborted.by_producer[batch.producer].push_back({ended->second, batch.base});
        }
        open.erase(ended);
      }
    }
  }
  return aborted;
}

}  // namespace oracle

log::Offset stored_end(std::span<const ByteView> units) {
  log::Offset end;
  for (std::size_t u = 0; u < units.size(); ++u) {
    oracle::ask_for_unit_after(units, u);
    ByteView unit = units[u];
    oracle::Batch batch;
    while (oracle::take_batch(unit, batch)) {
      end = batch.base + batch.offsets;
    }
  }
  return end;
}

const StoredReplica* StoredPartition::authority() const {
  const StoredReplica* leader = nullptr;
  for (const StoredReplica& replica : replicas) {
    if (replica.leads && (leader == nullptr || replica.epoch > leader->epoch)) {
      leader = &replica;
    }
  }
  if (leader != nullptr) {
    return leader;
  }
  const auto longest = std::ranges::max_element(
      replicas, {}, [](const StoredReplica& replica) { return stored_end(replica.units); });
  return longest == replicas.end() ? nullptr : &*longest;
}

}  // namespace wavetank::sim
