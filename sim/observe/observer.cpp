#include "sim/observe/observer.h"

#include <algorithm>

#include "engine/log/storage/control_batch.h"
#include "models/record_source.h"

namespace wavetank::sim {

using scenarios::RunEvent;

Observer::Observer(Kernel& kernel, Cluster& cluster, std::vector<bool> loaded,
                   std::vector<std::string> groups, Time measured_from, std::size_t controllers)
    : kernel_(kernel),
      stages_(static_cast<std::uint32_t>(loaded.size()), measured_from),
      evidence_(measured_from),
      news_(static_cast<std::uint32_t>(loaded.size())),
      recovery_(loaded, measured_from),
      invariants_(static_cast<std::uint32_t>(loaded.size())),
      quorum_(controllers),
      groups_(std::move(groups), loaded, measured_from),
      logs_(static_cast<std::uint32_t>(loaded.size())),
      lost_(ledger_, leaderships_, invariants_, static_cast<std::uint32_t>(loaded.size())),
      last_given_(loaded.size()),
      effects_(loaded.size()),
      reads_committed_(loaded.size()) {
  cluster.observe_steps(this);
}

void Observer::start_sampling(Time end) {
  sampling_until_ = end;
  kernel_.schedule(kernel_.now(), *this, 0);
}

void Observer::fire(std::uint64_t /*payload*/) {
  const Time now = kernel_.now();
  lost_.tell_ledger();
  evidence_.lag_sampled(now, lag_records());
  recovery_.lag_sampled(now, lag_records());
  if (now + kLagSampleInterval <= sampling_until_) {
    kernel_.schedule(now + kLagSampleInterval, *this, 0);
  }
}

std::uint64_t Observer::lag_records() const {
  // A record may be refused, and stored and passed over all the same.
  const LedgerTotals& totals = ledger_.totals();
  const std::uint64_t done = totals.settled + totals.lost + invariants_.records_passed_over();
  return totals.produced - std::min(done, totals.produced);
}

void Observer::produced(EventId id, Time intended) {
  ledger_.produce(id, intended);
  if (trace_ != nullptr) {
    trace_->produced(id);
  }
}

void Observer::accepted(EventId id, std::size_t bytes) {
  evidence_.accepted(kernel_.now(), bytes);
  if (stages_.sampled(id)) {
    stages_.accepted(id, kernel_.now());
  }
  if (trace_ != nullptr) {
    trace_->accepted(id);
  }
}

void Observer::sent(log::PartitionId partition, std::span<const std::uint64_t> ids, int attempt) {
  if (trace_ != nullptr) {
    trace_->sent(partition, ids, attempt);
  }
  for (const std::uint64_t id : ids) {
    if (stages_.sampled(EventId(id))) {
      stages_.sent(EventId(id), kernel_.now());
    }
  }
}

void Observer::acknowledged(log::PartitionId partition, log::Offset base,
                            std::span<const std::uint64_t> ids) {
  acknowledged_by(step_->message != nullptr ? step_->message->from : log::kNoNode, partition, base,
                  ids);
}

void Observer::acknowledged_by(NodeId by, log::PartitionId partition, log::Offset base,
                               std::span<const std::uint64_t> ids) {
  const Time now = kernel_.now();
  if (trace_ != nullptr) {
    trace_->acknowledged(partition, base, ids);
  }
  recovery_.records_acknowledged(now);
  invariants_.replication().acknowledged(partition, base, ids.size());
  log::Offset offset = base;
  for (const std::uint64_t id : ids) {
    evidence_.published(now, now - ledger_.intended(EventId(id)));
    ledger_.acknowledge(EventId(id), partition, offset, now);
    offset += base.value() < 0 ? 0 : 1;
  }
  if (base.value() < 0) {
    lost_.acknowledged_somewhere(partition, ids);
  } else {
    lost_.acknowledged(partition, base, ids, by);
  }
}

void Observer::refused(std::span<const std::uint64_t> ids) {
  recovery_.records_refused(kernel_.now());
  if (trace_ != nullptr) {
    trace_->refused(ids);
  }
  for (const std::uint64_t id : ids) {
    ledger_.refuse(EventId(id));
  }
}

void Observer::delivered(NodeId reader, log::PartitionId partition, const log::BatchView& batch,
                         log::Offset from) {
  const Time now = kernel_.now();
  last_given_[partition.value()] = now;
  const bool is_effect = effects_[partition.value()];
  batch.for_each_record([&](const log::RecordView& record) {
    if (record.offset < from) {
      return;
    }
    invariants_.delivered(reader, partition, record.offset, now);
    const std::optional<std::uint64_t> id = models::event_id(record.value, record.headers);
    const EventId event(id.value_or(~0ULL));
    const Delivery delivery = is_effect ? ledger_.deliver_effect(event)
                                        : ledger_.deliver(event, partition, record.offset);
    if (delivery != Delivery::first) {
      return;
    }
    if (reads_committed_[partition.value()]) {
      if (const auto fate = transactions_.delivered(event)) {
        precommitted_read_.delivered(event, *fate);
      }
    }
    lost_.delivered(partition, event);
    const Time intended = ledger_.intended(event);
    evidence_.delivered(now, now - intended);
    logs_.stamped(intended, record.timestamp_ms);
    if (!is_effect && stages_.sampled(event)) {
      stages_.delivered(event, intended, partition, record.offset, *step_);
    }
  });
  if (trace_ != nullptr) {
    trace_->delivered(reader, partition, batch, from);
  }
}

void Observer::appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                        log::LeaderEpoch epoch, bool as_leader) {
  invariants_.replication().holds(broker, p, last + 1);
  logs_.ends(broker, p, last + 1);
  if (as_leader) {
    invariants_.appended_as_leader(broker, p, base, epoch);
    stages_.appended(p, base, last, *step_);
    recovery_.replica_appended(kernel_.now(), p, broker);
    happens(RunEvent::between_append_and_fsync, p, broker);
  }
}

