#include "sim/check/replica_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace wavetank::sim {

namespace {

/// A data batch that its producer has numbered.
struct Numbered {
  std::int64_t base = 0;
  std::int64_t producer = -1;
  std::int32_t sequence = 0;
};

/// What the batches of one log say.
struct Fold {
  std::map<std::int64_t, std::int64_t> epochs;  ///< by epoch: the first offset
  std::vector<Numbered> batches;                ///< ascending by base offset
  struct Producer {
    std::int64_t epoch = 0;
    std::int64_t next = 0;
  };
  std::map<std::int64_t, Producer> producers;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

constexpr std::int64_t kSequences = std::int64_t{1} << 31;

void add(Fold& fold, const oracle::Batch& batch, ByteView bytes) {
  const std::int64_t producer_epoch = oracle::integer_at(bytes.data() + 51, 2);
  const std::int64_t sequence = oracle::integer_at(bytes.data() + 53, 4);
  fold.epochs.emplace(batch.epoch, batch.base.value());
  fold.end = batch.base.value() + batch.offsets;
  if (batch.producer < 0) {
    return;
  }
  const auto [known, is_new] = fold.producers.try_emplace(batch.producer);
  Fold::Producer& producer = known->second;
  if (batch.control) {
    // A later incarnation is announced by the marker that ends what the last one left.
    const bool later = !is_new && producer_epoch > producer.epoch;
    producer.next = later ? 0 : is_new ? -1 : producer.next;
    producer.epoch = std::max(producer.epoch, producer_epoch);
  } else if (sequence >= 0) {
    producer = {producer_epoch, (sequence + batch.offsets) % kSequences};
    fold.batches.push_back(
        {batch.base.value(), batch.producer, static_cast<std::int32_t>(sequence)});
  } else if (is_new) {
    fold.producers.erase(known);
  }
}

Fold fold_of(const StoredReplica& replica) {
  Fold fold;
  bool first = true;
  for (std::size_t u = 0; u < replica.units.size(); ++u) {
    oracle::ask_for_unit_after(replica.units, u);
    ByteView unit = replica.units[u];
    oracle::Batch batch;
    for (ByteView begins = unit; oracle::take_batch(unit, batch); begins = unit) {
      if (std::exchange(first, false)) {
        fold.begin = batch.base.value();
      }
      add(fold, batch, begins);
    }
  }
  if (!std::ranges::is_sorted(fold.batches, {}, &Numbered::base)) {  // something has rotted
    std::ranges::stable_sort(fold.batches, {}, &Numbered::base);
  }
  return fold;
}

/// Empty: nothing is wrong.
std::string wrong_epoch(const Fold& fold, const StoredReplica::EpochEnd& it) {
  const auto above = fold.epochs.upper_bound(it.asked.value());
  if (above == fold.epochs.begin()) {
    return "";  // from before all that is stored
  }
  const std::int64_t epoch = std::prev(above)->first;
  const std::int64_t end = above == fold.epochs.end() ? fold.end : above->second;
  return epoch == it.epoch.value() && end == it.end.value()
             ? ""
             : fmt::format("epoch {} ends at {}, and by its log epoch {} ends at {}",
                           it.epoch.value(), it.end.value(), epoch, end);
}

std::string wrong_producer(const Fold& fold, const StoredReplica::Remembered& it) {
  for (const StoredReplica::Remembered::Batch& batch : it.batches) {
    const std::int64_t base = batch.base.value();
    const auto above = std::ranges::upper_bound(fold.batches, base, {}, &Numbered::base);
    const bool is_there = above != fold.batches.begin() && std::prev(above)->base == base &&
                          std::prev(above)->producer == it.producer &&
                          std::prev(above)->sequence == batch.sequence;
    if (base >= fold.begin && !is_there) {
      return fmt::format("producer {} has written {} at offset {}, where its log has {}",
                         it.producer, batch.sequence, base,
                         base < fold.end ? "something else" : "nothing");
    }
  }
  const auto known = fold.producers.find(it.producer);
  if (known != fold.producers.end() && it.next >= 0 && known->second.next >= 0 &&
      it.next != known->second.next) {
    return fmt::format("producer {} goes on with {}, and by its log with {}", it.producer, it.next,
                       known->second.next);
  }
  return "";
}

std::string wrong(const Fold& fold, const StoredReplica& replica) {
  for (const StoredReplica::EpochEnd& it : replica.epoch_ends) {
    if (std::string what = wrong_epoch(fold, it); !what.empty()) {
      return what;
    }
  }
  for (const StoredReplica::Remembered& it : replica.remembered) {
    if (std::string what = wrong_producer(fold, it); !what.empty()) {
      return what;
    }
  }
  for (const auto& [producer, last] : fold.producers) {
    if (std::ranges::find(replica.remembered, producer, &StoredReplica::Remembered::producer) ==
        replica.remembered.end()) {
      return fmt::format("producer {} has never written, and by its log it has", producer);
    }
  }
  return "";
}

}  // namespace

void ReplicaMemory::look_at(const StoredPartition& partition) {
  if (partition.config.compacts()) {
    return;
  }
  const StoredReplica* folded = nullptr;
  Fold fold;
  for (const StoredReplica& replica : partition.replicas) {
    if (!replica.remembers || replica.units.empty()) {
      continue;
    }
    judgement_.look();
    if (!judgement_.holds()) {
      continue;
    }
    if (folded == nullptr || !are_shared(*folded, replica)) {
      fold = fold_of(replica);
      folded = &replica;
    }
    const std::string what = wrong(fold, replica);
    if (!what.empty()) {
      judgement_.breach(fmt::format("{}: node {} remembers that {}", partition.name,
                                    replica.broker.value(), what));
    }
  }
}

}  // namespace wavetank::sim
