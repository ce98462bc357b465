#include "scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/in_use.h"
#include "scenarios/steady.h"

namespace wavetank::scenarios {

namespace {

/// Mean size of an order event with its key. An estimate for limits and hints only.
constexpr double kOrderRecordBytes = 220;
/// What a record costs beside its bytes while a run lasts: its share of the batch and its indexes,
/// and its entries in the ledgers of producers, consumers and checkers.
constexpr double kRecordOverheadBytes = 64;
constexpr double kReplicaBytes = 64 << 10;
constexpr double kBaseBytes = 64 << 20;

Duration load_length(const Workload& w, Duration run) {
  return w.stop.value_or(run) - w.start;
}

/// Measured: 2 events a record under heavy load, 10 under a trickle, whose batches hold one record.
constexpr double kEventsPerRecord = 10;
constexpr double kEventsPerPoll = 8;
/// replica.fetch.wait.max.ms and fetch.max.wait.ms are half a second.
constexpr double kPollWait_s = 0.5;

}  // namespace

Workload::Workload()
    : keys(*models::KeyLaw::uniform(100'000)),
      record_bytes(*models::Distribution::constant(200.0)) {}

log::TopicConfig default_offsets_topic() {
  log::TopicConfig topic;
  topic.name = log::kOffsetsTopic;
  topic.partitions = 8;
  topic.replication = 0;
  topic.cleanup = log::Cleanup::compact;
  topic.segment_bytes = 100ULL << 20;
  return topic;
}

log::TopicConfig default_transactions_topic() {
  log::TopicConfig topic = default_offsets_topic();
  topic.name = log::kTransactionsTopic;
  return topic;
}

std::string_view kind(const FaultAction& action) {
  static constexpr std::string_view kKinds[] = {"crash",
                                                "pause",
                                                "partition",
                                                "slow_link",
                                                "delay",
                                                "slow_disk",
                                                "stuck_disk",
                                                "slow_cpu",
                                                "clock_step",
                                                "clock_drift",
                                                "load_spike",
                                                "process_kill",
                                                "wipe",
                                                "disk_full",
                                                "failed_fsync",
                                                "bit_rot",
                                                "zone_loss",
                                                "region_loss",
                                                "rolling_restart",
                                                "loss",
                                                "jitter",
                                                "connection_reset",
                                                "reassign"};
  static_assert(std::size(kKinds) == std::variant_size_v<FaultAction>);
  return kKinds[action.index()];
}

std::string target(const FaultAction& action) {
  if (const auto* partition = std::get_if<Partition>(&action)) {
    return fmt::format("{} {} {}", partition->side.text, partition->one_way ? "->" : "|",
                       partition->from.text);
  }
  if (const auto* reset = std::get_if<ConnectionReset>(&action)) {
    return fmt::format("{} | {}", reset->side.text, reset->from.text);
  }
  if (const auto* spike = std::get_if<LoadSpike>(&action)) {
    return spike->workload;
  }
  if (const auto* move = std::get_if<Reassign>(&action)) {
    return move->what;
  }
  return std::visit(
      [](const auto& a) -> std::string {
        if constexpr (requires { a.hosts.text; }) {
          return a.hosts.text;
        }
        return "";
      },
      action);
}

double mean_record_bytes(const Workload& workload) {
  return workload.model == LoadModel::order_lifecycle ? kOrderRecordBytes
                                                      : workload.record_bytes.mean();
}

Scenario at_rate(const Scenario& scenario, const Knee& knee, double rate) {
  Scenario probe = steady(scenario, {knee.duration, knee.warmup, false});
  probe.workloads[knee.workload].rate = rate;
  probe.slos.clear();
  return probe;
}

bool runs_something(const Scenario& it, std::uint32_t host) {
  const auto has = [&](const Selector& s) { return std::ranges::binary_search(s.hosts, host); };
  const auto any_on = [&](const auto& clients) {
    return std::ranges::any_of(clients, [&](const auto& client) { return has(client.on); });
  };
  return has(it.log.brokers) || has(it.log.controller) || has(it.coordination.servers) ||
         has(it.coordination.observers) || has(it.kv.servers) || any_on(it.kv_clients) ||
         any_on(it.clients) || any_on(it.workloads) || any_on(it.processors) ||
         any_on(it.consumers);
}

double expected_records(const Scenario& scenario) {
  double records = 0;
  for (const Workload& w : scenario.workloads) {
    const auto& bursts = w.arrivals.bursts;
    records += w.rate * load_length(w, scenario.duration).seconds() *
               (bursts ? bursts->mean_factor() : 1.0);
  }
  for (const Fault& fault : scenario.faults) {
    if (const auto* spike = std::get_if<LoadSpike>(&fault.action)) {
      const Workload& w = scenario.workloads[spike->workload_index];
      records += w.rate * std::max(0.0, spike->factor - 1) *
                 fault.lasts.value_or(scenario.duration).seconds();
    }
  }
  return records;
}

double estimated_memory_bytes(const Scenario& scenario) {
  double bytes = kBaseBytes;
  for (const auto& topic : scenario.log.topics) {
    bytes += kReplicaBytes * topic.partitions * topic.replication;
  }
  const double records = expected_records(scenario);
  double rate = 0;
  double bytes_per_second = 0;
  for (const Workload& w : scenario.workloads) {
    rate += w.rate;
    bytes_per_second += w.rate * mean_record_bytes(w);
  }
  return rate > 0 ? bytes + records * (bytes_per_second / rate + kRecordOverheadBytes) : bytes;
}

double estimated_events(const Scenario& scenario) {
  double consumers = 0;
  for (const ConsumerGroup& group : scenario.consumers) {
    consumers += group.members;
  }
  const auto brokers = static_cast<double>(scenario.log.brokers.hosts.size());
  const double polls_per_s = brokers * (brokers + consumers) / kPollWait_s;
  return kEventsPerRecord * expected_records(scenario) +
         kEventsPerPoll * polls_per_s * (scenario.duration + scenario.drain).seconds();
}

}  // namespace wavetank::scenarios
