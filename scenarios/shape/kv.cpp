#include "engine/coordination/kv/limits.h"
#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

constexpr std::uint32_t kClientsMax = kv::limits::kSessions / 2;
constexpr std::uint32_t kKeysMax = 10'000'000;
/// A value carries the number of the change that made it.
constexpr std::uint32_t kValueBytesMin = 8;
constexpr std::uint32_t kKeyBytesMax = 4096;

}  // namespace

Type<KvService> kv_service() {
  const auto settings =
      Shape<kv::ServerConfig>("settings of the key-value servers")
          .optional("quorum", &kv::ServerConfig::quorum, quorum_settings(kv::etcd_quorum()),
                    "Settings of their quorum; timeouts and bounds are etcd's, which also counts "
                    "ticks, and "
                    "asks for no pre-votes before 3.5.")
          .optional(
              "forwards", &kv::ServerConfig::forwards, boolean(),
              "Followers hand requests on to the leader, as etcd's do, instead of telling the "
              "client whom to ask.");
  return Shape<KvService>("the key-value service")
      .required("servers", &KvService::servers, selector(),
                "The hosts of its servers: one, three, five, seven or nine.")
      .optional("server_settings", &KvService::server, settings.type(), "Settings of all servers.")
      .type();
}

Type<KvClients> kv_clients() {
  using kv::ClientConfig;
  const auto settings =
      Shape<ClientConfig>("settings of the clients")
          .optional("attempt_timeout", &ClientConfig::attempt_timeout, positive_duration(),
                    "A server that has not answered for this long is given up for another.")
          .optional("timeout", &ClientConfig::timeout, positive_duration(),
                    "A request that has not been answered for this long is given up, with unknown "
                    "outcome.")
          .optional("retry_backoff", &ClientConfig::retry_backoff, positive_duration(),
                    "Before all servers are tried again.");
  return Shape<KvClients>("clients of the key-value service")
      .required("name", &KvClients::name, own_name("a set of clients", "\"writers\""),
                "Name of these clients.")
      .required("on", &KvClients::on, selector(), "The hosts they run on.")
      .optional("servers", &KvClients::servers, maybe(selector()),
                "The servers they know. Default: all.")
      .optional("clients", &KvClients::clients, count<std::uint32_t>(1, kClientsMax),
                "Number of client processes, each with a session.")
      .optional("outstanding", &KvClients::outstanding,
                count<std::uint32_t>(1, kv::limits::kOpenRequests),
                "Requests that each keeps under way: the next is asked when one is answered.")
      .optional("rate", &KvClients::rate, maybe(rate({1e-3, 1e7})),
                "Requests of all of them together, at random times whatever the answers: an open "
                "loop. Default: a closed loop.")
      .optional("read_share", &KvClients::read_share, number({0, 1}),
                "Share of requests that read a key; the others change one.")
      .optional("serializable_share", &KvClients::serializable_share, number({0, 1}),
                "Of the reads, the share that any server answers with what it has; the others are "
                "linearizable.")
      .optional("compare_share", &KvClients::compare_share, number({0, 1}),
                "Of the changes, the share that puts only if the key is as the client saw it last.")
      .optional("remove_share", &KvClients::remove_share, number({0, 1}),
                "Of the changes, the share that removes a key.")
      .optional("keys", &KvClients::keys, count<std::uint64_t>(1, kKeysMax),
                "How many keys they read and change, each alike.")
      .optional("new_keys", &KvClients::new_keys, boolean(),
                "Every put is of a key that was never put before.")
      .optional("key_bytes", &KvClients::key_bytes, bytes<std::uint32_t>(8, kKeyBytesMax),
                "Length of a key.")
      .optional("value_bytes", &KvClients::value_bytes,
                bytes<std::uint32_t>(kValueBytesMin, 1'000'000), "Length of a value.")
      .optional("client", &KvClients::client, settings.type(), "Settings of the clients.")
      .optional("stop", &KvClients::stop, maybe(positive_duration()),
                "When they stop asking. Default: with the run.")
      .type();
}

}  // namespace wavetank::scenarios::shape
