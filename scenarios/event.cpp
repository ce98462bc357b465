#include "scenarios/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "scenarios/description.h"
#include "scenarios/quantity.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

namespace {

struct EventName {
  std::string_view name;
  EventSubject subject;
};
constexpr std::array<EventName, kRunEvents> kEvents{{
    {"between_append_and_fsync", EventSubject::partition},
    {"truncated", EventSubject::partition},
    {"leader_elected", EventSubject::partition},
    {"partition_offline", EventSubject::partition},
    {"controller_elected", EventSubject::host},
    {"broker_registered", EventSubject::host},
    {"broker_fenced", EventSubject::host},
    {"rebalance_started", EventSubject::group},
    {"rebalance_finished", EventSubject::group},
    {"transaction_committing", EventSubject::transaction},
    {"transaction_aborting", EventSubject::transaction},
}};

std::string ordinal(std::uint32_t n) {
  const std::uint32_t last = n % 100 / 10 == 1 ? 0 : n % 10;
  return fmt::format("{}{}", n, last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

std::vector<const log::TopicConfig*> topics_of(const Scenario& scenario) {
  std::vector<const log::TopicConfig*> topics;
  for (const log::TopicConfig& topic : scenario.log.topics) {
    topics.push_back(&topic);
  }
  topics.push_back(&scenario.log.offsets);
  topics.push_back(&scenario.log.transactions);
  return topics;
}

}  // namespace

bool is_partition_of(std::string_view name, const log::TopicConfig& topic) {
  if (!name.starts_with(topic.name) || name.size() <= topic.name.size() + 1 ||
      name[topic.name.size()] != '-') {
    return false;
  }
  const std::string_view digits = name.substr(topic.name.size() + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() && number < topic.partitions;
}

namespace {

bool is_partition(std::string_view name, const Scenario& scenario) {
  return std::ranges::any_of(topics_of(scenario), [&](const log::TopicConfig* topic) {
    return is_partition_of(name, *topic);
  });
}

std::string partitions_known(const Scenario& scenario) {
  std::vector<std::string> known;
  for (const log::TopicConfig& topic : scenario.log.topics) {
    known.push_back(topic.partitions == 1
                        ? topic.name + "-0"
                        : fmt::format("{0}-0 to {0}-{1}", topic.name, topic.partitions - 1));
  }
  return fmt::format("a partition: {}", fmt::join(known, ", "));
}

std::vector<std::string> transactional_ids(const Scenario& scenario) {
  std::vector<std::string> ids;
  for (const Workload& workload : scenario.workloads) {
    if (!workload.transactional) {
      continue;
    }
    if (!workload.transactional->id.empty()) {
      ids.push_back(workload.transactional->id);
      continue;
    }
    for (std::uint32_t i = 0; i < workload.producers; ++i) {
      ids.push_back(fmt::format("{}-{}", workload.name, i + 1));
    }
  }
  for (const Processor& processor : scenario.processors) {
    for (std::uint32_t i = 0; i < processor.members && processor.exactly_once; ++i) {
      ids.push_back(fmt::format("{}-{}", processor.name, i + 1));
    }
  }
  return ids;
}

std::optional<Complaint> not_among(const std::string& of, std::string_view what,
                                   const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  if (of.empty() ? !known.empty() : std::ranges::find(known, of) != known.end()) {
    return std::nullopt;
  }
  if (known.empty()) {
    return Complaint{"event", fmt::format("the scenario has no {}: it can never happen", what), ""};
  }
  return Complaint{"of", unknown_name(what, of, known), one_of(known)};
}

std::optional<Complaint> wrong_subject(const When& when, const Scenario& scenario) {
  std::vector<std::string> known;
  switch (subject_of(when.event)) {
    case EventSubject::partition: {
      const bool topic = std::ranges::any_of(
          topics_of(scenario), [&](const log::TopicConfig* t) { return t->name == when.of; });
      if (when.of.empty() || topic || is_partition(when.of, scenario)) {
        return std::nullopt;
      }
      return Complaint{"of", fmt::format("\"{}\" is neither a topic nor a partition", when.of),
                       partitions_known(scenario) + "; or a topic"};
    }
    case EventSubject::host: {
      const bool by_controllers =
          when.event == RunEvent::controller_elected && !scenario.log.controller.hosts.empty();
      const Selector& run_it = by_controllers ? scenario.log.controller : scenario.log.brokers;
      for (const std::uint32_t host : run_it.hosts) {
        known.push_back(scenario.cluster.hosts[host].name);
      }
      return not_among(when.of, "host of such a process", known);
    }
    case EventSubject::group:
      for (const ConsumerGroup& group : scenario.consumers) {
        known.push_back(group.group);
      }
      for (const Processor& processor : scenario.processors) {
        known.push_back(processor.name);
      }
      return not_among(when.of, "consumer group", known);
    case EventSubject::transaction:
      break;
  }
  return not_among(when.of, "transactional id", transactional_ids(scenario));
}

}  // namespace

std::string_view name(RunEvent event) {
  return kEvents[static_cast<std::size_t>(event)].name;
}

EventSubject subject_of(RunEvent event) {
  return kEvents[static_cast<std::size_t>(event)].subject;
}

std::string to_text(const When& when) {
  std::string text(name(when.event));
  if (!when.of.empty()) {
    text += " of " + when.of;
  }
  if (when.occurrence > 1) {
    text += ", the " + ordinal(when.occurrence);
  }
  if (when.not_before > Time()) {
    text += " from " + to_text(when.not_before - Time()) + " on";
  }
  if (when.after > Duration()) {
    text += ", and " + to_text(when.after) + " more";
  }
  return text;
}

std::optional<Role> parse_role(std::string_view selector) {
  const auto colon = selector.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view word = selector.substr(0, colon);
  const auto start = selector.find_first_not_of(' ', colon + 1);
  const std::string of(start == std::string_view::npos ? "" : selector.substr(start));
  if (word == "leader_of") {
    return Role{Part::leader, of};
  }
  if (word == "follower_of") {
    return Role{Part::follower, of};
  }
  if (word == "controller" && of == "active") {
    return Role{Part::controller, ""};
  }
  if (word == "kv" && of == "leader") {
    return Role{Part::kv_leader, ""};
  }
  if (word == "coordination" && of == "leader") {
    return Role{Part::coordination_leader, ""};
  }
  if (word == "host_of" && of == "event") {
    return Role{Part::host_of_event, ""};
  }
  return std::nullopt;
}

std::optional<Complaint> complaint_about(const When& when, const Scenario& scenario) {
  if (scenario.log.brokers.hosts.empty()) {
    return Complaint{"event", "events are those of the log, which the scenario does not have",
                     "\"at\" instead of \"when\""};
  }
  const Time end = Time() + scenario.duration;
  if (when.not_before >= end) {
    return Complaint{"not_before", "it would wait until the run is over",
                     fmt::format("before {}", to_text(scenario.duration))};
  }
  return wrong_subject(when, scenario);
}

std::optional<Complaint> complaint_about(const Role& role, const When* when,
                                         const Scenario& scenario) {
  if (role.part == Part::kv_leader) {
    return scenario.kv.servers.hosts.empty()
               ? std::optional(Complaint{"", "the scenario has no key-value service", "a host"})
               : std::nullopt;
  }
  if (role.part == Part::coordination_leader) {
    return scenario.coordination.servers.hosts.empty()
               ? std::optional(Complaint{"", "the scenario has no ensemble", "a host"})
               : std::nullopt;
  }
  if (scenario.log.brokers.hosts.empty()) {
    return Complaint{"", "the part is played in the log, which the scenario does not have",
                     "a host"};
  }
  if (role.part == Part::host_of_event &&
      (when == nullptr || when->event == RunEvent::partition_offline)) {
    return Complaint{"",
                     when == nullptr ? "the fault is bound to a date, and not to an event"
                                     : "a partition goes offline nowhere",
                     "another part, or a host"};
  }
  const bool of_partition = role.part == Part::leader || role.part == Part::follower;
  if (of_partition && !is_partition(role.of, scenario)) {
    return Complaint{"", fmt::format("\"{}\" is no partition", role.of),
                     partitions_known(scenario)};
  }
  return std::nullopt;
}

}  // namespace wavetank::scenarios
