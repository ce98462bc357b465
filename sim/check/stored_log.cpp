#include "sim/check/stored_log.h"

#include <algorithm>

namespace wavetank::sim {

namespace oracle {

bool take_batch(ByteView& unit, Batch& out) {
  constexpr std::size_t kBeforeLength = 12;
  constexpr std::size_t kHeader = 61;
  Cursor cursor(unit);
  const std::int64_t base = cursor.integer(8);
  const std::int64_t length = cursor.integer(4);
  const std::int64_t epoch = cursor.integer(4);
  const std::int64_t magic = cursor.integer(1);
  cursor.bytes(4 + 2 + 4 + 8 + 8 + 8 + 2 + 4);
  const std::int64_t count = cursor.integer(4);
  if (!cursor.sound() || magic != 2 || length < 0 ||
      static_cast<std::uint64_t>(length) + kBeforeLength > unit.size() ||
      static_cast<std::uint64_t>(length) + kBeforeLength < kHeader) {
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(length) + kBeforeLength;
  out = Batch{log::Offset(base), static_cast<std::int32_t>(epoch), count,
              unit.subspan(kHeader, size - kHeader)};
  unit = unit.subspan(size);
  return true;
}

}  // namespace oracle

log::Offset stored_end(const std::vector<Bytes>& units) {
  log::Offset end;
  for (const Bytes& bytes : units) {
    ByteView unit = bytes;
    oracle::Batch batch;
    while (oracle::take_batch(unit, batch)) {
      end = batch.base + batch.count;
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
