#pragma once

// Named network profiles: one-way delays by how far apart two hosts stand. Bandwidth is the NICs'
// affair (models/hardware). Sources and ranges: models/cards/network.md.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "models/distribution.h"

namespace wavetank::models {

/// The delay of one message, one way, without serialisation or queueing at NICs: a part that never
/// varies, which a simulator may use as the latency of a link, and a part drawn for each message.
struct PathDelay {
  Duration base;
  Distribution jitter;  ///< ns, added to `base`

  [[nodiscard]] Duration draw(Random& random) const { return base + jitter.draw_duration(random); }
  [[nodiscard]] Duration quantile(double p) const { return base + jitter.quantile_duration(p); }
};

enum class Distance : std::uint8_t {
  same_host,
  same_zone,
  same_region,  ///< other zone
  other_region,
};

/// Measured delay between two regions, one way; symmetric.
struct RegionPair {
  std::string_view a;
  std::string_view b;
  Duration base;
};

class NetworkProfile {
 public:
  struct Data {
    std::string_view name;
    std::string_view description;
    PathDelay same_host;
    PathDelay same_zone;
    PathDelay same_region;
    PathDelay other_region;  ///< between regions that no pair names
    std::vector<RegionPair> pairs;
    std::string_view source;
  };
  explicit NetworkProfile(Data data) : data_(std::move(data)) {}

  [[nodiscard]] std::string_view name() const { return data_.name; }
  [[nodiscard]] std::string_view description() const { return data_.description; }
  [[nodiscard]] std::string_view source() const { return data_.source; }
  [[nodiscard]] std::span<const RegionPair> pairs() const { return data_.pairs; }

  [[nodiscard]] const PathDelay& at(Distance distance) const;
  /// Between two named regions: of the pair if the profile knows it, else `other_region`; within
  /// one region, `same_region`. The jitter of pairs is that of `other_region`.
  [[nodiscard]] PathDelay between_regions(std::string_view a, std::string_view b) const;

 private:
  Data data_;
};

std::span<const NetworkProfile> network_profiles();
std::vector<std::string_view> network_profile_names();
/// The profile of this name. A wrong name fails with the nearest right one.
Result<const NetworkProfile*> find_network_profile(std::string_view name);

}  // namespace wavetank::models
