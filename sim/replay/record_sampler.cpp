#include "sim/replay/record_sampler.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/record_source.h"

namespace wavetank::sim {

using reports::Trace;

bool RecordSampler::is_drawn(std::uint64_t id) const {
  // Every producer begins elsewhere: of many with few records each, as many are drawn as of one.
  return (models::event_number(id) + models::event_instance(id)) % stride_ == 0;
}

RecordSampler::Way* RecordSampler::find(std::uint64_t id) {
  if (!is_drawn(id)) {
    return nullptr;
  }
  const auto found = ways_.find(id);
  return found == ways_.end() ? nullptr : &found->second;
}

// ------------------------------------------------------------------------------- applications

void RecordSampler::produced(EventId id) {
  if (!is_drawn(id.value())) {
    return;
  }
  if (ways_.size() >= Trace::kRecordsMax) {
    ++left_out_;
    return;
  }
  Way& way = ways_[id.value()];
  way.due = cluster_.now();
}

void RecordSampler::accepted(EventId id) {
  if (Way* way = find(id.value())) {
    way->accepted = cluster_.now();
    way->producer = cluster_.in_step() ? host_of(cluster_.step().node) : 0;
  }
}

void RecordSampler::sent(log::PartitionId p, std::span<const std::uint64_t> ids, int attempt) {
  for (const std::uint64_t id : ids) {
    if (Way* way = find(id)) {
      way->sent = way->sent.value_or(cluster_.now());
      way->partition = p;
      way->attempts = attempt;
    }
  }
}

void RecordSampler::acknowledged(log::PartitionId p, log::Offset base,
                                 std::span<const std::uint64_t> ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (Way* way = find(ids[i])) {
      way->acknowledged = cluster_.now();
      if (base.value() >= 0) {
        place(*way, p, base + static_cast<std::int64_t>(i));
      }
    }
  }
}

void RecordSampler::refused(std::span<const std::uint64_t> ids) {
  for (const std::uint64_t id : ids) {
    if (Way* way = find(id)) {
      way->refused = cluster_.now();
    }
  }
}

void RecordSampler::delivered(NodeId reader, log::PartitionId p, const log::BatchView& batch,
                              log::Offset from) {
  batch.for_each_record([&](const log::RecordView& record) {
    const auto id = models::event_id(record.value, record.headers);
    Way* way = id && record.offset >= from ? find(*id) : nullptr;
    if (way != nullptr && !way->delivered) {
      way->delivered = cluster_.now();
      way->reader = host_of(reader);
      place(*way, p, record.offset);
    }
  });
}

// ------------------------------------------------------------------------------- brokers

void RecordSampler::appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                             log::LeaderEpoch /*epoch*/, bool as_leader) {
  if (as_leader) {
    std::deque<Write>& writes = logs_[p].writes;
    writes.push_back({base, last, cluster_.now(), host_of(broker)});
    if (writes.size() > kWritesKept) {
      writes.pop_front();
    }
  }
}

void RecordSampler::high_watermark_advanced(NodeId /*leader*/, log::PartitionId p, log::Offset to) {
  std::deque<Move>& moves = logs_[p].moves;
  moves.push_back({to, cluster_.now()});
  if (moves.size() > kWritesKept) {
    moves.pop_front();
  }
}

void RecordSampler::place(Way& way, log::PartitionId p, log::Offset offset) const {
  const auto log = logs_.find(p);
  if (way.appended || log == logs_.end()) {
    return;
  }
  // The last write counts: what stood there before was cut.
  const std::deque<Write>& writes = log->second.writes;
  const auto write = std::find_if(writes.rbegin(), writes.rend(), [&](const Write& it) {
    return it.base <= offset && offset <= it.last;
  });
  if (write != writes.rend()) {
    way.appended = write->at;
    way.leader = write->host;
  }
  for (const Move& move : log->second.moves) {
    if (way.appended && move.at >= *way.appended && move.to > offset) {
      way.committed = move.at;
      break;
    }
  }
}

// ------------------------------------------------------------------------------- the end

Trace::Record RecordSampler::record(std::uint64_t id, const Way& way, Time end) const {
  Trace::Record record;
  record.event_id = id;
  record.name = fmt::format("{}/{}", models::event_instance(id), models::event_number(id));
  record.partition = way.partition ? topology_.partition_name(*way.partition) : "";
  record.host = way.producer;
  record.attempts = way.attempts;
  record.acknowledged = way.acknowledged;
  record.fate = way.delivered ? Trace::Fate::delivered
                : way.refused ? Trace::Fate::refused
                              : Trace::Fate::unsettled;
  record.from = way.due;
  struct Step {
    const char* name;
    std::optional<Time> until;
    std::uint32_t host;
  };
  const Step steps[] = {{"waits for its producer", way.accepted, way.producer},
                        {"waits for its batch", way.sent, way.producer},
                        {"goes to the leader", way.appended, way.leader},
                        {"is replicated", way.committed, way.leader},
                        {"is fetched", way.delivered, way.reader}};
  Time at = way.due;
  for (const Step& step : steps) {
    // What nobody saw is part of what comes next.
    if (step.until && *step.until >= at) {
      record.stages.push_back({step.name, step.host, at, *step.until});
      at = *step.until;
    }
  }
  const bool settled = way.delivered || way.refused;
  record.to =
      std::max({at, way.acknowledged.value_or(at), way.refused.value_or(at), settled ? at : end});
  return record;
}

std::vector<Trace::Record> RecordSampler::records(Time end) const {
  std::vector<Trace::Record> all;
  for (const auto& [id, way] : ways_) {
    all.push_back(record(id, way, end));
  }
  return all;
}

}  // namespace wavetank::sim
