#include <fmt/format.h>

#include <algorithm>

#include "engine/coordination/raft/limits.h"
#include "scenarios/validation/check.h"

namespace wavetank::scenarios::validation {

namespace {

/// etcd refuses to start with fewer.
constexpr std::int64_t kTicksOfElection = 5;

class ServicesCheck : private Check {
 public:
  explicit ServicesCheck(const Check& check) : Check(check) {}

  void run() {
    const bool log = given("/services/log");
    const bool coordination = given("/services/coordination");
    const bool kv = given("/services/kv");
    if (given("/services") && !log && !coordination && !kv) {
      error("/services", "nothing runs", "\"log\", \"coordination\", \"kv\", or several");
    }
    if (log) {
      check_log();
    }
    if (coordination) {
      check_coordination();
    }
    check_kv(kv);
    if (log && s_.workloads.empty() && s_.clients.empty() && s_.kv_clients.empty()) {
      error("", "\"workload\" is missing", "a list of what is sent to the log");
    }
    if (!log && given("/workload")) {
      error("/workload", "there is no log that it could be sent to", "\"log\" in \"services\"");
    }
    if (!coordination && given("/clients")) {
      error("/clients", "there is no coordination service that they could use",
            "\"coordination\" in \"services\"");
    }
    if (coordination && !log && s_.clients.empty()) {
      error("", "\"clients\" is missing", "a list of who uses the coordination service");
    }
  }

 private:
  /// Of a log that is not held together by an ensemble.
  void check_controllers() {
    const LogService& log = s_.log;
    const std::size_t count = log.controller.hosts.size();
    if (count != 0 && count != 1 && count != 3 && count != 5) {
      error("/services/log/controller",
            fmt::format("\"{}\" means {} hosts", log.controller.text, count),
            "one host, three or five: a quorum of an even number tolerates no more than one less");
    }
    check_quorum(log.control.quorum, "/services/log/controller_settings/quorum");
    if (log.broker.heartbeat_interval >= log.control.session_timeout) {
      error(
          "/services/log",
          fmt::format("a heartbeat every {} and a session timeout of {}: a healthy broker would "
                      "be taken for dead",
                      to_text(log.broker.heartbeat_interval), to_text(log.control.session_timeout)),
          "a session timeout of several heartbeat intervals");
    }
  }

  void check_quorum(const raft::Config& quorum, const std::string& pointer) {
    if (quorum.election_timeout_min > quorum.election_timeout_max ||
        quorum.heartbeat_interval >= quorum.election_timeout_min) {
      error(pointer, "servers would stand for election though their leader is well",
            "heartbeat_interval < election_timeout_min <= election_timeout_max");
    } else if (quorum.counts_ticks &&
               quorum.election_timeout_min < kTicksOfElection * quorum.heartbeat_interval) {
      error(
          pointer,
          fmt::format("in ticks of {}, of which only whole ones count, an election timeout of {} "
                      "may be over before the leader is heard again",
                      to_text(quorum.heartbeat_interval), to_text(quorum.election_timeout_min)),
          fmt::format("an election_timeout_min of {} heartbeat intervals or more, as etcd demands",
                      kTicksOfElection));
    }
  }

  void check_kv(bool runs) {
    if (!runs) {
      if (given("/kv_clients")) {
        error("/kv_clients", "there is no key-value service that they could use",
              "\"kv\" in \"services\"");
      }
      return;
    }
    if (s_.kv_clients.empty()) {
      error("", "\"kv_clients\" is missing", "a list of who uses the key-value service");
    }
    KvService& service = s_.kv;
    resolve(service.servers, "/services/kv/servers");
    const std::size_t count = service.servers.hosts.size();
    if (count > 0 && (count % 2 == 0 || count > raft::limits::kServers)) {
      error("/services/kv/servers",
            fmt::format("\"{}\" means {} hosts", service.servers.text, count),
            "one, three, five, seven or nine: a quorum of an even number tolerates no more than "
            "one less");
    }
    check_quorum(service.server.quorum, "/services/kv/server_settings/quorum");
    check_unique(s_.kv_clients, "/kv_clients", "name", "sets of clients",
                 [](const KvClients& c) -> const std::string& { return c.name; });
    for (std::size_t i = 0; i < s_.kv_clients.size(); ++i) {
      check_kv_clients(s_.kv_clients[i], fmt::format("/kv_clients/{}", i));
    }
  }

