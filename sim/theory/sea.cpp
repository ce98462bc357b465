#include "sim/theory/sea.h"

#include <fmt/format.h>

#include "engine/base/ensure.h"

namespace wavetank::sim::theory {

Sea::Sea(const Trial& trial, const std::vector<std::uint64_t>& card_bytes_per_s, Duration latency) {
  ZoneSpec zone{"zone", latency, {}};
  for (const std::uint64_t rate : card_bytes_per_s) {
    zone.hosts.push_back({fmt::format("host-{}", zone.hosts.size()), 1, rate});
  }
  PlatformSpec spec;
  spec.regions.push_back({"region", latency, 0, {zone}});
  auto created = Platform::create(spec, kernel);
  ENSURE(created.has_value(), "a law's hosts can be made");
  platform = *std::move(created);
  network = std::make_unique<Network>(kernel, *platform, trial.root_seed());
}

void Inbox::dropped(std::uint64_t /*message*/) {
  ENSURE(false, "no message of a law is given up");
}

}  // namespace wavetank::sim::theory
