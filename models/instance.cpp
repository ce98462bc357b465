#include "models/instance.h"

#include <fmt/format.h>

namespace wavetank::models {

Status Instance::check() const {
  if (index < of && of <= kInstancesMax) {
    return {};
  }
  return fail(fmt::format("producer {} of {}, expected one of at most {}, counted from 0", index,
                          of, kInstancesMax));
}

}  // namespace wavetank::models
