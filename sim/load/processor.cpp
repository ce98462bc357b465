#include "sim/load/processor.h"

#include <algorithm>
#include <utility>

#include "engine/base/codec.h"
#include "engine/base/ensure.h"
#include "models/record_source.h"

namespace wavetank::sim {

namespace {

/// A producer that does not know its cluster yet is looked at this often.
constexpr Duration kLookInterval = milliseconds(1);
/// Rounds count from 1.
constexpr std::uint64_t kLook = 0;
constexpr std::uint64_t kEnd = ~0ULL;

/// FNV-1a (Fowler, Noll, Vo).
std::uint64_t digest_of(ByteView key, ByteView value) {
  constexpr std::uint64_t kBasis = 14695981039346656037ULL;
  constexpr std::uint64_t kPrime = 1099511628211ULL;
  std::uint64_t hash = kBasis;
  const auto mix = [&hash](ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
      hash ^= byte;
      hash *= kPrime;
    }
  };
  mix(key);
  mix(value);
  return hash;
}

}  // namespace

void Processor::reset() {
  stage_ = Stage::working;
  due_.clear();
  committed_.clear();
  written_.clear();
  commits_positions_ = spoilt_ = round_open_ = false;
  consuming_.called = producing_.called = false;
  ++round_;
  settle(TransactionFate::unknown);
}

void Processor::process_starts(log::Consumer& consumer) {
  reader_.lost_all();
  consumer_ = &consumer;
  reset();
}

void Processor::process_starts(log::Producer& producer) {
  producer_ = &producer;
  reset();
}

void Processor::call(Thread& thread, NodeId node) {
  if (!thread.called && cluster_.node(node).running()) {
    thread.called = true;
    cluster_.node(node).call(thread);
  }
}

// --- the consumer's thread
// ------------------------------------------------------------------------------

void Processor::on_batch(log::PartitionId p, const log::BatchView& batch, log::Offset from) {
  reader_.on_batch(p, batch, from);
  batch.for_each_record([&](const log::RecordView& record) {
    const std::optional<std::uint64_t> id = models::event_id(record.value);
    if (record.offset < from || !id) {
      return;
    }
    ENSURE(due_.size() < kMaxUnwrittenEffects, "unwritten effects stay within their bound");
    Effect effect{p, record.offset, {record.key.begin(), record.key.end()}, {}};
    store_be(effect.value.data(), *id);
    store_be(effect.value.data() + sizeof *id, digest_of(record.key, record.value));
    due_.push_back(std::move(effect));
  });
  call(producing_, producer_node_);
}

void Processor::on_position(log::PartitionId p, log::Offset offset) {
  reader_.on_position(p, offset);
  committed_[p] = offset;
}

/// Others go on with these, from where the group has committed: what of them is not committed must
/// not be.
void Processor::give_up(const std::vector<log::PartitionId>& partitions) {
  for (const log::PartitionId p : partitions) {
    committed_.erase(p);
    std::erase_if(due_, [p](const Effect& effect) { return effect.from == p; });
    spoilt_ = written_.erase(p) > 0 || spoilt_;
  }
  if (spoilt_) {
    call(producing_, producer_node_);
  }
}

void Processor::consume(port::Now now, port::Ports& ports) {
  if (std::exchange(commits_positions_, false)) {
    consumer_->commit(positions(), now, ports);
    for (const auto& [p, offset] : std::exchange(written_, {})) {
      committed_[p] = offset;
    }
    stage_ = Stage::working;
  }
  if (stage_ == Stage::rewinding) {
    due_.clear();
    written_.clear();
    spoilt_ = false;
    const std::map<log::PartitionId, log::Offset> back = committed_;
    for (const auto& [p, offset] : back) {
      consumer_->seek(p, {log::ReadFrom::Place::offset, offset, 0}, now, ports);
    }
    stage_ = Stage::working;
  }
  call(producing_, producer_node_);
}

// --- the producer's thread
// ------------------------------------------------------------------------------

void Processor::produce(port::Now now, port::Ports& ports) {
  if (!steer(now, ports)) {
    return;
  }
  while (!due_.empty()) {
    const Effect& effect = due_.front();
    if (!producer_->send(now, effect.key, effect.value, {}, next_handle_, ports)) {
      if (producer_->pending_records() == 0) {
        look_soon();
      }
      return;  // acknowledgements bring us back
    }
    ++next_handle_;
    written_[effect.from] = effect.offset + 1;
    if (transaction_) {
      observer_.transactions().sent(EventId(load_be<std::uint64_t>(effect.value.data())),
                                    *transaction_);
    }
    due_.pop_front();
    start_round();
  }
}

