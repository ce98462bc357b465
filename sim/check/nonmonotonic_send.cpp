#include "sim/check/nonmonotonic_send.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/record_source.h"
#include "sim/check/wording.h"

namespace wavetank::sim {

namespace {

template <class T>
T& at(std::vector<T>& list, std::size_t index) {
  if (index >= list.size()) {
    list.resize(index + 1);
  }
  return list[index];
}

}  // namespace

void NonmonotonicSend::said(EventId id, const RecordLedger::Entry& entry) {
  judgement_.look();
  const std::uint64_t process = models::event_instance(id.value());
  Last& last = at(said_, entry.partition.value());
  if (last.owner == process && entry.offset <= last.offset && judgement_.holds()) {
    judgement_.breach(fmt::format("{} was acknowledged as {}, but {}, sent before it, as offset {}",
                                  event_text(id), place_text(entry.partition, entry.offset),
                                  event_text(last.id), last.offset.value()));
  }
  last = {process, id, entry.offset};
}

void NonmonotonicSend::stored(EventId id, log::PartitionId partition, const std::string& name,
                              log::Offset offset) {
  judgement_.look();
  Last& last = at(stored_, models::event_instance(id.value()));
  if (last.owner == partition.value() && id < last.id && judgement_.holds()) {
    judgement_.breach(fmt::format("{}: {} comes after {} at offset {}, which was sent later",
                                  place_text(name, offset), event_text(id), event_text(last.id),
                                  last.offset.value()));
  }
  last = {partition.value(), id, offset};
}

}  // namespace wavetank::sim
