#pragma once

// Which partition a record goes to (Kafka's partitioners; KIP-480 and KIP-794 for the sticky one).
//
// Partitioning by the hash of a key keeps the records of a key in order, and makes a hot key a hot
// partition. Sub-partitioning is the remedy of the order-processing papers: the records of a hot
// customer are spread over k neighbouring partitions by a secondary key, such as the order's, so
// that an order still has its records in one partition, in order.
//
// A key is hot from the moment its share of this producer's records is known to be at least
// hot_share (found with the space-saving counters of Metwally, Agrawal and El Abbadi, "Efficient
// Computation of Frequent and Top-k Elements in Data Streams", 2005), and stays hot: an order that
// is open at that moment may change its partition, once.

#include <cstdint>
#include <vector>

#include "engine/log/client/record_accumulator.h"
#include "engine/log/config.h"
#include "engine/port/role.h"

namespace wavetank::log {

/// The hashes that make up at least a share of a stream, with a bounded number of counters.
class HotKeys {
 public:
  explicit HotKeys(double share) : share_(share) {}
  /// Counts one record; true if its key is hot.
  bool note(std::uint64_t hash);

 private:
  struct Counter {
    std::uint64_t hash;
    std::uint64_t count;  ///< at most `over` more than there were
    std::uint64_t over;
    bool hot = false;
  };
  Counter& counter_of(std::uint64_t hash);

  double share_;
  std::uint64_t total_ = 0;
  std::vector<Counter> counters_;
};

class Partitioner {
 public:
  /// `accumulator` knows which partitions have a leader; it outlives the partitioner.
  Partitioner(const ProducerConfig& config, std::uint32_t partitions,
              const RecordAccumulator& accumulator)
      : config_(config),
        partitions_(partitions),
        accumulator_(accumulator),
        hot_(config.hot_share) {}

  /// The partition of the next record, within its topic.
  std::uint32_t choose(ByteView key, std::size_t record_bytes, port::Ports& ports);
  /// Where the key's records go as long as it is not hot.
  [[nodiscard]] std::uint32_t home_of(ByteView key) const;

 private:
  [[nodiscard]] ByteView primary(ByteView key) const;
  std::uint32_t sub_partition(ByteView key);
  std::uint32_t stick(std::size_t record_bytes, port::Ports& ports);
  void move_on(port::Ports& ports);

  ProducerConfig config_;
  std::uint32_t partitions_;
  const RecordAccumulator& accumulator_;
  HotKeys hot_;
  std::uint32_t sticky_ = 0;
  std::uint64_t sticky_bytes_left_ = 0;
  std::uint32_t turn_ = 0;
};

}  // namespace wavetank::log
