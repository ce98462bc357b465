#include "sim/load/load_generator.h"

#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {
/// A producer that does not know its cluster yet is looked at this often.
constexpr Duration kLookInterval = milliseconds(1);
/// Records handed over in one step: what has piled up must not keep the producer from sending,
/// which it does in steps of its own. (A Kafka producer sends in a thread beside the
/// application's.)
constexpr int kRecordsPerStep = 100;

constexpr std::uint64_t kDue = 0;
constexpr std::uint64_t kLook = 1;
/// And all above: the end of transaction `what - kEnd`.
constexpr std::uint64_t kEnd = 2;
}  // namespace

LoadGenerator::LoadGenerator(Cluster& cluster, Observer& observer, LoadSpec spec)
    : cluster_(cluster),
      observer_(observer),
      spec_(std::move(spec)),
      random_(cluster.seed(), "load/arrivals/" + std::to_string(spec_.instance)),
      outcomes_(cluster.seed(), "load/outcomes/" + std::to_string(spec_.instance)) {}

void LoadGenerator::process_starts(log::Producer& producer) {
  producer_ = &producer;
  observer_.producer_died(spec_.instance);
  stored_.clear();
  settle(TransactionFate::unknown);
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
  if (what >= kEnd) {
    if (transaction_ == static_cast<TransactionNumber>(what - kEnd) &&
        cluster_.node(node_).running()) {
      due_to_end_ = true;
      call_soon();
    }
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

std::string LoadGenerator::describe(std::uint64_t what) const {
  return cluster_.node(node_).spec().name + (what == kDue    ? ": a record is due"
                                             : what == kLook ? ": looks for its cluster"
                                                             : ": a transaction is to end");
}

void LoadGenerator::call_soon() {
  if (!called_) {
    called_ = true;
    cluster_.node(node_).call(*this);
  }
}

void LoadGenerator::on_step(port::Now now, port::Ports& ports) {
  called_ = false;
  log::Producer& producer = *producer_;
  if (spec_.transactions && !steer(producer, now, ports)) {
    return;
  }
  for (int handed_over = 0; !due_.empty(); ++handed_over) {
    if (handed_over == kRecordsPerStep) {
      call_soon();
      return;
    }
    prepare(due_.front());
    if (transaction_ && spec_.transactions->records > 0 && sent_ >= spec_.transactions->records) {
      end(producer, now, ports);
      return;
    }
    const ByteView value = record_.tombstone ? ByteView() : record_.value.view();
    if (!producer.send(now, record_.key.view(), value, record_.headers.view(), record_.event_id,
                       ports)) {
      if (producer.pending_records() == 0 && !spec_.transactions) {
        look_soon();
      }
      return;  // acknowledgements and the next record that is due bring us back
    }
    observer_.accepted(EventId(record_.event_id), record_.size_bytes());
    if (transaction_) {
      observer_.transactions().sent(EventId(record_.event_id), *transaction_);
      ++sent_;
    }
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
  if (producer_->can_accept(record_.size_bytes())) {
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

void LoadGenerator::on_batch_sent(log::PartitionId p, std::span<const log::RecordHandle> records,
                                  int attempt) {
  observer_.sent(p, records, attempt);
}

void LoadGenerator::on_acknowledged(log::PartitionId p, log::Offset base,
                                    std::span<const log::RecordHandle> records) {
  if (transaction_) {
    stored_.push_back({p, base, {records.begin(), records.end()}});
  } else {
    observer_.acknowledged(p, base, records);
  }
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

// --- transactions
// -----------------------------------------------------------------------------------

bool LoadGenerator::steer(log::Producer& producer, port::Now now, port::Ports& ports) {
  switch (producer.transaction()) {
    case log::TransactionPhase::ready:
      if (!due_.empty()) {
        begin(producer);
      }
      return !due_.empty();
    case log::TransactionPhase::open:
      if (due_to_end_) {
        end(producer, now, ports);
      }
      return !due_to_end_;
    case log::TransactionPhase::failed:
      producer.abort_transaction(now, ports);
      return false;
    case log::TransactionPhase::fatal:
      return true;  // it refuses every record
    case log::TransactionPhase::initializing:
    case log::TransactionPhase::committing:
    case log::TransactionPhase::aborting:
      return false;
  }
  return false;
}

void LoadGenerator::begin(log::Producer& producer) {
  producer.begin_transaction();
  transaction_ = observer_.transactions().begin();
  sent_ = 0;
  due_to_end_ = false;
  cluster_.kernel().schedule(cluster_.now() + spec_.transactions->every, *this,
                             kEnd + *transaction_);
}

void LoadGenerator::end(log::Producer& producer, port::Now now, port::Ports& ports) {
  due_to_end_ = true;
  const bool aborts = outcomes_.uniform() < spec_.transactions->abort_share;
  if (aborts) {
    producer.abort_transaction(now, ports);
  } else {
    observer_.transactions().becomes(*transaction_, TransactionFate::committing);
    producer.commit_transaction(now, ports);
  }
}

void LoadGenerator::on_transaction_ended(log::Outcome outcome) {
  for (const Stored& it : stored_) {
    if (outcome == log::Outcome::commit) {
      observer_.acknowledged_by_commit(it.partition, it.base, it.records);
    } else {
      observer_.refused(it.records);
    }
  }
  stored_.clear();
  settle(outcome == log::Outcome::commit ? TransactionFate::committed : TransactionFate::aborted);
}

void LoadGenerator::on_fatal(log::ErrorCode /*error*/) {
  for (const Stored& it : stored_) {
    observer_.refused(it.records);
  }
  stored_.clear();
  observer_.producer_fenced();
  settle(TransactionFate::unknown);
  call_soon();
}

void LoadGenerator::settle(TransactionFate fate) {
  if (transaction_) {
    observer_.transactions().becomes(*transaction_, fate);
    transaction_.reset();
  }
}

}  // namespace wavetank::sim
