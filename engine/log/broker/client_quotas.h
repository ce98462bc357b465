#pragma once

// What clients may ask of a broker: bytes produced and bytes consumed a second (KIP-13), and time
// of its threads (KIP-124). Who asks for more is answered at once, told how long to keep still, and
// not read for as long (KIP-219). Each broker judges for itself, by the client id that requests
// carry.
//
// Not as in Kafka: of a client's requests those that produce and fetch count, the others are few;
// there are no users, only client ids.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/log/broker/sampled_rate.h"
#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "engine/log/protocol/step.h"

namespace wavetank::port {
class Description;  // port/description.h
}

namespace wavetank::log {

class ClientQuotas {
 public:
  /// A client that some quota holds for; kUnlimited: none does.
  using Client = std::uint32_t;
  static constexpr Client kUnlimited = 0;

  /// REQUIRES: config and probe outlive it.
  ClientQuotas(NodeId self, const BrokerConfig& config, Probe& probe);

  Client client(std::string_view id);
  /// A produce request of so many bytes is about to be answered: how long its client must keep
  /// still.
  Duration produced(Client client, std::uint64_t bytes, Time now);
  /// A fetch is about to be answered with so many bytes. If its client must keep still it is to be
  /// given nothing, and nothing counts.
  Duration fetched(Client client, std::uint64_t bytes, Time now);
  /// Most bytes that a fetch may be answered with: more than a quota allows in all its samples
  /// would never be.
  [[nodiscard]] std::uint64_t fetch_bound(Client client) const;
  /// A request has taken a thread so long.
  void served(Client client, Duration thread_time, Time now);
  /// It is the one that this step serves.
  void served(Client client, const Step& step) {
    if (client != kUnlimited) {
      served(client, step.ports.thread_time(), step.now.monotonic);
    }
  }
  /// For who looks: the clients that a quota holds for.
  void describe(port::Description& out) const;

 private:
  struct Account {
    std::string id;
    ClientQuota quota;
    SampledRate produced;
    SampledRate fetched;
    SampledRate thread_time;
  };
  [[nodiscard]] const ClientQuota* quota_of(std::string_view id) const;
  Account& account(Client client) { return accounts_[client - 1]; }
  Duration for_threads(Account& account, Time now) const;
  Duration told(const Account& account, Duration throttle);

  NodeId self_;
  const BrokerConfig& config_;
  Probe& probe_;
  std::map<std::string, Client, std::less<>> by_id_;
  std::deque<Account> accounts_;  ///< of clients 1, 2, ...
};

}  // namespace wavetank::log
