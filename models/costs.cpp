#include "models/costs.h"

#include <cmath>

#include "engine/base/ensure.h"
#include "models/lookup.h"

namespace wavetank::models {

namespace {

using port::Work;

constexpr std::uint32_t kNanosecond = 1'000;
constexpr std::uint32_t kMicrosecond = 1'000'000;

struct Price {
  Work work;
  std::uint32_t picoseconds;
};

/// Every kind of work, in the order of the enumeration: checked while compiling.
constexpr CostTable table(std::string_view name, std::uint32_t version,
                          const std::array<Price, port::kWorkKinds>& prices,
                          std::string_view card) {
  CostTable result{name, version, {}, card};
  for (std::size_t i = 0; i < prices.size(); ++i) {
    if (static_cast<std::size_t>(prices[i].work) != i) {
      throw "prices do not follow the order of port::Work";
    }
    result.picoseconds[i] = prices[i].picoseconds;
  }
  return result;
}

// Reasons for each figure are in the model cards.
constexpr std::array kTables = {
    table("kafka-jvm-2020", 2,
          {{{Work::request, 15 * kMicrosecond},
            {Work::partition, 1'500 * kNanosecond},
            {Work::batch, 1'000 * kNanosecond},
            {Work::record_encoded, 600 * kNanosecond},
            {Work::record_decoded, 300 * kNanosecond},
            {Work::bytes_copied, 100},
            {Work::bytes_checksummed, 150},
            {Work::bytes_sent, 250},
            {Work::bytes_received, 350},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-kafka-jvm-2020.md"),
    table("kafka-2011", 1,
          {{{Work::request, 9'350 * kNanosecond},
            {Work::partition, 1'500 * kNanosecond},
            {Work::batch, 1'000 * kNanosecond},
            {Work::record_encoded, 1'480 * kNanosecond},
            {Work::record_decoded, 300 * kNanosecond},
            {Work::bytes_copied, 100},
            {Work::bytes_checksummed, 150},
            {Work::bytes_sent, 250},
            {Work::bytes_received, 350},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-kafka-2011.md"),
    table("kafka-2014", 1,
          {{{Work::request, 15 * kMicrosecond},
            {Work::partition, 1'500 * kNanosecond},
            {Work::batch, 1'000 * kNanosecond},
            {Work::record_encoded, 1'206 * kNanosecond},
            {Work::record_decoded, 300 * kNanosecond},
            {Work::bytes_copied, 100},
            {Work::bytes_checksummed, 4'000},
            {Work::bytes_sent, 250},
            {Work::bytes_received, 350},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-kafka-2014.md"),
    table("native", 2,
          {{{Work::request, 3 * kMicrosecond},
            {Work::partition, 60 * kNanosecond},
            {Work::batch, 150 * kNanosecond},
            {Work::record_encoded, 30 * kNanosecond},
            {Work::record_decoded, 15 * kNanosecond},
            {Work::bytes_copied, 50},
            {Work::bytes_checksummed, 60},
            {Work::bytes_sent, 200},
            {Work::bytes_received, 250},
            {Work::timer, 60 * kNanosecond},
            {Work::file_operation, 1 * kMicrosecond},
            {Work::fsync, 3 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-native.md"),
    table("zookeeper-jvm-2010", 1,
          {{{Work::request, 11'500 * kNanosecond},
            {Work::partition, 1'500 * kNanosecond},
            {Work::batch, 16 * kMicrosecond},
            {Work::record_encoded, 2'000 * kNanosecond},
            {Work::record_decoded, 1'500 * kNanosecond},
            {Work::bytes_copied, 150},
            {Work::bytes_checksummed, 500},
            {Work::bytes_sent, 500},
            {Work::bytes_received, 600},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-zookeeper-jvm-2010.md"),
    table("etcd-go-2017", 1,
          {{{Work::request, 39 * kMicrosecond},
            {Work::partition, 1'000 * kNanosecond},
            {Work::batch, 8 * kMicrosecond},
            {Work::record_encoded, 3'000 * kNanosecond},
            {Work::record_decoded, 2'000 * kNanosecond},
            {Work::bytes_copied, 100},
            {Work::bytes_checksummed, 150},
            {Work::bytes_sent, 300},
            {Work::bytes_received, 400},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-etcd-go-2017.md"),
    table("etcd-3.4", 1,
          {{{Work::request, 5 * kMicrosecond},
            {Work::partition, 1'000 * kNanosecond},
            {Work::batch, 8 * kMicrosecond},
            {Work::record_encoded, 3'000 * kNanosecond},
            {Work::record_decoded, 2'000 * kNanosecond},
            {Work::bytes_copied, 100},
            {Work::bytes_checksummed, 150},
            {Work::bytes_sent, 300},
            {Work::bytes_received, 400},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 72 * kMicrosecond}}},
          "models/cards/costs-etcd-3.4.md"),
    table("zookeeper-3.8", 1,
          {{{Work::request, 21 * kMicrosecond},
            {Work::partition, 1'500 * kNanosecond},
            {Work::batch, 16 * kMicrosecond},
            {Work::record_encoded, 17 * kMicrosecond},
            {Work::record_decoded, 17 * kMicrosecond},
            {Work::bytes_copied, 150},
            {Work::bytes_checksummed, 500},
            {Work::bytes_sent, 500},
            {Work::bytes_received, 600},
            {Work::timer, 500 * kNanosecond},
            {Work::file_operation, 3 * kMicrosecond},
            {Work::fsync, 10 * kMicrosecond},
            {Work::bytes_lz4_packed, 2'000},
            {Work::bytes_lz4_unpacked, 400},
            {Work::bytes_zstd_packed, 4'500},
            {Work::bytes_zstd_unpacked, 1'200},
            {Work::call, 0}}},
          "models/cards/costs-zookeeper-3.8.md"),
};

constexpr std::array<std::string_view, port::kWorkKinds> kNames = {"request",
                                                                   "partition",
                                                                   "batch",
                                                                   "record_encoded",
                                                                   "record_decoded",
                                                                   "bytes_copied",
                                                                   "bytes_checksummed",
                                                                   "bytes_sent",
                                                                   "bytes_received",
                                                                   "timer",
                                                                   "file_operation",
                                                                   "fsync",
                                                                   "bytes_lz4_packed",
                                                                   "bytes_lz4_unpacked",
                                                                   "bytes_zstd_packed",
                                                                   "bytes_zstd_unpacked",
                                                                   "call"};

}  // namespace

std::string_view name(port::Work work) {
  return kNames[static_cast<std::size_t>(work)];
}

std::span<const CostTable> cost_tables() {
  return kTables;
}

std::vector<std::string_view> cost_table_names() {
  return names_of(cost_tables(), &CostTable::name);
}

Result<const CostTable*> find_cost_table(std::string_view name) {
  return find_by_name("cost table", cost_tables(), &CostTable::name,
                      name == kDefaultCostTable ? kTables.front().name : name);
}

CostModel::CostModel(const CostTable& table, double core_speed) {
  ENSURE(core_speed >= kCoreSpeedMin && core_speed <= kCoreSpeedMax, "a plausible core");
  for (std::size_t i = 0; i < picoseconds_.size(); ++i) {
    picoseconds_[i] = static_cast<std::uint64_t>(
        std::llround(static_cast<double>(table.picoseconds[i]) / core_speed));
  }
}

}  // namespace wavetank::models
