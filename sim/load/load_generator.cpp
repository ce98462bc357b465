#include "sim/load/load_generator.h"

#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {
/// A producer that does not know its cluster yet is looked at this often.
constexpr Duration kLookInterval = milliseconds(1);

constexpr std::uint64_t kDue = 0;
constexpr std::uint64_t kLook = 1;
}  // namespace

LoadGenerator::LoadGenerator(Cluster& cluster, Observer& observer, LoadSpec spec)
    : cluster_(cluster),
      observer_(observer),
      spec_(std::move(spec)),
      random_(cluster.seed(), "load/arrivals/" + std::to_string(spec_.instance)) {}

void LoadGenerator::process_starts() {
  observer_.producer_died(spec_.instance);
  while (!due_.empty()) {  // the application's memory went with it: the source goes on with what is
                           // next
    prepare(due_.front());
    prepared_ = false;
    due_.pop_front();
  }
  called_ = false;
}

void LoadGenerator::start() {
  schedule_next();
}

void LoadGenerator::schedule_next() {
  const Time next = spec_.arrivals.next(random_);
  if (next < spec_.stop) {
    cluster_.kernel().schedule(next, *this, kDue);
  }
}

void LoadGenerator::fire(std::uint64_t what) {
  if (what == kLook) {
    looking_ = false;
    look();
    return;
  }
  const Time now = cluster_.now();
  if (cluster_.node(node_).running()) {
    ENSURE(due_.size() < kMaxDueRecords, "the records that are due stay within kMaxDueRecords");
    observer_.produced(EventId(models::make_event_id(spec_.instance, next_number_++)), now);
    due_.push_back(now);
    call_soon();
  }
  schedule_next();
}

void LoadGenerator::call_soon() {
  if (!called_) {
    called_ = true;
    cluster_.node(node_).call(*this);
  }
}

void LoadGenerator::on_step(port::Now now, port::Ports& ports) {
  called_ = false;
  auto& producer = cluster_.node(node_).role<log::Producer>();
  while (!due_.empty()) {
    prepare(due_.front());
    if (!producer.send(now, record_.key.view(), record_.value.view(), record_.headers.view(),
                       record_.event_id, ports)) {
      if (producer.pending_records() == 0) {
        look_soon();
      }
      return;  // acknowledgements and the next record that is due bring us back
    }
    observer_.accepted(EventId(record_.event_id), record_.size_bytes());
    prepared_ = false;
    due_.pop_front();
  }
}

/// A producer that holds nothing has no acknowledgement to come: it has yet to learn of its
/// cluster, of which it tells nobody.
void LoadGenerator::look_soon() {
  if (!looking_) {
    looking_ = true;
    cluster_.kernel().schedule(cluster_.now() + kLookInterval, *this, kLook);
  }
}

void LoadGenerator::look() {
  if (!cluster_.node(node_).running() || due_.empty()) {
    return;
  }
  if (cluster_.node(node_).role<log::Producer>().can_accept(record_.size_bytes())) {
    call_soon();
  } else {
    look_soon();
  }
}

void LoadGenerator::prepare(Time intended) {
  if (prepared_) {
    return;
  }
  spec_.source->next(intended, record_);
  prepared_ = true;
}

void LoadGenerator::on_batch_sent(log::PartitionId /*p*/,
                                  std::span<const log::RecordHandle> records, int /*attempt*/) {
  observer_.sent(records);
}

void LoadGenerator::on_acknowledged(log::PartitionId p, log::Offset base,
                                    std::span<const log::RecordHandle> records) {
  observer_.acknowledged(p, base, records);
  if (!due_.empty()) {
    call_soon();
  }
}

void LoadGenerator::on_failed(log::PartitionId /*p*/, std::span<const log::RecordHandle> records,
                              log::ErrorCode /*error*/, bool /*maybe_stored*/) {
  observer_.refused(records);
  if (!due_.empty()) {
    call_soon();
  }
}

}  // namespace wavetank::sim