  void check_kv_clients(KvClients& clients, const std::string& pointer) {
    resolve(clients.on, pointer + "/on");
    if (clients.servers) {
      resolve(*clients.servers, pointer + "/servers");
      for (const std::uint32_t host : clients.servers->hosts) {
        if (!std::ranges::binary_search(s_.kv.servers.hosts, host)) {
          error(pointer + "/servers",
                fmt::format("no server of the service runs on {}", s_.cluster.hosts[host].name),
                "hosts of its servers");
        }
      }
    }
    if (clients.rate && given(pointer + "/outstanding")) {
      error(pointer + "/outstanding",
            "with a rate, requests come whatever is under way: an open loop has no window",
            "\"rate\" or \"outstanding\"");
    }
    if (clients.compare_share + clients.remove_share > 1) {
      error(pointer + "/remove_share", "the shares of changes are more than all of them",
            "compare_share + remove_share <= 1");
    }
    if (clients.new_keys && (clients.compare_share > 0 || clients.remove_share > 0)) {
      error(pointer + "/new_keys", "a key that was never put before cannot have been seen",
            "\"new_keys\" without compare_share and remove_share");
    }
  }

  void check_coordination() {
    CoordinationService& service = s_.coordination;
    resolve(service.servers, "/services/coordination/servers");
    resolve(service.observers, "/services/coordination/observers");
    for (const std::uint32_t host : service.observers.hosts) {
      if (std::ranges::binary_search(service.servers.hosts, host)) {
        error("/services/coordination/observers",
              fmt::format("{} has a voting server already", s_.cluster.hosts[host].name),
              "hosts of their own");
      }
    }
    if (service.server.min_session_timeout > service.server.max_session_timeout) {
      error("/services/coordination/server_settings",
            fmt::format("no session timeout is at least {} and at most {}",
                        to_text(service.server.min_session_timeout),
                        to_text(service.server.max_session_timeout)),
            "a min_session_timeout below the max_session_timeout");
    }
    check_unique(s_.clients, "/clients", "name", "sets of clients",
                 [](const CoordinationClients& c) -> const std::string& { return c.name; });
    for (std::size_t i = 0; i < s_.clients.size(); ++i) {
      const std::string pointer = fmt::format("/clients/{}", i);
      check_clients(s_.clients[i], pointer);
      if (s_.clients[i].rate && given(pointer + "/outstanding")) {
        error(pointer + "/outstanding", "clients that ask at a rate keep no window",
              "\"rate\" or \"outstanding\"");
      }
    }
  }

  void check_clients(CoordinationClients& clients, const std::string& pointer) {
    resolve(clients.on, pointer + "/on");
    check_times(clients, pointer);
    if (!clients.servers) {
      return;
    }
    resolve(*clients.servers, pointer + "/servers");
    for (const std::uint32_t host : clients.servers->hosts) {
      if (!std::ranges::binary_search(s_.coordination.servers.hosts, host) &&
          !std::ranges::binary_search(s_.coordination.observers.hosts, host)) {
        error(pointer + "/servers",
              fmt::format("no server of the ensemble runs on {}", s_.cluster.hosts[host].name),
              "hosts of its servers or observers");
      }
    }
  }

