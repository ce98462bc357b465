#include "sim/replay/trace_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "sim/replay/listeners.h"
#include "sim/replay/record_sampler.h"
#include "sim/replay/sending_watch.h"
#include "sim/replay/step_recorder.h"
#include "sim/run/log_system.h"
#include "sim/run/run.h"
#include "sim/run/world.h"

namespace wavetank::sim {

namespace {

using reports::Trace;

class Tracer final : public RunWatcher {
 public:
  Tracer(const reports::RunResult& result, reports::Span detail, Trace& trace)
      : result_(result), detail_(detail), trace_(trace) {}

  void built(const RunParts& parts) override {
    parts_.emplace(parts);
    Cluster& cluster = *parts.world.cluster;
    for (const MachineId machine : parts.world.machines) {
      trace_.hosts.push_back({cluster.machine(machine).name, {}});
    }
    StepObserver* next = nullptr;
    if (parts.log != nullptr) {
      // Room for what chance draws more of.
      constexpr std::uint64_t kAimedAt = Trace::kRecordsMax * 19 / 20;
      stride_ = result_.ledger.produced <= Trace::kRecordsMax
                    ? 1
                    : (result_.ledger.produced + kAimedAt - 1) / kAimedAt;
      records_ = std::make_unique<RecordSampler>(cluster, parts.log->topology(), stride_);
      next = &parts.log->observer();
    } else if (result_.ledger.produced > 0) {
      leave_out("requests of clients are not followed: only records of a log are");
    }
    steps_ = std::make_unique<StepRecorder>(next, cluster, detail_, trace_);
    cluster.observe_steps(steps_.get());
    listeners_ = std::make_unique<Listeners>(parts, records_.get(), [] {});
  }
  [[nodiscard]] Time looks_at() const override { return Time::never(); }
  void look() override {}

  void ended() override {
    trace_.ended = parts_->world.kernel.now();
    if (records_) {
      trace_.records = records_->records(trace_.ended);
      if (stride_ > 1) {
        leave_out("{} of the {} records are followed: one in {}", trace_.records.size(),
                  result_.ledger.produced, stride_);
      }
      if (records_->left_out() > 0) {
        leave_out("{} more would have been, beyond the bound", records_->left_out());
      }
    }
    leave_out("single steps and messages are those from {:.6f} s to {:.6f} s",
              detail_.from.seconds(), detail_.to.seconds());
    if (steps_->steps_left_out() + steps_->messages_left_out() > 0) {
      leave_out("of these, {} steps and {} messages are beyond what a trace holds",
                steps_->steps_left_out(), steps_->messages_left_out());
    }
    add_transitions();
    parts_->world.cluster->observe_steps(parts_->log == nullptr ? nullptr
                                                                : &parts_->log->observer());
    parts_.reset();  // the world goes with the run
  }

 private:
  template <class... Args>
  void leave_out(fmt::format_string<Args...> sentence, Args&&... args) {
    trace_.left_out.push_back(fmt::format(sentence, std::forward<Args>(args)...));
  }

  /// What happened to processes: who leads, who was given up, what was cut.
  void add_transitions() {
    const Cluster& cluster = *parts_->world.cluster;
    std::uint64_t forgotten = 0;
    for (std::uint32_t i = 0; i < cluster.node_count(); ++i) {
      const NodeId node(i);
      forgotten += listeners_->transitions().forgotten(node);
      for (const Transition& it : listeners_->transitions().last(node, Transitions::kKept)) {
        if (trace_.instants.size() >= Trace::kInstantsMax) {
          ++forgotten;
          continue;
        }
        trace_.instants.push_back(
            {steps_->host_of(node), steps_->lane_of(node), it.at, text_of(it)});
      }
    }
    if (forgotten > 0) {
      leave_out("{} changes of processes, the earlier ones, are beyond what a trace holds",
                forgotten);
    }
  }
  static std::string text_of(const Transition& it) {
    std::string text = it.subjects.empty() ? "" : it.subjects.front();
    if (it.subjects.size() > 1) {
      text += fmt::format(" and {} more", it.subjects.size() - 1);
    }
    text += (text.empty() ? "" : ": ") + it.what;
    return it.times > 1 ? fmt::format("{} ({} times)", text, it.times) : text;
  }

