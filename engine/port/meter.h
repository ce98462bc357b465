#pragma once

// Costs are declared, never measured, in a run: a role says how many units of which work it has
// done; a cost table (models/costs) turns units into nanoseconds for a hardware profile.

#include <array>
#include <cstddef>
#include <cstdint>

namespace wavetank::port {

/// Units of work. Each is something a processor must do for real systems too, so that a benchmark
/// can measure its cost natively.
enum class Work : std::uint8_t {
  request,         ///< one request or response taken from, or given to, the network (system calls,
                   ///< framing)
  partition,       ///< one partition looked up and handled within a request
  batch,           ///< one record batch handled (header checked, offsets assigned, index touched)
  record_encoded,  ///< one record written into a batch
  record_decoded,  ///< one record read from a batch
  bytes_copied,    ///< bytes moved by the processor
  bytes_checksummed,    ///< bytes run through CRC-32C
  bytes_sent,           ///< bytes handed to the network stack
  bytes_received,       ///< bytes taken from the network stack
  timer,                ///< one timer served
  file_operation,       ///< one system call on a file (append, read, truncate, rename)
  fsync,                ///< one fsync issued (the device's own time is the disk's affair)
  bytes_lz4_packed,     ///< bytes before compression, run through LZ4
  bytes_lz4_unpacked,   ///< bytes that came out of LZ4's decompression
  bytes_zstd_packed,    ///< the same of Zstandard, level 3
  bytes_zstd_unpacked,  ///< and of its decompression
  call,  ///< one request or response of a client through its RPC library, beyond `request`
};
inline constexpr std::size_t kWorkKinds = 17;
static_assert(static_cast<std::size_t>(Work::call) + 1 == kWorkKinds);

/// The units a step has charged. A plain array of counters: charging is one addition.
class Meter {
 public:
  void charge(Work work, std::uint64_t units = 1) {
    units_[static_cast<std::size_t>(work)] += units;
  }
  [[nodiscard]] std::uint64_t units(Work work) const {
    return units_[static_cast<std::size_t>(work)];
  }
  [[nodiscard]] const std::array<std::uint64_t, kWorkKinds>& all() const { return units_; }
  void clear() { units_.fill(0); }

 private:
  std::array<std::uint64_t, kWorkKinds> units_{};
};

}  // namespace wavetank::port
