// What becomes of the log's bytes: compressed on the wire, forced to the disk, refused for their
// size.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::HostUse;
using reports::RunResult;

constexpr const char* kCompression = "scenarios/log/compression.json";

HostUse use_of(const RunResult& run, const std::string& host) {
  const auto found = std::ranges::find(run.metrics.hosts, host, &HostUse::host);
  EXPECT_NE(found, run.metrics.hosts.end()) << host;
  return found == run.metrics.hosts.end() ? HostUse{} : *found;
}

TEST(Compression, SavesBytesEverywhereAndCostsProcessorTime) {
  // Slow enough that all of them keep up.
  const std::vector<std::string> slow = {"workload.rate=5k/s", "duration=8s",
                                         "slos=[\"lost == 0\"]"};
  const auto with = [&](const std::string& codec) {
    std::vector<std::string> overrides = slow;
    overrides.push_back("workload.producer.compression=" + codec);
    return run_scenario(kCompression, overrides);
  };
  const RunResult plain = with("none");
  const RunResult lz4 = with("lz4");
  const RunResult zstd = with("zstd");
  EXPECT_EQ(plain.ledger.lost + lz4.ledger.lost + zstd.ledger.lost, 0U);
  for (const std::string host : {"client-1", "broker-1"}) {
    EXPECT_LT(use_of(lz4, host).nic_out, 0.6 * use_of(plain, host).nic_out) << host;
    EXPECT_LT(use_of(zstd, host).nic_out, use_of(lz4, host).nic_out) << host;
    EXPECT_GT(use_of(zstd, host).cpu, use_of(lz4, host).cpu) << host;
  }
}

TEST(Compression, LetsALoadThroughThatPlainBatchesDoNot) {
  const RunResult plain = run_scenario(kCompression, {"workload.producer.compression=none"});
  EXPECT_TRUE(std::ranges::any_of(plain.slos,
                                  [](const reports::SloReport& slo) { return slo.ok == false; }));
}

TEST(FlushMessages, AreWhatAPowerLossOfAllReplicasDoesNotTake) {
  const RunResult left_to_the_system = run_scenario(
      "scenarios/log/flush-every-message.json", {"services.log.topics[0].flush_messages=1000000"});
  EXPECT_GT(left_to_the_system.ledger.lost, 0U);
}

TEST(MaxMessageBytes, RefuseWhatIsTooLargeAndSayHowMuchThatWas) {
  const RunResult run =
      run_scenario(kQuickstart, {"faults=[]", "slos=[\"lost == 0\"]", "workload.record_bytes=3000B",
                                 "workload.producer.batch_bytes=1KB",
                                 "services.log.topics[0].max_message_bytes=2KB"});
  EXPECT_TRUE(std::ranges::any_of(run.metrics.scalars, [](const reports::ScalarMetric& it) {
    return it.name == "errors.message_too_large" && it.value > 0;
  }));
  EXPECT_EQ(run.ledger.acknowledged, 0U);
  EXPECT_EQ(run.ledger.lost, 0U);
}

TEST(MaxRequestBytes, RefuseARecordToItsCaller) {
  const RunResult run =
      run_scenario(kQuickstart, {"faults=[]", "slos=[\"lost == 0\"]", "workload.record_bytes=3000B",
                                 "workload.producer.max_request_bytes=2KiB"});
  EXPECT_EQ(run.ledger.acknowledged, 0U);
  EXPECT_GT(run.ledger.refused, 0U);
}

}  // namespace
}  // namespace wavetank::test