void Observer::high_watermark_advanced(NodeId leader, log::PartitionId p,
                                       log::Offset high_watermark) {
  invariants_.high_watermark().advanced(leader, p, high_watermark);
  invariants_.replication().advanced(leader, p, high_watermark);
  stages_.high_watermark_advanced(p, high_watermark, kernel_.now(), step_->disk_asked);
}

void Observer::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                             log::Offset end) {
  invariants_.became_leader(broker, p, epoch, end);
  leaderships_.began(kernel_.now(), p, broker, end);
  lost_.led(kernel_.now(), p, end);
}

void Observer::truncated(NodeId broker, log::PartitionId p, log::Offset /*old_end*/,
                         log::Offset new_end) {
  invariants_.high_watermark().truncated(broker, p, new_end);
  invariants_.replication().truncated(broker, p, new_end);
  logs_.ends(broker, p, new_end);
  happens(RunEvent::truncated, p, broker);
}

void Observer::log_recovered(NodeId broker, log::PartitionId p, log::Offset end,
                             std::uint64_t /*bytes_scanned*/) {
  invariants_.high_watermark().recovered(broker, p);
  invariants_.replication().recovered(broker, p, end);
  logs_.recovered(broker, p, end);
}

void Observer::controller_stands(NodeId controller) {
  recovery_.controller_stands(kernel_.now(), controller);
}

void Observer::controller_activated(NodeId controller) {
  recovery_.controller_activated(kernel_.now(), controller);
  happens(RunEvent::controller_elected, controller);
}

void Observer::broker_registered(NodeId broker, log::BrokerEpoch epoch) {
  if (!news_.registered(broker, epoch)) {
    return;
  }
  recovery_.broker_registered(kernel_.now(), broker);
  invariants_.high_watermark().registered(broker);
  happens(RunEvent::broker_registered, broker);
}

void Observer::broker_fenced(NodeId broker) {
  if (!news_.fenced(broker)) {
    return;
  }
  recovery_.broker_fenced(kernel_.now(), broker);
  happens(RunEvent::broker_fenced, broker);
}

void Observer::leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) {
  invariants_.leader_elected(p, leader, epoch);
  if (!news_.elected(p, epoch)) {
    return;
  }
  invariants_.in_sync_set().leader_elected(p, leader, kernel_.now());
  recovery_.leader_elected(kernel_.now(), p, leader);
  happens(RunEvent::leader_elected, p, leader);
}

void Observer::partition_offline(log::PartitionId p) {
  if (!news_.went_offline(p)) {
    return;
  }
  invariants_.in_sync_set().went_offline(p, kernel_.now());
  recovery_.partition_offline(p);
  happens(RunEvent::partition_offline, p, log::kNoNode);
}

void Observer::in_sync_set_changed(log::PartitionId p, log::LeaderEpoch epoch,
                                   std::span<const NodeId> in_sync) {
  invariants_.in_sync_set().changed(p, in_sync, kernel_.now());
  invariants_.replication().in_sync_set(p, epoch, in_sync);
  recovery_.in_sync_set_changed(kernel_.now(), p, in_sync);
}

void Observer::rebalance_started(NodeId coordinator, std::string_view group) {
  happens(RunEvent::rebalance_started, group, coordinator);
}

void Observer::group_assigned(NodeId coordinator, std::string_view group,
                              log::Generation generation) {
  groups_.generation_stored(kernel_.now(), coordinator, group, generation);
  happens(RunEvent::rebalance_finished, group, coordinator);
}

void Observer::offset_committed(std::string_view group, NodeId by, log::PartitionId p,
                                log::Offset offset) {
  groups_.committed(step_->node, group, by, p, offset);
}

void Observer::group_request_refused(std::string_view /*group*/, NodeId /*asker*/,
                                     log::ApiKey request, log::ErrorCode error) {
  groups_.refused(kernel_.now(), request);
  ++refusals_[error];
}

void Observer::transaction_request_refused(NodeId /*asker*/, log::ErrorCode error) {
  ++refusals_[error];
}

void Observer::client_throttled(NodeId /*broker*/, std::string_view client, Duration throttle) {
  const auto found = throttled_.find(client);
  if (found != throttled_.end()) {
    found->second += throttle;
  } else {
    throttled_.emplace(client, throttle);
  }
}

void Observer::transaction_decided(NodeId coordinator, std::string_view id, log::Outcome outcome) {
  happens(outcome == log::Outcome::commit ? RunEvent::transaction_committing
                                          : RunEvent::transaction_aborting,
          id, coordinator);
}

void Observer::request_refused(NodeId /*by*/, log::PartitionId /*p*/, log::ErrorCode error) {
  ++refusals_[error];
}

void Observer::whole_request_refused(NodeId /*by*/, log::ErrorCode error) {
  ++refusals_[error];
}

}  // namespace wavetank::sim
