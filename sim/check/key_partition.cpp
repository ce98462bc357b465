#include "sim/check/key_partition.h"

#include <fmt/format.h>

#include "sim/check/event_keys.h"
#include "sim/check/wording.h"

namespace wavetank::sim {

void KeyPartition::stored(const StoredPartition& partition, const StoredRecord& record) {
  constexpr std::uint64_t kOneIn = 4;
  const std::uint64_t key = key_hash(record.key);
  if (record.key.empty() || key % kOneIn != 0) {
    return;
  }
  judgement_.look();
  const auto [home, is_new] = homes_[partition.config.name].try_emplace(key, &partition);
  if (!is_new && home->second != &partition) {
    judgement_.breach(fmt::format("{} has a key that is in {}, too",
                                  place_text(partition.name, record.offset), home->second->name));
  }
}

}  // namespace wavetank::sim
