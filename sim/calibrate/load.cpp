#include "sim/calibrate/load.h"

#include <fmt/format.h>
#include <malloc.h>

#include <optional>
#include <sstream>
#include <vector>

#include "engine/base/ensure.h"
#include "scenarios/load.h"
#include "sim/bare/bare_log.h"
#include "sim/calibrate/processor_time.h"
#include "sim/run/child_process.h"
#include "sim/run/run.h"
#include "sim/run/world.h"

namespace wavetank::sim {

namespace {

/// When the load begins: until then there are leaders, and groups have their members.
constexpr int kSettled_s = 5;
/// All of it is due within a part of a second, more than any machine takes.
constexpr int kPartsOfASecond = 50;
/// When reading begins that begins later: all is written by then.
constexpr int kWritten_s = 30;
/// How often a process does it: the quickest counts, and what comes after the first has warm code.
constexpr int kRoundsAProcess = 8;

scenarios::Scenario scenario_of(const Load& load) {
  const std::string readers =
      load.readers == 0
          ? ""
          : fmt::format(R"("consumers": [{{ "group": "readers", "topic": "events", "on": "reader",
                          "members": {}, "start": "{}s" }}],)",
                        load.readers, load.reads_later ? kWritten_s : 0);
  // The last of them is due when the part of a second is over.
  const Duration stop = seconds(kSettled_s) + seconds(1) / kPartsOfASecond + nanoseconds(1);
  const std::string text = fmt::format(
      R"({{
  "title": "{}",
  "duration": "{}s",
  "warmup": "1s",
  "cluster": {{
    "regions": [{{ "name": "bench", "zones": 1 }}],
    "hosts": [
      {{ "name": "broker", "count": {}, "type": "this-core" }},
      {{ "name": "controller", "type": "this-core" }},
      {{ "name": "producer", "type": "this-core" }},
      {{ "name": "reader", "type": "this-core" }}
    ],
    "network": {{ "profile": "lan", "same_zone": "1us" }}
  }},
  "services": {{
    "log": {{
      "brokers": "broker[*]",
      "controller": "controller",
      "topics": [{{ "name": "events", "partitions": {}, "replication": {}, "min_insync": {} }}],
      "offsets_topic": {{ "partitions": 1 }}
    }}
  }},
  "workload": [{{
    "name": "load", "topic": "events", "on": "producer", "arrivals": "constant",
    "rate": "{}/s", "start": "{}s", "stop": "{}ns",
    "record_bytes": "{}B", "random_share": 0.5,
    "producer": {{ "acks": "all", "linger": "10ms", "batch_bytes": "{}B", "buffer_bytes": "2MiB", "compression": "{}" }}
  }}],
  {}
  "slos": ["lost == 0"]
}})",
      load.name, (load.reads_later ? kWritten_s : kSettled_s) + 1, load.brokers, load.partitions,
      load.brokers, load.brokers, load.records * kPartsOfASecond, kSettled_s, stop.ns(),
      load.record_bytes, load.batch_bytes, load.compression, readers);
  scenarios::Loaded loaded = scenarios::load_text(text, load.name);
  ENSURE(loaded.scenario.has_value(), "the loads are scenarios");
  return std::move(*loaded.scenario);
}

// ------------------------------------------------------------------------------- in the children

/// Has the process own so much memory that it need not ask the system for more, which costs as much
/// as all that is done with it.
void own_memory(std::uint64_t bytes) {
  constexpr std::uint64_t kChunk = 16U << 10U;
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  std::vector<std::vector<char>> chunks(bytes / kChunk);
  for (std::vector<char>& chunk : chunks) {
    chunk.assign(kChunk, 1);
  }
}

struct Worked {
  Duration took;
  port::Meter before;
  port::Meter after;
};

