#include "sim/check/exactly_one_effect.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

namespace {

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  return value;
}

/// What the effect of a record must say: FNV-1a (Fowler, Noll, Vo) of its key and its value.
std::uint64_t expected_digest(const StoredRecord& record) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const ByteView part : {record.key, record.value}) {
    for (const std::uint8_t byte : part) {
      hash = (hash ^ byte) * 0x100000001b3ULL;
    }
  }
  return hash;
}

/// Every record of the partition that a reader of committed transactions can see.
template <class Visit>
void read_committed(const StoredPartition& partition, const Visit& visit) {
  const StoredReplica* authority = partition.authority();
  if (authority == nullptr) {
    return;
  }
  const log::Offset end =
      authority->leads ? authority->high_watermark : stored_end(authority->units);
  read_stored(authority->units, end, [&](const StoredRecord& record) {
    if (!record.aborted && !record.open && record.value.size() >= 8) {
      visit(record);
    }
  });
}

std::string place(const StoredPartition& partition, log::Offset offset) {
  return fmt::format("{} offset {}", partition.name, offset.value());
}

bool is_among(const std::vector<log::PartitionId>& some, log::PartitionId p) {
  return std::ranges::find(some, p) != some.end();
}

}  // namespace

std::vector<ExactlyOneEffect::Effect> ExactlyOneEffect::effects_in(
    const Processing& processing, std::span<const StoredPartition> partitions) {
  std::vector<Effect> effects;
  for (const StoredPartition& partition : partitions) {
    if (is_among(processing.to, partition.id)) {
      read_committed(partition, [&](const StoredRecord& record) {
        effects.push_back({big_endian(record.value.first(8)), big_endian(record.value.subspan(8)),
                           &partition, record.offset});
      });
    }
  }
  std::ranges::stable_sort(effects, {}, &Effect::event);
  return effects;
}

void ExactlyOneEffect::judge(const Processing& processing,
                             std::span<const StoredPartition> partitions) {
  const std::vector<Effect> effects = effects_in(processing, partitions);
  const auto judge_one = [&](const StoredPartition& partition, const StoredRecord& record) {
    judgement_.look();
    const std::uint64_t event = big_endian(record.value.first(8));
    const auto first = std::ranges::lower_bound(effects, event, {}, &Effect::event);
    const auto last = std::ranges::upper_bound(effects, event, {}, &Effect::event);
    const auto done = processing.done.find(partition.id);
    const bool dealt_with = done != processing.done.end() && record.offset < done->second;
    const auto say = [&](const std::string& what) {
      judgement_.breach(fmt::format("{}: {} (event {}) {}", processing.name,
                                    place(partition, record.offset), event, what));
    };
    if (last - first > 1) {
      say(fmt::format("has {} effects, at {} and {}", last - first,
                      place(*first->in, first->offset),
                      place(*(first + 1)->in, (first + 1)->offset)));
    } else if (first == last) {
      dealt_with ? say("is committed as done and has no effect") : judgement_.lack_evidence();
    } else if (first->digest != expected_digest(record)) {
      say(fmt::format("has another's effect, at {}", place(*first->in, first->offset)));
    }
  };
  for (const StoredPartition& partition : partitions) {
    if (is_among(processing.from, partition.id)) {
      read_committed(partition, [&](const StoredRecord& record) { judge_one(partition, record); });
    }
  }
}

}  // namespace wavetank::sim
