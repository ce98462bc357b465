#include "reports/utilisation.h"

#include <algorithm>

namespace wavetank::reports {

namespace {

struct Form {
  const char* name;
  const char* words;
  double HostUse::*in_short;  ///< null: too fine for it
};

/// By Resource.
constexpr std::array<Form, kResources.size()> kForms{{
    {"cpu", "processor", &HostUse::cpu},
    {"process", "busiest process", &HostUse::process},
    {"request_handlers", "request handlers", nullptr},
    {"disk", "disk", &HostUse::disk},
    {"disk_channel", "disk bandwidth", nullptr},
    {"disk_slots", "disk queue", nullptr},
    {"disk_appends", "disk writes", &HostUse::disk},
    {"nic_in", "nic in", &HostUse::nic_in},
    {"nic_out", "nic out", &HostUse::nic_out},
}};

const Form& form(Resource resource) {
  return kForms[static_cast<std::size_t>(resource)];
}

}  // namespace

const char* name(Resource resource) {
  return form(resource).name;
}

const char* words(Resource resource) {
  return form(resource).words;
}

std::vector<HostUse> in_short(const Utilisation& utilisation) {
  std::vector<HostUse> uses;
  for (const ResourceUse& it : utilisation.resources) {
    if (uses.empty() || uses.back().host != it.host) {
      uses.emplace_back().host = it.host;
    }
    if (double HostUse::*place = form(it.resource).in_short) {
      uses.back().*place = std::max(uses.back().*place, it.mean);
    }
  }
  return uses;
}

}  // namespace wavetank::reports
