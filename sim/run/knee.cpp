#include "sim/run/knee.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#include <vector>

#include "reports/study/sustained.h"
#include "scenarios/steady.h"
#include "sim/run/bracket.h"
#include "sim/run/run.h"

namespace wavetank::sim {

namespace {

Probe judge(const scenarios::Scenario& scenario, double rate, const reports::RunResult& result) {
  const scenarios::OfferedLoad offered = scenarios::offered_load(scenario);
  const reports::LoadVerdict verdict =
      reports::judge_load(result, {offered.records_per_s, offered.is_all_read, false});
  return {rate, verdict.carried, verdict.bound_by, {}};
}

// Answers of child processes are a line a field; a rate that does not exist is empty.

std::string to_text(const std::optional<double>& rate) {
  return rate ? fmt::format("{}", *rate) : "";
}

std::optional<double> rate_from(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(std::strtod(text.c_str(), nullptr));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

Probe probe_in_process(const scenarios::Scenario& scenario, const scenarios::Knee& knee,
                       double rate) {
  ChildProcess child([&] {
    const scenarios::Scenario probed = scenarios::at_rate(scenario, knee, rate);
    const Result<reports::RunResult> result = run(probed, {});
    const Probe found =
        result ? judge(probed, rate, *result) : Probe{rate, false, {}, result.error().message};
    return fmt::format("{}\n{}\n{}\n", found.sustained ? "sustained" : "not", found.bound_by,
                       found.failure);
  });
  const std::vector<std::string> answer = lines_of(child.wait().value_or(""));
  if (answer.size() < 3) {
    return {rate, false, {}, fmt::format("the probe at {:.0f} records/s died", rate)};
  }
  return {rate, answer[0] == "sustained", answer[1], answer[2]};
}

}  // namespace

KneeResult search_knee(const scenarios::Knee& knee, const std::function<Probe(double)>& probe) {
  KneeResult result;
  Bracket bracket({knee.from, knee.to, knee.precision, false});
  for (auto rate = bracket.next(); rate && result.failure.empty(); rate = bracket.next()) {
    const Probe found = probe(*rate);
    ++result.probes;
    result.failure = found.failure;
    if (!found.failure.empty()) {
      break;
    }
    if (!found.sustained) {
      result.bound_by = found.bound_by;
    }
    bracket.tell(found.sustained);
  }
  result.sustained = bracket.near();
  result.broken = bracket.far();
  return result;
}

KneeSearch::KneeSearch(const scenarios::Scenario& scenario, const scenarios::Knee& knee)
    : searcher_([&] {
        const KneeResult found =
            search_knee(knee, [&](double rate) { return probe_in_process(scenario, knee, rate); });
        return fmt::format("{}\n{}\n{}\n{}\n{}\n", to_text(found.sustained), to_text(found.broken),
                           found.probes, found.bound_by, found.failure);
      }) {}

KneeResult KneeSearch::finish(const std::function<bool()>& give_up) {
  const std::vector<std::string> answer = lines_of(searcher_.wait(give_up).value_or(""));
  if (answer.size() < 5) {
    return {std::nullopt, std::nullopt, {}, "the search was ended", 0};
  }
  return {rate_from(answer[0]), rate_from(answer[1]), answer[3], answer[4],
          std::atoi(answer[2].c_str())};
}

}  // namespace wavetank::sim
