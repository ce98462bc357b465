#include "sim/replay/record_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/record_source.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

// --- records
// ------------------------------------------------------------------------------------------------

RecordHistory::Tracked* RecordHistory::tracked(EventId id) {
  const auto found = tracked_.find(id);
  return found == tracked_.end() ? nullptr : &found->second;
}

RecordHistory::Tracked& RecordHistory::track(EventId id) {
  Tracked& it = tracked_[id];
  if (const auto begun = beginnings_.find(id); begun != beginnings_.end()) {
    it.story = std::move(begun->second);
    beginnings_.erase(begun);
  }
  it.story.event = id;
  return it;
}

RecordStory* RecordHistory::beginning_of(EventId id) {
  if (Tracked* it = tracked(id)) {
    return &it->story;
  }
  if (wants(id)) {
    return &track(id).story;
  }
  const bool kept =
      wanted_.partition && (beginnings_.contains(id) || beginnings_.size() < kBeginningsKept);
  return kept ? &beginnings_[id] : nullptr;
}

void RecordHistory::add(RecordStory& story, std::string what, bool bad) {
  if (story.steps.size() < kStepsKept) {
    story.steps.push_back({cluster_.now(), std::move(what), bad});
  } else {
    ++story.left_out;
  }
}

void RecordHistory::goes_again(RecordStory& story, log::PartitionId p, int attempt) {
  if (story.steps.empty() || story.steps.back().attempts == 0) {
    add(story, fmt::format("sent to {} again, attempt {}", name(p), attempt));
    story.steps.back().attempts = 1;
    return;
  }
  RecordStep& step = story.steps.back();
  ++step.attempts;
  step.what = fmt::format("sent to {} again, {} times until {:.6f} s", name(p), step.attempts,
                          cluster_.now().seconds());
}

RecordHistory::Place& RecordHistory::place(Tracked& it, log::PartitionId p, log::Offset offset) {
  for (Place& known : it.places) {
    if (known.partition == p && known.offset == offset) {
      return known;
    }
  }
  return it.places.emplace_back(Place{p, offset, {}, {}, false, {}});
}

template <class Visit>
void RecordHistory::for_each_in(log::PartitionId p, const Visit& visit) {
  for (auto& [id, it] : tracked_) {
    for (Place& at : it.places) {
      if (at.partition == p) {
        visit(it, at);
      }
    }
  }
}

std::vector<RecordStory> RecordHistory::stories() const {
  std::vector<RecordStory> all;
  for (const auto& [id, it] : tracked_) {
    all.push_back(it.story);
  }
  return all;
}

// --- of applications
// ------------------------------------------------------------------------------------------------

void RecordHistory::produced(EventId id) {
  if (RecordStory* story = beginning_of(id)) {
    add(*story, "due");
  }
}

void RecordHistory::accepted(EventId id) {
  if (RecordStory* story = beginning_of(id)) {
    add(*story, cluster_.in_step() ? "handed to " + name(cluster_.step().node) : "handed over");
  }
}

void RecordHistory::sent(log::PartitionId p, std::span<const std::uint64_t> ids, int attempt) {
  for (const std::uint64_t id : ids) {
    if (wants(EventId(id))) {
      sent_to_.insert(p);
    } else if (wanted_.partition != p) {
      continue;
    }
    RecordStory* story = beginning_of(EventId(id));
    if (story != nullptr && attempt > 1) {
      goes_again(*story, p, attempt);
    } else if (story != nullptr) {
      add(*story, fmt::format("sent to {} in a batch of {}", name(p), ids.size()));
    }
  }
}

void RecordHistory::acknowledged(log::PartitionId p, log::Offset base,
                                 std::span<const std::uint64_t> ids) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (base >= log::Offset(0)) {
      beginnings_.erase(EventId(ids[i]));  // what is wanted of it has been found before
    }
    if (Tracked* it = tracked(EventId(ids[i]))) {
      add(*it, base < log::Offset(0) ? "given up to the network (acks=0)"
                                     : fmt::format("acknowledged as {} offset {}", name(p),
                                                   (base + static_cast<std::int64_t>(i)).value()));
    }
  }
}

void RecordHistory::refused(std::span<const std::uint64_t> ids) {
  for (const std::uint64_t id : ids) {
    beginnings_.erase(EventId(id));
    if (Tracked* it = tracked(EventId(id))) {
      add(*it, "given up by its producer, and the application told so");
    }
  }
}

void RecordHistory::delivered(NodeId reader, log::PartitionId p, const log::BatchView& batch,
                              log::Offset from) {
  for_each_in(p, [&](Tracked& it, const Place& at) {
    if (batch.base_offset() > at.offset || at.offset > batch.last_offset() || at.offset < from) {
      return;
    }
    batch.for_each_record([&](const log::RecordView& record) {
      if (record.offset == at.offset &&
          models::event_id(record.value, record.headers) == it.story.event.value()) {
        add(it, fmt::format("delivered to {} from offset {}", name(reader), at.offset.value()));
      }
    });
  });
}

// --- of brokers
// ------------------------------------------------------------------------------------------------

