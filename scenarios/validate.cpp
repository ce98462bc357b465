#include "scenarios/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "engine/base/random.h"
#include "engine/base/suggest.h"
#include "engine/coordination/raft/limits.h"
#include "scenarios/description.h"
#include "scenarios/figures.h"

namespace wavetank::scenarios {

namespace {

/// A platform's zones are few, a region's name is short: see the platform's own bounds.
constexpr std::size_t kZonesMax = 64;

class Validator {
 public:
  Validator(Scenario& scenario, Findings& findings, const Limits& limits)
      : s_(scenario), findings_(findings), limits_(limits) {}

  void run() {
    check_times();
    expand_cluster();
    check_services();
    check_workloads();
    check_consumers();
    check_processors();
    check_faults();
    check_slos();
    check_expectations();
    check_knees();
    check_amounts();
  }

 private:
  void error(const std::string& pointer, std::string message, std::string expected = "",
             std::string example = "") {
    findings_.error(pointer, std::move(message), std::move(expected), std::move(example));
  }
  void limit(const std::string& pointer, std::string_view name, double asked, double allowed) {
    if (asked > allowed) {
      error(pointer, fmt::format("{:.6g} {} are more than the limit of {:.6g} (limit {})", asked,
                                 name, allowed, name));
    }
  }
  [[nodiscard]] bool given(const std::string& pointer) const {
    return at_pointer(findings_.document(), pointer) != nullptr;
  }

  /// Names of a list must differ.
  template <class Items, class Name>
  void check_unique(const Items& items, const std::string& pointer, std::string_view key,
                    std::string_view what, Name name) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string& own = name(items[i]);
      if (!own.empty() && !seen.insert(own).second) {
        error(join_pointer(join_pointer(pointer, i), key),
              fmt::format("there are two {} named \"{}\"", what, own), "every name once");
      }
    }
  }

  // ---------------------------------------------------------------------------------- times

  void check_times() {
    if (s_.warmup >= s_.duration) {
      error("/warmup",
            fmt::format("a warm-up of {} leaves nothing of the duration of {}", to_text(s_.warmup),
                        to_text(s_.duration)),
            fmt::format("less than {}", to_text(s_.duration)));
    }
    if (s_.duration > limits_.duration) {
      error("/duration", fmt::format("{} are more than the limit of {} (limit duration)",
                                     to_text(s_.duration), to_text(limits_.duration)));
    }
  }

  // -------------------------------------------------------------------------------- cluster

  void expand_cluster() {
    Cluster& c = s_.cluster;
    check_unique(c.regions, "/cluster/regions", "name", "regions",
                 [](const Region& r) -> const std::string& { return r.name; });
    check_unique(c.groups, "/cluster/hosts", "name", "groups of hosts",
                 [](const HostGroup& g) -> const std::string& { return g.name; });
    for (std::uint32_t r = 0; r < c.regions.size(); ++r) {
      for (std::uint32_t z = 0; z < c.regions[r].zones; ++z) {
        c.zones.push_back({fmt::format("{}-{}", c.regions[r].name, z + 1), r});
      }
    }
    limit("/cluster/regions", "zones", static_cast<double>(c.zones.size()), kZonesMax);
    double hosts = 0;
    for (const HostGroup& group : c.groups) {
      hosts += group.count.value_or(1);
    }
    limit("/cluster/hosts", "hosts", hosts, limits_.hosts);
    if (findings_.has_errors_under("/cluster")) {
      hosts_known_ = false;
      return;
    }
    for (std::uint32_t g = 0; g < c.groups.size(); ++g) {
      expand_group(g);
    }
    check_host_names();
  }

  void expand_group(std::uint32_t g) {
    Cluster& c = s_.cluster;
    const HostGroup& group = c.groups[g];
    const auto zone = std::ranges::find(c.zones, group.spread, &Zone::name);
    const bool everywhere = group.spread == "zones";
    if (!everywhere && zone == c.zones.end()) {
      std::vector<std::string_view> known{"zones"};
      for (const Zone& z : c.zones) {
        known.push_back(z.name);
      }
      error(fmt::format("/cluster/hosts/{}/spread", g), unknown_name("zone", group.spread, known),
            one_of(known));
      return;
    }
    for (std::uint32_t i = 0; i < group.count.value_or(1); ++i) {
      const auto in = everywhere ? i % static_cast<std::uint32_t>(c.zones.size())
                                 : static_cast<std::uint32_t>(zone - c.zones.begin());
      c.hosts.push_back(
          {group.count ? fmt::format("{}-{}", group.name, i + 1) : group.name, group.type, g, in});
    }
  }

