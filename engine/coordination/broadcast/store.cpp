#include "engine/coordination/broadcast/store.h"

#include <utility>

#include "engine/base/codec.h"
#include "engine/base/ensure.h"
#include "engine/base/hash.h"

namespace wavetank::coordination {

namespace {

constexpr std::string_view kAcceptedEpoch = "acceptedEpoch";
constexpr std::string_view kCurrentEpoch = "currentEpoch";
constexpr port::TimerId kSnapshotTimer{3};

Epoch load_epoch(port::Storage& storage, std::string_view file) {
  const Bytes stored = storage.load(file);
  ByteReader reader(stored);
  return Epoch(reader.fixed<std::uint32_t>());  // none yet: zero
}

}  // namespace

// ------------------------------------------------------------------------------------- loading

Store::Done Store::load(const Step& step, std::optional<Zxid> cut_after) {
  abandon_snapshot(step);
  accepted_ = load_epoch(step.storage(), kAcceptedEpoch);
  current_ = load_epoch(step.storage(), kCurrentEpoch);
  pending_.clear();
  recovery_which_ = ++tokens_;
  recovery_.emplace(cut_after, config_.commit_log_count, recovery_which_);
  return recovery_->resume(step) ? finish_loading(step) : Done::nothing;
}

Store::Done Store::finish_loading(const Step& step) {
  corrupt_ = recovery_->corrupt;
  tree_ = std::move(recovery_->tree);
  recent_ = std::move(recovery_->recent);
  log_.open(step, recovery_->log_file, tree_.last_zxid());
  recovery_.reset();
  draw_next_snapshot(step);
  probe_.reloaded(self_, tree_.last_zxid(), accepted_);
  return Done::loaded;
}

Store::Done Store::on_storage(const Step& step, port::StorageToken token) {
  if (recovery_ && token == make_token(StorageKind::recovery, recovery_which_)) {
    return recovery_->resume(step) ? finish_loading(step) : Done::nothing;
  }
  if (log_.on_storage(step, token)) {
    return Done::log;
  }
  if (epoch_token_ == token) {
    epoch_token_.reset();
    return Done::epoch;
  }
  if (received_token_ == token) {
    received_token_.reset();
    for (const std::string& old : step.storage().list(kLogPrefix)) {
      step.storage().remove(step.storage().open(old));
    }
    log_.open(step, "", tree_.last_zxid());
    purge(step);
    return Done::received_snapshot;
  }
  if (snapshot_ && snapshot_->syncing == token) {
    probe_.snapshot_taken(self_, snapshot_->zxid);
    snapshot_.reset();
    purge(step);
  }
  return Done::nothing;
}

// -------------------------------------------------------------------------------------- epochs

void Store::set_epoch(const Step& step, std::string_view file, Epoch epoch) {
  ByteWriter content;
  content.fixed(epoch.value());
  epoch_token_ = make_token(StorageKind::epoch, ++tokens_);
  step.meter().charge(port::Work::fsync);
  step.storage().replace(file, content.share(), *epoch_token_);
}

void Store::accept_epoch(const Step& step, Epoch epoch) {
  ENSURE(epoch >= accepted_, "no promise is taken back");
  accepted_ = epoch;
  set_epoch(step, kAcceptedEpoch, epoch);
}

void Store::enter_epoch(const Step& step, Epoch epoch) {
  current_ = epoch;
  set_epoch(step, kCurrentEpoch, epoch);
}

// -------------------------------------------------------------------------------- transactions

void Store::append(const Step& step, Logged logged) {
  log_.append(step, logged.transaction.zxid, logged.entry);
  pending_.push_back(std::move(logged));
}

Delivered Store::commit_next(const Step& step) {
  ENSURE(!pending_.empty(), "what is committed was logged");
  Logged next = std::move(pending_.front());
  pending_.pop_front();
  step.meter().charge(port::Work::batch);
  Delivered delivered;
  delivered.results = tree_.apply(next.transaction, delivered.events);
  probe_.delivered(self_, next.transaction.zxid, hash64(next.entry));
  recent_.emplace_back(next.transaction.zxid, std::move(next.entry));
  if (recent_.size() > config_.commit_log_count) {
    recent_.pop_front();
  }
  delivered.transaction = std::move(next.transaction);
  if (--until_snapshot_ == 0) {
    begin_snapshot(step);
  }
  return delivered;
}

void Store::fast_forward(const Step& step) {
  if (pending_.empty()) {
    return;
  }
  std::vector<TreeEvent> ignored;
  for (Logged& logged : std::exchange(pending_, {})) {
    step.meter().charge(port::Work::batch);
    tree_.apply(logged.transaction, ignored);
    recent_.emplace_back(logged.transaction.zxid, std::move(logged.entry));
  }
  while (recent_.size() > config_.commit_log_count) {
    recent_.pop_front();
  }
  probe_.reloaded(self_, tree_.last_zxid(), accepted_);
}

// ----------------------------------------------------------------------------------- snapshots

/// Not all servers of an ensemble at once: each draws when.
void Store::draw_next_snapshot(const Step& step) {
  const std::uint64_t half = config_.snap_count / 2;
  until_snapshot_ = 1 + half + (half == 0 ? 0 : step.ports.random() % half);
}

void Store::begin_snapshot(const Step& step) {
  draw_next_snapshot(step);
  if (snapshot_) {
    return;  // the last one is not even done
  }
  log_.roll();
  Snapshot begun;
  begun.zxid = tree_.last_zxid();
  begun.file = step.storage().open(snapshot_file(begun.zxid));
  step.storage().truncate(begun.file, 0);
  step.storage().append(begun.file, tree_.snapshot_head());
  snapshot_ = std::move(begun);
  step.ports.set_timer(kSnapshotTimer, step.now.monotonic);
}

bool Store::on_timer(const Step& step, port::TimerId timer) {
  if (timer != kSnapshotTimer) {
    return false;
  }
  if (snapshot_ && !snapshot_->syncing) {
    go_on_with_snapshot(step);
  }
  return true;
}

void Store::go_on_with_snapshot(const Step& step) {
  Bytes chunk = tree_.snapshot_chunk(snapshot_->after);
  const bool last = DataTree::snapshot_ends(chunk);
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::bytes_copied, chunk.size());
  step.meter().charge(port::Work::bytes_checksummed, chunk.size());
  step.storage().append(snapshot_->file, std::move(chunk));
  if (last) {
    snapshot_->syncing = make_token(StorageKind::snapshot, ++tokens_);
    step.meter().charge(port::Work::fsync);
    step.storage().sync(snapshot_->file, *snapshot_->syncing);
  } else {
    step.ports.set_timer(kSnapshotTimer, step.now.monotonic);
  }
}

