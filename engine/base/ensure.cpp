#include "engine/base/ensure.h"

namespace wavetank {

void ensure_failed(const char* condition, const char* what, const char* file, int line) {
  throw EnsureFailure(std::string(file) + ":" + std::to_string(line) +
                      ": invariant broken: " + what + " (" + condition + ")");
}

}  // namespace wavetank
