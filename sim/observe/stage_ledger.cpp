#include "sim/observe/stage_ledger.h"

#include <algorithm>
#include <span>
#include <vector>

#include "models/record_source.h"
#include "reports/tails.h"

namespace wavetank::sim {

namespace {

using reports::Leg;

/// Bound of the stored appends of one partition that nobody has read yet; older ones are forgotten
/// and their records are not split (a consumer that is this far behind is explained by its lag).
constexpr std::size_t kUnreadAppendsMax = 1U << 16;

Duration not_negative(Duration d) {
  return std::max(d, Duration());
}

/// Adds the time from where it has got to until `next` to a leg, and moves on. A leg that ended
/// before the last one did takes no time.
class Stopwatch {
 public:
  Stopwatch(Time start, reports::RecordWay& way) : reached_(start), way_(way) {}
  void until(Time next, Leg leg) {
    way_[leg] += not_negative(next - reached_);
    reached_ = std::max(reached_, next);
  }

 private:
  Time reached_;
  reports::RecordWay& way_;
};

}  // namespace

StageLedger::Send& StageLedger::send_of(EventId id) {
  const std::uint32_t instance = models::event_instance(id.value());
  if (instance >= sends_.size()) {
    sends_.resize(instance + 1);
  }
  std::vector<Send>& sends = sends_[instance];
  // What is under way is near the end: step back from it, ever further.
  std::size_t step = 1;
  while (step < sends.size() && sends[sends.size() - step].id.value() > id.value()) {
    step *= 2;
  }
  const auto from = sends.end() - static_cast<std::ptrdiff_t>(std::min(step, sends.size()));
  const auto found = std::ranges::lower_bound(from, sends.end(), id.value(), {},
                                              [](const Send& send) { return send.id.value(); });
  if (found != sends.end() && found->id == id) {
    return *found;
  }
  ++sent_;
  return *sends.insert(found, Send{id, Time(), Time::never()});
}

/// Keeps half of the sample.
void StageLedger::thin() {
  thinned_ = thinned_ >> 1 | std::uint64_t{1} << 63;
  sent_ = 0;
  for (std::vector<Send>& sends : sends_) {
    std::erase_if(sends, [&](const Send& send) { return !sampled(send.id); });
    sent_ += sends.size();
  }
  std::erase_if(ways_, [&](const reports::RecordWay& way) { return !sampled(EventId(way.event)); });
}

void StageLedger::accepted(EventId id, Time at) {
  send_of(id).accepted = at;
  if (sent_ >= kMostSampled) {
    thin();
  }
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
  append.leader = step.node;
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
                                          Time at, Time disk_asked) {
  Partition& it = appends_[partition.value()];
  while (it.visible < it.appends.size() && it.appends[it.visible].last < high_watermark) {
    Append& append = it.appends[it.visible++];
    append.visible = at;
    append.disk_asked = disk_asked;
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
  const Send& send = send_of(id);
  reports::RecordWay way;
  way.event = id.value();
  way.intended = intended;
  way.partition = partition.value();
  way.leader = append->leader.value();
  Stopwatch watch(intended, way);
  watch.until(send.accepted, Leg::accept);
  watch.until(std::min(send.first_sent, append->request_step_begun), Leg::batch);
  watch.until(append->request_step_begun, Leg::retry);
  watch.until(append->released, Leg::send);
  watch.until(append->arrived, Leg::request);
  watch.until(append->begun, Leg::arrival);
  watch.until(append->finished, Leg::append);
  const Time visible = std::min(append->visible, step.begun);
  watch.until(std::min(append->disk_asked, visible), Leg::replication);
  watch.until(visible, append->disk_asked < visible ? Leg::sync : Leg::replication);
  const Journey& answer = *step.message;
  watch.until(std::min(answer.disk_asked, answer.step_begun), Leg::fetch);
  watch.until(answer.step_begun, Leg::read);
  watch.until(answer.released, Leg::answer);
  watch.until(answer.arrived, Leg::response);
  watch.until(step.begun, Leg::handover);
  ways_.push_back(way);
}

namespace {

/// A way and how long it took, to be sorted without looking at the ways.
struct Ranked {
  Duration total;
  const reports::RecordWay* way;
};

/// The mean split of the samples whose rank lies within `half_width` of the quantile.
reports::LatencySplit split_at(std::span<const Ranked> ranked, double quantile, double half_width) {
  const auto rank = [&](double q) {
    return std::min(ranked.size() - 1, static_cast<std::size_t>(
                                           std::max(0.0, q) * static_cast<double>(ranked.size())));
  };
  const std::size_t first = rank(quantile - half_width);
  const std::size_t last = rank(quantile + half_width);
  const auto count = static_cast<std::int64_t>(last - first + 1);
  reports::LatencySplit mean;
  for (std::size_t i = first; i <= last; ++i) {
    const reports::LatencySplit split = reports::split_of(*ranked[i].way);
    for (const reports::PartInfo& part : reports::all_parts()) {
      mean.*part.time += split.*part.time;
    }
  }
  for (const reports::PartInfo& part : reports::all_parts()) {
    mean.*part.time = mean.*part.time / count;
    mean.total += mean.*part.time;
  }
  return mean;
}

}  // namespace

reports::Attribution StageLedger::attribution() const {
  constexpr std::size_t kFewestSamples = 1000;
  if (ways_.size() < kFewestSamples) {
    return {};
  }
  std::vector<Ranked> ranked;
  ranked.reserve(ways_.size());
  for (const reports::RecordWay& way : ways_) {
    ranked.push_back({way.total(), &way});
  }
  std::ranges::stable_sort(ranked, {}, &Ranked::total);
  return reports::Attribution{split_at(ranked, 0.50, 0.005), split_at(ranked, 0.99, 0.002),
                              split_at(ranked, 0.999, 0.0002)};
}

}  // namespace wavetank::sim
