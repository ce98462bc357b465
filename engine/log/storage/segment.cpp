#include "engine/log/storage/segment.h"

#include <charconv>

#include "engine/base/ensure.h"

namespace wavetank::log {

namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kLogSuffix = ".log";
constexpr std::string_view kIndexSuffix = ".index";
constexpr std::string_view kAbortedSuffix = ".txnindex";
/// How much one step of a search reads: some index intervals, to cross a stretch of large batches.
constexpr std::uint64_t kSearchBytes = 64 << 10;

std::string file_name(std::string_view log_name, Offset base, std::string_view suffix) {
  const std::string digits = std::to_string(base.value());
  std::string name(log_name);
  name += '/';
  name.append(kNameDigits - digits.size(), '0');
  name += digits;
  name += suffix;
  return name;
}

}  // namespace

Segment::Segment(port::Storage& storage, std::string_view log_name, Offset base,
                 std::uint64_t index_interval_bytes)
    : storage_(&storage),
      base_(base),
      file_(storage.open(file_name(log_name, base, kLogSuffix))),
      index_name_(file_name(log_name, base, kIndexSuffix)),
      index_(index_interval_bytes),
      aborted_(storage, file_name(log_name, base, kAbortedSuffix)) {}

std::optional<Offset> Segment::base_in(std::string_view file_name) {
  const std::string_view leaf = file_name.substr(file_name.rfind('/') + 1);
  if (leaf.size() != kNameDigits + kLogSuffix.size() || !leaf.ends_with(kLogSuffix)) {
    return std::nullopt;
  }
  std::int64_t base = 0;
  const char* end = leaf.data() + kNameDigits;
  const auto [stopped, error] = std::from_chars(leaf.data(), end, base);
  if (error != std::errc() || stopped != end || base < 0) {
    return std::nullopt;
  }
  return Offset(base);
}

bool Segment::has_room_for(const BatchView& batch, std::uint64_t segment_bytes) const {
  return size_ == 0 || (size_ + batch.size_bytes() <= std::min(segment_bytes, kMaxBytes) &&
                        batch.last_offset() - base_ <= kMaxRelativeOffset);
}

void Segment::append(const BatchView& batch, Bytes unit) {
  adopt(batch, true);
  storage_->append(file_, std::move(unit));
}

void Segment::adopt(const BatchView& batch, bool begins_unit) {
  if (begins_unit) {
    index_.note({relative(batch.base_offset()), static_cast<std::uint32_t>(size_)});
  }
  size_ += batch.size_bytes();
}

bool Segment::trust(Offset end) {
  const std::uint64_t stored = stored_bytes();
  const auto described = index_.decode(storage_->load(index_name_));
  if (!described || described->relative_offset != end - base_ || described->position != stored ||
      !aborted_.load()) {
    disown();
    return false;
  }
  size_ = stored;
  return true;
}

void Segment::disown() {
  index_.truncate_to(0);
  aborted_.disown();
  size_ = 0;
}

std::optional<Segment::Place> Segment::find(Offset offset, port::StorageToken token,
                                            port::Meter& meter) const {
  const OffsetIndex::Entry from = index_.floor(relative(offset));
  Place place{base_ + from.relative_offset, from.position};
  std::vector<Bytes> slices;
  while (place.position < size_) {
    slices.clear();
    meter.charge(port::Work::file_operation);
    if (!read(place.position, kSearchBytes, slices, token)) {
      return std::nullopt;
    }
    for (const Bytes& slice : slices) {
      for (ByteView rest = slice; !rest.empty();) {
        const auto batch = BatchView::parse(rest);
        if (!batch || batch->last_offset() >= offset) {
          return place;
        }
        place = {batch->last_offset() + 1, place.position + batch->size_bytes()};
        rest = rest.subspan(batch->size_bytes());
      }
    }
  }
  return place;
}

void Segment::cut(std::uint64_t position) {
  ENSURE(position <= size_, "a segment is cut where it has bytes");
  index_.truncate_to(static_cast<std::uint32_t>(position));
  size_ = position;
  storage_->truncate(file_, position);
}

std::uint32_t Segment::seal(Offset end, port::StorageToken token) {
  storage_->replace(index_name_, index_.encode({relative(end), static_cast<std::uint32_t>(size_)}),
                    token);
  storage_->sync(file_, token);
  return aborted_.save(token) ? 3 : 2;
}

void Segment::remove() {
  storage_->remove(file_);
  // The index file exists if the segment was ever sealed; opening creates it if it was not.
  storage_->remove(storage_->open(index_name_));
  aborted_.remove();
}

}  // namespace wavetank::log