/// Nothing if it has not come to an end.
std::optional<Worked> work(const Load& load, const scenarios::Scenario& scenario) {
  BareLog log(scenario);
  log.host().keep_time_by(processor_time);
  log.host().set_latency(Duration());
  if (load.reads_later && !log.send(load.records)) {
    return std::nullopt;
  }
  Worked it{processor_time(), log.host().work(), {}};
  if ((!load.reads_later && !log.send(load.records)) || (load.readers > 0 && !log.read())) {
    return std::nullopt;
  }
  it.took = processor_time() - it.took;
  it.after = log.host().work();
  return it;
}

std::string measure(const Load& load) {
  const scenarios::Scenario scenario = scenario_of(load);
  // Copies share what they hold: a record is in its batch, in the batch as it was sent, and stored.
  own_memory((64U << 20U) + 4 * load.records * (load.record_bytes + 50));
  std::optional<Worked> quickest;
  for (int round = 0; round < kRoundsAProcess; ++round) {
    const std::optional<Worked> it = work(load, scenario);
    if (!it) {
      return "";
    }
    if (!quickest || it->took < quickest->took) {
      quickest = it;
    }
  }
  std::string answer = fmt::format("{} {}", quickest->took.ns(), load.records);
  for (std::size_t kind = 0; kind < port::kWorkKinds; ++kind) {
    answer += fmt::format(" {}", quickest->after.all()[kind] - quickest->before.all()[kind]);
  }
  return answer;
}

/// Notes what all processes have had of their processors when the load begins, and at the end.
class Stopwatch final : public RunWatcher {
 public:
  explicit Stopwatch(Time begin) : begin_(begin) {}

  void built(const RunParts& parts) override { cluster_ = parts.world.cluster.get(); }
  [[nodiscard]] Time looks_at() const override { return looked_ ? Time::never() : begin_; }
  void look() override {
    looked_ = true;
    before_ = work();
  }
  void ended() override { took_ = work() - before_; }

  [[nodiscard]] Duration took() const { return took_; }

 private:
  [[nodiscard]] Duration work() const {
    Duration sum;
    for (std::uint32_t node = 0; node < cluster_->node_count(); ++node) {
      sum += cluster_->node(NodeId(node)).work_done();
    }
    return sum;
  }

  Time begin_;
  const Cluster* cluster_ = nullptr;
  bool looked_ = false;
  Duration before_;
  Duration took_;
};

std::string simulate(const Load& load, const models::MeasuredCosts& costs) {
  scenarios::Scenario scenario = scenario_of(load);
  scenario.cluster.costs = {costs.name, costs};
  Stopwatch stopwatch(Time() + seconds(load.reads_later ? kWritten_s : kSettled_s));
  RunHooks hooks;
  hooks.watcher = &stopwatch;
  const Result<reports::RunResult> result = run(scenario, hooks);
  if (!result || result->partial) {
    return "";
  }
  const reports::Ledger& ledger = result->ledger;
  const std::uint64_t done = load.readers > 0 ? ledger.delivered : ledger.acknowledged;
  return done == ledger.produced ? fmt::format("{} {}", stopwatch.took().ns(), done) : "";
}

// -------------------------------------------------------------------------------- in the parent

Result<Timing> timing_from(const std::optional<std::string>& answer, const Load& load) {
  std::istringstream text(answer.value_or(""));
  Timing timing;
  std::int64_t took_ns = 0;
  if (!(text >> took_ns >> timing.units)) {
    return fail(fmt::format("\"{}\" has not come to an end", load.name));
  }
  timing.took = nanoseconds(took_ns);
  std::uint64_t units = 0;
  for (std::size_t kind = 0; text >> units && kind < port::kWorkKinds; ++kind) {
    timing.work.charge(static_cast<port::Work>(kind), units);
  }
  return timing;
}

}  // namespace

Result<Timing> measured(const Load& load) {
  ChildProcess child([&] { return measure(load); });
  return timing_from(child.wait(), load);
}

Result<Timing> simulated(const Load& load, const models::MeasuredCosts& costs) {
  ChildProcess child([&] { return simulate(load, costs); });
  return timing_from(child.wait(), load);
}

}  // namespace wavetank::sim
