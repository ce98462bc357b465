#include "engine/log/broker/log_cleaner.h"

#include <algorithm>

namespace wavetank::log {

void LogCleaner::start(Time now) {
  next_ = now + config_.cleaner_backoff;
}

void LogCleaner::run(const Step& step) {
  if (awaiting_ || step.now.monotonic < next_) {
    return;
  }
  if (!pass_) {
    choose(step);
  } else {
    work(step);
  }
}

void LogCleaner::loaded(const Step& step, PartitionId p) {
  if (awaiting_ && pass_ && pass_->partition == p) {
    awaiting_ = false;
    work(step);
  }
}

/// The log with the greatest share of dirty bytes, if that is enough; first of all one that has
/// been dirty for too long.
void LogCleaner::choose(const Step& step) {
  next_ = step.now.monotonic + config_.cleaner_backoff;
  Replica* dirtiest = nullptr;
  double greatest = 0;
  replicas_.for_each([&](Replica& replica) {
    const PartitionLog& log = replica.log();
    if (!log.config().compacts()) {
      return;
    }
    const PartitionLog::Cleanable found = log.cleanable(replica.last_stable(), step.now.wall.ms());
    if (found.dirty_bytes == 0 ||
        (!found.overdue && found.dirty_share() < log.config().min_dirty_ratio)) {
      return;
    }
    constexpr double kFirstOfAll = 1;  // no share is greater
    const double urgency = found.dirty_share() + (found.overdue ? kFirstOfAll : 0);
    if (urgency > greatest) {
      greatest = urgency;
      dirtiest = &replica;
    }
  });
  if (dirtiest != nullptr) {
    dirtiest->log().begin_cleaning(dirtiest->last_stable(), step.now.wall.ms(),
                                   config_.cleaner_memory_bytes);
    pass_ = Pass{dirtiest->partition(), dirtiest->log().size_bytes()};
    next_ = step.now.monotonic;
  }
}

void LogCleaner::work(const Step& step) {
  Replica* replica = replicas_.find(pass_->partition);
  if (replica == nullptr || !replica->log().is_cleaning()) {  // it was cut meanwhile: another time
    pass_.reset();
    next_ = step.now.monotonic;
    return;
  }
  PartitionLog& log = replica->log();
  const PartitionLog::CleaningStep did =
      log.clean(config_.cleaner_io_buffer_bytes, token_of(StorageWait::cleaning, pass_->partition),
                step.meter());
  next_ = step.now.monotonic;
  if (config_.cleaner_bytes_per_second > 0) {
    next_ += seconds(1) * static_cast<std::int64_t>(did.bytes) /
             static_cast<std::int64_t>(config_.cleaner_bytes_per_second);
  }
  awaiting_ = did.progress == PartitionLog::CleaningProgress::waiting;
  if (did.progress == PartitionLog::CleaningProgress::done) {
    probe_.log_cleaned(self_, pass_->partition, log.cleaned_up_to(), pass_->bytes_before,
                       log.size_bytes());
    pass_.reset();
  }
}

}  // namespace wavetank::log
