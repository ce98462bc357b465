#include "reports/utilisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace wavetank::reports {
namespace {

ResourceUse use(const char* host, Resource resource, double mean) {
  ResourceUse it;
  it.host = host;
  it.resource = resource;
  it.mean = mean;
  return it;
}

TEST(Utilisation, InShortIsARowAHost) {
  const Utilisation all{Time(),
                        Time() + seconds(9),
                        seconds(1),
                        {use("a", Resource::cpu, 0.5), use("a", Resource::process, 0.75),
                         use("b", Resource::nic_in, 0.1), use("b", Resource::nic_out, 0.2)}};
  EXPECT_EQ(in_short(all),
            (std::vector<HostUse>{{"a", 0.5, 0, 0, 0, 0.75}, {"b", 0, 0, 0.1, 0.2, 0}}));
}

TEST(Utilisation, InShortADiskIsAsBusyAsWhatItWasGivenWillKeepIt) {
  Utilisation all;
  all.resources = {use("a", Resource::disk, 0.4), use("a", Resource::disk_channel, 0.9),
                   use("a", Resource::disk_appends, 1.5)};
  EXPECT_EQ(in_short(all).front().disk, 1.5);
  all.resources.back().mean = 0.1;
  EXPECT_EQ(in_short(all).front().disk, 0.4);
}

TEST(Utilisation, NamesEveryResourceAndNoTwoAlike) {
  std::set<std::string> all;
  for (const Resource resource : kResources) {
    all.insert(name(resource));
    EXPECT_STRNE(words(resource), "");
  }
  EXPECT_EQ(all.size(), kResources.size());
  EXPECT_STREQ(name(Resource::request_handlers), "request_handlers");
  EXPECT_STREQ(name(Resource::nic_out), "nic_out");
}

}  // namespace
}  // namespace wavetank::reports
