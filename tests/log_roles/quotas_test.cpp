// What a broker lets clients ask for, and how it holds up who asks for more.

#include <gmock/gmock.h>

#include "engine/log/broker/client_quotas.h"
#include "engine/log/broker/sampled_rate.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr double kQuota = 500;  // a second

Time at(double s) {
  return Time() + nanoseconds(static_cast<std::int64_t>(s * 1e9));
}

class RateOverSamples : public testing::Test {
 protected:
  SampledRate rate{11, seconds(1)};
};

TEST_F(RateOverSamples, OfAClientThatKeepsItsQuotaNeverExceedsIt) {
  for (int s = 0; s < 100; ++s) {
    rate.record(500, at(s));
    EXPECT_EQ(rate.excess(kQuota * 1.1, at(s)), Duration()) << s;
  }
}

TEST_F(RateOverSamples, TellsHowLongASpikeIsToBePaidFor) {
  for (int s = 0; s < 10; ++s) {
    rate.record(400, at(s));
  }
  rate.record(2300, at(10.5));
  // 6300 in 10.5 s are 600 a second: 100 too many, a fifth of the quota, for 10.5 s.
  EXPECT_EQ(rate.sum(at(10.5)), 6300);
  EXPECT_EQ(rate.window(at(10.5)), milliseconds(10'500));
  EXPECT_EQ(rate.excess(kQuota, at(10.5)), milliseconds(2100));
}

TEST_F(RateOverSamples, JudgesWhoHasJustComeAsIfTenSecondsHadPassed) {
  rate.record(5000, at(0));
  EXPECT_EQ(rate.excess(kQuota, at(0)), Duration());
  rate.record(500, at(0.2));
  EXPECT_EQ(rate.window(at(0.2)), milliseconds(10'200));
  EXPECT_EQ(rate.excess(kQuota, at(0.2)), milliseconds(800));  // 5500 / 500 s - 10.2 s
}

TEST_F(RateOverSamples, ForgetsWhatIsOlderThanAllSamples) {
  rate.record(100'000, at(0));
  rate.record(1, at(10.9));
  EXPECT_EQ(rate.sum(at(10.9)), 100'001);
  EXPECT_EQ(rate.sum(at(11)), 1);
}

TEST_F(RateOverSamples, TakesBackWhatWasNotGiven) {
  rate.record(9000, at(0));
  rate.record(-9000, at(0));
  EXPECT_EQ(rate.excess(kQuota, at(0)), Duration());
}

class ThreadQuota : public testing::Test {
 protected:
  ThreadQuota() {
    ClientQuota quota;
    quota.client = "busy";
    quota.request_percentage = 10;  // of one thread: a tenth of a second a second
    config.quotas = {quota};
  }
  BrokerConfig config;
  StrictProbe probe;
  ClientQuotas quotas{kFirst, config, probe};
};

TEST_F(ThreadQuota, ThrottlesWhoTakesMoreOfTheThreads) {
  const ClientQuotas::Client busy = quotas.client("busy");
  quotas.served(busy, milliseconds(1000), at(0));  // what it may take in ten seconds
  EXPECT_EQ(quotas.produced(busy, 1, at(0)), Duration());
  quotas.served(busy, milliseconds(50), at(0));
  EXPECT_EQ(quotas.produced(busy, 1, at(0)), milliseconds(500));
  EXPECT_EQ(quotas.fetched(busy, 1, at(0)), milliseconds(500));
}

TEST_F(ThreadQuota, NeverThrottlesForLongerThanASample) {
  const ClientQuotas::Client busy = quotas.client("busy");
  quotas.served(busy, seconds(60), at(0));
  EXPECT_EQ(quotas.produced(busy, 1, at(0)), seconds(1));
}

TEST_F(ThreadQuota, DoesNotConcernOthers) {
  EXPECT_EQ(quotas.client("idle"), ClientQuotas::kUnlimited);
}

/// One broker of which the client "noisy" may have so much.
ClusterSpec with_quota(ClientQuota quota) {
  quota.client = quota.client.empty() ? "noisy" : quota.client;
  ClusterSpec spec;
  spec.brokers = 1;
  spec.topics = {{"orders", 1, 1, 1}};
  spec.broker.quotas = {std::move(quota)};
  return spec;
}

class Quotas : public testing::Test {
 protected:
  static ProduceResponse produce(Cluster& cluster, const std::string& client, std::size_t bytes,
                                 Acks acks = Acks::leader) {
    ProduceRequest request;
    request.client = client;
    request.acks = acks;
    request.timeout = seconds(30);
    request.partitions.push_back({kP0, batch_of({std::string(bytes, 'x')})});
    return cluster.await<ProduceResponse>(cluster.ask(kFirst, request));
  }
  static FetchResponse fetch(Session& session) {
    session.request.client = "noisy";
    session.request.max_wait = milliseconds(10);
    session.request.max_bytes = session.request.max_partition_bytes = 1 << 20;
    return session.fetch();
  }
};

TEST_F(Quotas, ThrottleWhoProducesTooMuchAndAnswerAtOnce) {
  Cluster cluster(with_quota({"", 1000, {}, {}}));
  const Time before = cluster.host.now();
  const ProduceResponse answer = produce(cluster, "noisy", 20'000);
  EXPECT_LT(cluster.host.now() - before, milliseconds(10));
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::none);
  // About 20 kB, of a quota of 1 kB/s, in a window of 10 s.
  EXPECT_GT(answer.throttle, milliseconds(10'000));
  EXPECT_LT(answer.throttle, milliseconds(10'200));
  EXPECT_THAT(cluster.probe.throttled,
              testing::ElementsAre(testing::Pair("noisy", answer.throttle)));
}

TEST_F(Quotas, LeaveOtherClientsAlone) {
  Cluster cluster(with_quota({"", 1000, {}, {}}));
  EXPECT_EQ(produce(cluster, "quiet", 20'000).throttle, Duration());
  EXPECT_EQ(produce(cluster, "", 20'000).throttle, Duration());
}

TEST_F(Quotas, OfEveryOtherClientHoldForEachByItself) {
  Cluster cluster(with_quota({std::string(kEveryOtherClient), 1000, {}, {}}));
  EXPECT_EQ(produce(cluster, "a", 9000).throttle, Duration());
  EXPECT_EQ(produce(cluster, "b", 9000).throttle, Duration());
  EXPECT_GT(produce(cluster, "a", 9000).throttle, Duration());
}

TEST_F(Quotas, AreKeptAgainOnceTheSamplesHavePassed) {
  Cluster cluster(with_quota({"", 1000, {}, {}}));
  EXPECT_GT(produce(cluster, "noisy", 20'000).throttle, Duration());
  cluster.run(seconds(12));
  EXPECT_EQ(produce(cluster, "noisy", 100).throttle, Duration());
}

TEST_F(Quotas, OfConsumersGiveNothingToWhoHasHadTooMuchAndAllOfItLater) {
  Cluster cluster(with_quota({"", {}, 1000, {}}));
  for (int i = 0; i < 3; ++i) {
    produce(cluster, "quiet", 4000);
  }
  Session session(cluster, kFirst);
  session.from(kP0, Offset(0));
  session.request.client = "noisy";
  session.request.max_wait = milliseconds(10);
  session.request.max_bytes = session.request.max_partition_bytes = 9000;
  const FetchResponse first = session.fetch();  // two of them: 8 kB of the 10 kB in 10 s
  EXPECT_EQ(first.throttle, Duration());
  ASSERT_THAT(first.partitions, SizeIs(1));
  EXPECT_THAT(values_in(first.partitions[0].batches), SizeIs(2));

  session.from(kP0, Offset(2));
  const FetchResponse refused = session.fetch();
  EXPECT_GT(refused.throttle, seconds(1));
  EXPECT_THAT(refused.partitions, IsEmpty());

  cluster.run(refused.throttle + seconds(9));
  const FetchResponse later = session.fetch();  // it asks for nothing new: the session knows
  EXPECT_EQ(later.throttle, Duration());
  ASSERT_THAT(later.partitions, SizeIs(1));
  EXPECT_THAT(values_in(later.partitions[0].batches), SizeIs(1));
}

}  // namespace
}  // namespace wavetank::log::test
