#include "bench/simulation/bare_log.h"

#include <utility>

#include "engine/log/broker/broker.h"
#include "engine/log/controller/controller.h"

namespace wavetank::bench {

namespace {

/// Until somebody leads every partition and the group has its member.
constexpr Duration kSettling = seconds(5);
/// What is under way when the load ends is read within this.
constexpr Duration kDraining = seconds(30);

models::PlainSource source_of(const scenarios::Scenario& scenario) {
  const scenarios::Workload& load = scenario.workloads.front();
  return std::move(
      *models::PlainSource::make({load.keys, load.record_bytes, load.random_share, {0, 1}, 0, 0},
                                 Random(scenario.seed, "load/records/0")));
}

}  // namespace

void BareLog::Reader::on_batch(log::PartitionId /*p*/, const log::BatchView& batch,
                               log::Offset from) {
  batch.for_each_record([&](const log::RecordView& record) {
    if (record.offset >= from) {
      ++delivered;
      of_values += models::event_id(record.value, record.headers).value_or(0);
    }
  });
}

BareLog::BareLog(const scenarios::Scenario& scenario)
    : scenario_(scenario), source_(source_of(scenario)), host_(scenario.seed) {
  add_servers();
  add_clients();
  host_.start_all();
  host_.run_for(kSettling);
}

void BareLog::add_servers() {
  std::uint32_t next = 0;
  for (const std::uint32_t host : scenario_.log.brokers.hosts) {
    topology_.brokers.push_back(NodeId(next++));
    topology_.racks.push_back(scenario_.cluster.hosts[host].zone);
  }
  topology_.controllers.push_back(NodeId(next));
  topology_.topics = scenario_.log.topics;
  topology_.topics.push_back(scenario_.log.offsets);
  topology_.seal();
  for (const NodeId broker : topology_.brokers) {
    host_.add(broker, [this, broker] {
      return std::make_unique<log::Broker>(broker, scenario_.log.broker, topology_, nobody_);
    });
  }
  host_.add(topology_.controllers.front(), [this] {
    return std::make_unique<log::Controller>(topology_.controllers.front(), scenario_.log.control,
                                             topology_, nobody_);
  });
}

void BareLog::add_clients() {
  auto next = static_cast<std::uint32_t>(topology_.brokers.size()) + 1;
  producer_ = NodeId(next++);
  host_.add(producer_, [this] {
    const scenarios::Workload& load = scenario_.workloads.front();
    return std::make_unique<log::Producer>(producer_, load.producer, topology_, load.topic_index,
                                           writer_);
  });
  for (const scenarios::ConsumerGroup& group : scenario_.consumers) {
    const NodeId consumer(next++);
    host_.add(consumer, [this, consumer, &group] {
      return std::make_unique<log::Consumer>(consumer, group.consumer, topology_,
                                             group.topic_indices, reader_);
    });
  }
}

bool BareLog::run_for(Duration span) {
  const Duration gap =
      nanoseconds(static_cast<std::int64_t>(1e9 / scenario_.workloads.front().rate));
  for (std::int64_t i = 0; i < span / gap; ++i) {
    send();
    host_.run_for(gap);
  }
  return host_.run_until([this] { return reader_.delivered >= produced_; }, kDraining);
}

void BareLog::send() {
  source_.next(host_.now(), record_);
  produced_ += host_.role<log::Producer>(producer_).send(
                   host_.clock(), record_.key.view(), record_.value.view(), record_.headers.view(),
                   record_.event_id, host_.ports(producer_))
                   ? 1
                   : 0;
}

}  // namespace wavetank::bench
