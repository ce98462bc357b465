// What a record costs in the clients themselves, with ports that go nowhere: hashing, collecting,
// numbering, encoding, checksums, and the bookkeeping of requests.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {
namespace {

constexpr NodeId kBroker{1};
constexpr NodeId kClient{2};

/// Keeps the messages sent, for the bench to answer.
class NullPorts final : public port::Ports {
 public:
  void send(NodeId, port::Lane, port::Message message) override {
    sent.push_back(std::move(message));
  }
  void set_timer(port::TimerId id, Time at) override {
    ++timers;
    due[id.value()] = at;
  }
  void cancel_timer(port::TimerId) override {}
  std::uint64_t random() override { return 42; }
  port::Meter& meter() override { return meter_; }
  port::Storage& storage() override { ENSURE(false, "clients have no storage"); }

  std::vector<port::Message> sent;
  Time due[2] = {Time::never(), Time::never()};
  std::uint64_t timers = 0;

 private:
  port::Meter meter_;
};

Topology one_broker(std::uint32_t partitions) {
  Topology topology;
  topology.brokers = {kBroker};
  topology.racks = {0};
  topology.topics.resize(1);
  topology.topics[0].name = "orders";
  topology.topics[0].partitions = partitions;
  return topology;
}

MetadataResponse all_led(std::uint32_t partitions) {
  MetadataResponse metadata{1, {kBroker}, {}};
  metadata.partitions.assign(partitions, {kBroker, LeaderEpoch(0)});
  return metadata;
}

class CountingProducerListener final : public ProducerListener {
 public:
  void on_acknowledged(PartitionId, Offset, std::span<const RecordHandle> records) override {
    acknowledged += records.size();
  }
  void on_failed(PartitionId, std::span<const RecordHandle>, ErrorCode, bool) override {
    ENSURE(false, "nothing fails here");
  }
  std::uint64_t acknowledged = 0;
};

/// A broker's answer to whatever a producer asks.
port::Message answer(const port::Message& message, std::uint32_t partitions,
                     std::vector<ProduceResponse::Partition>& spare) {
  const Envelope envelope = *peek(message);
  switch (envelope.api) {
    case ApiKey::metadata:
      return encode(all_led(partitions), envelope.correlation);
    case ApiKey::init_producer_id:
      return encode(InitProducerIdResponse{ErrorCode::none, ProducerId(1), ProducerEpoch(0)},
                    envelope.correlation);
    default: {
      const auto request = *decode<ProduceRequest>(message);
      ProduceResponse response;
      response.partitions = std::move(spare);
      response.partitions.clear();
      for (const ProduceRequest::Partition& part : request.partitions) {
        response.partitions.push_back({part.partition, ErrorCode::none, Offset(0)});
      }
      port::Message encoded = encode(response, envelope.correlation);
      spare = std::move(response.partitions);
      return encoded;
    }
  }
}

/// 200-byte records at 100,000 a second with 5 ms linger, over so many partitions: append, drain,
/// encode, and handle the answer. The broker's half (decoding the request, encoding the answer) is
/// in the figure.
void BM_ProducerRecord(benchmark::State& state) {
  const auto partitions = static_cast<std::uint32_t>(state.range(0));
  const Topology topology = one_broker(partitions);
  ProducerConfig config;
  config.linger = milliseconds(5);
  config.buffer_bytes = 1ULL << 30;
  CountingProducerListener listener;
  NullPorts ports;
  Producer producer(kClient, config, topology, 0, listener);
  std::vector<ProduceResponse::Partition> spare;
  port::Now now;

  const auto answer_all = [&] {
    while (!ports.sent.empty()) {
      std::vector<port::Message> sent = std::move(ports.sent);
      ports.sent.clear();
      for (const port::Message& message : sent) {
        producer.on_message(now, kBroker, port::Lane::response, answer(message, partitions, spare),
                            ports);
      }
    }
  };
  producer.start(now, ports);
  answer_all();

  std::vector<std::string> keys;
  for (int i = 0; i < 4096; ++i) {
    keys.push_back("order-");
    keys.back() += std::to_string(i);
  }
  const std::string value(190, 'v');
  ports.timers = 0;
  RecordHandle handle = 0;
  for (auto _ : state) {
    now.monotonic += microseconds(10);
    now.wall = now.monotonic;
    if (ports.due[1] <= now.monotonic) {
      ports.due[1] = Time::never();
      producer.on_timer(now, port::TimerId(1), ports);
      answer_all();
    }
    const bool taken = producer.send(now, as_bytes(keys[handle % keys.size()]), as_bytes(value), {},
                                     handle, ports);
    benchmark::DoNotOptimize(taken);
    ++handle;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["timers/record"] =
      benchmark::Counter(static_cast<double>(ports.timers), benchmark::Counter::kAvgIterations);
}
BENCHMARK(BM_ProducerRecord)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);

/// Only `send`, without ever draining: hash, append, handle.
void BM_ProducerSend(benchmark::State& state) {
  const Topology topology = one_broker(100);
  ProducerConfig config;
  config.acks = Acks::none;
  config.idempotent = false;
  config.linger = seconds(1000);
  config.batch_bytes = 1 << 20;
  config.buffer_bytes = 1ULL << 32;
  CountingProducerListener listener;
  NullPorts ports;
  Producer producer(kClient, config, topology, 0, listener);
  port::Now now;
  std::vector<ProduceResponse::Partition> spare;
  producer.start(now, ports);
  producer.on_message(now, kBroker, port::Lane::response, answer(ports.sent[0], 100, spare), ports);
  ports.sent.clear();
  std::vector<std::string> keys;
  for (int i = 0; i < 4096; ++i) {
    keys.push_back(std::to_string(i));
  }
  const std::string value(static_cast<std::size_t>(state.range(0)), 'v');
  RecordHandle handle = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(producer.send(now, as_bytes(keys[handle % keys.size()]),
                                           as_bytes(value), {}, handle, ports));
    if (++handle % 100'000 == 0) {
      state.PauseTiming();
      producer.flush(now, ports);
      producer.on_timer(now, port::TimerId(1), ports);
      ports.sent.clear();
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ProducerSend)->Arg(0)->Arg(190);

class CountingConsumerListener final : public ConsumerListener {
 public:
  void on_batch(PartitionId, const BatchView& batch, Offset from) override {
    records += static_cast<std::uint64_t>(batch.last_offset() - from + 1);
  }
  std::uint64_t records = 0;
};

/// The coordinator's answers to the only member of a group.
JoinGroupResponse joined_alone(const port::Message& message) {
  const JoinGroupRequest request = *decode<JoinGroupRequest>(message);
  JoinGroupResponse response;
  response.member = response.leader = "alone";
  response.members = {{{"alone", ""}, request.protocols[0].metadata}};
  return response;
}
std::string assigned_first(const port::Message& message) {
  return decode<SyncGroupRequest>(message)->assignments[0].assignment;
}

/// One fetch answer with a batch of five 200-byte records for each of so many partitions, and the
/// next request.
void BM_ConsumerRecord(benchmark::State& state) {
  const auto partitions = static_cast<std::uint32_t>(state.range(0));
  constexpr int kRecords = 5;
  const Topology topology = one_broker(partitions);
  CountingConsumerListener listener;
  NullPorts ports;
  Consumer consumer(kClient, ConsumerConfig{}, topology, {0}, listener);
  BatchBuilder builder;
  const std::string value(190, 'v');
  for (int i = 0; i < kRecords; ++i) {
    builder.add(0, as_bytes("order-12"), as_bytes(value));
  }
  const Bytes batch = builder.build(ProducerId(1), ProducerEpoch(0), Sequence(0));
  const BatchView view = *BatchView::parse(batch);

  port::Now now;
  Offset next;
  const auto reply = [&](const port::Message& message) {
    const Envelope envelope = *peek(message);
    switch (envelope.api) {
      case ApiKey::metadata:
        return encode(all_led(partitions), envelope.correlation);
      case ApiKey::find_coordinator:
        return encode(FindCoordinatorResponse{ErrorCode::none, kBroker}, envelope.correlation);
      case ApiKey::join_group:
        return encode(joined_alone(message), envelope.correlation);
      case ApiKey::sync_group:
        return encode(SyncGroupResponse{ErrorCode::none, assigned_first(message)},
                      envelope.correlation);
      case ApiKey::offset_fetch:
        return encode(OffsetFetchResponse{}, envelope.correlation);
      default: {
        FetchResponse response;
        response.session = 1;
        const Bytes stored = stamped_copy(view, next, LeaderEpoch(0));
        next += kRecords;
        for (std::uint32_t p = 0; p < partitions; ++p) {
          FetchResponse::Partition part;
          part.partition = PartitionId(p);
          part.batches.push_back(stored);
          response.partitions.push_back(std::move(part));
        }
        return encode(response, envelope.correlation);
      }
    }
  };
  const auto step = [&](const port::Message& message) {
    consumer.on_message(now, kBroker, port::Lane::response, message, ports);
  };
  consumer.start(now, ports);
  while (peek(ports.sent.front())->api != ApiKey::fetch) {
    const port::Message message = std::move(ports.sent.front());
    ports.sent.erase(ports.sent.begin());
    step(reply(message));
  }
  for (auto _ : state) {
    state.PauseTiming();
    const port::Message message = reply(ports.sent.front());
    ports.sent.clear();
    state.ResumeTiming();
    step(message);
  }
  ENSURE(listener.records == static_cast<std::uint64_t>(state.iterations()) * partitions * kRecords,
         "everything was handed over");
  state.SetItemsProcessed(state.iterations() * partitions * kRecords);
}
BENCHMARK(BM_ConsumerRecord)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace wavetank::log