/// The records from `base` to `last`, as the newest units of the partition's newest file hold them.
std::vector<std::pair<log::Offset, EventId>> RecordHistory::read_tail(NodeId broker,
                                                                      log::PartitionId p,
                                                                      log::Offset base,
                                                                      log::Offset last) const {
  const NodeFiles& files = *cluster_.node(broker).files();
  std::vector<std::pair<log::Offset, EventId>> records;
  std::vector<std::string> names = files.list(name(p) + "/");
  std::erase_if(names, [](const std::string& file) { return !file.ends_with(".log"); });
  for (auto file = names.rbegin(); file != names.rend(); ++file) {
    std::vector<ByteView> units;
    files.contents(*file, units);
    for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
      log::Offset first = last + 1;
      read_stored({&*unit, 1}, last + 1, [&](const StoredRecord& record) {
        first = std::min(first, record.offset);
        const auto id = models::event_id(record.value, record.headers);
        if (id && record.offset >= base) {
          records.emplace_back(record.offset, EventId(*id));
        }
      });
      if (first <= base) {
        return records;
      }
    }
  }
  return records;
}

bool RecordHistory::may_hold_wanted(log::PartitionId p, log::Offset base, log::Offset last) const {
  if (!wanted_.partition) {
    return sent_to_.contains(p);
  }
  return wanted_.partition == p && wanted_.first <= static_cast<std::uint64_t>(last.value()) &&
         static_cast<std::uint64_t>(base.value()) <= wanted_.last;
}

void RecordHistory::appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                             log::LeaderEpoch epoch, bool as_leader) {
  if (wanted_.partition == p) {
    written_to_ = std::max(written_to_, last + 1);
  }
  if (!may_hold_wanted(p, base, last)) {
    return;
  }
  for (const auto& [offset, id] : read_tail(broker, p, base, last)) {
    if (!wants(id) && !wants(p, offset)) {
      continue;
    }
    Tracked& it = track(id);
    place(it, p, offset).held_by.insert(broker);
    add(it, as_leader ? fmt::format("appended by {}, the leader of epoch {}, as {} offset {}",
                                    name(broker), epoch.value(), name(p), offset.value())
                      : fmt::format("copied by {} to {} offset {}", name(broker), name(p),
                                    offset.value()));
  }
}

void RecordHistory::high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset to) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (at.offset < to && !std::exchange(at.below_watermark, at.offset < to)) {
      add(it, fmt::format("committed: the high watermark of {} is {}", name(leader), to.value()));
    }
  });
}

void RecordHistory::truncated(NodeId broker, log::PartitionId p, log::Offset old_end,
                              log::Offset new_end) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (at.offset >= new_end && at.held_by.erase(broker) > 0) {
      add(it,
          fmt::format("cut by {}: its log went from {} to {}", name(broker), old_end.value(),
                      new_end.value()),
          true);
    }
  });
}

void RecordHistory::log_start_advanced(NodeId broker, log::PartitionId p, log::Offset start) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (at.offset < start && at.held_by.erase(broker) > 0) {
      add(it, fmt::format("thrown away by the retention of {}: its log begins at {}", name(broker),
                          start.value()));
    }
  });
}

void RecordHistory::log_cleaned(NodeId broker, log::PartitionId p, log::Offset up_to) {
  for_each_in(p, [&](Tracked& it, const Place& at) {
    if (at.offset < up_to && at.held_by.contains(broker)) {
      add(it, fmt::format("the cleaner of {} has been over it: the latest record of its key stays",
                          name(broker)));
    }
  });
}

void RecordHistory::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                  log::Offset end) {
  for_each_in(p, [&](Tracked& it, const Place& at) {
    const bool has_it = at.held_by.contains(broker) && at.offset < end;
    add(it,
        fmt::format("{} leads epoch {} with a log that ends at {}, {} it", name(broker),
                    epoch.value(), end.value(), has_it ? "and has" : "and lacks"),
        !has_it);
  });
}

void RecordHistory::log_recovered(NodeId broker, log::PartitionId p, log::Offset end) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (!at.held_by.contains(broker)) {
      return;
    }
    at.ended.erase(broker);
    if (at.offset >= end) {
      at.held_by.erase(broker);
      add(it,
          fmt::format("gone from {}: the log that it found in its files ends at {}", name(broker),
                      end.value()),
          true);
    } else {
      add(it, fmt::format("{} has found it in its files again", name(broker)));
    }
  });
}

void RecordHistory::replica_removed(NodeId broker, log::PartitionId p) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (at.held_by.erase(broker) > 0) {
      add(it, fmt::format("the replica of {} has moved away", name(broker)));
    }
  });
}

void RecordHistory::offset_committed(std::string_view group, log::PartitionId p,
                                     log::Offset offset) {
  for_each_in(p, [&](Tracked& it, Place& at) {
    if (at.offset < offset && at.committed_by.emplace(group).second) {
      add(it, fmt::format("group {} has committed offset {}", group, offset.value()));
    }
  });
}

void RecordHistory::process_ended(NodeId broker, const std::string& how) {
  for (auto& [id, it] : tracked_) {
    for (Place& at : it.places) {
      if (at.held_by.contains(broker) && at.ended.insert(broker).second) {
        add(it, fmt::format("{}, which has it: {}", name(broker), how));
        break;
      }
    }
  }
}

}  // namespace wavetank::sim
