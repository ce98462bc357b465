#include "sim/verify/verifier.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <utility>

#include "sim/verify/surroundings.h"

namespace wavetank::sim {

Verifier::Verifier(Options options) : options_(std::move(options)) {
  witness_.on_checkpoint = [this](const Checkpoint& it) { here_.checkpoints.push_back(it); };
  if (options_.side_by_side) {
    other_ = start(true, {});
  }
}

Verification Verifier::conclude(const std::string& result_json,
                                const std::function<bool()>& give_up) {
  give_up_ = give_up;
  if (!other_) {
    malloc_trim(0);  // its run is over, and the other needs as much
    other_ = start(true, {});
  }
  Verification found;
  found.events = here_.checkpoints.empty() ? 0 : here_.checkpoints.back().events;
  const std::optional<Testimony> there = hear(*other_);
  if (!there) {
    return found;
  }
  found.checkpoints = std::min(here_.checkpoints.size(), there->checkpoints.size());
  found.stretch = first_difference(here_, *there);
  if (there->checkpoints.empty() || (!there->result && !found.stretch)) {
    found.end = Verification::End::no_other_run;
    found.why = there->trouble;
  } else if (found.stretch) {
    found.end = Verification::End::events_differ;
    found.why = there->trouble;
    name_event(found, *found.stretch);
  } else {
    found.result = first_result_difference(result_json, *there->result);
    found.end = found.result ? Verification::End::results_differ : Verification::End::same;
  }
  return found;
}

/// What runs depend on may not be the same when they are run again: then they part elsewhere.
void Verifier::name_event(Verification& found, Stretch stretch) const {
  for (int attempt = 0; attempt < kAttempts && !found.event; ++attempt) {
    const std::unique_ptr<ChildProcess> one = start(false, stretch);
    std::unique_ptr<ChildProcess> other;
    if (options_.side_by_side) {
      other = start(true, stretch);
    }
    const std::optional<Testimony> here = hear(*one);
    if (!other) {
      other = start(true, stretch);
    }
    const std::optional<Testimony> there = here ? hear(*other) : std::nullopt;
    if (!there) {
      return;
    }
    const std::optional<Stretch> now = first_difference(*here, *there);
    if (now && *now != stretch && now->first < stretch.first) {
      stretch = *now;
      continue;
    }
    found.event = first_event_difference(*here, *there);
  }
}

std::unique_ptr<ChildProcess> Verifier::start(bool elsewhere, Stretch stretch) const {
  std::vector<std::string> command = options_.witness;
  if (elsewhere) {
    command.emplace_back("--elsewhere");
  }
  if (!stretch.is_empty()) {
    command.push_back(fmt::format("--events={}..{}", stretch.first, stretch.last));
  }
  return std::make_unique<ChildProcess>(
      ChildProcess::Program{[&] { elsewhere ? become_elsewhere(command) : become(command); }});
}

std::optional<Testimony> Verifier::hear(ChildProcess& other) const {
  const auto given_up = [&] { return give_up_ && give_up_(); };
  other.wait(given_up);
  if (given_up()) {
    return std::nullopt;  // and whatever ended this process may have ended the other before
  }
  return read_testimony(other.heard());
}

}  // namespace wavetank::sim
