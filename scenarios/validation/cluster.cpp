#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/suggest.h"
#include "scenarios/validation/check.h"

namespace wavetank::scenarios::validation {

namespace {

/// A platform's zones are few, a region's name is short: see the platform's own bounds.
constexpr std::size_t kZonesMax = 64;

class ClusterCheck : private Check {
 public:
  explicit ClusterCheck(const Check& check) : Check(check) {}

  void run() {
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
      return;
    }
    for (std::uint32_t g = 0; g < c.groups.size(); ++g) {
      expand_group(g);
    }
    check_host_names();
  }

 private:
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
};

}  // namespace

void check_cluster(const Check& check) {
  ClusterCheck(check).run();
}

}  // namespace wavetank::scenarios::validation
