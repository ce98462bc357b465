#include "scenarios/adversary/ground.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::scenarios {

namespace {

/// Of a topic: more of the same would crowd out the rest.
constexpr std::uint32_t kPartitions = 3;
/// For the fetches that bring a broker back, after it is known to be there again.
constexpr Duration kCatchUp = seconds(1);

void add(std::vector<std::uint32_t>& hosts, const Selector& more) {
  hosts.insert(hosts.end(), more.hosts.begin(), more.hosts.end());
  std::ranges::sort(hosts);
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
}

bool has_transactions(const Scenario& scenario) {
  return std::ranges::any_of(scenario.workloads,
                             [](const Workload& w) { return w.transactional.has_value(); }) ||
         std::ranges::any_of(scenario.processors, &Processor::exactly_once);
}

std::vector<RunEvent> events_of(const Scenario& scenario) {
  std::vector<RunEvent> events;
  if (scenario.log.brokers.hosts.empty()) {
    return events;
  }
  events = {RunEvent::between_append_and_fsync, RunEvent::leader_elected, RunEvent::truncated,
            RunEvent::broker_registered, RunEvent::broker_fenced};
  if (scenario.log.controller.hosts.size() > 1) {
    events.push_back(RunEvent::controller_elected);
  }
  if (!scenario.consumers.empty()) {
    events.insert(events.end(), {RunEvent::rebalance_started, RunEvent::rebalance_finished});
  }
  if (has_transactions(scenario)) {
    events.insert(events.end(), {RunEvent::transaction_committing, RunEvent::transaction_aborting});
  }
  return events;
}

std::vector<std::string> parts_of(const Scenario& scenario) {
  std::vector<std::string> parts;
  for (const log::TopicConfig& topic : scenario.log.topics) {
    for (std::uint32_t p = 0; p < std::min(topic.partitions, kPartitions); ++p) {
      parts.push_back(fmt::format("leader_of: {}-{}", topic.name, p));
      if (topic.replication > 1) {
        parts.push_back(fmt::format("follower_of: {}-{}", topic.name, p));
      }
    }
  }
  if (scenario.log.controller.hosts.size() > 1) {
    parts.emplace_back("controller: active");
  }
  if (!scenario.kv.servers.hosts.empty()) {
    parts.emplace_back("kv: leader");
  }
  return parts;
}

std::string leader_of_the_quorum(const Scenario& scenario) {
  return !scenario.kv.servers.hosts.empty()         ? "kv: leader"
         : scenario.log.controller.hosts.size() > 1 ? "controller: active"
                                                    : "";
}

std::vector<std::string> led_partitions(const Scenario& scenario) {
  std::vector<std::string> led;
  for (const log::TopicConfig& topic : scenario.log.topics) {
    for (std::uint32_t p = 0; topic.replication > 1 && p < std::min(topic.partitions, kPartitions);
         ++p) {
      led.push_back(fmt::format("{}-{}", topic.name, p));
    }
  }
  return led;
}

std::uint32_t expendable_brokers(const Scenario& scenario) {
  std::uint32_t copies = UINT32_MAX;
  for (const log::TopicConfig& topic : scenario.log.topics) {
    copies = std::min({copies, topic.min_insync, topic.replication});
  }
  const bool waits = std::ranges::all_of(
      scenario.workloads, [](const Workload& w) { return w.producer.acks == log::Acks::all; });
  return waits && copies != UINT32_MAX ? copies - 1 : 0;
}

}  // namespace

Ground::Ground(const Scenario& scenario)
    : parts(parts_of(scenario)),
      quorum_leader(leader_of_the_quorum(scenario)),
      led(led_partitions(scenario)),
      events(events_of(scenario)),
      expendable(expendable_brokers(scenario)),
      mending(scenario.log.control.session_timeout + scenario.log.broker.replica_lag_max +
              kCatchUp) {
  add(brokers, scenario.log.brokers);
  add(voters, scenario.log.controller);
  add(voters, scenario.coordination.servers);
  add(voters, scenario.kv.servers);
  servers = brokers;
  servers.insert(servers.end(), voters.begin(), voters.end());
  add(servers, scenario.coordination.observers);
  // Where both run, the broker's weakness counts.
  std::erase_if(voters, [&](std::uint32_t h) { return std::ranges::binary_search(brokers, h); });
  const auto add_clients = [&](const auto& list) {
    for (const auto& one : list) {
      add(clients, one.on);
    }
  };
  for (const ConsumerGroup& group : scenario.consumers) {
    add(members, group.on);
  }
  for (const Processor& processor : scenario.processors) {
    add(members, processor.on);
  }
  add_clients(scenario.workloads);
  add_clients(scenario.consumers);
  add_clients(scenario.processors);
  add_clients(scenario.clients);
  add_clients(scenario.kv_clients);
  for (std::vector<std::uint32_t>* list : {&clients, &members}) {
    std::erase_if(*list,
                  [&](std::uint32_t h) { return std::ranges::find(servers, h) != servers.end(); });
  }
  all = servers;
  all.insert(all.end(), clients.begin(), clients.end());
  std::ranges::sort(all);
}

}  // namespace wavetank::scenarios