  const reports::RunResult& result_;
  reports::Span detail_;
  Trace& trace_;
  std::optional<RunParts> parts_;  ///< while it runs
  std::unique_ptr<RecordSampler> records_;
  std::uint64_t stride_ = 1;  ///< one record in so many is followed
  std::unique_ptr<StepRecorder> steps_;
  std::unique_ptr<Listeners> listeners_;
};

/// What the result knows second by second.
void add_counters(const reports::RunResult& result, Trace& trace) {
  Trace::Counter lag{std::nullopt, "lag records", {}};
  Trace::Counter in{std::nullopt, "records produced per s", {}};
  Trace::Counter out{std::nullopt, "records delivered per s", {}};
  const std::size_t every = std::max<std::size_t>(1, result.series.size() / Trace::kSamplesMax);
  for (std::size_t i = 0; i < result.series.size(); i += every) {
    const reports::SeriesPoint& point = result.series[i];
    lag.samples.emplace_back(point.at, static_cast<double>(point.lag_records));
    in.samples.emplace_back(point.at, point.in_per_s);
    out.samples.emplace_back(point.at, point.out_per_s);
  }
  trace.counters = {std::move(lag), std::move(in), std::move(out)};
  for (const reports::ResourceUse& use : result.utilisation.resources) {
    const auto host = std::ranges::find(trace.hosts, use.host, &Trace::Host::name);
    if (host == trace.hosts.end()) {
      continue;
    }
    Trace::Counter counter{static_cast<std::uint32_t>(host - trace.hosts.begin()),
                           fmt::format("{} busy{}{}", words(use.resource),
                                       use.process.empty() ? "" : ": ", use.process),
                           {}};
    for (std::size_t i = 0; i < use.windows.size(); ++i) {
      counter.samples.emplace_back(
          result.utilisation.from + result.utilisation.window * static_cast<std::int64_t>(i),
          use.windows[i]);
    }
    trace.counters.push_back(std::move(counter));
  }
}

/// Hears what producers make of records, once the world stands.
class Sender final : public RunWatcher {
 public:
  void built(const RunParts& parts) override {
    if (parts.log != nullptr) {
      Observer& observer = parts.log->observer();
      watch_ = std::make_unique<SendingWatch>(*parts.world.cluster, observer.ledger());
      observer.tell(*watch_);
    }
  }
  [[nodiscard]] Time looks_at() const override { return Time::never(); }
  void look() override {}
  void ended() override {
    if (watch_) {
      sending_ = watch_->sending();
    }
  }
  [[nodiscard]] const reports::Sending& sending() const { return sending_; }

 private:
  std::unique_ptr<SendingWatch> watch_;
  reports::Sending sending_;
};

/// Runs it, and sees to it that it is the run that was.
Status run_again(const scenarios::Scenario& scenario, const reports::RunResult& result,
                 RunWatcher& watcher, const ReplayHooks& hooks) {
  std::optional<reports::Partial> stopped;
  RunHooks run_hooks;
  run_hooks.progress = hooks.progress;
  run_hooks.watcher = &watcher;
  run_hooks.interrupted = [&](Time now, Time end) {
    stopped = hooks.interrupted ? hooks.interrupted(now, end) : std::nullopt;
    return stopped;
  };
  const Result<reports::RunResult> again = run(scenario, run_hooks);
  if (!again) {
    return tl::unexpected<Error>(again.error());
  }
  if (stopped) {
    return fail(stopped->reason);
  }
  if (!result.partial && again->provenance.digest != result.provenance.digest) {
    return fail(
        fmt::format("the run is not the one that was: its digest is {}, that of the result "
                    "{}; the result was edited, or made by another build of the program",
                    again->provenance.digest, result.provenance.digest));
  }
  return {};
}

}  // namespace

reports::Span usual_detail(const reports::RunResult& result) {
  constexpr Duration kBefore = milliseconds(10);
  constexpr Duration kLength = milliseconds(100);
  const auto first = std::ranges::min_element(result.faults, {}, &reports::FaultReport::at);
  const Time from = first == result.faults.end()
                        ? Time() + result.warmup
                        : first->at - std::min(kBefore, first->at - Time());
  return {from, from + kLength};
}

Result<Trace> trace_run(const scenarios::Scenario& scenario, const reports::RunResult& result,
                        reports::Span detail, const ReplayHooks& hooks) {
  Trace trace;
  trace.title = result.title;
  trace.digest = result.provenance.digest;
  trace.faults = result.faults;
  Tracer tracer(result, detail, trace);
  if (const Status same = run_again(scenario, result, tracer, hooks); !same) {
    return tl::unexpected<Error>(same.error());
  }
  add_counters(result, trace);
  return trace;
}

Result<reports::Sending> sending_of(const scenarios::Scenario& scenario,
                                    const reports::RunResult& result, const ReplayHooks& hooks) {
  Sender sender;
  if (const Status same = run_again(scenario, result, sender, hooks); !same) {
    return tl::unexpected<Error>(same.error());
  }
  return sender.sending();
}

}  // namespace wavetank::sim
