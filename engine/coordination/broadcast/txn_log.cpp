#include "engine/coordination/broadcast/txn_log.h"

#include <charconv>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::coordination {

namespace {

constexpr std::size_t kDigits = 16;
constexpr int kHex = 16;

std::string named(std::string_view prefix, Zxid zxid) {
  std::string digits(kDigits, '0');
  std::uint64_t value = zxid.value();
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value /= kHex) {
    *digit = "0123456789abcdef"[value % kHex];
  }
  return std::string(prefix) + digits;
}

}  // namespace

std::string log_file(Zxid first) {
  return named(kLogPrefix, first);
}

std::string snapshot_file(Zxid zxid) {
  return named(kSnapshotPrefix, zxid);
}

Zxid zxid_in(std::string_view file) {
  const std::string_view digits = file.substr(file.rfind('.') + 1);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, kHex);
  return Zxid(value);
}

void TxnLog::open(const Step& step, const std::string& file, Zxid last) {
  const std::uint64_t generation = generation_ + 1;
  *this = TxnLog();
  generation_ = generation;
  last_ = written_ = last;
  if (!file.empty()) {
    file_ = step.storage().open(file);
    begin_sync(step);  // what was read may be in the page cache only
  } else {
    durable_ = last;
  }
}

void TxnLog::append(const Step& step, Zxid zxid, Bytes entry) {
  ENSURE(zxid > last_, "the log grows in the order of zxids");
  last_ = zxid;
  if (rolling_) {
    waiting_.push_back({zxid, std::move(entry)});
    return;
  }
  write(step, {zxid, std::move(entry)});
  if (!syncing_) {
    begin_sync(step);
  }
}

void TxnLog::write(const Step& step, Entry entry) {
  if (!file_) {
    file_ = step.storage().open(log_file(entry.zxid));
  }
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::bytes_copied, entry.bytes.size());
  step.storage().append(*file_, std::move(entry.bytes));
  written_ = entry.zxid;
}

void TxnLog::begin_sync(const Step& step) {
  syncing_ = written_;
  rolling_ = std::exchange(roll_, false);
  step.meter().charge(port::Work::fsync);
  step.storage().sync(*file_, make_token(StorageKind::log_sync, generation_));
}

bool TxnLog::on_storage(const Step& step, port::StorageToken token) {
  if (token != make_token(StorageKind::log_sync, generation_) || !syncing_) {
    return false;
  }
  durable_ = *syncing_;
  syncing_.reset();
  if (rolling_) {
    rolling_ = false;
    file_.reset();
    for (Entry& entry : std::exchange(waiting_, {})) {
      write(step, std::move(entry));
    }
  }
  if (written_ > durable_) {
    begin_sync(step);
  }
  return true;
}

}  // namespace wavetank::coordination
