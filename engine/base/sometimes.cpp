#include "engine/base/sometimes.h"

namespace wavetank {

namespace {
/// Initialised before any mark is.
constinit Mark* first = nullptr;
}  // namespace

Mark::Mark(std::string_view name) : name_(name), next_(first) {
  first = this;
}

std::vector<const Mark*> Mark::all() {
  std::vector<const Mark*> marks;
  for (const Mark* it = first; it != nullptr; it = it->next_) {
    marks.push_back(it);
  }
  std::ranges::sort(marks, {}, &Mark::name);
  return marks;
}

}  // namespace wavetank
