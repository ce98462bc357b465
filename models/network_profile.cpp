#include "models/network_profile.h"

#include "engine/base/ensure.h"
#include "models/lookup.h"

namespace wavetank::models {

namespace {

/// A delay of at least `base` whose varying part has these quantiles.
PathDelay path(Duration base, Duration jitter_p50, Duration jitter_p99) {
  auto jitter = Distribution::lognormal(static_cast<double>(jitter_p50.ns()),
                                        static_cast<double>(jitter_p99.ns()));
  ENSURE(jitter.has_value(), "built-in quantiles are in order");
  return {base, *std::move(jitter)};
}

PathDelay exactly(Duration base) {
  return {base, Distribution::constant(Duration())};
}

std::vector<RegionPair> cloud_pairs() {
  return {
      {"ap-northeast-1", "ap-southeast-1", milliseconds(34)},
      {"ap-northeast-1", "eu-central-1", milliseconds(112)},
      {"ap-northeast-1", "eu-west-1", milliseconds(100)},
      {"ap-northeast-1", "us-east-1", milliseconds(74)},
      {"ap-northeast-1", "us-west-2", milliseconds(49)},
      {"ap-southeast-1", "eu-central-1", milliseconds(80)},
      {"ap-southeast-1", "eu-west-1", milliseconds(88)},
      {"ap-southeast-1", "us-east-1", milliseconds(108)},
      {"ap-southeast-1", "us-west-2", milliseconds(82)},
      {"eu-central-1", "eu-west-1", microseconds(12'500)},
      {"eu-central-1", "us-east-1", milliseconds(46)},
      {"eu-central-1", "us-west-2", milliseconds(72)},
      {"eu-west-1", "us-east-1", microseconds(34'500)},
      {"eu-west-1", "us-west-2", milliseconds(62)},
      {"us-east-1", "us-east-2", microseconds(6'500)},
      {"us-east-1", "us-west-2", milliseconds(31)},
      {"us-east-2", "us-west-2", milliseconds(25)},
  };
}

std::vector<NetworkProfile> build_profiles() {
  std::vector<NetworkProfile> profiles;
  profiles.emplace_back(NetworkProfile::Data{
      "cloud",
      "zones of a public cloud region of about 2020, fibre between regions",
      path(microseconds(10), microseconds(2), microseconds(20)),
      path(microseconds(50), microseconds(10), microseconds(100)),
      path(microseconds(350), microseconds(30), microseconds(300)),
      path(milliseconds(40), microseconds(100), microseconds(2'000)),
      cloud_pairs(),
      "public ping matrices of EC2 regions and zones, 2019 to 2021, round trips halved and rounded",
  });
  profiles.emplace_back(NetworkProfile::Data{
      "constant",
      "delays of \"cloud\" without any jitter: for closed forms and for telling causes apart",
      exactly(microseconds(10)),
      exactly(microseconds(60)),
      exactly(microseconds(380)),
      exactly(milliseconds(40)),
      {},
      "by construction",
  });
  profiles.emplace_back(NetworkProfile::Data{
      "lan",
      "one Gigabit Ethernet switch in one machine room; its zones are racks, its regions rooms",
      path(microseconds(10), microseconds(2), microseconds(20)),
      path(microseconds(45), microseconds(15), microseconds(150)),
      path(microseconds(60), microseconds(20), microseconds(200)),
      path(microseconds(200), microseconds(40), microseconds(400)),
      {},
      "assumed from kernel and interrupt latencies of the years 2008 to 2014",
  });
  return profiles;
}

const std::vector<NetworkProfile>& profiles() {
  static const std::vector<NetworkProfile> all = build_profiles();
  return all;
}

}  // namespace

const PathDelay& NetworkProfile::at(Distance distance) const {
  switch (distance) {
    case Distance::same_host:
      return data_.same_host;
    case Distance::same_zone:
      return data_.same_zone;
    case Distance::same_region:
      return data_.same_region;
    case Distance::other_region:
      break;
  }
  return data_.other_region;
}

PathDelay NetworkProfile::between_regions(std::string_view a, std::string_view b) const {
  if (a == b) {
    return data_.same_region;
  }
  for (const RegionPair& pair : data_.pairs) {
    if ((pair.a == a && pair.b == b) || (pair.a == b && pair.b == a)) {
      return {pair.base, data_.other_region.jitter};
    }
  }
  return data_.other_region;
}

std::span<const NetworkProfile> network_profiles() {
  return profiles();
}

std::vector<std::string_view> network_profile_names() {
  return names_of(network_profiles(), &NetworkProfile::name);
}

Result<const NetworkProfile*> find_network_profile(std::string_view name) {
  return find_by_name("network profile", network_profiles(), &NetworkProfile::name, name);
}

}  // namespace wavetank::models
