// The other process of a run with a canary: canary DRAWS DOES [--elsewhere] [--events=A..B]

#include <cstdio>
#include <cstdlib>
#include <string>

#include "sim/verify/surroundings.h"
#include "sim/verify/witness.h"
#include "tests/verify/canary.h"

int main(int argc, char** argv) {
  using namespace wavetank;
  const auto draws = static_cast<test::Draws>(std::atoi(argv[1]));
  const auto does = static_cast<test::Does>(std::atoi(argv[2]));
  sim::Stretch stretch;
  for (int i = 3; i < argc; ++i) {
    if (std::string(argv[i]) == "--elsewhere") {
      sim::scramble_heap();
    } else if (std::sscanf(argv[i], "--events=%lu..%lu", &stretch.first, &stretch.last) != 2) {
      return 2;
    }
  }
  test::Canary canary(draws, does);
  sim::RunHooks hooks;
  canary.join(hooks);
  sim::testify(
      test::canary_scenario(), stretch, false,
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }, hooks);
}
