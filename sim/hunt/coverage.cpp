#include "sim/hunt/coverage.h"

#include <algorithm>

#include "engine/base/sometimes.h"

namespace wavetank::sim {

std::vector<std::string> marks_reached() {
  std::vector<std::string> names;
  for (const Mark* mark : Mark::all()) {
    if (mark->reached()) {
      names.emplace_back(mark->name());
    }
  }
  return names;
}

void Coverage::add(std::uint64_t run, const std::vector<std::string>& marks) {
  for (const std::string& mark : marks) {
    const auto [it, is_new] = reached_.try_emplace(mark, Reached{0, run});
    ++it->second.runs;
    it->second.first = std::min(it->second.first, run);
  }
}

std::vector<std::string> Coverage::never() const {
  std::vector<std::string> names;
  for (const Mark* mark : Mark::all()) {
    if (std::string name(mark->name()); !reached_.contains(name)) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::size_t Coverage::all() {
  return Mark::all().size();
}

std::uint64_t Coverage::last_news() const {
  std::uint64_t last = 0;
  for (const auto& [name, it] : reached_) {
    last = std::max(last, it.first);
  }
  return last;
}

Survey survey(const std::vector<Visit>& visits, std::size_t jobs, const SurveyHooks& hooks) {
  Survey survey;
  const TrialBounds bounds;
  Workers workers(jobs, bounds.wall_max);
  std::size_t done = 0;
  for (std::size_t next = 0; next < visits.size() || !workers.is_idle();) {
    if (next < visits.size() && workers.has_room()) {
      const Visit& visit = visits[next];
      workers.start(next++, [&] { return run_trial(visit.text(), bounds); });
      continue;
    }
    const std::optional<Workers::Answer> answer = workers.next(hooks.give_up);
    if (!answer) {
      break;
    }
    const Outcome outcome = outcome_of(*answer);
    survey.coverage.add(answer->task, outcome.marks);
    const bool came_to_an_end = outcome.end == TrialEnd::held ||
                                outcome.end == TrialEnd::unjudged ||
                                (outcome.end == TrialEnd::broken && !outcome.digest.empty());
    if (!came_to_an_end) {
      survey.trouble.push_back(
          visits[answer->task].name + ": " +
          (outcome.violations.empty() ? outcome.why : outcome.violations.front().first));
    }
    hooks.progress(++done);
  }
  return survey;
}

}  // namespace wavetank::sim
