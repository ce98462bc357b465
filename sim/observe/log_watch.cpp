#include "sim/observe/log_watch.h"

#include <algorithm>

namespace wavetank::sim {

log::Offset& LogWatch::end_of(NodeId broker, log::PartitionId p) {
  std::vector<log::Offset>& ends = replicas_[p.value()];
  if (ends.size() <= broker.value()) {
    ends.resize(broker.value() + 1);
  }
  return ends[broker.value()];
}

void LogWatch::recovered(NodeId broker, log::PartitionId p, log::Offset end) {
  log::Offset& held = end_of(broker, p);
  if (end < held) {
    cut_by_recovery_ += static_cast<std::uint64_t>(held - end);
  }
  held = end;
}

void LogWatch::begins(log::PartitionId p, log::Offset start) {
  starts_[p.value()] = std::max(starts_[p.value()], start);
}

void LogWatch::stamped(Time intended, std::int64_t timestamp_ms) {
  behind_ = std::max(behind_, intended - (Time() + milliseconds(timestamp_ms)));
}

std::vector<reports::ScalarMetric> LogWatch::scalars() const {
  std::int64_t removed = 0;
  for (const log::Offset start : starts_) {
    removed += start.value();
  }
  return {{"cut_by_recovery", static_cast<double>(cut_by_recovery_), ""},
          {"removed", static_cast<double>(removed), ""},
          {"timestamp_behind", behind_.seconds(), "s"}};
}

}  // namespace wavetank::sim
