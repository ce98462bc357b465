#include "reports/conclude.h"

#include "reports/measure.h"
#include "reports/slo_evaluation.h"
#include "reports/tails.h"
#include "reports/verdict.h"

namespace wavetank::reports {

void conclude(RunResult& result, const Evidence& evidence, const Expectations& expectations) {
  measure(result, evidence);
  take_tails_apart(result, evidence, expectations.slos);
  result.slos.clear();
  for (const scenarios::Slo& slo : expectations.slos) {
    result.slos.push_back(evaluate(slo, result, evidence, expectations.baseline));
  }
  result.figures.clear();
  for (const auto& [id, measurement] : expectations.figures) {
    if (const scenarios::Figure* figure = scenarios::find_figure(id)) {
      result.figures.push_back(evaluate(*figure, measurement, result));
    }
  }
  judge(result);
}

}  // namespace wavetank::reports
