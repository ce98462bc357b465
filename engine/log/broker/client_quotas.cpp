#include "engine/log/broker/client_quotas.h"

#include <algorithm>
#include <limits>

#include "engine/log/limits.h"

namespace wavetank::log {

ClientQuotas::ClientQuotas(NodeId self, const BrokerConfig& config, Probe& probe)
    : self_(self), config_(config), probe_(probe) {}

const ClientQuota* ClientQuotas::quota_of(std::string_view id) const {
  const ClientQuota* of_others = nullptr;
  for (const ClientQuota& quota : config_.quotas) {
    if (quota.client == id) {
      return &quota;
    }
    if (quota.client == kEveryOtherClient) {
      of_others = &quota;
    }
  }
  return of_others;
}

ClientQuotas::Client ClientQuotas::client(std::string_view id) {
  if (config_.quotas.empty()) {
    return kUnlimited;
  }
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    return found->second;
  }
  const ClientQuota* quota = quota_of(id);
  if (quota == nullptr) {
    return kUnlimited;
  }
  if (accounts_.size() == limits::kQuotaAccounts) {
    return static_cast<Client>(accounts_.size());  // who comes too late shares the last account
  }
  const SampledRate nothing(config_.quota_samples, config_.quota_sample);
  accounts_.push_back({std::string(id), *quota, nothing, nothing, nothing});
  return by_id_.emplace(id, static_cast<Client>(accounts_.size())).first->second;
}

Duration ClientQuotas::told(const Account& account, Duration throttle) {
  if (throttle > Duration()) {
    probe_.client_throttled(self_, account.id, throttle);
  }
  return throttle;
}

/// Never longer than a sample: a client that took much of the threads at once would be gone for
/// minutes.
Duration ClientQuotas::for_threads(Account& account, Time now) const {
  if (!account.quota.request_percentage) {
    return {};
  }
  constexpr double kNsPerPercent = 1e7;
  return std::min(
      account.thread_time.excess(*account.quota.request_percentage * kNsPerPercent, now),
      config_.quota_sample);
}

Duration ClientQuotas::produced(Client client, std::uint64_t bytes, Time now) {
  if (client == kUnlimited) {
    return {};
  }
  Account& it = account(client);
  Duration throttle = for_threads(it, now);
  if (it.quota.producer_byte_rate) {
    it.produced.record(static_cast<std::int64_t>(bytes), now);
    throttle = std::max(throttle,
                        it.produced.excess(static_cast<double>(*it.quota.producer_byte_rate), now));
  }
  return told(it, throttle);
}

Duration ClientQuotas::fetched(Client client, std::uint64_t bytes, Time now) {
  if (client == kUnlimited) {
    return {};
  }
  Account& it = account(client);
  Duration throttle = for_threads(it, now);
  if (it.quota.consumer_byte_rate) {
    const auto value = static_cast<std::int64_t>(bytes);
    it.fetched.record(value, now);
    throttle = std::max(throttle,
                        it.fetched.excess(static_cast<double>(*it.quota.consumer_byte_rate), now));
    if (throttle > Duration()) {
      it.fetched.record(-value, now);
    }
  }
  return told(it, throttle);
}

std::uint64_t ClientQuotas::fetch_bound(Client client) const {
  if (client == kUnlimited || !accounts_[client - 1].quota.consumer_byte_rate) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  const Duration whole = config_.quota_sample * (config_.quota_samples - 1);
  return static_cast<std::uint64_t>(
      static_cast<double>(*accounts_[client - 1].quota.consumer_byte_rate) * whole.seconds());
}

void ClientQuotas::served(Client client, Duration thread_time, Time now) {
  if (client != kUnlimited && account(client).quota.request_percentage) {
    account(client).thread_time.record(thread_time.ns(), now);
  }
}

}  // namespace wavetank::log