  /// A quota of somebody who is not there would hold for nobody.
  void check_quotas() {
    std::vector<std::string_view> clients{log::kEveryOtherClient};
    for (const Workload& workload : s_.workloads) {
      clients.push_back(workload.name);
    }
    for (const ConsumerGroup& group : s_.consumers) {
      clients.push_back(group.group);
    }
    for (const Processor& processor : s_.processors) {
      clients.push_back(processor.name);
    }
    for (std::size_t i = 0; i < s_.log.broker.quotas.size(); ++i) {
      const log::ClientQuota& quota = s_.log.broker.quotas[i];
      const std::string pointer = fmt::format("/services/log/broker_settings/quotas/{}", i);
      if (std::ranges::find(clients, quota.client) == clients.end()) {
        error(pointer + "/client", unknown_name("client", quota.client, clients),
              fmt::format("one of {}", fmt::join(clients, ", ")));
      }
      if (!quota.producer_byte_rate && !quota.consumer_byte_rate && !quota.request_percentage) {
        error(pointer, "it bounds nothing",
              "producer_byte_rate, consumer_byte_rate or request_percentage");
      }
    }
    check_unique(s_.log.broker.quotas, "/services/log/broker_settings/quotas", "client", "quotas",
                 [](const log::ClientQuota& q) -> const std::string& { return q.client; });
  }

  void check_log() {
    check_quotas();
    LogService& log = s_.log;
    resolve(log.brokers, "/services/log/brokers");
    if (given("/services/log/controller")) {
      resolve(log.controller, "/services/log/controller");
      check_controllers();
    } else if (!given("/services/coordination")) {
      error("/services/log", "\"controller\" is missing",
            "the hosts of its controllers; or \"coordination\" in \"services\", an ensemble in "
            "which the brokers register",
            R"("controller": "controller[*]")");
    }
    check_topics();
    const auto brokers = static_cast<std::uint32_t>(log.brokers.hosts.size());
    if (log.offsets.replication == 0) {
      log.offsets.replication = std::clamp(brokers, 1U, 3U);
    }
    check_topic(log.offsets, "/services/log/offsets_topic");
    log.transactions.replication = std::clamp(brokers, 1U, 3U);
    log.transactions.min_insync = std::min(log.transactions.replication, 2U);
  }

  /// Makes the topics that their groups are short for.
  void check_topics() {
    LogService& log = s_.log;
    check_unique(log.topic_groups, "/services/log/topics", "name", "topics",
                 [](const LogService::TopicGroup& t) -> const std::string& { return t.name; });
    double partitions = 0;
    for (std::size_t i = 0; i < log.topic_groups.size(); ++i) {
      const std::string pointer = fmt::format("/services/log/topics/{}", i);
      const LogService::TopicGroup& group = log.topic_groups[i];
      check_topic(group, pointer);
      if (group.name == log::kOffsetsTopic) {
        error(pointer + "/name", fmt::format("\"{}\" is added by itself", log::kOffsetsTopic),
              "another name; its settings stand in \"offsets_topic\"");
      }
      if (group.name == log::kTransactionsTopic) {
        error(pointer + "/name", fmt::format("\"{}\" is added by itself", log::kTransactionsTopic),
              "another name");
      }
      partitions += static_cast<double>(group.partitions) * group.count.value_or(1);
    }
    limit("/services/log/topics", "partitions", partitions, limits_.partitions);
    if (partitions <= limits_.partitions) {
      expand_topics();
    }
  }

  void expand_topics() {
    LogService& log = s_.log;
    for (const LogService::TopicGroup& group : log.topic_groups) {
      for (std::uint32_t i = 1; i <= group.count.value_or(1); ++i) {
        log.topics.push_back(group);
        if (group.count) {
          log.topics.back().name = fmt::format("{}-{}", group.name, i);
        }
      }
    }
  }

  void check_topic(const log::TopicConfig& topic, const std::string& pointer) {
    const auto brokers = s_.log.brokers.hosts.size();
    if (topic.replication > brokers && brokers > 0) {
      error(pointer + "/replication",
            fmt::format("{} copies need as many brokers, and there are {}", topic.replication,
                        brokers),
            fmt::format("{} at most", brokers));
    }
    if (topic.min_insync > topic.replication) {
      error(pointer + "/min_insync",
            fmt::format("{} replicas in sync can never be, with {} {}", topic.min_insync,
                        topic.replication, topic.replication == 1 ? "copy" : "copies"),
            fmt::format("{} at most", topic.replication));
    }
  }
};

}  // namespace

void check_services(const Check& check) {
  ServicesCheck(check).run();
}

}  // namespace wavetank::scenarios::validation
