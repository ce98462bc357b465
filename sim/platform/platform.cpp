#include "sim/platform/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <set>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/kernel/resource/NetworkModelIntf.hpp>
#include <simgrid/s4u.hpp>
#include <unordered_map>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {

namespace s4u = simgrid::s4u;

constexpr double kUnlimitedBytesPerS = 1e15;
constexpr double kSecondsPerNs = 1e-9;

double seconds_of(Duration d) {
  return static_cast<double>(d.ns()) * kSecondsPerNs;
}

/// SimGrid installs handlers of its own for these; interrupting a run is the program's affair.
class KeepSignalHandlers {
 public:
  KeepSignalHandlers() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &saved_[i]);
    }
  }
  ~KeepSignalHandlers() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &saved_[i], nullptr);
    }
  }
  KeepSignalHandlers(const KeepSignalHandlers&) = delete;
  KeepSignalHandlers& operator=(const KeepSignalHandlers&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, kSignals.size()> saved_{};
};

/// Fibers confuse AddressSanitizer. Nothing here runs in a context, but SimGrid makes one anyway.
constexpr bool needs_thread_contexts() {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return true;
#else
  return false;
#endif
#else
  return false;
#endif
}

s4u::Engine* quiet_engine() {
  const KeepSignalHandlers keep;
  std::vector<std::string> words{"wavetank", "--log=root.thresh:critical"};
  if (needs_thread_contexts()) {
    words.emplace_back("--cfg=contexts/factory:thread");
  }
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  int argc = static_cast<int>(words.size());
  auto* engine = new s4u::Engine(&argc, argv.data());
  // CM02 alone takes a route's latency as it is: the default model multiplies it by 13.
  s4u::Engine::set_config("network/model:CM02");
  s4u::Engine::set_config("network/latency-factor:1");
  s4u::Engine::set_config("network/bandwidth-factor:1");
  s4u::Engine::set_config("network/weight-S:0");
  s4u::Engine::set_config("network/crosstraffic:0");
  s4u::Engine::set_config("network/TCP-gamma:1e15");
  s4u::Engine::set_config("surf/precision:1e-10");
  return engine;
}

/// What can be wrong with a specification, all of it.
class Problems {
 public:
  void check(bool holds, std::string problem) {
    if (!holds) {
      all_ += (all_.empty() ? "" : "; ") + problem;
    }
  }
  [[nodiscard]] Status verdict() const {
    if (!all_.empty()) {
      return fail("impossible platform: " + all_);
    }
    return {};
  }

 private:
  std::string all_;
};

void check_host(const HostSpec& host, std::set<std::string>& names, Problems& problems) {
  problems.check(!host.name.empty(), "a host has no name");
  problems.check(names.insert(host.name).second,
                 fmt::format("two hosts are named '{}'", host.name));
  problems.check(host.cores > 0, fmt::format("host '{}' has no cores", host.name));
  problems.check(host.nic_bytes_per_s > 0,
                 fmt::format("host '{}' has a network card of 0 bytes/s", host.name));
}

Status check(const PlatformSpec& spec) {
  Problems problems;
  std::set<std::string> host_names;
  std::set<std::string> group_names;
  std::size_t zones = 0;
  for (const RegionSpec& region : spec.regions) {
    problems.check(group_names.insert(region.name).second,
                   fmt::format("two regions or zones are named '{}'", region.name));
    for (const ZoneSpec& zone : region.zones) {
      ++zones;
      problems.check(group_names.insert(zone.name).second,
                     fmt::format("two regions or zones are named '{}'", zone.name));
      problems.check(zone.latency.ns() > 0, fmt::format("zone '{}' has no latency", zone.name));
      problems.check(region.zones.size() == 1 || region.zone_latency >= zone.latency,
                     fmt::format("zone '{}' has a greater latency within than to other zones of "
                                 "region '{}'",
                                 zone.name, region.name));
      for (const HostSpec& host : zone.hosts) {
        check_host(host, host_names, problems);
      }
    }
  }
  problems.check(!host_names.empty(), "it has no hosts");
  problems.check(host_names.size() <= kHostsMax,
                 fmt::format("{} hosts, above the limit of {}", host_names.size(), kHostsMax));
  problems.check(zones <= kZonesMax,
                 fmt::format("{} zones, above the limit of {}", zones, kZonesMax));
  problems.check(spec.loopback_latency.ns() >= 0, "the loopback latency is negative");
  return problems.verdict();
}