void Store::abandon_snapshot(const Step& step) {
  if (snapshot_) {
    step.storage().remove(snapshot_->file);
    snapshot_.reset();
  }
}

/// Keeps the newest snapshots, and of the log what is needed behind the oldest of them.
void Store::purge(const Step& step) const {
  std::vector<std::string> snapshots = step.storage().list(kSnapshotPrefix);
  while (snapshots.size() > config_.snap_retain) {
    step.storage().remove(step.storage().open(snapshots.front()));
    snapshots.erase(snapshots.begin());
  }
  const std::vector<std::string> logs = step.storage().list(kLogPrefix);
  for (std::size_t i = 0; i + 1 < logs.size(); ++i) {
    if (zxid_in(logs[i + 1]) <= zxid_in(snapshots.front()) + 1) {
      step.storage().remove(step.storage().open(logs[i]));
    }
  }
}

Status Store::replace(const Step& step, std::vector<Bytes> parts) {
  Result<DataTree> received = DataTree::from_snapshot(parts);
  if (!received) {
    return tl::unexpected<Error>(received.error());
  }
  abandon_snapshot(step);
  tree_ = std::move(*received);
  recent_.clear();
  pending_.clear();
  const port::FileId file = step.storage().open(snapshot_file(tree_.last_zxid()));
  step.storage().truncate(file, 0);
  for (Bytes& part : parts) {
    step.meter().charge(port::Work::file_operation);
    step.meter().charge(port::Work::bytes_checksummed, part.size());
    step.storage().append(file, std::move(part));
  }
  received_token_ = make_token(StorageKind::received_snapshot, ++tokens_);
  step.meter().charge(port::Work::fsync);
  step.storage().sync(file, *received_token_);
  probe_.reloaded(self_, tree_.last_zxid(), accepted_);
  return {};
}

}  // namespace wavetank::coordination
