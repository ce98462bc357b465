// Loaded before the program (LD_PRELOAD), this takes the place of libxxhash's hash: the same within
// a process, another in each, since it draws on where its code lies.

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>

extern "C" std::uint64_t XXH3_64bits_withSeed(const void* data, std::size_t size,
                                              std::uint64_t seed) {
  using Hash = std::uint64_t (*)(const void*, std::size_t, std::uint64_t);
  static const auto kReal = reinterpret_cast<Hash>(dlsym(RTLD_NEXT, "XXH3_64bits_withSeed"));
  return kReal(data, size, seed) ^ reinterpret_cast<std::uintptr_t>(&XXH3_64bits_withSeed);
}
