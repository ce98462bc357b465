#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

Type<Found> found() {
  return Shape<Found>("what a hunt has found")
      .required("rule", &Found::rule, text("the name of an invariant", "\"log/lost-write\""),
                "What the run breaks.")
      .optional("first", &Found::first, text("a sentence", "\"...\""), "The first bad event.")
      .optional("seed", &Found::seed, count<std::uint64_t>(0, 1ULL << 53), "Of the plan.")
      .optional("unlimited", &Found::unlimited, boolean(),
                "Whether its faults go beyond what the services promise to survive.")
      .optional("scenario", &Found::scenario, text("a sha256", "\"...\""),
                "Of the scenario that was hunted.")
      .required("program", &Found::program, text("a version", "\"0.1.0+5f70bf18\""),
                "The version that found it: another may run otherwise.")
      .type();
}

}  // namespace wavetank::scenarios::shape
