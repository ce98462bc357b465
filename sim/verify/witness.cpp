#include "sim/verify/witness.h"

#include <exception>
#include <utility>

#include "reports/result_json.h"

namespace wavetank::sim {

void Witness::attend(RunHooks& hooks) {
  hooks.begins = [this, others = std::move(hooks.begins)](Kernel& kernel) {
    kernel_ = &kernel;
    if (!stretch_.is_empty()) {
      kernel.trace(this);
    }
    if (others) {
      others(kernel);
    }
  };
  hooks.progress = [this, others = std::move(hooks.progress)](Time now, Time end) {
    if (on_checkpoint) {
      on_checkpoint({kernel_->events_fired(), kernel_->now(), kernel_->digest()});
    }
    if (others) {
      others(now, end);
    }
  };
  if (!stretch_.is_empty()) {
    hooks.interrupted = [this, others = std::move(hooks.interrupted)](
                            Time now, Time end) -> std::optional<reports::Partial> {
      if (kernel_->events_fired() >= stretch_.last) {
        return reports::Partial{reports::ExitCode::stopped_by_budget, "seen enough"};
      }
      return others ? others(now, end) : std::nullopt;
    };
  }
}

void Witness::fires(const Firing& event) {
  is_told_ = on_event && event.number >= stretch_.first && event.number <= stretch_.last;
  if (is_told_) {
    event_ = {event.number,
              event.at,
              event.sequence,
              event.payload,
              0,
              0,
              event.target.describe(event.payload)};
  }
}

void Witness::fired(std::uint64_t digest, std::uint64_t scheduled) {
  if (is_told_) {
    event_.digest = digest;
    event_.scheduled = scheduled;
    on_event(event_);
  }
}

void testify(const scenarios::Scenario& scenario, Stretch stretch, bool knees,
             const std::function<void(std::string_view)>& say, RunHooks hooks) {
  say(kTestimonyBegins);
  Witness witness(stretch);
  witness.on_checkpoint = [&](const Checkpoint& it) { say(to_line(it)); };
  witness.on_event = [&](const EventRecord& it) { say(to_line(it)); };
  witness.attend(hooks);
  try {
    const Result<reports::RunResult> result = run(scenario, hooks, knees);
    if (!result) {
      say(trouble_line(result.error().message));
    } else if (!stretch.is_empty()) {
      say(kStoppedLine);
    } else {
      say(result_lines(reports::write_result(*result)));
    }
  } catch (const std::exception& error) {
    say(trouble_line(error.what()));
  }
}

}  // namespace wavetank::sim
