#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

Type<Slo> slo() {
  Type<Slo> type{"an objective", "\"e2e.p99 < 8s during fault\"", {}, {}, {}};
  type.schema = object({{"type", "string"},
                        {"minLength", number_value(1)},
                        {"maxLength", number_value(kMaxTextCharacters)}});
  type.read = [words = type](const Node& node, Slo& out) {
    const auto* given = node.value.get<std::string>();
    if (!given) {
      return words.reject(node);
    }
    if (is_too_long(*given)) {
      return reject_too_long(words, node);
    }
    auto parsed = parse_slo(*given);
    if (!parsed) {
      const auto& error = parsed.error();
      node.findings.error(
          node.pointer,
          fmt::format("{}, at character {} of \"{}\"", error.message, error.position + 1, *given),
          error.expected, words.example);
      return false;
    }
    out = std::move(*parsed);
    return true;
  };
  return type;
}

Type<MeantToFail> meant_to_fail() {
  return Shape<MeantToFail>("the failures that a scenario is there to show")
      .optional("invariants", &MeantToFail::invariants,
                list(text("the name of an invariant", "\"log/lost-write\"")),
                "Invariants that are broken, as results name them.")
      .optional("slos", &MeantToFail::slos, list(text("an objective", "\"lost == 0\"")),
                "Objectives that are violated, as they stand in \"slos\".")
      .required("why", &MeantToFail::why,
                text("a sentence", "\"The leader dies with records that no follower had.\""),
                "Why it must come so.")
      .type();
}

Type<Knee> knee() {
  const auto some_rate = rate({0, static_cast<double>(models::Rate::kGreatestPerSecond), true});
  return Shape<Knee>("a search for a knee")
      .required("figure", &Knee::figure, catalogue_name("figure", figure_ids()),
                "The figure whose limit is looked for.")
      .required("raise", &Knee::raise,
                text("the path of a workload's rate", "\"workload[0].rate\""), "What is raised.")
      .required("from", &Knee::from, some_rate, "Where the search begins.")
      .required("to", &Knee::to, some_rate, "Where it ends.")
      .optional("duration", &Knee::duration, positive_duration(), "Length of each probe.")
      .optional("warmup", &Knee::warmup, duration(), "Of each probe.")
      .optional("precision", &Knee::precision, number({0.001, 1}),
                "The search ends when it knows the knee to this share.")
      .type();
}

}  // namespace wavetank::scenarios::shape
