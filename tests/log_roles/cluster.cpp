#include "tests/log_roles/cluster.h"

#include <algorithm>

#include "engine/log/storage/record_batch.h"

namespace wavetank::log::test {

// --- what must never fail ------------------------------------------------------------------------

void StrictProbe::leader_elected(PartitionId p, NodeId leader, LeaderEpoch epoch) {
  const auto [it, first] = elected_.emplace(std::pair(p, epoch), leader);
  EXPECT_TRUE(first || (said_again && it->second == leader)) << "a leader epoch is given once";
}

void StrictProbe::became_leader(NodeId broker, PartitionId p, LeaderEpoch epoch, Offset) {
  const auto elected = elected_.find({p, epoch});
  EXPECT_TRUE(elected != elected_.end() && elected->second == broker) << "leads without election";
  leads_in_[{p, broker}] = epoch;
}

void StrictProbe::became_follower(NodeId broker, PartitionId p, NodeId leader, LeaderEpoch epoch) {
  EXPECT_NE(broker, leader);
  const auto elected = elected_.find({p, epoch});
  EXPECT_TRUE(elected != elected_.end() && elected->second == leader) << "follows nobody's choice";
}

void StrictProbe::high_watermark_advanced(NodeId leader, PartitionId p, Offset high_watermark) {
  Offset& last = watermarks_[{p, leads_in_[{p, leader}]}];
  EXPECT_GT(high_watermark, last) << "the high watermark of a leader only moves up";
  last = high_watermark;
}

void StrictProbe::truncated(NodeId broker, PartitionId p, Offset old_end, Offset new_end) {
  EXPECT_LT(new_end, old_end);
  cuts.push_back({broker, p, old_end, new_end});
}

void StrictProbe::in_sync_set_changed(PartitionId p, LeaderEpoch, std::span<const NodeId> set) {
  EXPECT_FALSE(set.empty());
  in_sync[p].assign(set.begin(), set.end());
}

void StrictProbe::broker_registered(NodeId broker, BrokerEpoch epoch) {
  if (said_again && std::ranges::count(registered, std::pair(broker, epoch)) > 0) {
    return;
  }
  for (const auto& [other, given] : registered) {
    EXPECT_NE(epoch, given) << "a broker epoch is given once";
    EXPECT_TRUE(other != broker || epoch > given) << "later processes have higher epochs";
  }
  registered.emplace_back(broker, epoch);
}

void StrictProbe::log_recovered(NodeId broker, PartitionId p, Offset, std::uint64_t scanned) {
  recovered_bytes[{broker, p}] = scanned;
}

void StrictProbe::appended(NodeId, PartitionId, Offset base, Offset last, LeaderEpoch, bool) {
  EXPECT_LE(base, last);
}

// --- cluster -------------------------------------------------------------------------------------

Cluster::Cluster(ClusterSpec spec) {
  probe.said_again = spec.ensemble;
  if (spec.ensemble) {
    add_ensemble();
  } else {
    topology.controllers.assign(kControllers, kControllers + spec.controllers);
  }
  for (std::uint32_t i = 1; i <= spec.brokers; ++i) {
    topology.brokers.push_back(NodeId(i));
  }
  topology.racks = spec.racks.empty() ? std::vector<std::uint32_t>(spec.brokers, 0) : spec.racks;
  topology.topics = spec.topics;
  for (const NodeId controller : topology.controllers) {
    host.add(controller, [this, spec, controller] {
      return std::make_unique<Controller>(controller, spec.controller, topology, probe);
    });
  }
  for (const NodeId broker : topology.brokers) {
    host.add(broker, [this, spec, broker]() -> std::unique_ptr<port::Role> {
      if (spec.ensemble) {
        return std::make_unique<EnsembleBroker>(broker, spec.broker, spec.controller, topology,
                                                ensemble.voters, probe);
      }
      return std::make_unique<Broker>(broker, spec.broker, topology, probe);
    });
  }
  for (const NodeId client : {kClient, kOtherClient}) {
    host.add(client, [this] { return std::make_unique<RawClient>(answers_); });
  }
  if (spec.start) {
    host.start_all();
    run(seconds(1));
  }
}

void Cluster::add_ensemble() {
  server.tick_time = milliseconds(200);
  server.min_session_timeout = milliseconds(400);
  for (const NodeId node : kServers) {
    ensemble.voters.push_back(node);
    host.add(node, [this, node] {
      return std::make_unique<coordination::Server>(node, server, ensemble, servers_probe);
    });
  }
}

NodeId Cluster::active_controller() {
  for (const NodeId broker : topology.brokers) {
    if (!ensemble.voters.empty() && host.running(broker) &&
        host.role<EnsembleBroker>(broker).controls()) {
      return broker;
    }
  }
  for (const NodeId controller : topology.controllers) {
    if (host.running(controller) && host.role<Controller>(controller).active()) {
      return controller;
    }
  }
  return kNoNode;
}

NodeId Cluster::await_controller() {
  EXPECT_TRUE(host.run_until([&] { return active_controller() != kNoNode; }, seconds(30)))
      << "no controller becomes active";
  return active_controller();
}

std::optional<ReplicaView> Cluster::replica(NodeId broker, PartitionId p) {
  return host.running(broker) ? host.role<Broker>(broker).replica(p) : std::nullopt;
}

NodeId Cluster::leader(PartitionId p) {
  NodeId found = kNoNode;
  LeaderEpoch epoch = kNoLeaderEpoch;
  for (const NodeId broker : topology.brokers) {
    const auto view = replica(broker, p);
    if (view && view->leader && view->epoch > epoch) {
      found = broker;
      epoch = view->epoch;
    }
  }
  return found;
}

std::vector<NodeId> Cluster::followers(PartitionId p) {
  const NodeId leading = leader(p);
  std::vector<NodeId> others;
  std::ranges::copy_if(topology.brokers, std::back_inserter(others),
                       [&](NodeId broker) { return broker != leading && host.running(broker); });
  return others;
}

std::vector<NodeId> Cluster::in_sync(PartitionId p) {
  const auto view = replica(leader(p), p);
  return view ? view->in_sync : std::vector<NodeId>{};
}

Offset Cluster::high_watermark(PartitionId p) {
  return replica(leader(p), p)->high_watermark;
}

std::vector<std::string> Cluster::stored(NodeId broker, PartitionId p) {
  const PartitionLog& log = *replica(broker, p)->log;
  std::vector<std::string> values;
  port::Meter meter;
  for (Offset next = log.start_offset(); next < log.end_offset();) {
    std::vector<Bytes> slices;
    const ReadStatus status =
        log.read(next, log.end_offset(), 1 << 20, slices, port::kNoNotify, meter);
    if (status == ReadStatus::loading) {
      continue;  // it is in memory the next time
    }
    EXPECT_EQ(status, ReadStatus::ok);
    if (slices.empty()) {
      break;
    }
    const auto read = values_in(slices);
    values.insert(values.end(), read.begin(), read.end());
    for (ByteView rest = slices.back(); !rest.empty();) {
      const BatchView batch = *BatchView::parse(rest);
      next = batch.last_offset() + 1;
      rest = rest.subspan(batch.size_bytes());
    }
  }
  return values;
}

void Cluster::await_leader(PartitionId p, NodeId broker) {
  EXPECT_TRUE(host.run_until([&] { return leader(p) == broker; }, seconds(60)));
}

void Cluster::await_in_sync(PartitionId p, std::size_t members) {
  EXPECT_TRUE(host.run_until([&] { return in_sync(p).size() == members; }, seconds(120)));
}

CorrelationId Cluster::send(NodeId broker, PartitionId p, const std::vector<std::string>& values,
                            Acks acks, From from, Duration timeout) {
  ProduceRequest request;
  request.acks = acks;
  request.timeout = timeout;
  request.partitions.push_back({p, batch_of(values, from)});
  return ask(broker, request);
}

ProduceResponse::Partition Cluster::produce(PartitionId p, const std::string& value, Acks acks,
                                            From from) {
  return await<ProduceResponse>(send(leader(p), p, {value}, acks, from)).partitions.at(0);
}

ErrorCode Cluster::commit(NodeId broker, const std::string& group, PartitionId p, Offset offset) {
  OffsetCommitRequest request;
  request.group = group;
  request.offsets.push_back({p, offset});
  return await<OffsetCommitResponse>(ask(broker, request)).error;
}

// --- sessions ------------------------------------------------------------------------------------

Session& Session::from(PartitionId p, Offset offset, LeaderEpoch epoch, LeaderEpoch last_epoch) {
  request.partitions.push_back({p, epoch, offset, last_epoch});
  return *this;
}

CorrelationId Session::send() {
  if (request.max_bytes == 0) {
    request.max_bytes = request.max_partition_bytes = 1 << 20;
  }
  const CorrelationId id = cluster_.ask(broker_, request, client_);
  request.partitions.clear();
  request.forgotten.clear();
  ++request.session_epoch;
  return id;
}

FetchResponse Session::await(CorrelationId id) {
  FetchResponse response = cluster_.await<FetchResponse>(id);
  request.session = response.session;
  return response;
}

std::vector<std::string> values_in(const std::vector<Bytes>& batches) {
  std::vector<std::string> values;
  for (const Bytes& slice : batches) {
    for (ByteView rest = slice; !rest.empty();) {
      const auto batch = BatchView::parse(rest);
      batch->for_each_record(
          [&](const RecordView& record) { values.emplace_back(as_text(record.value)); });
      rest = rest.subspan(batch->size_bytes());
    }
  }
  return values;
}

Bytes batch_of(const std::vector<std::string>& values, From from) {
  BatchBuilder builder;
  for (const std::string& value : values) {
    builder.add(1'000, as_bytes("key"), as_bytes(value));
  }
  const bool idempotent = from.producer != kNoProducerId;
  return builder.build(from.producer, ProducerEpoch(idempotent ? 0 : -1), from.sequence);
}

}  // namespace wavetank::log::test