/// The way from one zone to another (or within one).
struct ZonePath {
  Duration latency;
  std::uint64_t bytes_per_s = 0;  // 0: no limit
};

}  // namespace

struct Platform::Impl final : EventTarget {
  struct Host {
    HostSpec spec;
    std::uint32_t zone;
    s4u::Host* simgrid;
    s4u::Link* out;
    s4u::Link* in;
  };
  struct Zone {
    std::string name;
    std::uint32_t region;
    Duration latency;
    s4u::NetZone* simgrid;
    simgrid::kernel::routing::NetPoint* gateway;
  };
  struct Flow {
    s4u::CommPtr comm;
    FlowObserver* observer = nullptr;
    std::uint64_t payload = 0;
    std::uint32_t generation = 0;
    bool failed = false;
  };

  explicit Impl(Kernel& the_kernel) : kernel(the_kernel) {}

  Status build(const PlatformSpec& spec);
  Status lay_paths(const PlatformSpec& spec);
  void build_zone(const ZoneSpec& spec, std::uint32_t index, s4u::NetZone* root);
  void build_paths();
  void verify_paths();
  void verify_ping();

  [[nodiscard]] const ZonePath& path(std::uint32_t from, std::uint32_t to) const {
    return paths[from * zones.size() + to];
  }
  [[nodiscard]] ZonePath& path(std::uint32_t from, std::uint32_t to) {
    return paths[from * zones.size() + to];
  }
  [[nodiscard]] const Host& at(HostId host) const {
    ENSURE(host.value() < hosts.size(), "no such host");
    return hosts[host.value()];
  }

  [[nodiscard]] std::uint64_t path_rate(const Host& from, const Host& to) const {
    const std::uint64_t cards = std::min(from.spec.nic_bytes_per_s, to.spec.nic_bytes_per_s);
    const std::uint64_t between = path(from.zone, to.zone).bytes_per_s;
    return between == 0 ? cards : std::min(cards, between);
  }

  [[nodiscard]] double simgrid_date(Time date) const {
    return epoch_s + static_cast<double>(date.ns()) * kSecondsPerNs;
  }
  void catch_up(Time date);
  void changed();
  Time next_date();
  void on_completion(const s4u::Activity& activity);
  void fire(std::uint64_t slot) override;
  [[nodiscard]] std::string describe(std::uint64_t slot) const override {
    return "platform: flow " + std::to_string(static_cast<std::uint32_t>(slot)) + " has ended";
  }
  Flow* find(FlowId flow);
  std::uint32_t take_slot();
  void release(std::uint32_t slot);

  Kernel& kernel;
  s4u::Engine* engine = nullptr;
  simgrid::kernel::resource::Model* network_model = nullptr;
  std::vector<std::string> regions;
  std::vector<Zone> zones;
  std::vector<Host> hosts;
  std::vector<ZonePath> paths;  // zones x zones
  Duration loopback_latency;

  double epoch_s = 0;  // SimGrid's clock when the kernel's was 0
  Time simgrid_now;    // SimGrid has been brought up to here
  Time cached_next = Time::never();
  bool next_is_known = false;
  /// SimGrid has been told of something that it only acts upon in its next step.
  bool must_be_stepped = false;

  std::vector<Flow> flows;
  std::vector<std::uint32_t> free_flows;
  std::vector<s4u::CommPtr> cancelled;  // SimGrid holds plain pointers to them until its next step
  std::unordered_map<const s4u::Activity*, std::uint32_t> flow_of;  // live flows; never iterated
};

