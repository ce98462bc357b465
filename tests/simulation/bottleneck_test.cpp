// A bottleneck that is planted is the one that is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/study/sustained.h"
#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr double kRate = 8'000;

/// The quickstart without its crash, at kRate and with 2 KB a record, for eight seconds.
reports::LoadVerdict judged_with(std::vector<std::string> changes) {
  for (const char* each : {"slos=[\"lost == 0\"]", "duration=8s", "warmup=3s", "drain=1s",
                           "workload.rate=8k/s", "workload.record_bytes=2KB",
                           "workload.producers=6", "workload.producer.batch_bytes=64KiB"}) {
    changes.insert(changes.begin(), each);
  }
  return reports::judge_load(run_scenario(kQuickstart, changes), {kRate, true, true});
}

TEST(Bottleneck, IsNotThereWithoutOne) {
  const reports::LoadVerdict verdict = judged_with({"faults=[]"});
  EXPECT_TRUE(verdict.carried) << verdict.why;
  EXPECT_THAT(verdict.bound_by, HasSubstr("busiest:"));
}

TEST(Bottleneck, IsTheNetworkCardThatIsTooSlow) {
  const reports::LoadVerdict verdict =
      judged_with({"faults=[]", "cluster.network.bandwidth=100Mbps"});
  EXPECT_FALSE(verdict.carried);
  EXPECT_THAT(verdict.bound_by, StartsWith("client-1 nic out"));
}

TEST(Bottleneck, IsTheDiskThatCannotWriteWhatThePageCacheTakes) {
  const reports::LoadVerdict verdict =
      judged_with({"faults=[]", "cluster.network.bandwidth=10Gbps", "workload.record_bytes=12KB",
                   "workload.producer.batch_bytes=256KiB"});
  EXPECT_FALSE(verdict.carried);
  EXPECT_THAT(verdict.why, HasSubstr("disk writes"));
  EXPECT_THAT(verdict.bound_by, HasSubstr("disk writes"));
}

TEST(Bottleneck, IsTheProcessorThatIsSlowedDown) {
  const reports::LoadVerdict verdict =
      judged_with({R"(faults=[{"at": "1s", "slow_cpu": "broker-3", "factor": 50}])"});
  EXPECT_THAT(verdict.bound_by, StartsWith("broker-3 processor"));
}

TEST(Bottleneck, IsTheOneRequestHandlerOfASlowBroker) {
  const reports::LoadVerdict verdict =
      judged_with({R"(faults=[{"at": "1s", "slow_cpu": "broker-3", "factor": 15}])",
                   "services.log.broker_settings.io_threads=1"});
  EXPECT_THAT(verdict.bound_by, HasSubstr("request handlers (broker-3)"));
}

}  // namespace
}  // namespace wavetank::test
