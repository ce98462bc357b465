#include "engine/coordination/raft/entry_log.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/base/codec.h"
#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/coordination/raft/limits.h"

namespace wavetank::raft {

namespace {

constexpr std::string_view kPrefix = "raft/";
constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kDigits = 20;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kHeaderBytes = kLengthBytes + kChecksumBytes + 8 + 8;

std::string file_name(LogIndex first) {
  std::string digits = std::to_string(first.value());
  digits.insert(0, kDigits - digits.size(), '0');
  return std::string(kPrefix) + digits + std::string(kSuffix);
}

std::optional<LogIndex> first_of_file(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + kSuffix.size() || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(kPrefix.size(), kDigits);
  std::uint64_t first = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), first);
  return read.ptr == digits.data() + digits.size() ? std::optional(LogIndex(first)) : std::nullopt;
}

void encode(ByteWriter& to, LogIndex index, const Entry& entry) {
  const std::size_t begin = to.size();
  to.fixed(static_cast<std::uint32_t>(entry.command.size()));
  to.fixed(std::uint32_t{0});
  to.fixed(index.value());
  to.fixed(entry.term.value());
  to.raw(entry.command);
  const ByteView checked = to.view().subspan(begin + kLengthBytes + kChecksumBytes);
  store_be(to.data() + begin + kLengthBytes, crc32c(checked));
}

struct Stored {
  LogIndex index;
  Term term;
  ByteView command;
};

/// The entry that `bytes` begin with, if it is whole and good.
std::optional<Stored> parse(ByteView bytes) {
  ByteReader from(bytes);
  const auto length = from.fixed<std::uint32_t>();
  const auto checksum = from.fixed<std::uint32_t>();
  if (!from.ok() || bytes.size() < kHeaderBytes || bytes.size() - kHeaderBytes < length) {
    return std::nullopt;
  }
  constexpr std::size_t kChecked = kLengthBytes + kChecksumBytes;
  if (crc32c(bytes.subspan(kChecked, kHeaderBytes - kChecked + length)) != checksum) {
    return std::nullopt;
  }
  Stored stored;
  stored.index = LogIndex(from.fixed<std::uint64_t>());
  stored.term = Term(from.fixed<std::uint64_t>());
  stored.command = from.raw(length);
  return stored;
}

/// Whether a good entry of an index above `bad` begins anywhere in `bytes`: then it was not the
/// tail that was torn.
bool holds_good_entry(ByteView bytes, LogIndex bad) {
  const std::uint64_t most = bytes.size() / kHeaderBytes;
  for (std::size_t at = 0; at + kHeaderBytes <= bytes.size(); ++at) {
    const auto index = load_be<std::uint64_t>(bytes.data() + at + kLengthBytes + kChecksumBytes);
    if (index > bad.value() && index - bad.value() <= most && parse(bytes.subspan(at))) {
      return true;
    }
  }
  return false;
}

}  // namespace

// --- loading -------------------------------------------------------------------------------------

void EntryLog::open_segments(const port::Step& step) {
  opened_ = true;
  for (const std::string& name : step.storage().list(kPrefix)) {
    if (const std::optional<LogIndex> first = first_of_file(name)) {
      segments_.push_back({*first, step.storage().open(name)});
    }
  }
  if (!segments_.empty()) {
    first_ = segments_.front().first;
  }
}

EntryLog::Loading EntryLog::load(const port::Step& step) {
  if (!opened_) {
    open_segments(step);
  }
  for (; loading_ < segments_.size(); ++loading_) {
    if (!read_segment(step)) {
      return Loading::waiting;
    }
    if (take_segment(step) == Loading::damaged) {
      return Loading::damaged;
    }
    slices_.clear();
    bytes_ = 0;
  }
  written_ = durable_ = last();
  return Loading::done;
}

bool EntryLog::read_segment(const port::Step& step) {
  const port::FileId file = segments_[loading_].file;
  while (bytes_ < step.storage().size(file)) {
    const std::size_t before = slices_.size();
    step.meter().charge(port::Work::file_operation);
    if (!step.storage().read(file, bytes_, limits::kLoadBytes, slices_, token())) {
      return false;
    }
    for (std::size_t s = before; s < slices_.size(); ++s) {
      bytes_ += slices_[s].size();
    }
  }
  step.meter().charge(port::Work::bytes_checksummed, bytes_);
  return true;
}