Status Platform::Impl::build(const PlatformSpec& spec) {
  loopback_latency = spec.loopback_latency;
  std::uint32_t region = 0;
  for (const RegionSpec& region_spec : spec.regions) {
    regions.push_back(region_spec.name);
    for (const ZoneSpec& zone : region_spec.zones) {
      zones.push_back({zone.name, region, zone.latency, nullptr, nullptr});
    }
    ++region;
  }
  if (Status laid = lay_paths(spec); !laid) {
    return laid;
  }
  engine = quiet_engine();
  s4u::NetZone* root = s4u::create_full_zone("world");
  std::uint32_t zone = 0;
  for (const RegionSpec& region_spec : spec.regions) {
    for (const ZoneSpec& zone_spec : region_spec.zones) {
      build_zone(zone_spec, zone++, root);
    }
  }
  build_paths();
  for (const Zone& built : zones) {
    built.simgrid->seal();
  }
  root->seal();
  engine->seal_platform();
  network_model = dynamic_cast<simgrid::kernel::resource::Model*>(root->get_network_model());
  ENSURE(network_model != nullptr, "SimGrid's network model announces its next event");
  s4u::Activity::on_completion_cb(
      [this](const s4u::Activity& activity) { on_completion(activity); });
  verify_paths();
  verify_ping();
  return {};
}

void Platform::Impl::build_zone(const ZoneSpec& spec, std::uint32_t index, s4u::NetZone* root) {
  s4u::NetZone* zone = s4u::create_star_zone(fmt::format("z{}", index))->set_parent(root);
  auto* gateway = zone->create_router(fmt::format("g{}", index));
  zone->add_route(gateway, nullptr, nullptr, nullptr, {}, true);
  for (const HostSpec& host : spec.hosts) {
    // Names of SimGrid's own: those of the specification need not be unique across kinds.
    const std::string name = fmt::format("h{}", hosts.size());
    s4u::Host* simgrid_host =
        zone->create_host(name, 1e9)->set_core_count(static_cast<int>(host.cores));
    const auto rate = static_cast<double>(host.nic_bytes_per_s);
    // All of the zone's latency sits on the way out, so that it counts once on every route.
    s4u::Link* out =
        zone->create_link(name + ".out", rate)->set_latency(seconds_of(spec.latency))->seal();
    s4u::Link* in = zone->create_link(name + ".in", rate)->set_latency(0.0)->seal();
    zone->add_route(simgrid_host->get_netpoint(), nullptr, nullptr, nullptr,
                    {s4u::LinkInRoute(out)}, false);
    zone->add_route(nullptr, simgrid_host->get_netpoint(), nullptr, nullptr, {s4u::LinkInRoute(in)},
                    false);
    hosts.push_back({host, index, simgrid_host, out, in});
  }
  zones[index].simgrid = zone;
  zones[index].gateway = gateway;
}

Status Platform::Impl::lay_paths(const PlatformSpec& spec) {
  const std::size_t count = regions.size();
  std::vector<ZonePath> between(count * count, ZonePath{spec.region_latency, 0});
  Problems problems;
  for (const RegionRouteSpec& route : spec.routes) {
    const auto from = std::find(regions.begin(), regions.end(), route.from) - regions.begin();
    const auto to = std::find(regions.begin(), regions.end(), route.to) - regions.begin();
    const auto n = static_cast<std::ptrdiff_t>(count);
    problems.check(from < n, fmt::format("a route begins in an unknown region '{}'", route.from));
    problems.check(to < n, fmt::format("a route ends in an unknown region '{}'", route.to));
    problems.check(from != to, fmt::format("a route leads from region '{}' to itself", route.from));
    if (from < n && to < n) {
      between[static_cast<std::size_t>(from * n + to)] = {route.latency, route.bytes_per_s};
      between[static_cast<std::size_t>(to * n + from)] = {route.latency, route.bytes_per_s};
    }
  }
  paths.resize(zones.size() * zones.size());
  for (std::uint32_t a = 0; a < zones.size(); ++a) {
    for (std::uint32_t b = 0; b < zones.size(); ++b) {
      const RegionSpec& region = spec.regions[zones[a].region];
      ZonePath& way = path(a, b);
      if (a == b) {
        way = {zones[a].latency, 0};
      } else if (zones[a].region == zones[b].region) {
        way = {region.zone_latency, region.zone_bytes_per_s};
      } else {
        way = between[zones[a].region * count + zones[b].region];
      }
      problems.check(way.latency >= zones[a].latency,
                     fmt::format("the latency from zone '{}' to zone '{}' is below that within "
                                 "zone '{}'",
                                 zones[a].name, zones[b].name, zones[a].name));
    }
  }
  return problems.verdict();
}