  /// "broker-1" may also be the plain name of another group.
  void check_host_names() {
    std::map<std::string_view, std::uint32_t> groups;
    for (const Host& host : s_.cluster.hosts) {
      const auto [other, fresh] = groups.emplace(host.name, host.group);
      if (!fresh && other->second != host.group) {
        error(fmt::format("/cluster/hosts/{}/name", host.group),
              fmt::format("two hosts would be named \"{}\"", host.name), "every name once");
      }
    }
  }

  // ------------------------------------------------------------------------------ selectors

  /// Adds the hosts that one part of a selector means; false if it means none.
  bool select(std::string_view part, std::vector<std::uint32_t>& chosen) const {
    const auto& hosts = s_.cluster.hosts;
    std::string_view group = part;
    std::uint32_t first = 1;
    std::uint32_t last = UINT32_MAX;
    if (const auto open = part.find('['); open != std::string_view::npos && part.back() == ']') {
      group = part.substr(0, open);
      if (!parse_interval(part.substr(open + 1, part.size() - open - 2), first, last)) {
        return false;
      }
    }
    const bool indexed = group.size() != part.size();
    std::uint32_t number = 0;  // of the host within its group
    std::uint32_t of_group = UINT32_MAX;
    const std::size_t before = chosen.size();
    for (std::uint32_t i = 0; i < hosts.size(); ++i) {
      const Host& host = hosts[i];
      number = host.group == of_group ? number + 1 : 1;
      of_group = host.group;
      const bool in_group = indexed && s_.cluster.groups[host.group].name == group;
      const Zone& zone = s_.cluster.zones[host.zone];
      if (part == "*" || part == host.name || part == zone.name ||
          part == s_.cluster.regions[zone.region].name ||
          (in_group && number >= first && number <= last)) {
        chosen.push_back(i);
      }
    }
    return chosen.size() > before;
  }

