#include "engine/base/buffer_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/random.h"

namespace wavetank {
namespace {

std::uintptr_t address(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory);
}

TEST(BufferPool, GivesAlignedMemoryOfAnySize) {
  static BufferPool pool;  // it keeps its regions for ever
  for (std::size_t bytes = 1; bytes < 2 * BufferPool::kMaxPooledBytes; bytes += bytes / 16 + 1) {
    void* memory = pool.take(bytes);
    EXPECT_EQ(address(memory) % 16, 0U) << bytes;
    std::memset(memory, 0xab, bytes);
    pool.give_back(memory, bytes);
  }
}

TEST(BufferPool, GivesNobodyWhatAnotherHolds) {
  static BufferPool pool;
  Random random(7, "sizes");
  struct Held {
    std::uint8_t* memory;
    std::size_t bytes;
    std::uint8_t mark;
  };
  std::vector<Held> held;
  const auto is_whole = [](const Held& it) {
    for (std::size_t i = 0; i < it.bytes; ++i) {
      if (it.memory[i] != it.mark) {
        return false;
      }
    }
    return true;
  };
  for (int step = 0; step < 20'000; ++step) {
    if (held.size() < 200 || random.chance(0.5)) {
      const auto bytes =
          static_cast<std::size_t>(1 + random.below(random.chance(0.05) ? 80'000 : 2'000));
      auto* memory = static_cast<std::uint8_t*>(pool.take(bytes));
      held.push_back({memory, bytes, static_cast<std::uint8_t>(step)});
      std::memset(memory, held.back().mark, bytes);
    } else {
      std::swap(held[random.below(held.size())], held.back());
      ASSERT_TRUE(is_whole(held.back())) << step;
      pool.give_back(held.back().memory, held.back().bytes);
      held.pop_back();
    }
  }
  for (const Held& it : held) {
    EXPECT_TRUE(is_whole(it));
    pool.give_back(it.memory, it.bytes);
  }
}

TEST(BufferPool, UsesAPlaceAgainForWhatFitsIt) {
  static BufferPool pool;
  void* place = pool.take(1'000);
  pool.give_back(place, 1'000);
  EXPECT_NE(pool.take(900), place);
  EXPECT_EQ(pool.take(993), place);
}

}  // namespace
}  // namespace wavetank
