#pragma once

// Hashes and checksums, each by a library: XXH3 for fingerprints, streams and maps, CRC-32C
// (Castagnoli, as in iSCSI) for what is stored.

#include <cstdint>

#include "engine/base/bytes.h"

namespace wavetank {

std::uint64_t hash64(ByteView bytes, std::uint64_t seed = 0);
/// CRC-32C of `bytes`, with the usual pre- and post-inversion ("123456789" gives 0xe3069283).
std::uint32_t crc32c(ByteView bytes);

}  // namespace wavetank