EntryLog::Loading EntryLog::take_segment(const port::Step& step) {
  const Segment& segment = segments_[loading_];
  if (segment.first != last() + 1) {
    return Loading::damaged;
  }
  Bytes all = Bytes::build(bytes_, [&](std::uint8_t* to) {
    for (const Bytes& slice : slices_) {
      to = std::copy(slice.view().begin(), slice.view().end(), to);
    }
  });
  std::size_t at = 0;
  while (at < all.size()) {
    const std::optional<Stored> stored = parse(all.view().subspan(at));
    const Term least = slots_.empty() ? Term(0) : slots_.back().entry.term;
    if (!stored || stored->index != last() + 1 || stored->term < least) {
      break;
    }
    slots_.push_back({{stored->term, all.slice(at + kHeaderBytes, stored->command.size())}, at});
    at += kHeaderBytes + stored->command.size();
  }
  if (at == all.size()) {
    return Loading::done;
  }
  if (loading_ + 1 < segments_.size() || holds_good_entry(all.view().subspan(at), last() + 1)) {
    return Loading::damaged;
  }
  step.storage().truncate(segment.file, at);
  return Loading::done;
}

// --- writing -------------------------------------------------------------------------------------

void EntryLog::append(Entry entry) {
  ENSURE(entry.command.size() <= limits::kCommandBytes, "a command has a bound");
  slots_.push_back({std::move(entry), 0});
}

void EntryLog::write(const port::Step& step) {
  if (syncing_ || written_ == last()) {
    return;
  }
  if (segments_.empty() || rolls_) {
    // All before is durable: a crash tears the last segment only.
    segments_.push_back({written_ + 1, step.storage().open(file_name(written_ + 1))});
    rolls_ = false;
  }
  const port::FileId file = segments_.back().file;
  const std::uint64_t end = step.storage().size(file);
  ByteWriter unit;
  while (written_ < last()) {
    ++written_;
    Slot& slot = slots_[written_ - first_];
    slot.position = end + unit.size();
    encode(unit, written_, slot.entry);
  }
  step.meter().charge(port::Work::bytes_copied, unit.size());
  step.meter().charge(port::Work::bytes_checksummed, unit.size());
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::fsync);
  step.storage().append(file, unit.share());
  step.storage().sync(file, token());
  syncing_ = written_;
}

bool EntryLog::on_storage(const port::Step& step, port::StorageToken done) {
  if (!owns(done)) {
    return false;
  }
  if (done == token() && syncing_) {
    durable_ = *syncing_;
    syncing_.reset();
    write(step);
  }
  return true;
}

void EntryLog::truncate_from(const port::Step& step, LogIndex index) {
  ENSURE(has(index), "only what is there is cut");
  if (index <= written_) {
    while (segments_.back().first > index) {
      step.storage().remove(segments_.back().file);
      segments_.pop_back();
      ++generation_;  // a sync of what was removed tells nothing
      syncing_.reset();
    }
    step.meter().charge(port::Work::file_operation);
    step.storage().truncate(segments_.back().file, slots_[index - first_].position);
    written_ = index - 1;
    durable_ = std::min(durable_, written_);
    if (syncing_) {
      syncing_ = std::min(*syncing_, written_);
    }
  }
  slots_.resize(index - first_);
}

void EntryLog::drop_before(const port::Step& step, LogIndex index) {
  while (first_ < index && first_ <= written_) {
    slots_.pop_front();
    ++first_;
  }
  while (segments_.size() > 1 && segments_[1].first <= first_) {
    step.meter().charge(port::Work::file_operation);
    step.storage().remove(segments_.front().file);
    segments_.erase(segments_.begin());
  }
}

void EntryLog::reset(const port::Step& step, LogIndex next) {
  for (const Segment& segment : segments_) {
    step.storage().remove(segment.file);
  }
  segments_.clear();
  slots_.clear();
  first_ = next;
  written_ = durable_ = next - 1;
  ++generation_;
  syncing_.reset();
}

}  // namespace wavetank::raft