  /// "*", "2" or "1..2".
  static bool parse_interval(std::string_view text, std::uint32_t& first, std::uint32_t& last) {
    if (text == "*") {
      return true;
    }
    const auto number = [](std::string_view digits, std::uint32_t& out) {
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
      return error == std::errc{} && end == digits.data() + digits.size() && out >= 1;
    };
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) {
      return number(text, first) && (last = first, true);
    }
    return number(text.substr(0, dots), first) && number(text.substr(dots + 2), last) &&
           first <= last;
  }

  void resolve(Selector& selector, const std::string& pointer) {
    if (!hosts_known_ || selector.text.empty()) {
      return;
    }
    std::size_t from = 0;
    while (from < selector.text.size()) {
      const auto comma = std::min(selector.text.find(", ", from), selector.text.size());
      const std::string_view part = std::string_view(selector.text).substr(from, comma - from);
      if (!select(part, selector.hosts)) {
        complain_about_host(part, pointer);
      }
      from = comma + 2;
    }
    std::ranges::sort(selector.hosts);
    selector.hosts.erase(std::unique(selector.hosts.begin(), selector.hosts.end()),
                         selector.hosts.end());
  }

  void complain_about_host(std::string_view part, const std::string& pointer) {
    std::vector<std::string> groups;
    for (const HostGroup& group : s_.cluster.groups) {
      groups.push_back(group.count ? fmt::format("{}[1..{}]", group.name, *group.count)
                                   : group.name);
      if (group.name == part) {
        error(pointer, fmt::format("\"{}\" is a group of hosts", part),
              fmt::format("\"{0}[*]\" for all of it, or a host such as \"{0}-1\"", part));
        return;
      }
    }
    std::vector<std::string_view> names;
    for (const Host& host : s_.cluster.hosts) {
      names.push_back(host.name);
    }
    error(pointer, unknown_name("host", part, names),
          fmt::format("hosts of the cluster: {}", fmt::join(groups, ", ")));
  }

  // ------------------------------------------------------------------------------------ log

  void check_controllers() {
    const LogService& log = s_.log;
    const std::size_t count = log.controller.hosts.size();
    if (count != 0 && count != 1 && count != 3 && count != 5) {
      error("/services/log/controller",
            fmt::format("\"{}\" means {} hosts", log.controller.text, count),
            "one host, three or five: a quorum of an even number tolerates no more than one less");
    }
    check_quorum(log.control.quorum, "/services/log/controller_settings/quorum");
  }

  void check_quorum(const raft::Config& quorum, const std::string& pointer) {
    if (quorum.election_timeout_min > quorum.election_timeout_max ||
        quorum.heartbeat_interval >= quorum.election_timeout_min) {
      error(pointer, "servers would stand for election though their leader is well",
            "heartbeat_interval < election_timeout_min <= election_timeout_max");
    }
  }

  void check_services() {
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

  void check_log() {
    LogService& log = s_.log;
    resolve(log.brokers, "/services/log/brokers");
    resolve(log.controller, "/services/log/controller");
    check_controllers();
    check_unique(log.topics, "/services/log/topics", "name", "topics",
                 [](const log::TopicConfig& t) -> const std::string& { return t.name; });
    for (std::size_t i = 0; i < log.topics.size(); ++i) {
      const std::string pointer = fmt::format("/services/log/topics/{}", i);
      check_topic(log.topics[i], pointer);
      if (log.topics[i].name == log::kOffsetsTopic) {
        error(pointer + "/name", fmt::format("\"{}\" is added by itself", log::kOffsetsTopic),
              "another name; its settings stand in \"offsets_topic\"");
      }
      if (log.topics[i].name == log::kTransactionsTopic) {
        error(pointer + "/name", fmt::format("\"{}\" is added by itself", log::kTransactionsTopic),
              "another name");
      }
    }
    const auto brokers = static_cast<std::uint32_t>(log.brokers.hosts.size());
    if (log.offsets.replication == 0) {
      log.offsets.replication = std::clamp(brokers, 1U, 3U);
    }
    check_topic(log.offsets, "/services/log/offsets_topic");
    log.transactions.replication = std::clamp(brokers, 1U, 3U);
    log.transactions.min_insync = std::min(log.transactions.replication, 2U);
    if (log.broker.heartbeat_interval >= log.control.session_timeout) {
      error(
          "/services/log",
          fmt::format("a heartbeat every {} and a session timeout of {}: a healthy broker would "
                      "be taken for dead",
                      to_text(log.broker.heartbeat_interval), to_text(log.control.session_timeout)),
          "a session timeout of several heartbeat intervals");
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

  void resolve_topic(const std::string& name, std::uint32_t& index, const std::string& pointer) {
    if (name.empty() || findings_.has_errors_under("/services/log/topics")) {
      return;
    }
    const auto& topics = s_.log.topics;
    const auto found = std::ranges::find(topics, name, &log::TopicConfig::name);
    if (found != topics.end()) {
      index = static_cast<std::uint32_t>(found - topics.begin());
      return;
    }
    std::vector<std::string_view> known;
    for (const auto& topic : topics) {
      known.push_back(topic.name);
    }
    error(pointer, unknown_name("topic", name, known), one_of(known));
  }

  // ----------------------------------------------------------------------------------- load

  void check_workloads() {
    check_unique(s_.workloads, "/workload", "name", "workloads",
                 [](const Workload& w) -> const std::string& { return w.name; });
    for (std::size_t i = 0; i < s_.workloads.size(); ++i) {
      const std::string pointer = fmt::format("/workload/{}", i);
      Workload& w = s_.workloads[i];
      resolve(w.on, pointer + "/on");
      resolve_topic(w.topic, w.topic_index, pointer + "/topic");
      check_load_times(w, pointer);
      check_model(w, pointer);
      check_producer(w.producer, pointer + "/producer");
      check_batches(w, pointer + "/producer");
      if (w.transactional && !w.producer.idempotent) {
        error(pointer + "/transactional", "transactions need idempotent producers",
              "acks \"all\" and 5 requests in flight at most");
      }
    }
  }

  void check_load_times(const Workload& w, const std::string& pointer) {
    if (w.start >= s_.duration) {
      error(pointer + "/start",
            fmt::format("it would begin at {}, when the run is over", to_text(w.start)),
            fmt::format("before {}", to_text(s_.duration)));
    }
    if (w.stop && *w.stop <= w.start) {
      error(pointer + "/stop", "it would end before it begins",
            fmt::format("after {}", to_text(w.start)));
    }
    if (w.stop && *w.stop > s_.duration) {
      error(pointer + "/stop", "it would end after the run",
            fmt::format("{} at most", to_text(s_.duration)));
    }
  }

  /// Settings of the other model would be ignored in silence.
  void check_model(const Workload& w, const std::string& pointer) {
    const bool fixed = w.model == LoadModel::fixed;
    const auto foreign = fixed ? std::vector<const char*>{"orders"}
                               : std::vector<const char*>{"keys", "record_bytes", "random_share",
                                                          "secondary_keys", "tombstone_share"};
    for (const char* key : foreign) {
      const std::string at = join_pointer(pointer, key);
      if (given(at)) {
        findings_.error_at_key(at,
                               fmt::format("\"{}\" belongs to the model \"{}\"", key,
                                           fixed ? "order-lifecycle" : "fixed"),
                               fixed ? "\"keys\" and \"record_bytes\"" : "\"orders\"");
      }
    }
  }

  void check_producer(log::ProducerConfig& p, const std::string& pointer) {
    // As in Kafka: the default where the other settings allow it, an error where it is asked for.
    const bool possible = p.acks == log::Acks::all && p.max_in_flight <= 5;
    p.idempotent = p.idempotent && (possible || given(join_pointer(pointer, "idempotent")));
    if (p.idempotent && p.acks != log::Acks::all) {
      error(pointer, "an idempotent producer needs acks \"all\"",
            "\"acks\": \"all\", or \"idempotent\": false");
    }
    if (p.idempotent && p.max_in_flight > 5) {
      error(pointer + "/max_in_flight",
            "a broker remembers five batches of an idempotent producer, no more",
            "5 at most, or \"idempotent\": false");
    }
    if (p.delivery_timeout < p.linger + p.request_timeout) {
      error(pointer,
            fmt::format("a delivery timeout of {} is over before linger and one request ({})",
                        to_text(p.delivery_timeout), to_text(p.linger + p.request_timeout)),
            "delivery_timeout >= linger + request_timeout");
    }
    if (p.buffer_bytes < p.batch_bytes) {
      error(pointer,
            fmt::format("a buffer of {} does not hold a batch of {}", bytes_text(p.buffer_bytes),
                        bytes_text(p.batch_bytes)),
            "buffer_bytes >= batch_bytes");
    }
  }

  void check_batches(const Workload& w, const std::string& pointer) {
    std::uint64_t greatest = s_.log.broker.message_max_bytes;
    if (w.topic_index < s_.log.topics.size()) {
      greatest = s_.log.topics[w.topic_index].max_message_bytes.value_or(greatest);
    }
    if (w.producer.batch_bytes > greatest) {
      error(pointer,
            fmt::format("a batch of {} is more than brokers take ({})",
                        bytes_text(w.producer.batch_bytes), bytes_text(greatest)),
            "batch_bytes <= message_max_bytes of the brokers, max_message_bytes of the topic");
    }
  }

  void check_consumers() {
    check_unique(s_.consumers, "/consumers", "group", "groups",
                 [](const ConsumerGroup& g) -> const std::string& { return g.group; });
    for (std::size_t i = 0; i < s_.consumers.size(); ++i) {
      ConsumerGroup& g = s_.consumers[i];
      const std::string pointer = fmt::format("/consumers/{}", i);
      g.consumer.group = g.group;
      resolve(g.on, pointer + "/on");
      const std::uint32_t partitions = resolve_topics(g, pointer + "/topic");
      check_membership(g.consumer, pointer + "/consumer");
      if (g.start >= s_.duration) {
        error(pointer + "/start",
              fmt::format("it would start after {}, when the run is over", to_text(g.start)),
              fmt::format("before {}", to_text(s_.duration)));
      }
      if (partitions > 0 && g.members > partitions) {
        findings_.warning(pointer + "/members",
                          fmt::format("{} members share {} partitions: some have nothing to do",
                                      g.members, partitions));
      }
    }
  }

  void check_processors() {
    check_unique(s_.processors, "/processors", "name", "applications",
                 [](const Processor& p) -> const std::string& { return p.name; });
    for (std::size_t i = 0; i < s_.processors.size(); ++i) {
      Processor& p = s_.processors[i];
      const std::string pointer = fmt::format("/processors/{}", i);
      p.consumer.group = p.name;
      p.consumer.auto_commit = false;
      if (p.exactly_once) {
        p.consumer.isolation = log::Isolation::read_committed;
      }
      resolve(p.on, pointer + "/on");
      resolve_topic(p.from, p.from_index, pointer + "/from");
      resolve_topic(p.to, p.to_index, pointer + "/to");
      check_membership(p.consumer, pointer + "/consumer");
      check_producer(p.producer, pointer + "/producer");
      if (p.from == p.to) {
        error(pointer + "/to", "it would read what it has written", "another topic");
      }
      if (std::ranges::find(s_.consumers, p.name, &ConsumerGroup::group) != s_.consumers.end()) {
        error(pointer + "/name", fmt::format("there is a consumer group named \"{}\"", p.name),
              "a name of its own: that of its group");
      }
      if (p.exactly_once && !p.producer.idempotent) {
        error(pointer + "/guarantee", "transactions need idempotent producers",
              "acks \"all\" and 5 requests in flight at most; or \"at-least-once\"");
      }
    }
  }

  /// The partitions of all of them, as far as they exist.
  std::uint32_t resolve_topics(ConsumerGroup& g, const std::string& pointer) {
    std::uint32_t partitions = 0;
    g.topic_indices.assign(g.topics.size(), 0);
    for (std::size_t t = 0; t < g.topics.size(); ++t) {
      resolve_topic(g.topics[t], g.topic_indices[t],
                    g.topics.size() == 1 ? pointer : fmt::format("{}/{}", pointer, t));
      if (g.topic_indices[t] < s_.log.topics.size()) {
        partitions += s_.log.topics[g.topic_indices[t]].partitions;
      }
    }
    return partitions;
  }

  void check_membership(const log::ConsumerConfig& c, const std::string& pointer) {
    const log::GroupConfig& groups = s_.log.broker.groups;
    if (c.session_timeout < groups.session_timeout_min ||
        c.session_timeout > groups.session_timeout_max) {
      error(pointer + "/session_timeout",
            fmt::format("coordinators refuse a session of {}", to_text(c.session_timeout)),
            fmt::format("{} to {} (broker_settings.groups)", to_text(groups.session_timeout_min),
                        to_text(groups.session_timeout_max)));
    }
    if (c.heartbeat_interval >= c.session_timeout) {
      error(
          pointer + "/heartbeat_interval",
          fmt::format("a session of {} ends before the next heartbeat", to_text(c.session_timeout)),
          "less than session_timeout; Kafka advises a third of it");
    }
  }

  // --------------------------------------------------------------------------------- faults

  void check_faults() {
    double faults = 0;
    for (const Fault& fault : s_.faults) {
      faults += fault.repeat ? fault.repeat->times : 1;
    }
    limit("/faults", "faults", faults, limits_.faults);
    for (std::size_t i = 0; i < s_.faults.size(); ++i) {
      const std::string pointer = fmt::format("/faults/{}", i);
      if (findings_.has_errors_under(pointer)) {
        continue;
      }
      fault_ = &s_.faults[i];
      std::visit([&](auto& action) { resolve_targets(action, pointer); }, s_.faults[i].action);
      if (const auto* rolling = std::get_if<RollingRestart>(&s_.faults[i].action)) {
        s_.faults[i].lasts = rolling->takes();
      }
      check_fault_times(s_.faults[i], pointer);
    }
    check_overlaps();
    if (!findings_.has_errors_under("/faults")) {
      repeat_faults();
    }
  }

  /// The time from the first beginning of a fault to its last end.
  static std::optional<Duration> extent(const Fault& fault) {
    if (!fault.lasts || !fault.repeat) {
      return fault.lasts;
    }
    const Repetition& r = *fault.repeat;
    return r.every * static_cast<std::int64_t>(r.times - 1) + r.spread + *fault.lasts;
  }

  void check_repetition(const Fault& fault, const std::string& pointer) {
    if (!fault.lasts) {
      error(pointer + "/repeat", "what lasts for good does not come again",
            "\"for\", less than \"every\"");
    } else if (*fault.lasts + fault.repeat->spread >= fault.repeat->every) {
      error(pointer + "/repeat/every",
            fmt::format(
                "it would begin again before it has ended: it lasts {}{}", to_text(*fault.lasts),
                fault.repeat->spread > Duration()
                    ? fmt::format(", and comes up to {} later", to_text(fault.repeat->spread))
                    : ""),
            fmt::format("more than {}", to_text(*fault.lasts + fault.repeat->spread)));
    }
  }

  /// Puts each time in the place of what is repeated; when, is drawn here and then fixed.
  void repeat_faults() {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < s_.faults.size(); ++i) {
      Fault one = s_.faults[i];
      const Repetition repeat = one.repeat.value_or(Repetition{1, {}, {}});
      one.repeat.reset();
      Random random(s_.seed, fmt::format("faults/{}", i));
      for (std::uint32_t time = 0; time < repeat.times; ++time) {
        one.at = s_.faults[i].at + repeat.every * static_cast<std::int64_t>(time);
        if (repeat.spread > Duration()) {
          one.at += Duration(static_cast<std::int64_t>(
              random.below(static_cast<std::uint64_t>(repeat.spread.ns()))));
        }
        faults.push_back(one);
      }
    }
    s_.faults = std::move(faults);
  }

  void check_event(const Fault& fault, const std::string& pointer) {
    if (const auto complaint = complaint_about(*fault.when, s_)) {
      error(join_pointer(pointer + "/when", complaint->key), complaint->message,
            complaint->expected);
    }
    if (fault.repeat) {
      error(pointer + "/repeat", "what waits for an event comes once",
            "\"at\" instead of \"when\"; or several faults, each with its \"occurrence\"");
    }
  }

  void check_fault_times(const Fault& fault, const std::string& pointer) {
    const Time end = Time() + s_.duration;
    if (fault.when) {
      check_event(fault, pointer);
      return;
    }
    const std::optional<Duration> extends = extent(fault);
    if (fault.repeat) {
      check_repetition(fault, pointer);
    }
    if (fault.at >= end) {
      error(pointer + "/at",
            fmt::format("it would begin at {}, when the run is over", to_text(fault.at - Time())),
            fmt::format("before {}", to_text(s_.duration)));
    } else if (extends && fault.at + *extends > end) {
      error(given(pointer + "/for") ? pointer + "/for" : pointer,
            fmt::format("it would last until {}, and the run ends at {}",
                        to_text(fault.at + *extends - Time()), to_text(s_.duration)),
            fmt::format("{} at most, or a longer \"duration\"", to_text(end - fault.at)));
    } else if (fault.at < Time() + s_.warmup && s_.warmup < s_.duration) {
      findings_.warning(pointer + "/at",
                        fmt::format("it begins in the warm-up, which ends at {}: there is no "
                                    "steady phase to compare with",
                                    to_text(s_.warmup)));
    }
  }

  template <class Action>
  void resolve_targets(Action& action, const std::string& pointer) {
    resolve_struck(action.hosts, join_pointer(pointer, kind(action)));
    for (const std::uint32_t host : action.hosts.hosts) {
      if (!runs_something(host)) {
        error(join_pointer(pointer, kind(action)),
              fmt::format("nothing runs on {}", s_.cluster.hosts[host].name),
              "a host of a service, a workload or a consumer group");
      }
    }
  }
  void resolve_targets(RollingRestart& action, const std::string& pointer) {
    if (speaks_of_a_part(action.hosts.text)) {
      error(pointer + "/rolling_restart", "who plays a part is one host, and may be another later",
            "hosts by their names");
      return;
    }
    resolve(action.hosts, pointer + "/rolling_restart");
  }
  /// Hosts by their names, or by a part they play.
  void resolve_struck(Selector& selector, const std::string& pointer) {
    if (!speaks_of_a_part(selector.text)) {
      resolve(selector, pointer);
      return;
    }
    selector.role = parse_role(selector.text);
    if (!selector.role) {
      error(pointer, fmt::format("\"{}\" is no part that a host plays", selector.text),
            "leader_of: PARTITION, follower_of: PARTITION, controller: active, kv: leader, "
            "host_of: event");
    } else if (const auto complaint =
                   complaint_about(*selector.role, fault_->when ? &*fault_->when : nullptr, s_)) {
      error(pointer, complaint->message, complaint->expected);
    } else if (selector.role->part == Part::kv_leader) {
      selector.hosts = s_.kv.servers.hosts;  // it may turn out to be any of them
    }
  }
  void resolve_targets(ZoneLoss& action, const std::string& pointer) {
    resolve_place(action.hosts, pointer + "/zone_loss", "zone", s_.cluster.zones);
  }
  void resolve_targets(RegionLoss& action, const std::string& pointer) {
    resolve_place(action.hosts, pointer + "/region_loss", "region", s_.cluster.regions);
  }
  /// Idle hosts of a place go down with the others.
  template <class Places>
  void resolve_place(Selector& selector, const std::string& pointer, std::string_view what,
                     const Places& places) {
    std::vector<std::string_view> known;
    for (const auto& place : places) {
      known.push_back(place.name);
    }
    if (std::ranges::find(known, selector.text) == known.end()) {
      error(pointer, unknown_name(what, selector.text, known), one_of(known));
      return;
    }
    if (!select(selector.text, selector.hosts)) {
      error(pointer, fmt::format("no host stands in {}", selector.text));
    }
  }
  void resolve_targets(Partition& action, const std::string& pointer) {
    resolve_sides(action, pointer);
  }
  void resolve_targets(ConnectionReset& action, const std::string& pointer) {
    resolve_sides(action, pointer);
  }
  template <class Action>
  void resolve_sides(Action& action, const std::string& pointer) {
    resolve_struck(action.side, join_pointer(pointer, kind(action)));
    resolve_struck(action.from, pointer + "/from");
    if (action.side.role || action.from.role) {
      return;  // who plays the part is left out of the other side
    }
    for (const std::uint32_t host : action.side.hosts) {
      if (std::ranges::binary_search(action.from.hosts, host)) {
        error(pointer + "/from",
              fmt::format("{} stands on both sides", s_.cluster.hosts[host].name),
              "two sides without a host in common");
      }
    }
  }
  void resolve_targets(LoadSpike& action, const std::string& pointer) {
    const auto found = std::ranges::find(s_.workloads, action.workload, &Workload::name);
    if (found != s_.workloads.end()) {
      action.workload_index = static_cast<std::uint32_t>(found - s_.workloads.begin());
      return;
    }
    std::vector<std::string_view> known;
    for (const Workload& w : s_.workloads) {
      known.push_back(w.name);
    }
    error(pointer + "/load_spike", unknown_name("workload", action.workload, known), one_of(known));
  }

  [[nodiscard]] bool runs_something(std::uint32_t host) const {
    const auto has = [&](const Selector& s) { return std::ranges::binary_search(s.hosts, host); };
    return has(s_.log.brokers) || has(s_.log.controller) || has(s_.coordination.servers) ||
           has(s_.coordination.observers) || has(s_.kv.servers) ||
           std::ranges::any_of(s_.kv_clients, [&](const KvClients& c) { return has(c.on); }) ||
           std::ranges::any_of(s_.clients,
                               [&](const CoordinationClients& c) { return has(c.on); }) ||
           std::ranges::any_of(s_.workloads, [&](const Workload& w) { return has(w.on); }) ||
           std::ranges::any_of(s_.processors, [&](const Processor& p) { return has(p.on); }) ||
           std::ranges::any_of(s_.consumers, [&](const ConsumerGroup& g) { return has(g.on); });
  }

  /// A host that is down cannot crash; and of two faults of one kind, the first to end would end
  /// both.
  void check_overlaps() {
    for (std::size_t later = 0; later < s_.faults.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        check_overlap(later, earlier);
      }
    }
  }
  void check_overlap(std::size_t later, std::size_t earlier) {
    const Fault& a = s_.faults[earlier];
    const Fault& b = s_.faults[later];
    if (a.when || b.when) {
      return;  // nobody knows when
    }
    const auto until = [](const Fault& fault) {
      const std::optional<Duration> extends = extent(fault);
      return extends ? fault.at + *extends : Time::never();
    };
    const bool overlap = a.at <= until(b) && b.at <= until(a);
    if (quality(a.action) != quality(b.action) || !overlap) {
      return;
    }
    const std::vector<std::uint32_t> struck = hosts_struck(a.action);
    const std::string_view verb = kind(b.action);
    for (const std::uint32_t host : hosts_struck(b.action)) {
      if (std::ranges::binary_search(struck, host)) {
        error(fmt::format("/faults/{}/{}", later, verb),
              fmt::format("{} is already {} by fault {} of the list", s_.cluster.hosts[host].name,
                          is_down(b.action) ? "down" : fmt::format("under a {}", kind(a.action)),
                          earlier + 1),
              is_down(b.action) ? "crashes of a host that do not overlap"
                                : "faults of one kind that do not overlap on a host");
      }
    }
  }
  /// A host that is down for one reason is down for all.
  static bool is_down(const FaultAction& action) {
    const auto* zone = std::get_if<ZoneLoss>(&action);
    const auto* region = std::get_if<RegionLoss>(&action);
    return std::holds_alternative<Crash>(action) || std::holds_alternative<ProcessKill>(action) ||
           std::holds_alternative<Wipe>(action) || std::holds_alternative<RollingRestart>(action) ||
           (zone != nullptr && zone->of == PlaceLoss::power) ||
           (region != nullptr && region->of == PlaceLoss::power);
  }
  /// Faults of one quality exclude each other on a host.
  static std::size_t quality(const FaultAction& action) {
    return is_down(action) ? FaultAction(Crash{}).index() : action.index();
  }
  /// None for faults of the load, which multiply, and for cuts between hosts.
  static std::vector<std::uint32_t> hosts_struck(const FaultAction& action) {
    return std::visit(
        [](const auto& fault) -> std::vector<std::uint32_t> {
          if constexpr (requires { fault.hosts; }) {
            return fault.hosts.hosts;
          } else {
            return {};
          }
        },
        action);
  }

  // -------------------------------------------------------------------------------- verdicts

  void check_slos() {
    for (std::size_t i = 0; i < s_.slos.size(); ++i) {
      if (s_.slos[i].metric) {
        check_slo(s_.slos[i], fmt::format("/slos/{}", i));
      }
    }
  }

  void check_slo(const Slo& slo, const std::string& pointer) {
    const std::string_view metric = slo.metric->name;
    const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
      return std::ranges::find(names, metric) != names.end();
    };
    const bool about_faults =
        slo.phase == Phase::fault || is_one_of({"detection", "recovery", "drain"});
    if (about_faults && s_.faults.empty()) {
      error(pointer, fmt::format("\"{}\" speaks of a fault, and there is none", slo.text),
            "a fault in \"faults\"");
    }
    if (is_one_of({"e2e", "lag", "throughput_out", "delivered", "cost_per_million"}) &&
        s_.consumers.empty() && s_.clients.empty() && s_.kv_clients.empty()) {
      error(pointer, fmt::format("{} needs consumers, and there are none", metric),
            "a group in \"consumers\"");
    }
    if (slo.over && *slo.over > s_.duration - s_.warmup) {
      error(pointer, fmt::format("windows of {} do not fit into the {} after the warm-up",
                                 to_text(*slo.over), to_text(s_.duration - s_.warmup)));
    }
    if (s_.regime == Regime::adversarial && slo.metric->kind != MetricKind::scalar) {
      findings_.warning(pointer, fmt::format("{} means nothing in the adversarial regime", metric));
    }
  }

  /// What speaks of another scenario is judged with that.
  void check_expectations() {
    for (std::size_t i = 0; i < s_.expect.size(); ++i) {
      const std::string pointer = fmt::format("/expect/{}", i);
      if (findings_.has_errors_under(pointer)) {
        continue;
      }
      const Expectation& it = s_.expect[i];
      for (const Measured* one : {&it.value, it.divisor ? &*it.divisor : nullptr}) {
        if (one && one->scenario.empty()) {
          check_slo(one->subject, pointer + "/measure");
        }
      }
      for (std::size_t other = 0; other < i; ++other) {
        if (s_.expect[other].row == it.row) {
          error(pointer + "/row", fmt::format("the row \"{}\" stands here twice", it.row),
                "a name of its own");
        }
      }
    }
  }

  void check_knees() {
    for (std::size_t i = 0; i < s_.knees.size(); ++i) {
      const std::string pointer = fmt::format("/knees/{}", i);
      if (!findings_.has_errors_under(pointer)) {
        check_knee(s_.knees[i], pointer);
      }
    }
  }

  void check_knee(Knee& knee, const std::string& pointer) {
    const auto target = resolve_path(findings_.document(), knee.raise);
    const auto steps = target ? pointer_steps(*target) : std::vector<std::string>{};
    if (steps.size() != 3 || steps[0] != "workload" || steps[2] != "rate") {
      error(
          pointer + "/raise",
          target ? fmt::format("\"{}\" is not the rate of a workload", knee.raise) : target.error(),
          "the path of a workload's rate", "\"raise\": \"workload[0].rate\"");
      return;
    }
    knee.workload = static_cast<std::uint32_t>(std::stoul(steps[1]));
    if (knee.from >= knee.to) {
      error(pointer + "/to",
            fmt::format("a search from {} to {} has nothing between", rate_text(knee.from),
                        rate_text(knee.to)),
            fmt::format("more than {}", rate_text(knee.from)));
    }
    if (knee.warmup >= knee.duration) {
      error(pointer + "/warmup", "nothing is left of the probe after its warm-up",
            fmt::format("less than {}", to_text(knee.duration)));
    }
  }

  // --------------------------------------------------------------------------------- limits

  void check_amounts() {
    double partitions = 0;
    double replicas = s_.log.offsets.partitions * s_.log.offsets.replication;
    for (const auto& topic : s_.log.topics) {
      partitions += topic.partitions;
      replicas += static_cast<double>(topic.partitions) * topic.replication;
    }
    double producers = 0;
    for (const Workload& w : s_.workloads) {
      producers += w.producers;
    }
    double consumers = 0;
    for (const ConsumerGroup& g : s_.consumers) {
      consumers += g.members;
    }
    limit("/services/log/topics", "partitions", partitions, limits_.partitions);
    limit("/services/log/topics", "replicas", replicas, limits_.replicas);
    limit("/workload", "producers", producers, limits_.producers);
    limit("/consumers", "consumers", consumers, limits_.consumers);
    if (!findings_.has_errors()) {
      limit("/workload", "records", expected_records(s_), static_cast<double>(limits_.records));
      limit("/workload", "bytes of memory", estimated_memory_bytes(s_),
            static_cast<double>(limits_.memory_bytes));
      limit("/duration", "events", estimated_events(s_), static_cast<double>(limits_.events));
    }
  }

  Scenario& s_;
  Findings& findings_;
  const Limits& limits_;
  const Fault* fault_ = nullptr;  ///< whose targets are being looked at
  bool hosts_known_ = true;
};

}  // namespace

void validate(Scenario& scenario, Findings& findings, const Limits& limits) {
  Validator(scenario, findings, limits).run();
}

}  // namespace wavetank::scenarios