void Platform::Impl::build_paths() {
  for (std::uint32_t a = 0; a < zones.size(); ++a) {
    for (std::uint32_t b = 0; b < zones.size(); ++b) {
      if (a == b) {
        continue;
      }
      const ZonePath& way = path(a, b);
      const bool limited = way.bytes_per_s > 0;
      s4u::NetZone* root = engine->get_netzone_root();
      s4u::Link* link =
          root->create_link(fmt::format("z{}-z{}", a, b),
                            limited ? static_cast<double>(way.bytes_per_s) : kUnlimitedBytesPerS)
              ->set_latency(seconds_of(way.latency - zones[a].latency));
      if (!limited) {
        link->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
      }
      link->seal();
      root->add_route(zones[a].simgrid->get_netpoint(), zones[b].simgrid->get_netpoint(),
                      zones[a].gateway, zones[b].gateway, {s4u::LinkInRoute(link)}, false);
    }
  }
}

/// SimGrid's routes have the latencies that were asked for.
void Platform::Impl::verify_paths() {
  std::vector<const Host*> first_of_zone(zones.size(), nullptr);
  std::vector<const Host*> last_of_zone(zones.size(), nullptr);
  for (const Host& host : hosts) {
    if (first_of_zone[host.zone] == nullptr) {
      first_of_zone[host.zone] = &host;
    }
    last_of_zone[host.zone] = &host;
  }
  for (const Host* from : first_of_zone) {
    for (const Host* to : last_of_zone) {
      if (from == nullptr || to == nullptr || from == to) {
        continue;
      }
      std::vector<s4u::Link*> links;
      double latency_s = 0;
      from->simgrid->route_to(to->simgrid, links, &latency_s);
      ENSURE(std::abs(latency_s - seconds_of(path(from->zone, to->zone).latency)) < 1e-10,
             "a route has the latency specified");
    }
  }
}

/// A transfer of one byte takes what the specification says: no factor of the model is at work.
void Platform::Impl::verify_ping() {
  if (hosts.size() >= 2) {
    const Host& from = hosts.front();
    const Host& to = hosts.back();
    const double expected_s = seconds_of(path(from.zone, to.zone).latency) +
                              1.0 / static_cast<double>(path_rate(from, to));
    const double start_s = s4u::Engine::get_clock();
    s4u::CommPtr ping = s4u::Comm::sendto_init(from.simgrid, to.simgrid)->set_payload_size(1);
    ping->vetoable_start();
    engine->run_until(start_s + 2 * expected_s + 1);
    ENSURE(ping->get_state() == s4u::Activity::State::FINISHED, "a ping arrives");
    ENSURE(std::abs(ping->get_finish_time() - start_s - expected_s) < 1e-9,
           "a ping takes the latency specified");
  }
  epoch_s = s4u::Engine::get_clock();
}

void Platform::Impl::catch_up(Time date) {
  if (date > simgrid_now) {
    engine->run_until(simgrid_date(date));
    simgrid_now = date;
    next_is_known = false;
    must_be_stepped = false;
    cancelled.clear();
  }
}

void Platform::Impl::changed() {
  next_is_known = false;
  kernel.companion_changed();
}

Time Platform::Impl::next_date() {
  if (next_is_known) {
    return cached_next;
  }
  next_is_known = true;
  cached_next = Time::never();
  if (must_be_stepped) {
    cached_next = simgrid_now + nanoseconds(1);
    return cached_next;
  }
  if (flow_of.empty()) {
    return cached_next;
  }
  const double now_s = s4u::Engine::get_clock();
  const double delta_s = network_model->next_occurring_event(now_s);
  if (delta_s < 0) {
    return cached_next;
  }
  // The first whole nanosecond at which SimGrid has done it; at least one on, so that a remainder
  // below the clock's resolution does not hold up the kernel.
  const double next_s = now_s + delta_s;
  Time date(static_cast<std::int64_t>(std::ceil((next_s - epoch_s) / kSecondsPerNs)));
  if (simgrid_date(date) < next_s) {
    date += nanoseconds(1);
  }
  cached_next = std::max(date, simgrid_now + nanoseconds(1));
  return cached_next;
}

