#include "sim/run/use_of_hosts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/resources/ratio.h"

namespace wavetank::sim {

namespace {

using reports::Resource;

/// A last window that is shorter says little of a peak.
constexpr Duration kLeastWindow = kUseWindow / 2;

/// Four digits are all that a chart can show.
double rounded(double share) {
  constexpr double kSteps = 10'000;
  return std::round(share * kSteps) / kSteps;
}

}  // namespace

UseOfHosts::UseOfHosts(World& world) : world_(world) {
  for (std::size_t host = 0; host < world.hosts.size(); ++host) {
    add_machine(world.machines[host], world.hosts[host]);
  }
  std::ranges::stable_sort(meters_, {}, [](const Meter& meter) {
    return std::pair(meter.use.host, meter.use.resource);
  });
}

void UseOfHosts::add(const std::string& host, Resource resource, std::uint64_t servers,
                     std::function<Duration()> total, const std::string& process) {
  reports::ResourceUse use;
  use.host = host;
  use.resource = resource;
  use.process = process;
  use.servers = servers;
  meters_.push_back({std::move(use), std::move(total)});
}

void UseOfHosts::add_machine(MachineId machine, HostId host) {
  Cluster& cluster = *world_.cluster;
  const MachineSpec& spec = cluster.machine(machine);
  Cpu& cpu = cluster.cpu(machine);
  Disk& disk = cluster.disk(machine);
  const NicCounters& nic = world_.network->counters(host);
  add(spec.name, Resource::cpu, spec.cores, [&cpu] { return cpu.busy_time(); });
  add(spec.name, Resource::nic_in, 1, [&nic] { return nic.busy_in; });
  add(spec.name, Resource::nic_out, 1, [&nic] { return nic.busy_out; });
  bool has_files = false;
  for (const NodeId node : cluster.nodes_on(machine)) {
    add_process(node, spec.name);
    has_files = has_files || cluster.node(node).files() != nullptr;
  }
  if (has_files) {
    add(spec.name, Resource::disk, 1, [&disk] { return disk.busy_time(); });
    add(spec.name, Resource::disk_channel, 1, [&disk] { return disk.channel_time(); });
    add(spec.name, Resource::disk_slots, spec.disk.queue_depth,
        [&disk] { return disk.service_time(); });
    add(spec.name, Resource::disk_appends, 1, [&cluster, &spec, machine] {
      std::uint64_t bytes = 0;
      for (const NodeId node : cluster.nodes_on(machine)) {
        const NodeFiles* files = cluster.node(node).files();
        bytes += files == nullptr ? 0 : files->appended_bytes();
      }
      return transfer_time(bytes, spec.disk.write_bytes_per_second);
    });
  }
}

void UseOfHosts::add_process(NodeId id, const std::string& host) {
  Node& node = world_.cluster->node(id);
  add(
      host, Resource::process, node.spec().concurrency, [&node] { return node.work_done(); },
      node.spec().name);
  if (node.requests() != nullptr) {
    add(
        host, Resource::request_handlers, node.requests()->spec().io_threads,
        [&node] { return node.request_handler_time(); }, node.spec().name);
  }
}

void UseOfHosts::begin() {
  last_ = read();
  edges_ = {last_};
}

UseOfHosts::Reading UseOfHosts::read() const {
  Reading reading{world_.kernel.now(), {}};
  reading.totals.reserve(meters_.size());
  for (const Meter& meter : meters_) {
    reading.totals.push_back(meter.total());
  }
  return reading;
}

double UseOfHosts::share(std::size_t meter, const Reading& from, const Reading& to) const {
  const Duration worked = to.totals[meter] - from.totals[meter];
  return worked.seconds() / (to.at - from.at).seconds() /
         static_cast<double>(meters_[meter].use.servers);
}

void UseOfHosts::look() {
  if (!edges_.empty() && world_.kernel.now() - last_.at >= kUseWindow) {
    close_window(read());
    if (++seconds_ % stride_ == 0) {
      keep(last_);
    }
  }
}

void UseOfHosts::close_window(Reading now) {
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    reports::ResourceUse& use = meters_[i].use;
    const double busy = share(i, last_, now);
    if (busy > use.peak) {
      use.peak = busy;
      use.peak_at = last_.at;
    }
  }
  last_ = std::move(now);
}

/// Past the bound, only every second edge stays.
void UseOfHosts::keep(Reading reading) {
  if (edges_.size() == reports::kMaxUseWindows) {
    for (std::size_t i = 0; 2 * i < edges_.size(); ++i) {
      std::swap(edges_[i], edges_[2 * i]);
    }
    edges_.resize((edges_.size() + 1) / 2);
    stride_ *= 2;
    if (seconds_ % stride_ != 0) {
      return;
    }
  }
  edges_.push_back(std::move(reading));
}

/// Of a host's processes the busiest stays.
void UseOfHosts::forget_idle_processes() {
  const auto is_busier = [](const Meter& a, const Meter& b) { return a.use.mean > b.use.mean; };
  const auto is_other = [](const Meter& meter) { return meter.use.resource != Resource::process; };
  for (auto it = meters_.begin(); it != meters_.end(); ++it) {
    if (is_other(*it)) {
      continue;
    }
    const std::string host = it->use.host;
    const auto end = std::find_if(it, meters_.end(), [&](const Meter& meter) {
      return is_other(meter) || meter.use.host != host;
    });
    std::stable_sort(it, end, is_busier);
    meters_.erase(it + 1, end);
  }
}

reports::Utilisation UseOfHosts::finish() {
  reports::Utilisation all;
  const Reading now = read();
  if (edges_.empty() || now.at <= edges_.front().at) {
    return all;
  }
  if (now.at - last_.at >= kLeastWindow || seconds_ == 0) {
    close_window(now);
  }
  all.from = edges_.front().at;
  all.to = now.at;
  all.window = kUseWindow * static_cast<std::int64_t>(stride_);
  if (edges_.back().at < now.at) {
    edges_.push_back(now);
  }
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    reports::ResourceUse& use = meters_[i].use;
    use.mean = share(i, edges_.front(), now);
    for (std::size_t edge = 1; edge < edges_.size(); ++edge) {
      use.windows.push_back(rounded(share(i, edges_[edge - 1], edges_[edge])));
    }
  }
  forget_idle_processes();
  for (Meter& meter : meters_) {
    all.resources.push_back(std::move(meter.use));
  }
  return all;
}

}  // namespace wavetank::sim
