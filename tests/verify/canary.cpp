#include "tests/verify/canary.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "scenarios/load.h"

namespace wavetank::test {

namespace {

constexpr std::uint64_t kDraw = 0;
constexpr std::uint64_t kFly = 1;
constexpr std::size_t kBlock_bytes = 48;

std::uint64_t number_of(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

/// Through a pointer that the compiler does not see through: it knows what to make of memory that
/// nobody has written to.
void* (*volatile allocate)(std::size_t) = std::malloc;

std::uint64_t unwritten_bytes(std::size_t size) {
  auto* const block = static_cast<volatile unsigned char*>(allocate(size));
  const std::uint64_t byte = block[size / 2];
  std::free(const_cast<unsigned char*>(block));
  return byte;
}

/// Which of a few blocks lies before which, read as a number.
std::uint64_t order_of_blocks() {
  std::vector<std::unique_ptr<char[]>> blocks(16);
  for (auto& block : blocks) {
    block = std::make_unique<char[]>(kBlock_bytes);
  }
  std::uint64_t order = 0;
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
    order = order * 2 + (blocks[i].get() < blocks[i + 1].get() ? 1 : 0);
  }
  return order;
}

std::uint64_t size_of_environment() {
  std::uint64_t size = 0;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    size += std::strlen(*entry);
  }
  return size;
}

}  // namespace

void Canary::join(sim::RunHooks& hooks) {
  hooks.begins = [this](sim::Kernel& kernel) {
    kernel_ = &kernel;
    kernel.schedule(kDraws, *this, kDraw);
  };
}

void Canary::fire(std::uint64_t payload) {
  if (payload == kFly) {
    return;
  }
  const std::uint64_t drawn = draw();
  const std::uint64_t small = (drawn * 0x9e3779b97f4a7c15ULL) >> 44;  // 20 bits of all of it
  if (does_ == Does::mix_it_in) {
    kernel_->mix(drawn);
  } else if (does_ == Does::schedule_at_another_time) {
    kernel_->schedule(kernel_->now() + nanoseconds(static_cast<std::int64_t>(small)), *this, kFly);
  } else {
    for (std::uint64_t i = 0; i <= small % 1024; ++i) {
      kernel_->schedule(kernel_->now() + milliseconds(1), *this, kFly);
    }
  }
}

std::string Canary::describe(std::uint64_t payload) const {
  return payload == kDraw ? "canary: draws" : "canary: flies";
}

std::uint64_t Canary::draw() const {
  const int local = 0;
  switch (draws_) {
    case Draws::on_nothing:
      break;
    case Draws::on_code_address:
      return number_of(reinterpret_cast<const void*>(&canary_scenario));
    case Draws::on_stack_address:
      return number_of(&local);
    case Draws::on_order_of_blocks:
      return order_of_blocks();
    case Draws::on_fresh_memory:
      return unwritten_bytes(512 << 10);
    case Draws::on_freed_memory:
      return unwritten_bytes(kBlock_bytes);
    case Draws::on_size_of_environment:
      return size_of_environment();
    case Draws::on_time_zone: {
      const char* zone = std::getenv("TZ");
      return zone == nullptr ? 0 : std::strlen(zone);
    }
    case Draws::on_clock:
      return static_cast<std::uint64_t>(
          std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return 7;
}

scenarios::Scenario canary_scenario() {
  scenarios::Loaded loaded =
      scenarios::load_file(WAVETANK_SOURCE_DIR "/scenarios/log/quickstart.json",
                           {{"duration=4s", "warmup=1s", "faults=[]", "slos=[]"}, {}, {}});
  if (!loaded.scenario) {
    throw std::runtime_error("the canary's scenario does not load");
  }
  return std::move(*loaded.scenario);
}

}  // namespace wavetank::test
