#include "engine/base/hash.h"

#include <isa-l/crc.h>
#include <xxhash.h>

namespace wavetank {

std::uint64_t hash64(ByteView bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint32_t crc32c(ByteView bytes) {
  // ISA-L takes a mutable pointer and an int, reads only, and leaves both inversions to the caller.
  auto* data = const_cast<unsigned char*>(bytes.data());
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), 0xffffffffU);
}

}  // namespace wavetank
