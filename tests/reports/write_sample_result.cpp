// Prints the sample run as result.json.

#include <cstdio>

#include "reports/result_json.h"
#include "tests/reports/sample_run.h"

int main() {
  const std::string json = wavetank::reports::write_result(wavetank::reports::sample::concluded());
  return std::fwrite(json.data(), 1, json.size(), stdout) == json.size() ? 0 : 1;
}
