#include "engine/coordination/broadcast/recovery.h"

#include <utility>

#include "engine/base/sometimes.h"
#include "engine/coordination/broadcast/txn_log.h"
#include "engine/coordination/limits.h"

namespace wavetank::coordination {

bool Recovery::resume(const Step& step) {
  if (phase_ == Phase::list) {
    list(step);
  }
  while (phase_ == Phase::snapshot) {
    if (snapshots_.empty()) {
      phase_ = Phase::log;
    } else if (!read_all(step, snapshots_.back())) {
      return false;
    } else {
      load_snapshot(step);
    }
  }
  while (phase_ == Phase::log) {
    if (at_log_ == logs_.size()) {
      phase_ = Phase::done;
    } else if (!read_all(step, logs_[at_log_])) {
      return false;
    } else {
      replay_log(step);
    }
  }
  return true;
}

void Recovery::list(const Step& step) {
  snapshots_ = step.storage().list(kSnapshotPrefix);
  logs_ = step.storage().list(kLogPrefix);
  phase_ = Phase::snapshot;
}

/// Reads a file to its end, as far as it is in memory.
bool Recovery::read_all(const Step& step, const std::string& name) {
  const port::FileId file = step.storage().open(name);
  while (position_ < step.storage().size(file)) {
    const std::size_t had = parts_.size();
    step.meter().charge(port::Work::file_operation);
    if (!step.storage().read(file, position_, limits::kRecoveryReadBytes, parts_,
                             make_token(StorageKind::recovery, which_))) {
      return false;
    }
    for (std::size_t i = had; i < parts_.size(); ++i) {
      position_ += parts_[i].size();
      step.meter().charge(port::Work::bytes_checksummed, parts_[i].size());
    }
  }
  position_ = 0;
  return true;
}

/// A snapshot that is not whole was cut short by a crash: the one before it serves.
void Recovery::load_snapshot(const Step& step) {
  Result<DataTree> loaded = DataTree::from_snapshot(std::exchange(parts_, {}));
  if (!loaded) {
    SOMETIMES("zab/torn-snapshot-is-passed-over");
    step.storage().remove(step.storage().open(snapshots_.back()));
    snapshots_.pop_back();
    return;
  }
  tree = std::move(*loaded);
  // Entries of a log that ends within the snapshot are not needed.
  while (at_log_ + 1 < logs_.size() && zxid_in(logs_[at_log_ + 1]) <= tree.last_zxid() + 1) {
    ++at_log_;
  }
  phase_ = Phase::log;
}

void Recovery::replay_log(const Step& step) {
  const std::vector<Bytes> parts = std::exchange(parts_, {});
  log_file = logs_[at_log_];
  const bool last_file = at_log_ + 1 == logs_.size();
  ++at_log_;
  std::uint64_t position = 0;
  std::vector<TreeEvent> ignored;
  for (const Bytes& part : parts) {
    for (std::size_t at = 0; at < part.size();) {
      const std::size_t size = entry_size(part.view().subspan(at));
      const Bytes entry = part.slice(at, size);
      const Result<Transaction> transaction = decode_entry(entry);
      if (!transaction) {
        corrupt = !last_file || &part != &parts.back();
        if (!corrupt) {
          SOMETIMES("zab/torn-log-is-cut");
          cut(step, position + at);  // torn by a crash: it was not acknowledged
        }
        return;
      }
      if (cut_after_ && transaction->zxid > *cut_after_) {
        cut(step, position + at);
        return;
      }
      if (transaction->zxid > tree.last_zxid()) {
        step.meter().charge(port::Work::record_decoded);
        ignored.clear();
        tree.apply(*transaction, ignored);
        recent.emplace_back(transaction->zxid, entry);
        if (recent.size() > keep_) {
          recent.pop_front();
        }
      }
      at += size;
    }
    position += part.size();
  }
}

/// Nothing behind `position` of the file just read counts.
void Recovery::cut(const Step& step, std::uint64_t position) {
  step.storage().truncate(step.storage().open(log_file), position);
  for (; at_log_ < logs_.size(); ++at_log_) {
    step.storage().remove(step.storage().open(logs_[at_log_]));
  }
}

}  // namespace wavetank::coordination
