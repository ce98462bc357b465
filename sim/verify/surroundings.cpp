#include "sim/verify/surroundings.h"

#include <malloc.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace wavetank::sim {

namespace {

/// Asks personality() for what is set.
constexpr unsigned long kAsk = 0xffffffffUL;
constexpr std::size_t kPadding_bytes = 9973;
/// What malloc fills with: neither zero nor what a small number looks like.
constexpr const char* kFill = "165";
constexpr const char* kTunables = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0";

constexpr int kMapped_bytes = 1 << 20;
constexpr std::size_t kHoles = 4096;
constexpr std::size_t kHole_bytes_max = 2048;
/// One block in so many stays, or the holes would be one.
constexpr std::size_t kKeptOf = 3;

void change_layout() {
  const int now = personality(kAsk);
  if (now >= 0) {
    personality(static_cast<unsigned long>(now ^ ADDR_NO_RANDOMIZE));
  }
}

void change_environment() {
  setenv("WAVETANK_PADDING", std::string(kPadding_bytes, '.').c_str(), 1);
  setenv("TZ", "Pacific/Chatham", 1);
  setenv("LC_ALL", "C", 1);
  setenv("MALLOC_PERTURB_", kFill, 1);
  const char* tunables = getenv("GLIBC_TUNABLES");
  const std::string before = tunables == nullptr ? "" : std::string(tunables) + ":";
  setenv("GLIBC_TUNABLES", (before + kTunables).c_str(), 1);
}

}  // namespace

void become_elsewhere(const std::vector<std::string>& command) {
  change_layout();
  change_environment();
  become(command);
}

void become(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
}

void scramble_heap() {
  mallopt(M_MMAP_THRESHOLD, kMapped_bytes);
  static std::vector<std::unique_ptr<char[]>> blocks(kHoles);
  std::uint32_t state = 1;
  const auto draw = [&](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8) % below;
  };
  for (auto& block : blocks) {
    block = std::make_unique<char[]>(1 + draw(kHole_bytes_max));
  }
  for (std::size_t i = 0; i < kHoles; ++i) {
    const std::size_t at = draw(kHoles);
    if (at % kKeptOf != 0) {
      blocks[at].reset();
    }
  }
}

}  // namespace wavetank::sim
