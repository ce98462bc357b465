#include <fmt/format.h>

#include <algorithm>

#include "scenarios/figures.h"
#include "scenarios/validation/check.h"

namespace wavetank::scenarios::validation {

namespace {

class VerdictsCheck : private Check {
 public:
  explicit VerdictsCheck(const Check& check) : Check(check) {}

  void run() {
    check_slos();
    check_meant_to_fail();
    check_expectations();
    check_knees();
  }

 private:
  void check_slos() {
    for (std::size_t i = 0; i < s_.slos.size(); ++i) {
      if (s_.slos[i].metric) {
        check_slo(s_.slos[i], fmt::format("/slos/{}", i));
      }
    }
  }

  void check_slo(const Slo& slo, const std::string& pointer) {
    const std::string_view metric = slo.metric->name;
    const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
      return std::ranges::find(names, metric) != names.end();
    };
    const bool about_faults = slo.phase == Phase::fault || slo.phase == Phase::after ||
                              is_one_of({"detection", "recovery", "drain"});
    if (about_faults && s_.faults.empty()) {
      error(pointer, fmt::format("\"{}\" speaks of a fault, and there is none", slo.text),
            "a fault in \"faults\"");
    }
    if (is_one_of({"e2e", "lag", "throughput_out", "delivered", "cost_per_million"}) &&
        s_.consumers.empty() && s_.clients.empty() && s_.kv_clients.empty()) {
      error(pointer, fmt::format("{} needs consumers, and there are none", metric),
            "a group in \"consumers\"");
    }
    if (slo.over && *slo.over > s_.duration - s_.warmup) {
      error(pointer, fmt::format("windows of {} do not fit into the {} after the warm-up",
                                 to_text(*slo.over), to_text(s_.duration - s_.warmup)));
    }
    if (s_.regime == Regime::adversarial && slo.metric->kind != MetricKind::scalar) {
      findings_.warning(pointer, fmt::format("{} means nothing in the adversarial regime", metric));
    }
  }

  /// Which invariants a run has is known when it is over; which objectives, now.
  void check_meant_to_fail() {
    if (!s_.meant_to_fail || findings_.has_errors_under("/meant_to_fail")) {
      return;
    }
    const MeantToFail& meant = *s_.meant_to_fail;
    if (meant.invariants.empty() && meant.slos.empty()) {
      error("/meant_to_fail", "it does not say what is to fail",
            "names in \"invariants\", \"slos\" or both", "\"invariants\": [\"log/lost-write\"]");
    }
    std::vector<std::string_view> known;
    for (const Slo& slo : s_.slos) {
      known.push_back(slo.text);
    }
    for (std::size_t i = 0; i < meant.slos.size(); ++i) {
      if (std::ranges::find(known, meant.slos[i]) == known.end()) {
        error(fmt::format("/meant_to_fail/slos/{}", i),
              unknown_name("objective", meant.slos[i], known),
              known.empty() ? "an objective in \"slos\"" : one_of(known));
      }
    }
  }

  /// What speaks of another scenario is judged with that.
  void check_expectations() {
    for (std::size_t i = 0; i < s_.expect.size(); ++i) {
      const std::string pointer = fmt::format("/expect/{}", i);
      if (findings_.has_errors_under(pointer)) {
        continue;
      }
      const Expectation& it = s_.expect[i];
      for (const Measured* one : {&it.value, it.divisor ? &*it.divisor : nullptr}) {
        if (one && one->scenario.empty()) {
          check_slo(one->subject, pointer + "/measure");
        }
      }
      for (std::size_t other = 0; other < i; ++other) {
        if (s_.expect[other].row == it.row) {
          error(pointer + "/row", fmt::format("the row \"{}\" stands here twice", it.row),
                "a name of its own");
        }
      }
    }
  }

  void check_knees() {
    for (std::size_t i = 0; i < s_.knees.size(); ++i) {
      const std::string pointer = fmt::format("/knees/{}", i);
      if (!findings_.has_errors_under(pointer)) {
        check_knee(s_.knees[i], pointer);
      }
    }
  }

  void check_knee(Knee& knee, const std::string& pointer) {
    const auto target = resolve_path(findings_.document(), knee.raise);
    const auto steps = target ? pointer_steps(*target) : std::vector<std::string>{};
    if (steps.size() != 3 || steps[0] != "workload" || steps[2] != "rate") {
      error(
          pointer + "/raise",
          target ? fmt::format("\"{}\" is not the rate of a workload", knee.raise) : target.error(),
          "the path of a workload's rate", "\"raise\": \"workload[0].rate\"");
      return;
    }
    knee.workload = static_cast<std::uint32_t>(std::stoul(steps[1]));
    if (knee.from >= knee.to) {
      error(pointer + "/to",
            fmt::format("a search from {} to {} has nothing between", rate_text(knee.from),
                        rate_text(knee.to)),
            fmt::format("more than {}", rate_text(knee.from)));
    }
    if (knee.warmup >= knee.duration) {
      error(pointer + "/warmup", "nothing is left of the probe after its warm-up",
            fmt::format("less than {}", to_text(knee.duration)));
    }
  }
};

}  // namespace

void check_verdicts(const Check& check) {
  VerdictsCheck(check).run();
}

}  // namespace wavetank::scenarios::validation
