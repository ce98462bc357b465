// What stands in the catalogues of machines and networks is data; these tests hold it to what a
// simulator relies on.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "models/hardware.h"
#include "models/network_profile.h"

namespace wavetank::models {
namespace {

TEST(Hardware, FindsEveryTypeByItsName) {
  for (const std::string_view name : hardware_names()) {
    const auto found = find_hardware(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ((*found)->name, name);
  }
}

TEST(Hardware, NamesAscendAndDiffer) {
  const auto names = hardware_names();
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::set<std::string_view>(names.begin(), names.end()).size(), names.size());
}

TEST(Hardware, SuggestsTheNearestNameOnAMiss) {
  const auto missed = find_hardware("kafka.m5.xlagre");
  ASSERT_FALSE(missed);
  EXPECT_EQ(missed.error().message,
            "no machine type \"kafka.m5.xlagre\"; did you mean \"kafka.m5.xlarge\"?");
}

TEST(Hardware, ListsAllNamesWhenNoneIsNear) {
  const auto missed = find_hardware("mainframe of the seventies");
  ASSERT_FALSE(missed);
  EXPECT_NE(missed.error().message.find("c5n.2xlarge"), std::string::npos);
}

TEST(Hardware, HasTheMachinesOfThePapers) {
  for (const std::string_view name :
       {"kafka.m5.xlarge", "m5.xlarge", "r5.2xlarge", "i3en.2xlarge", "c5n.2xlarge", "netdb-2011",
        "linkedin-2014", "zookeeper-2010", "etcd-8vcpu", "m1.xlarge"}) {
    EXPECT_TRUE(find_hardware(name)) << name;
  }
}

TEST(Hardware, IsPlausibleThroughout) {
  for (const HardwareType& type : hardware_catalogue()) {
    SCOPED_TRACE(type.name);
    EXPECT_GE(type.vcpus, 1U);
    EXPECT_GE(type.memory_bytes, std::uint64_t{1} << 32U);
    EXPECT_GE(type.nic_bits_per_s, 100'000'000U);
    EXPECT_GE(type.nic_burst_bits_per_s, type.nic_bits_per_s);
    EXPECT_GT(type.core_speed, 0.1);
    EXPECT_LT(type.core_speed, 10.0);
    EXPECT_EQ(type.price.micros == 0, type.price_as_of == 0);
    EXPECT_FALSE(type.source.empty());
    EXPECT_GT(type.disk.capacity_bytes, 0U);
    EXPECT_GE(type.disk.read_bytes_per_s, type.disk.write_bytes_per_s);
    EXPECT_GT(type.disk.write_bytes_per_s, 0U);
    EXPECT_GT(type.disk.read_latency, Duration());
    EXPECT_GE(type.disk.fsync_latency, type.disk.write_latency);
    EXPECT_GE(type.disk.queue_depth, 1U);
  }
}

TEST(Hardware, PricesAreThoseOfTheList) {
  EXPECT_DOUBLE_EQ((*find_hardware("m5.xlarge"))->price.dollars(), 0.192);
  EXPECT_DOUBLE_EQ((*find_hardware("kafka.m5.xlarge"))->price.dollars(), 0.42);
  EXPECT_DOUBLE_EQ((*find_hardware("i3en.2xlarge"))->price.dollars(), 0.904);
}

TEST(NetworkProfile, IsFoundByNameAndSuggestsTheNearest) {
  for (const std::string_view name : network_profile_names()) {
    EXPECT_EQ((*find_network_profile(name))->name(), name);
  }
  const auto missed = find_network_profile("cluod");
  ASSERT_FALSE(missed);
  EXPECT_NE(missed.error().message.find("did you mean \"cloud\"?"), std::string::npos);
}

TEST(NetworkProfile, DelaysGrowWithDistance) {
  for (const NetworkProfile& profile : network_profiles()) {
    SCOPED_TRACE(profile.name());
    for (const double p : {0.0, 0.5, 0.99}) {
      EXPECT_LT(profile.at(Distance::same_host).quantile(p),
                profile.at(Distance::same_zone).quantile(p));
      EXPECT_LT(profile.at(Distance::same_zone).quantile(p),
                profile.at(Distance::same_region).quantile(p));
      EXPECT_LT(profile.at(Distance::same_region).quantile(p),
                profile.at(Distance::other_region).quantile(p));
    }
  }
}

TEST(NetworkProfile, DrawsNeverFallBelowTheBase) {
  const PathDelay& path = (*find_network_profile("cloud"))->at(Distance::same_region);
  Random random(1, "path");
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_GE(path.draw(random), path.base);
  }
}

TEST(NetworkProfile, KnowsPairsOfRegionsInEitherOrder) {
  const NetworkProfile& cloud = **find_network_profile("cloud");
  const Duration there = cloud.between_regions("us-east-1", "eu-west-1").base;
  EXPECT_EQ(there, cloud.between_regions("eu-west-1", "us-east-1").base);
  EXPECT_EQ(there, microseconds(34'500));
}

TEST(NetworkProfile, FallsBackToTheDefaultBetweenUnknownRegions) {
  const NetworkProfile& cloud = **find_network_profile("cloud");
  EXPECT_EQ(cloud.between_regions("eu", "us").base, cloud.at(Distance::other_region).base);
  EXPECT_EQ(cloud.between_regions("eu", "eu").base, cloud.at(Distance::same_region).base);
}

TEST(NetworkProfile, PairsRespectTheSpeedOfLight) {
  // Two thirds of c in fibre: 200 km a millisecond. No pair is nearer than 300 km or farther than
  // half the Earth's girth with a detour of a half.
  for (const RegionPair& pair : (*find_network_profile("cloud"))->pairs()) {
    EXPECT_GE(pair.base, microseconds(1'500)) << pair.a << " " << pair.b;
    EXPECT_LE(pair.base, milliseconds(150)) << pair.a << " " << pair.b;
    EXPECT_LT(pair.a, pair.b);
  }
}

TEST(NetworkProfile, ConstantHasNoJitter) {
  const PathDelay& path = (*find_network_profile("constant"))->at(Distance::same_zone);
  EXPECT_EQ(path.quantile(0.999), path.base);
}

}  // namespace
}  // namespace wavetank::models