void Platform::Impl::on_completion(const s4u::Activity& activity) {
  const auto found = flow_of.find(&activity);
  if (found == flow_of.end()) {
    return;  // cancelled, or told of already
  }
  const std::uint32_t slot = found->second;
  flow_of.erase(found);
  Flow& flow = flows[slot];
  flow.failed = activity.get_state() != s4u::Activity::State::FINISHED;
  kernel.schedule(kernel.now(), *this, std::uint64_t{flow.generation} << 32 | slot);
}

void Platform::Impl::fire(std::uint64_t payload) {
  Flow* flow = find(FlowId(payload));
  if (flow == nullptr) {
    return;  // cancelled between its end and the news of it
  }
  FlowObserver& observer = *flow->observer;
  const std::uint64_t observers_payload = flow->payload;
  const bool failed = flow->failed;
  release(static_cast<std::uint32_t>(payload));
  observer.flow_ended(observers_payload, failed);
}

Platform::Impl::Flow* Platform::Impl::find(FlowId id) {
  const auto slot = static_cast<std::uint32_t>(id.value());
  const auto generation = static_cast<std::uint32_t>(id.value() >> 32);
  ENSURE(slot < flows.size(), "no such flow");
  Flow& flow = flows[slot];
  return flow.generation == generation && flow.observer != nullptr ? &flow : nullptr;
}

std::uint32_t Platform::Impl::take_slot() {
  if (free_flows.empty()) {
    flows.emplace_back();
    return static_cast<std::uint32_t>(flows.size() - 1);
  }
  const std::uint32_t slot = free_flows.back();
  free_flows.pop_back();
  return slot;
}

void Platform::Impl::release(std::uint32_t slot) {
  Flow& flow = flows[slot];
  flow.comm = nullptr;
  flow.observer = nullptr;
  flow.failed = false;
  ++flow.generation;
  free_flows.push_back(slot);
}

