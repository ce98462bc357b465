#include "sim/run/use_of_hosts.h"

#include <algorithm>

namespace wavetank::sim {

void UseOfHosts::begin() {
  begun_ = world_.kernel.now();
  at_begin_.clear();
  for (std::size_t host = 0; host < world_.hosts.size(); ++host) {
    at_begin_.push_back(read(host));
  }
}

UseOfHosts::Reading UseOfHosts::read(std::size_t host) const {
  const MachineId machine = world_.machines[host];
  const NicCounters& nic = world_.network->counters(world_.hosts[host]);
  Reading reading{world_.cluster->cpu(machine).busy_time(),
                  world_.cluster->disk(machine).busy_time(),
                  nic.busy_in,
                  nic.busy_out,
                  0,
                  {}};
  for (const NodeId node : world_.cluster->nodes_on(machine)) {
    const NodeFiles* files = world_.cluster->node(node).files();
    reading.appended_bytes += files == nullptr ? 0 : files->appended_bytes();
    reading.processes.push_back(world_.cluster->node(node).work_done());
  }
  return reading;
}

std::vector<reports::HostUse> UseOfHosts::so_far() const {
  std::vector<reports::HostUse> uses;
  const double elapsed = (world_.kernel.now() - begun_).seconds();
  if (elapsed <= 0) {
    return uses;
  }
  for (std::size_t host = 0; host < world_.hosts.size(); ++host) {
    const MachineSpec& machine = world_.cluster->machine(world_.machines[host]);
    const Reading now = read(host);
    const Reading& then = at_begin_[host];
    const double demand = static_cast<double>(now.appended_bytes - then.appended_bytes) /
                          static_cast<double>(machine.disk.write_bytes_per_second);
    reports::HostUse use;
    use.host = machine.name;
    use.cpu = (now.cpu - then.cpu).seconds() / elapsed / machine.cores;
    use.disk = std::max((now.disk - then.disk).seconds(), demand) / elapsed;
    use.nic_in = (now.nic_in - then.nic_in).seconds() / elapsed;
    use.nic_out = (now.nic_out - then.nic_out).seconds() / elapsed;
    const std::vector<NodeId>& nodes = world_.cluster->nodes_on(world_.machines[host]);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const double cores = world_.cluster->node(nodes[i]).spec().concurrency;
      use.process =
          std::max(use.process, (now.processes[i] - then.processes[i]).seconds() / elapsed / cores);
    }
    uses.push_back(std::move(use));
  }
  std::ranges::sort(uses, {}, &reports::HostUse::host);
  return uses;
}

}  // namespace wavetank::sim
