#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

constexpr std::uint32_t kClientsMax = 10'000;
constexpr std::uint32_t kOutstandingMax = 10'000;
constexpr std::uint32_t kValueBytesMax = 1'000'000;
constexpr double kRateMax = 10e6;

}  // namespace

Type<CoordinationService> coordination_service() {
  using coordination::ServerConfig;
  const auto settings =
      Shape<ServerConfig>("settings of the coordination servers")
          .optional("tick_time", &ServerConfig::tick_time, positive_duration(),
                    "The unit of its timeouts; ZooKeeper: tickTime.")
          .optional("init_limit", &ServerConfig::init_limit, count<std::uint32_t>(1, 10'000),
                    "Ticks a follower may take to connect and catch up; ZooKeeper: initLimit.")
          .optional("sync_limit", &ServerConfig::sync_limit, count<std::uint32_t>(1, 10'000),
                    "Ticks of silence between leader and follower; ZooKeeper: syncLimit.")
          .optional("global_outstanding_limit", &ServerConfig::global_outstanding_limit,
                    count<std::uint32_t>(1, 1'000'000),
                    "Requests that a server has in process; ZooKeeper: globalOutstandingLimit.")
          .optional("snap_count", &ServerConfig::snap_count, count<std::uint32_t>(2, 100'000'000),
                    "Transactions between two snapshots; ZooKeeper: snapCount.")
          .optional("commit_log_count", &ServerConfig::commit_log_count,
                    count<std::uint32_t>(1, 1'000'000),
                    "Transactions kept at hand for followers that lag; ZooKeeper: commitLogCount.")
          .optional("min_session_timeout", &ServerConfig::min_session_timeout, positive_duration(),
                    "ZooKeeper: minSessionTimeout.")
          .optional("max_session_timeout", &ServerConfig::max_session_timeout, positive_duration(),
                    "ZooKeeper: maxSessionTimeout.")
          .optional("leader_serves", &ServerConfig::leader_serves, boolean(),
                    "Whether the leader takes clients; ZooKeeper: leaderServes.")
          .optional("finalize_wait", &ServerConfig::finalize_wait, duration(),
                    "How long an election waits for a better vote once a quorum agrees.");
  return Shape<CoordinationService>("the coordination service")
      .required("servers", &CoordinationService::servers, selector(),
                "The hosts of the ensemble; one voting server runs on each.")
      .optional("observers", &CoordinationService::observers, selector(),
                "Hosts of servers that follow and serve, and take part in no quorum.")
      .optional("server_settings", &CoordinationService::server, settings.type(),
                "Settings of all servers; ZooKeeper's names and defaults.")
      .type();
}

Type<CoordinationClients> coordination_clients() {
  using coordination::ClientConfig;
  const auto settings =
      Shape<ClientConfig>("settings of the clients")
          .optional("session_timeout", &ClientConfig::session_timeout, positive_duration(),
                    "What a client asks for; the servers' bounds hold.")
          .optional("reconnect_backoff", &ClientConfig::reconnect_backoff, positive_duration(),
                    "Before all servers are tried again.")
          .optional("reconnect_growth", &ClientConfig::reconnect_growth, number({1, 10}),
                    "Each further time, so many times as long; kazoo: 2.")
          .optional("reconnect_backoff_max", &ClientConfig::reconnect_backoff_max,
                    positive_duration(), "But no longer than this.")
          .optional("reconnect_jitter", &ClientConfig::reconnect_jitter, number({0, 1}),
                    "Longer or shorter by a random share of up to this; kazoo: 0.4.");
  return Shape<CoordinationClients>("clients of the coordination service")
      .required("name", &CoordinationClients::name, own_name("a set of clients", "\"workers\""),
                "Name of these clients.")
      .required("on", &CoordinationClients::on, selector(), "The hosts they run on.")
      .optional("servers", &CoordinationClients::servers, maybe(selector()),
                "The servers they connect to. Default: all of the ensemble.")
      .optional("clients", &CoordinationClients::clients, count<std::uint32_t>(1, kClientsMax),
                "Number of client processes, each with a session.")
      .optional("outstanding", &CoordinationClients::outstanding,
                count<std::uint32_t>(1, kOutstandingMax),
                "Requests that each keeps under way: the next is asked when one is answered.")
      .optional("rate", &CoordinationClients::rate, maybe(rate({0, kRateMax, true})),
                "Instead of a window: requests a second of all of them together, asked at random "
                "times (a Poisson process) whatever is answered.")
      .optional("read_share", &CoordinationClients::read_share, number({0, 1}),
                "Share of requests that read a node; the others change one.")
      .optional("create_share", &CoordinationClients::create_share, number({0, 1}),
                "Of the changes, the share that creates a node, which is removed again: beside the "
                "window, without waiting for it.")
      .optional("sequential_share", &CoordinationClients::sequential_share, number({0, 1}),
                "Of the creations, the share whose names the service numbers.")
      .optional("multi_share", &CoordinationClients::multi_share, number({0, 1}),
                "Of the changes, the share that changes two nodes, both or none.")
      .optional(
          "conditional_share", &CoordinationClients::conditional_share, number({0, 1}),
          "Of sets, the share that is refused unless the node has the version that this client "
          "saw last; and of changes of two nodes, the share that is refused.")
      .optional("sync_share", &CoordinationClients::sync_share, number({0, 1}),
                "Of the reads, the share before which the server catches up with its leader.")
      .optional("watch_share", &CoordinationClients::watch_share, number({0, 1}),
                "Of the reads, the share that leaves a watch.")
      .optional("value_bytes", &CoordinationClients::value_bytes,
                bytes<std::uint32_t>(0, kValueBytesMax), "Data of a node.")
      .optional("client", &CoordinationClients::client, settings.type(), "Settings of the clients.")
      .optional("start", &CoordinationClients::start, duration(), "When they are started.")
      .optional("stop", &CoordinationClients::stop, maybe(positive_duration()),
                "When they stop asking. Default: with the run.")
      .type();
}

}  // namespace wavetank::scenarios::shape
