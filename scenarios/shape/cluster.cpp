#include "scenarios/shape/parts.h"

#include "models/hardware.h"
#include "models/network_profile.h"

namespace wavetank::scenarios::shape {

Type<Cluster> cluster() {
  const auto region =
      Shape<Region>("a region")
          .required("name", &Region::name, own_name("a region", "\"eu\""),
                    "Name of the region; its zones are called \"eu-1\", \"eu-2\", ...")
          .optional("zones", &Region::zones, count<std::uint32_t>(1, 64),
                    "Number of availability zones.");
  const auto host =
      Shape<HostGroup>("a group of equal hosts")
          .required("name", &HostGroup::name, own_name("the hosts", "\"broker\""),
                    "Name of the group. With a count its hosts are called \"broker-1\", "
                    "\"broker-2\", ...; without, there is one host and it has this name.")
          .optional("count", &HostGroup::count, maybe(count<std::uint32_t>(1, 100'000)),
                    "Number of hosts.")
          .required("type", &HostGroup::type,
                    catalogue_name("machine type", models::hardware_names()),
                    "Machine type of the hardware catalogue (`wavetank list hardware`).")
          .optional(
              "spread", &HostGroup::spread, text("\"zones\" or the name of a zone", "\"eu-1\""),
              "\"zones\": one after the other over all zones; or the zone they all stand in.");
  const auto network =
      Shape<Network>("a network")
          .optional("profile", &Network::profile,
                    catalogue_name("network profile", models::network_profile_names()),
                    "Named set of measured delays (`wavetank list networks`).")
          .optional("same_zone", &Network::same_zone, maybe(duration()),
                    "One-way delay between hosts of a zone, instead of the profile's.")
          .optional("same_region", &Network::same_region, maybe(duration()),
                    "One-way delay between zones of a region, instead of the profile's.")
          .optional("other_region", &Network::other_region, maybe(duration()),
                    "One-way delay between regions, instead of the profile's.")
          .optional("bandwidth", &Network::nic_bits_per_s, maybe(bandwidth()),
                    "Bandwidth of every host's network card, each direction, instead of the "
                    "hardware's.");
  return Shape<Cluster>("a cluster")
      .optional("regions", &Cluster::regions, list(region.type(), 1),
                "Regions of the cluster. Default: one region \"eu\" with three zones.")
      .required("hosts", &Cluster::groups, list(host.type(), 1), "The machines.")
      .optional("network", &Cluster::network, network.type(), "The network between them.")
      .optional("cost_table", &Cluster::costs, costs(),
                "What a unit of work costs in CPU time: the name of a table (`wavetank list "
                "costs`), or the file of one that was measured (`wavetank calibrate`).")
      .type();
}

}  // namespace wavetank::scenarios::shape
