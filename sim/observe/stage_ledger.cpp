#include "sim/observe/stage_ledger.h"

#include <algorithm>

namespace wavetank::sim {

namespace {

/// Bound of the stored appends of one partition that nobody has read yet; older ones are forgotten
/// and their records are not split (a consumer that is this far behind is explained by its lag).
constexpr std::size_t kUnreadAppendsMax = 1U << 16;

Duration not_negative(Duration d) {
  return std::max(d, Duration());
}

/// Adds the time from `reached` to `until` to a stage, and moves on. A stage that ended before the
/// last one did takes no time.
class Stopwatch {
 public:
  explicit Stopwatch(Time start) : reached_(start) {}
  void until(Time next, Duration& stage) {
    stage += not_negative(next - reached_);
    reached_ = std::max(reached_, next);
  }

 private:
  Time reached_;
};

}  // namespace

StageLedger::Send& StageLedger::send_of(EventId id) {
  const std::uint32_t instance = models::event_instance(id.value());
  const auto index = static_cast<std::size_t>(models::event_number(id.value()) / kSampleEvery);
  if (instance >= sends_.size()) {
    sends_.resize(instance + 1);
  }
  if (index >= sends_[instance].size()) {
    sends_[instance].resize(index + 1);
  }
  return sends_[instance][index];
}

void StageLedger::accepted(EventId id, Time at) {
  send_of(id).accepted = at;
}

void StageLedger::sent(EventId id, Time at) {
  Send& send = send_of(id);
  send.first_sent = std::min(send.first_sent, at);
}

void StageLedger::appended(log::PartitionId partition, log::Offset base, log::Offset last,
                           const Step& step) {
  Partition& it = appends_[partition.value()];
  while (!it.appends.empty() && it.appends.back().last >= base) {
    it.appends.pop_back();  // a new leader writes where an old one had written
  }
  if (it.appends.size() == kUnreadAppendsMax) {
    it.appends.pop_front();
    it.visible -= std::min<std::size_t>(it.visible, 1);
  }
  it.visible = std::min(it.visible, it.appends.size());
  Append append;
  append.base = base;
  append.last = last;
  append.begun = step.begun;
  append.finished = step.begun;
  const Journey journey = step.message != nullptr
                              ? *step.message
                              : Journey{step.node, step.begun, step.begun, step.begun};
  append.request_step_begun = journey.step_begun;
  append.released = journey.released;
  append.arrived = journey.arrived;
  it.appends.push_back(append);
  in_step_.push_back(partition);
}

void StageLedger::step_ended(Duration cost) {
  for (const log::PartitionId partition : in_step_) {
    Append& append = appends_[partition.value()].appends.back();
    append.finished = append.begun + cost;
  }
  in_step_.clear();
}

void StageLedger::high_watermark_advanced(log::PartitionId partition, log::Offset high_watermark,
                                          Time at) {
  Partition& it = appends_[partition.value()];
  while (it.visible < it.appends.size() && it.appends[it.visible].last < high_watermark) {
    it.appends[it.visible++].visible = at;
  }
}

const StageLedger::Append* StageLedger::append_of(log::PartitionId partition, log::Offset offset) {
  Partition& it = appends_[partition.value()];
  while (!it.appends.empty() && it.appends.front().last < offset) {
    it.appends.pop_front();
    it.visible -= std::min<std::size_t>(it.visible, 1);
  }
  const bool forgotten = it.appends.empty() || offset < it.appends.front().base;
  return forgotten ? nullptr : &it.appends.front();
}

void StageLedger::delivered(EventId id, Time intended, log::PartitionId partition,
                            log::Offset offset, const Step& step) {
  const Append* append = append_of(partition, offset);
  if (intended < measured_from_ || append == nullptr || step.message == nullptr) {
    return;
  }
  reports::LatencySplit split;
  Stopwatch watch(intended);
  watch.until(send_of(id).accepted, split.queue);
  watch.until(std::min(send_of(id).first_sent, append->request_step_begun), split.batch);
  watch.until(append->request_step_begun, split.retry);
  watch.until(append->released, split.service);
  watch.until(append->arrived, split.network);
  watch.until(append->begun, split.queue);
  watch.until(append->finished, split.service);
  watch.until(std::min(append->visible, step.begun), split.replication);
  watch.until(step.message->step_begun, split.queue);
  watch.until(step.message->released, split.service);
  watch.until(step.message->arrived, split.network);
  watch.until(step.begun, split.queue);
  split.total = step.begun - intended;
  splits_.push_back(split);
}

reports::Attribution StageLedger::attribution() const {
  return reports::Attribution{split_at(0.50, 0.005), split_at(0.99, 0.002),
                              split_at(0.999, 0.0002)};
}

/// The mean split of the samples whose rank lies within `half_width` of the quantile.
std::optional<reports::LatencySplit> StageLedger::split_at(double quantile,
                                                           double half_width) const {
  constexpr std::size_t kFewestSamples = 1000;
  if (splits_.size() < kFewestSamples) {
    return std::nullopt;
  }
  std::vector<reports::LatencySplit> sorted = splits_;
  std::ranges::stable_sort(sorted, {}, &reports::LatencySplit::total);
  const auto rank = [&](double q) {
    return std::min(sorted.size() - 1, static_cast<std::size_t>(
                                           std::max(0.0, q) * static_cast<double>(sorted.size())));
  };
  const std::size_t first = rank(quantile - half_width);
  const std::size_t last = rank(quantile + half_width);
  const auto count = static_cast<std::int64_t>(last - first + 1);
  reports::LatencySplit mean;
  for (std::size_t i = first; i <= last; ++i) {
    const reports::LatencySplit& s = sorted[i];
    mean.queue += s.queue, mean.service += s.service, mean.network += s.network;
    mean.disk += s.disk, mean.batch += s.batch, mean.retry += s.retry,
        mean.replication += s.replication;
  }
  for (Duration* part : {&mean.queue, &mean.service, &mean.network, &mean.disk, &mean.batch,
                         &mean.retry, &mean.replication}) {
    *part = *part / count;
    mean.total += *part;
  }
  return mean;
}

}  // namespace wavetank::sim