bool Processor::steer(port::Now now, port::Ports& ports) {
  if (stage_ == Stage::rewinding) {
    return false;
  }
  if (!spec_.exactly_once) {
    if (spoilt_ && producer_->pending_records() == 0) {
      rewind();
    }
    commit_if_all_stored();
    return stage_ == Stage::working && !spoilt_;
  }
  switch (producer_->transaction()) {
    case log::TransactionPhase::ready:
      if (spoilt_) {  // of a transaction that has ended without us: it was never begun
        rewind();
      } else if (!due_.empty()) {
        begin();
      }
      return transaction_.has_value();
    case log::TransactionPhase::open:
      if (spoilt_) {
        producer_->abort_transaction(now, ports);
      } else if (stage_ == Stage::committing) {
        end(now, ports);
      }
      return stage_ == Stage::working && !spoilt_;
    case log::TransactionPhase::failed:
      producer_->abort_transaction(now, ports);
      return false;
    case log::TransactionPhase::initializing:
    case log::TransactionPhase::committing:
    case log::TransactionPhase::aborting:
    case log::TransactionPhase::fatal:
      return false;
  }
  return false;
}

void Processor::begin() {
  producer_->begin_transaction();
  transaction_ = observer_.transactions().begin();
}

void Processor::end(port::Now now, port::Ports& ports) {
  observer_.transactions().becomes(*transaction_, TransactionFate::committing);
  producer_->send_offsets_to_transaction(
      {spec_.group, consumer_->generation(), consumer_->identity(), positions()});
  producer_->commit_transaction(now, ports);
}

std::vector<log::CommittedOffset> Processor::positions() const {
  std::vector<log::CommittedOffset> done;
  for (const auto& [p, offset] : written_) {
    done.push_back({p, offset});
  }
  return done;
}

void Processor::commit_if_all_stored() {
  if (stage_ == Stage::committing && !spoilt_ && producer_->pending_records() == 0) {
    round_open_ = false;
    commits_positions_ = true;
    call(consuming_, consumer_node_);
  }
}

void Processor::on_acknowledged(log::PartitionId /*p*/, log::Offset /*base*/,
                                std::span<const log::RecordHandle> /*records*/) {
  call(producing_, producer_node_);
}

void Processor::on_failed(log::PartitionId /*p*/, std::span<const log::RecordHandle> /*records*/,
                          log::ErrorCode /*error*/, bool /*maybe_stored*/) {
  spoilt_ = true;
  call(producing_, producer_node_);
}

void Processor::on_transaction_ended(log::Outcome outcome) {
  round_open_ = false;
  settle(outcome == log::Outcome::commit ? TransactionFate::committed : TransactionFate::aborted);
  if (outcome == log::Outcome::abort) {
    rewind();
    return;
  }
  for (const auto& [p, offset] : std::exchange(written_, {})) {
    committed_[p] = offset;
  }
  stage_ = Stage::working;
}

/// Another process has its transactional id, or it has slept for longer than its transaction: it
/// ends itself, and is started anew, once this step is over.
void Processor::on_fatal(log::ErrorCode /*error*/) {
  observer_.producer_fenced();
  settle(TransactionFate::unknown);
  cluster_.kernel().schedule(cluster_.now(), *this, kEnd);
}

void Processor::end_process() {
  for (const NodeId node : {consumer_node_, producer_node_}) {
    if (cluster_.node(node).running()) {
      cluster_.process_exits(node);
    }
  }
}

void Processor::settle(TransactionFate fate) {
  if (transaction_) {
    observer_.transactions().becomes(*transaction_, fate);
    transaction_.reset();
  }
}

void Processor::rewind() {
  stage_ = Stage::rewinding;
  round_open_ = false;
  call(consuming_, consumer_node_);
}

// --- time
// ----------------------------------------------------------------------------------------------

void Processor::start_round() {
  if (!round_open_) {
    round_open_ = true;
    cluster_.kernel().schedule(cluster_.now() + spec_.commit_every, *this, ++round_);
  }
}

/// A producer that holds nothing has no acknowledgement to come: it has yet to learn of its
/// cluster.
void Processor::look_soon() {
  if (!looking_) {
    looking_ = true;
    cluster_.kernel().schedule(cluster_.now() + kLookInterval, *this, kLook);
  }
}

std::string Processor::describe(std::uint64_t round) const {
  return cluster_.node(producer_node_).spec().name + (round == kLook  ? ": looks for its cluster"
                                                      : round == kEnd ? ": its process ends"
                                                                      : ": a round is to end");
}

void Processor::fire(std::uint64_t round) {
  if (round == kLook) {
    looking_ = false;
    call(producing_, producer_node_);
    return;
  }
  if (round == kEnd) {
    end_process();
    return;
  }
  if (round == round_ && round_open_ && stage_ == Stage::working &&
      cluster_.node(producer_node_).running()) {
    stage_ = Stage::committing;
    call(producing_, producer_node_);
  }
}

}  // namespace wavetank::sim
