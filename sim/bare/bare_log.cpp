#include "sim/bare/bare_log.h"

#include <algorithm>
#include <utility>

#include "engine/log/broker/broker.h"
#include "engine/log/controller/controller.h"

namespace wavetank::sim {

namespace {

/// Until somebody leads every partition and the group has its member.
constexpr Duration kSettling = seconds(5);
/// What is under way when the load ends is read within this.
constexpr Duration kDraining = seconds(30);
/// Of `send` and `read`.
constexpr Duration kPatience = seconds(600);
constexpr port::TimerId kTurn{1};
/// An application hands so many over at a time, as that of a simulated run does.
constexpr std::uint64_t kRecordsAtATime = 100;
/// Records made before a load: enough that no cache holds what is sent, and no more than that.
constexpr std::uint64_t kBytesMade = 8U << 20U;
constexpr std::uint64_t kRecordsMade = 4'096;

models::PlainSource source_of(const scenarios::Scenario& scenario) {
  const scenarios::Workload& load = scenario.workloads.front();
  return std::move(
      *models::PlainSource::make({load.keys, load.record_bytes, load.random_share, {0, 1}, 0, 0},
                                 Random(scenario.seed, "load/records/0")));
}

}  // namespace

class BareLog::Application final : public port::Role {
 public:
  explicit Application(BareLog& log) : log_(log) {}
  void start(port::Now, port::Ports&) override {}
  void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}
  void on_timer(port::Now now, port::TimerId, port::Ports& ports) override {
    if (log_.hand_some_over()) {
      ports.set_timer(kTurn, now.monotonic);
    } else {
      log_.application_waits_ = true;
    }
  }

 private:
  BareLog& log_;
};

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
  for (std::uint32_t node = 0; node < node_count_; ++node) {
    if (!std::ranges::binary_search(late_readers_, NodeId(node))) {
      host_.start(NodeId(node));
    }
  }
  host_.run_for(kSettling);
  make_records();
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
  application_ = NodeId(next++);
  host_.add(application_, [this] { return std::make_unique<Application>(*this); });
  producer_ = NodeId(next++);
  host_.add(producer_, [this] {
    const scenarios::Workload& load = scenario_.workloads.front();
    return std::make_unique<log::Producer>(producer_, load.producer, topology_, load.topic_index,
                                           writer_);
  });
  for (const scenarios::ConsumerGroup& group : scenario_.consumers) {
    for (std::uint32_t member = 0; member < group.members; ++member) {
      const NodeId consumer(next++);
      host_.add(consumer, [this, consumer, &group] {
        return std::make_unique<log::Consumer>(consumer, group.consumer, topology_,
                                               group.topic_indices, reader_);
      });
      if (group.start > Duration()) {
        late_readers_.push_back(consumer);
      }
    }
  }
  node_count_ = next;
}

bool BareLog::run_for(Duration span) {
  const Duration gap =
      nanoseconds(static_cast<std::int64_t>(1e9 / scenario_.workloads.front().rate));
  models::Record record;
  for (std::int64_t i = 0; i < span / gap; ++i) {
    source_.next(host_.now(), record);
    hand_over(record);
    host_.run_for(gap);
  }
  return host_.run_until([this] { return reader_.delivered >= produced_; }, kDraining);
}

bool BareLog::send(std::uint64_t records) {
  wanted_ = produced_ + records;
  wake_application();
  return host_.run_until([this] { return writer_.acknowledged >= wanted_; }, kPatience);
}

void BareLog::wake_application() {
  if (application_waits_ && produced_ < wanted_) {
    application_waits_ = false;
    host_.ports(application_).set_timer(kTurn, host_.now());
  }
}

bool BareLog::read() {
  for (const NodeId reader : std::exchange(late_readers_, {})) {
    host_.start(reader);
  }
  return host_.run_until([this] { return reader_.delivered >= produced_; }, kPatience);
}

void BareLog::make_records() {
  for (std::uint64_t bytes = 0; bytes < kBytesMade && records_.size() < kRecordsMade;) {
    source_.next(host_.now(), records_.emplace_back());
    bytes += records_.back().size_bytes();
  }
}

bool BareLog::hand_over(const models::Record& record) {
  const bool taken = host_.role<log::Producer>(producer_).send(
      host_.clock(), record.key.view(), record.value.view(), record.headers.view(), record.event_id,
      host_.ports(producer_));
  produced_ += taken ? 1 : 0;
  return taken;
}

bool BareLog::hand_some_over() {
  const std::uint64_t most = std::min(wanted_, produced_ + kRecordsAtATime);
  while (produced_ < most) {
    if (!hand_over(records_[produced_ % records_.size()])) {
      return false;
    }
  }
  return produced_ < wanted_;
}

}  // namespace wavetank::sim