Platform::Platform(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
/// SimGrid complains of transfers that are under way when they are freed.
Platform::~Platform() {
  for (const Impl::Flow& flow : impl_->flows) {
    if (flow.comm != nullptr && impl_->flow_of.contains(flow.comm.get())) {
      flow.comm->cancel();
    }
  }
}

Result<std::unique_ptr<Platform>> Platform::create(const PlatformSpec& spec, Kernel& kernel) {
  if (Status checked = check(spec); !checked) {
    return tl::unexpected<Error>(checked.error());
  }
  ENSURE(!s4u::Engine::has_instance(), "one platform in a process");
  ENSURE(kernel.now() == Time(), "a platform begins with the kernel");
  auto impl = std::make_unique<Impl>(kernel);
  if (Status built = impl->build(spec); !built) {
    return tl::unexpected<Error>(built.error());
  }
  std::unique_ptr<Platform> platform(new Platform(std::move(impl)));
  kernel.attach(*platform);
  return platform;
}

std::size_t Platform::host_count() const {
  return impl_->hosts.size();
}

const HostSpec& Platform::host(HostId host) const {
  return impl_->at(host).spec;
}

Result<HostId> Platform::find(std::string_view host_name) const {
  for (std::uint32_t i = 0; i < impl_->hosts.size(); ++i) {
    if (impl_->hosts[i].spec.name == host_name) {
      return HostId(i);
    }
  }
  return fail(fmt::format("no host is named '{}'", host_name));
}

std::vector<HostId> Platform::hosts_in(std::string_view region_or_zone) const {
  std::vector<HostId> found;
  for (std::uint32_t i = 0; i < impl_->hosts.size(); ++i) {
    const Impl::Zone& zone = impl_->zones[impl_->hosts[i].zone];
    if (zone.name == region_or_zone || impl_->regions[zone.region] == region_or_zone) {
      found.emplace_back(i);
    }
  }
  return found;
}

Duration Platform::latency(HostId from, HostId to) const {
  if (from == to) {
    return impl_->loopback_latency;
  }
  return impl_->path(impl_->at(from).zone, impl_->at(to).zone).latency;
}

std::uint64_t Platform::path_rate(HostId from, HostId to) const {
  return impl_->path_rate(impl_->at(from), impl_->at(to));
}

std::uint64_t Platform::nic_rate(HostId host) const {
  return impl_->at(host).spec.nic_bytes_per_s;
}

FlowId Platform::start_flow(HostId from, HostId to, std::uint64_t bytes, FlowObserver& observer,
                            std::uint64_t payload) {
  ENSURE(bytes > 0 && from != to, "a flow moves bytes between two hosts");
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  const std::uint32_t slot = impl.take_slot();
  Impl::Flow& flow = impl.flows[slot];
  flow.observer = &observer;
  flow.payload = payload;
  const FlowId id(std::uint64_t{flow.generation} << 32 | slot);
  s4u::Host* source = impl.at(from).simgrid;
  s4u::Host* destination = impl.at(to).simgrid;
  if (!source->is_on() || !destination->is_on()) {  // SimGrid would abort
    flow.failed = true;
    impl.kernel.schedule(impl.kernel.now(), impl, id.value());
    return id;
  }
  flow.comm = s4u::Comm::sendto_init(source, destination)->set_payload_size(bytes);
  impl.flow_of.emplace(flow.comm.get(), slot);
  flow.comm->vetoable_start();
  impl.changed();
  return id;
}

void Platform::cancel_flow(FlowId id) {
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  Impl::Flow* flow = impl.find(id);
  if (flow == nullptr) {
    return;
  }
  if (flow->comm != nullptr && impl.flow_of.erase(flow->comm.get()) > 0) {
    flow->comm->cancel();
    impl.cancelled.push_back(flow->comm);
    impl.must_be_stepped = true;
  }
  impl.release(static_cast<std::uint32_t>(id.value()));
  impl.changed();
}

std::uint64_t Platform::flow_remaining_bytes(FlowId id) {
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  Impl::Flow* flow = impl.find(id);
  if (flow == nullptr || flow->comm == nullptr || impl.flow_of.count(flow->comm.get()) == 0) {
    return 0;
  }
  return static_cast<std::uint64_t>(std::max(0.0, std::ceil(flow->comm->get_remaining())));
}

std::size_t Platform::live_flows() const {
  return impl_->flow_of.size();
}

void Platform::set_host_on(HostId host, bool on) {
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  s4u::Host* simgrid_host = impl.at(host).simgrid;
  if (simgrid_host->is_on() == on) {
    return;
  }
  if (on) {
    simgrid_host->turn_on();
  } else {
    simgrid_host->turn_off();
    impl.must_be_stepped = true;
  }
  impl.changed();
}

bool Platform::host_is_on(HostId host) const {
  return impl_->at(host).simgrid->is_on();
}

void Platform::set_flow_capacity(HostId host, double out_bytes_per_s, double in_bytes_per_s) {
  ENSURE(out_bytes_per_s > 0 && in_bytes_per_s > 0, "a card has some capacity");
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  bool is_new = false;
  const auto set = [&is_new](s4u::Link* link, double bytes_per_s) {
    if (link->get_bandwidth() != bytes_per_s) {  // setting it makes SimGrid share anew
      link->set_bandwidth(bytes_per_s);
      is_new = true;
    }
  };
  set(impl.at(host).out, out_bytes_per_s);
  set(impl.at(host).in, in_bytes_per_s);
  if (is_new) {
    impl.changed();
  }
}

Platform::FlowUsage Platform::flow_usage(HostId host) {
  Impl& impl = *impl_;
  impl.catch_up(impl.kernel.now());
  impl.next_date();  // solves the sharing, if it has changed
  return {impl.at(host).out->get_usage(), impl.at(host).in->get_usage()};
}

Time Platform::next_date() {
  return impl_->next_date();
}

void Platform::advance_to(Time date) {
  impl_->catch_up(date);
}

}  // namespace wavetank::sim
