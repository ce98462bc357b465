#include "scenarios/scenario_shape.h"

#include "scenarios/shape/parts.h"

namespace wavetank::scenarios {

const Type<Scenario>& scenario_type() {
  static const Type<Scenario> kType =
      Shape<Scenario>("a scenario")
          .known("$schema", object({{"type", "string"}}), "The schema, for editors.")
          .known("extends", object({{"type", "string"}}),
                 "A scenario this one starts from, relative to this file; what stands here "
                 "replaces what stands there (JSON Merge Patch, RFC 7396). "
                 "\"template:log/quickstart\" "
                 "comes with the program (`wavetank list`).")
          .known("set", object({{"type", "object"}}),
                 "Single values to change, by path: {\"workload[0].rate\": \"1k/s\"}.")
          .required("title", &Scenario::title, text("a title", "\"A broker dies at peak\""),
                    "What happens, in a few words.")
          .optional("paper", &Scenario::paper, shape::catalogue_name("paper", shape::paper_ids()),
                    "The paper whose system this is.")
          .optional("figures", &Scenario::figures,
                    list(shape::catalogue_name("figure", shape::figure_ids())),
                    "Figures of the papers that it reproduces (`wavetank list figures`).")
          .optional("duration", &Scenario::duration, positive_duration(),
                    "How long the load lasts, warm-up included.")
          .optional("warmup", &Scenario::warmup, duration(),
                    "The start of the load, while readers join. Latencies are of what is due after "
                    "it, rates of what happens after it, verdicts of the whole run.")
          .optional("drain", &Scenario::drain, duration(),
                    "How long the system may take to settle after the load.")
          .optional("seed", &Scenario::seed, count<std::uint64_t>(0, 1ULL << 53),
                    "Root of all random streams.")
          .optional(
              "regime", &Scenario::regime,
              choice<Regime>({{"realistic", Regime::realistic,
                               "Calibrated delays, production timeouts: figures mean "
                               "something."},
                              {"adversarial", Regime::adversarial,
                               "Small sizes, short timeouts: only verdicts mean something."}}),
              "What the results can be used for.")
          .required("cluster", &Scenario::cluster, shape::cluster(),
                    "The machines and their network.")
          .required_part("services", shape::services(), "What runs on them.")
          .optional("workload", &Scenario::workloads, list(shape::workload(), 1),
                    "What is sent to the log.")
          .optional("consumers", &Scenario::consumers, list(shape::consumer_group()),
                    "Who reads it.")
          .optional("processors", &Scenario::processors, list(shape::processor(), 1),
                    "Applications that read one topic and write another.")
          .optional("clients", &Scenario::clients, list(shape::coordination_clients(), 1),
                    "Who uses the coordination service.")
          .optional("kv_clients", &Scenario::kv_clients, list(shape::kv_clients(), 1),
                    "Who uses the key-value service.")
          .optional("faults", &Scenario::faults, list(shape::fault()), "What goes wrong.")
          .optional("slos", &Scenario::slos, list(shape::slo()),
                    "What must hold: \"e2e.p99 < 8s during fault\", \"lost == 0\" "
                    "(`wavetank list metrics`).")
          .optional("meant_to_fail", &Scenario::meant_to_fail, maybe(shape::meant_to_fail()),
                    "Failures that the scenario is there to show: `wavetank gate` lets it pass if "
                    "these happen, and no others. The verdict of a run stays what it is.")
          .optional("knees", &Scenario::knees, list(shape::knee()),
                    "Figures whose limit is looked for by raising the load.")
          .optional("expect", &Scenario::expect, list(shape::expectation()),
                    "Figures that others measured on real systems (`wavetank figures`).")
          .optional("found", &Scenario::found, maybe(shape::found()),
                    "What the hunt that wrote this file has found (`wavetank hunt`).")
          .type();
  return kType;
}

}  // namespace wavetank::scenarios
