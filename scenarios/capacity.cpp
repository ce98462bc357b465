#include <fmt/format.h>

#include <algorithm>

#include "models/hardware.h"
#include "scenarios/validate.h"

namespace wavetank::scenarios {

namespace {

struct Traffic {
  double in = 0;   ///< B/s
  double out = 0;  ///< B/s
};

/// What a compressor leaves of the workload's bytes, at best: the warning is for what cannot be.
double packed_share(const Workload& w) {
  const bool is_packed = w.producer.compression != log::Compression::none;
  return is_packed && w.model == LoadModel::fixed ? w.random_share : 1.0;
}

/// Bytes through all brokers' network cards, payload only: producers in, replicas in and out,
/// consumers out.
Traffic broker_traffic(const Scenario& s) {
  Traffic traffic;
  for (const Workload& w : s.workloads) {
    const double bytes = w.rate * mean_record_bytes(w) * packed_share(w);
    const double followers = s.log.topics[w.topic_index].replication - 1.0;
    const auto groups =
        static_cast<double>(std::ranges::count_if(s.consumers, [&](const ConsumerGroup& g) {
          return std::ranges::find(g.topic_indices, w.topic_index) != g.topic_indices.end();
        }));
    traffic.in += bytes * (1 + followers);
    traffic.out += bytes * (followers + groups);
  }
  return traffic;
}

}  // namespace

void hint_capacity(const Scenario& s, Findings& findings) {
  const Traffic traffic = broker_traffic(s);
  double cards = 0;
  double disks = 0;
  for (const std::uint32_t host : s.log.brokers.hosts) {
    const auto type = models::find_hardware(s.cluster.hosts[host].type);
    if (!type) {
      return;
    }
    const auto bits = s.cluster.network.nic_bits_per_s.value_or((*type)->nic_bits_per_s);
    cards += static_cast<double>(bits) / 8;
    disks += static_cast<double>((*type)->disk.write_bytes_per_s);
  }
  const auto warn = [&](std::string_view what, double asked, double has) {
    if (asked > has) {
      findings.warning("/workload",
                       fmt::format("the load moves {:.0f} MB/s {} the brokers, which carry {:.0f} "
                                   "MB/s together: utilisation {:.2f}, the queues will grow",
                                   asked * 1e-6, what, has * 1e-6, asked / has));
    }
  };
  warn("over the network into", traffic.in, cards);
  warn("over the network out of", traffic.out, cards);
  warn("onto the disks of", traffic.in, disks);
}

}  // namespace wavetank::scenarios
