#include "engine/log/storage/partition_log.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "engine/base/ensure.h"
#include "engine/base/sometimes.h"
#include "engine/log/limits.h"
#include "engine/log/storage/batch_compression.h"
#include "engine/log/storage/partition_log_state.h"

namespace wavetank::log {

namespace {

/// How much recovery asks for at once.
constexpr std::uint64_t kRecoveryReadBytes = 1 << 20;

/// Only a marker, and what a coordinator writes in a producer's transaction, has a producer and no
/// sequence.
bool sequence_fits(const BatchView& batch) {
  if (batch.is_control()) {
    return decode_marker(batch).has_value();
  }
  return batch.producer_id() == kNoProducerId || batch.base_sequence() >= Sequence(0) ||
         batch.is_transactional();
}

/// What a reader asks for.
struct Window {
  Offset from;
  Offset up_to;
  std::uint64_t max_bytes;
};

struct Selection {
  std::uint64_t bytes_skipped = 0;  ///< of batches below the window
  bool complete = false;            ///< the window ended before the slices did
  bool corrupt = false;  ///< a slice does not parse any more, and the selection ends there
};

/// Reduces the slices from `out[first]` on to the batches within the window.
Selection select(std::vector<Bytes>& out, std::size_t first, const Window& window) {
  Selection result;
  std::uint64_t given = 0;
  std::size_t kept = first;
  for (std::size_t i = first; i < out.size() && !result.complete && !result.corrupt; ++i) {
    const ByteView slice = out[i];
    std::size_t begin = 0;
    std::size_t end = 0;
    while (end < slice.size()) {
      const auto batch = BatchView::parse(slice.subspan(end));
      if (!batch) {
        result.corrupt = true;
        break;
      }
      const std::size_t size = batch->size_bytes();
      if (batch->last_offset() < window.from) {
        result.bytes_skipped += size;
        begin += size;
      } else if (batch->last_offset() >= window.up_to ||
                 (given > 0 && given + size > window.max_bytes)) {
        result.complete = true;
        break;
      } else {
        given += size;
      }
      end += size;
    }
    if (end == begin) {
      continue;
    }
    if (end - begin < slice.size()) {
      out[kept] = out[i].slice(begin, end - begin);
    } else if (kept != i) {
      out[kept] = std::move(out[i]);
    }
    ++kept;
  }
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(kept), out.end());
  return result;
}

}  // namespace

// --- segments ------------------------------------------------------------------------------------

void PartitionLog::State::open_segments() {
  for (const std::string& file : storage.list(name + "/")) {
    if (const auto base = Segment::base_in(file)) {
      add_segment(*base);
    } else if (Segment::is_aside(file)) {
      storage.remove(storage.open(file));
    }
  }
  if (segments.empty()) {
    add_segment(Offset(0));
    recovered = true;
  }
  end_offset = recovery_point = flushed = start_offset();
  load_cleaned();
}

void PartitionLog::State::add_segment(Offset base) {
  segments.emplace_back(storage, name, base, config.index_interval_bytes);
}

/// The next batch begins a new segment. REQUIRES: the active one is not empty.
void PartitionLog::State::roll() {
  seal(active());
  add_segment(end_offset);
}

void PartitionLog::State::remove_segments_from(std::size_t index) {
  for (std::size_t i = index; i < segments.size(); ++i) {
    size_bytes -= segments[i].size_bytes();
    segments[i].remove();
  }
  segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(index), segments.end());
}

std::size_t PartitionLog::State::segment_holding(Offset offset) const {
  if (offset >= segments.back().base_offset()) {
    return segments.size() - 1;
  }
  const auto above = std::ranges::upper_bound(segments, offset, {}, &Segment::base_offset);
  return static_cast<std::size_t>(above - segments.begin()) - 1;
}

// --- durability ----------------------------------------------------------------------------------

/// REQUIRES: the log ends where the segment does.
void PartitionLog::State::seal(Segment& segment) {
  const std::uint32_t operations = segment.seal(end_offset, durable_token);
  if (durable_token != port::kNoNotify) {
    seals_pending += operations;
    next_checkpoint = Checkpoint{end_offset, epochs, producers};
  }
}

void PartitionLog::on_durable() {
  State& s = *state_;
  ENSURE(s.seals_pending > 0, "only what the log has asked for becomes durable");
  if (--s.seals_pending == 0 && s.next_checkpoint) {
    s.storage.replace(s.checkpoint_name(), s.next_checkpoint->encode(), port::kNoNotify);
    s.recovery_point = s.next_checkpoint->recovery_point;
    s.next_checkpoint.reset();
  }
}

void PartitionLog::State::withdraw_recovery_point() {
  SOMETIMES("log/truncates-below-its-recovery-point");
  recovery_point = start_offset();
  storage.replace(checkpoint_name(), Checkpoint{recovery_point, {}, {}}.encode(), port::kNoNotify);
}

// --- start-up ------------------------------------------------------------------------------------

PartitionLog::PartitionLog(std::string name, const TopicConfig& config, port::Storage& storage,
                           port::StorageToken durable_token, port::StorageToken flush_token)
    : state_(
          std::make_unique<State>(std::move(name), config, storage, durable_token, flush_token)) {
  state_->open_segments();
}

PartitionLog::~PartitionLog() = default;
PartitionLog::PartitionLog(PartitionLog&&) noexcept = default;
PartitionLog& PartitionLog::operator=(PartitionLog&&) noexcept = default;

PartitionLog::Progress PartitionLog::recover(port::StorageToken token, port::Meter& meter) {
  State& s = *state_;
  if (s.recovered) {
    return Progress::done;
  }
  if (!s.scanning) {
    s.begin_recovery();
  }
  for (; *s.scanning < s.segments.size(); ++*s.scanning) {
    Segment& segment = s.segments[*s.scanning];
    const State::Scan outcome = s.scan(segment, token, meter);
    if (outcome == State::Scan::loading) {
      return Progress::loading;
    }
    const std::size_t next = *s.scanning + 1;
    if (next == s.segments.size()) {
      break;
    }
    if (outcome == State::Scan::damaged || s.segments[next].base_offset() != s.end_offset) {
      s.remove_segments_from(next);
      break;
    }
    s.seal(segment);
  }
  s.scanning.reset();
  s.cleaned = std::min(s.cleaned, s.end_offset);
  s.flushed = s.recovery_point;
  s.recovered = true;
  s.flush_if_too_many(meter);
  return Progress::done;
}

void PartitionLog::State::begin_recovery() {
  const auto checkpoint = Checkpoint::decode(storage.load(checkpoint_name()));
  if (checkpoint && trust(*checkpoint)) {
    return;
  }
  if (checkpoint) {
    SOMETIMES("log/checkpoint-is-not-trusted");
  }
  std::ranges::for_each(segments, &Segment::disown);
  scanning = 0;
}

/// Takes up the log at the checkpoint; false if the files are not as it says.
bool PartitionLog::State::trust(const Checkpoint& checkpoint) {
  const Offset point = checkpoint.recovery_point;
  const auto after = std::ranges::lower_bound(segments, point, {}, &Segment::base_offset);
  const auto trusted = static_cast<std::size_t>(after - segments.begin());
  if (trusted == 0) {
    return false;
  }
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < trusted; ++i) {
    if (!segments[i].trust(i + 1 < trusted ? segments[i + 1].base_offset() : point)) {
      return false;
    }
    bytes += segments[i].size_bytes();
  }
  if (trusted < segments.size() && segments[trusted].base_offset() != point) {
    remove_segments_from(trusted);
  }
  if (trusted == segments.size()) {
    add_segment(point);
  }
  size_bytes = bytes;
  end_offset = recovery_point = point;
  epochs = checkpoint.epochs;
  producers = checkpoint.producers;
  scanning = trusted;
  std::for_each(segments.begin() + static_cast<std::ptrdiff_t>(trusted), segments.end(),
                std::mem_fn(&Segment::disown));
  return true;
}

PartitionLog::State::Scan PartitionLog::State::scan(Segment& segment, port::StorageToken token,
                                                    port::Meter& meter) {
  std::vector<Bytes> slices;
  while (segment.size_bytes() < segment.stored_bytes()) {
    slices.clear();
    meter.charge(port::Work::file_operation);
    if (!segment.read(segment.size_bytes(), kRecoveryReadBytes, slices, token)) {
      return Scan::loading;
    }
    for (const Bytes& slice : slices) {
      if (!adopt_all(segment, slice, meter)) {
        SOMETIMES("log/torn-end-is-cut");
        segment.cut(segment.size_bytes());
        return Scan::damaged;
      }
    }
  }
  return Scan::whole;
}

/// False at the first batch that is not good or does not continue the log.
bool PartitionLog::State::adopt_all(Segment& segment, ByteView slice, port::Meter& meter) {
  for (bool begins_unit = true; !slice.empty(); begins_unit = false) {
    const auto batch = BatchView::parse(slice);
    if (!batch) {
      return false;
    }
    meter.charge(port::Work::batch);
    meter.charge(port::Work::bytes_checksummed, batch->size_bytes());
    if (!continues(end_offset, batch->base_offset()) || batch->leader_epoch() < epochs.latest() ||
        !sequence_fits(*batch) || !batch->checksum_matches()) {
      return false;
    }
    segment.adopt(*batch, begins_unit);
    note(*batch, segment);
    slice = slice.subspan(batch->size_bytes());
  }
  return true;
}

// --- writing -------------------------------------------------------------------------------------

tl::expected<AppendResult, ErrorCode> PartitionLog::append_as_leader(const Bytes& bytes,
                                                                     LeaderEpoch epoch,
                                                                     port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is written");
  ENSURE(epoch >= s.epochs.latest(), "a leader's epoch is not below that of its log");
  const auto batch = BatchView::parse(bytes);
  if (!batch || batch->size_bytes() != bytes.size()) {
    return tl::unexpected(ErrorCode::corrupt_message);
  }
  if (s.is_too_large(bytes.size())) {
    return tl::unexpected(ErrorCode::message_too_large);
  }
  meter.charge(port::Work::batch);
  meter.charge(port::Work::bytes_checksummed, bytes.size());
  if (batch->is_control() || batch->record_count() != batch->offset_count() ||
      batch->delete_horizon_ms() || !sequence_fits(*batch) || !batch->checksum_matches()) {
    return tl::unexpected(ErrorCode::corrupt_message);
  }
  const auto other = s.recode(*batch, meter);
  if (!other) {
    return tl::unexpected(other.error());
  }
  const auto stored = s.producers.check(*batch);
  if (!stored) {
    return tl::unexpected(stored.error());
  }
  if (*stored) {
    SOMETIMES("log/retry-is-recognised");
    return AppendResult{(*stored)->base_offset, (*stored)->last_offset(), true};
  }
  return s.store_stamped(*other ? *BatchView::parse(**other) : *batch, epoch, meter);
}

bool PartitionLog::State::is_too_large(std::size_t bytes) const {
  return bytes > config.max_message_bytes.value_or(std::numeric_limits<std::uint64_t>::max());
}

/// The batch as the topic wants it compressed; nothing if it is so already. What came compressed is
/// opened in any case, so that no reader is the first to find that it cannot be (as in Kafka).
tl::expected<std::optional<Bytes>, ErrorCode> PartitionLog::State::recode(
    const BatchView& batch, port::Meter& meter) const {
  const Compression wanted = config.compression.value_or(batch.compression());
  if (batch.compression() == Compression::none && wanted == Compression::none) {
    return std::nullopt;
  }
  Bytes room;
  const std::optional<BatchView> plain = unpacked(batch, room, meter);
  if (!plain || !plain->for_each_record([](const RecordView&) {})) {
    return tl::unexpected(ErrorCode::corrupt_message);
  }
  if (wanted == batch.compression()) {
    return std::nullopt;
  }
  if (plain->plain_records().size() > limits::kUnpackedBatchBytes) {
    return tl::unexpected(ErrorCode::message_too_large);
  }
  Bytes other = recoded(*plain, wanted, meter);
  if (is_too_large(other.size())) {
    return tl::unexpected(ErrorCode::message_too_large);
  }
  return other;
}

tl::expected<AppendResult, ErrorCode> PartitionLog::append_marker(const EndMarker& marker,
                                                                  std::int64_t timestamp_ms,
                                                                  LeaderEpoch epoch,
                                                                  port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is written");
  ENSURE(epoch >= s.epochs.latest(), "a leader's epoch is not below that of its log");
  const ErrorCode error = s.producers.check(marker);
  if (error != ErrorCode::none) {
    return tl::unexpected(error);
  }
  const Bytes batch = encode_marker(marker, timestamp_ms);
  meter.charge(port::Work::batch);
  meter.charge(port::Work::bytes_checksummed, batch.size());
  return s.store_stamped(*BatchView::parse(batch), epoch, meter);
}

AppendResult PartitionLog::State::store_stamped(const BatchView& batch, LeaderEpoch epoch,
                                                port::Meter& meter) {
  meter.charge(port::Work::bytes_copied, batch.size_bytes());
  meter.charge(port::Work::file_operation);
  Bytes stamped = stamped_copy(batch, end_offset, epoch);
  const BatchView view = *BatchView::parse(stamped);
  store(view, std::move(stamped));
  flush_if_too_many(meter);
  return {view.base_offset(), view.last_offset()};
}

tl::expected<AppendResult, ErrorCode> PartitionLog::append_as_follower(const Bytes& bytes,
                                                                       port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is written");
  const auto checked = s.check_follower(bytes, meter);
  if (!checked) {
    return checked;
  }
  meter.charge(port::Work::bytes_copied, bytes.size());
  meter.charge(port::Work::file_operation);
  for (std::size_t at = 0; at < bytes.size();) {
    // One unit a batch, so that a read can begin at any of them.
    const BatchView batch = *BatchView::parse(bytes.view().subspan(at));
    s.store(batch, bytes.slice(at, batch.size_bytes()));
    at += batch.size_bytes();
  }
  s.flush_if_too_many(meter);
  return checked;
}

tl::expected<AppendResult, ErrorCode> PartitionLog::State::check_follower(
    ByteView bytes, port::Meter& meter) const {
  Offset expected = end_offset;
  LeaderEpoch epoch = epochs.latest();
  if (bytes.empty()) {
    return tl::unexpected(ErrorCode::corrupt_message);
  }
  while (!bytes.empty()) {
    const auto batch = BatchView::parse(bytes);
    if (!batch) {
      return tl::unexpected(ErrorCode::corrupt_message);
    }
    meter.charge(port::Work::batch);
    meter.charge(port::Work::bytes_checksummed, batch->size_bytes());
    if (batch->leader_epoch() < epoch || !sequence_fits(*batch) || !batch->checksum_matches()) {
      return tl::unexpected(ErrorCode::corrupt_message);
    }
    if (!continues(expected, batch->base_offset())) {
      return tl::unexpected(ErrorCode::offset_out_of_range);
    }
    expected = batch->last_offset() + 1;
    epoch = batch->leader_epoch();
    bytes = bytes.subspan(batch->size_bytes());
  }
  return AppendResult{end_offset, expected - 1};
}

void PartitionLog::State::store(const BatchView& batch, Bytes unit) {
  if (!active().has_room_for(batch, config.segment_bytes) ||
      active().too_old_for(batch, config.compacts()
                                      ? std::min(config.segment_age, config.max_compaction_lag)
                                      : config.segment_age)) {
    roll();
  }
  active().append(batch, std::move(unit));
  note(batch, active());
}

/// What the log remembers of a batch beside its bytes.
void PartitionLog::State::note(const BatchView& batch, Segment& segment) {
  epochs.note(batch.leader_epoch(), batch.base_offset());
  const auto ended = producers.note(batch, batch.base_offset());
  if (ended && ended->outcome == Outcome::abort) {
    const Offset behind = ended->last + 1;
    segment.aborted().note({ended->producer, ended->first, ended->last,
                            producers.first_unstable(behind).value_or(behind)});
  }
  end_offset = batch.last_offset() + 1;
  size_bytes += batch.size_bytes();
}

PartitionLog::Progress PartitionLog::truncate_to(Offset offset, port::StorageToken token,
                                                 port::Meter& meter) {
  State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is truncated");
  if (offset >= s.end_offset) {
    return Progress::done;
  }
  offset = std::max(offset, s.start_offset());
  const std::size_t index = s.segment_holding(offset);
  Segment& segment = s.segments[index];
  const auto place = segment.find(offset, token, meter);
  if (!place) {
    return Progress::loading;
  }
  s.abandon_cleaning();
  if (s.recovery_point > segment.base_offset()) {
    s.withdraw_recovery_point();
  }
  if (s.next_checkpoint && s.next_checkpoint->recovery_point > segment.base_offset()) {
    s.next_checkpoint.reset();
  }
  const std::vector<AbortedTransaction> aborted = s.cut_aborted(index, place->base_offset);
  s.remove_segments_from(index + 1);
  s.size_bytes -= segment.size_bytes() - place->position;
  meter.charge(port::Work::file_operation);
  segment.cut(place->position);
  s.end_offset = place->base_offset;
  s.epochs.truncate_to(s.end_offset);
  s.producers.truncate_to(s.end_offset, aborted);
  s.cleaned = std::min(s.cleaned, s.end_offset);
  s.unflush();
  return Progress::done;
}

/// Those whose markers stand behind `end`, which lies in this segment.
std::vector<AbortedTransaction> PartitionLog::State::cut_aborted(std::size_t segment, Offset end) {
  std::vector<AbortedTransaction> cut;
  for (std::size_t i = segment; i < segments.size(); ++i) {
    const auto more = segments[i].aborted().truncate_to(end);
    cut.insert(cut.end(), more.begin(), more.end());
  }
  return cut;
}

// --- reading -------------------------------------------------------------------------------------

const TopicConfig& PartitionLog::config() const {
  return state_->config;
}
Offset PartitionLog::start_offset() const {
  return state_->start_offset();
}
Offset PartitionLog::end_offset() const {
  return state_->end_offset;
}
Offset PartitionLog::recovery_point() const {
  return state_->recovery_point;
}
std::uint64_t PartitionLog::size_bytes() const {
  return state_->size_bytes;
}
const std::string& PartitionLog::name() const {
  return state_->name;
}

ReadStatus PartitionLog::read(Offset from, Offset up_to, std::uint64_t max_bytes,
                              std::vector<Bytes>& out, port::StorageToken token,
                              port::Meter& meter) const {
  const State& s = *state_;
  ENSURE(s.recovered, "a log is recovered before it is read");
  if (from < s.start_offset() || from > s.end_offset) {
    return ReadStatus::out_of_range;
  }
  const Window window{from, std::min(up_to, s.end_offset), max_bytes};
  if (window.from >= window.up_to) {
    return ReadStatus::ok;
  }
  const Segment& segment = s.segments[s.segment_holding(from)];
  const std::size_t first = out.size();
  // What lies between the nearest indexed batch and the wanted one may take more than one read.
  for (std::uint64_t at = segment.position_at_or_before(from); at < segment.size_bytes();) {
    meter.charge(port::Work::file_operation);
    if (!segment.read(at, max_bytes, out, token)) {
      return ReadStatus::loading;
    }
    const Selection selection = select(out, first, window);
    if (out.size() > first || selection.complete) {
      return ReadStatus::ok;
    }
    if (selection.corrupt) {
      return ReadStatus::corrupt;
    }
    at += selection.bytes_skipped;
  }
  return ReadStatus::ok;
}

// --- transactions --------------------------------------------------------------------------------

Offset PartitionLog::stable_up_to(Offset high_watermark) {
  state_->producers.forget_ended_below(high_watermark);
  const auto unstable = state_->producers.first_unstable(high_watermark);
  return std::min(high_watermark, unstable.value_or(high_watermark));
}

void PartitionLog::aborted_in(Offset from, Offset up_to,
                              std::vector<AbortedTransaction>& out) const {
  state_->aborted_in(from, up_to, out);
}

void PartitionLog::State::aborted_in(Offset from, Offset up_to,
                                     std::vector<AbortedTransaction>& out) const {
  for (std::size_t i = segment_holding(std::max(from, start_offset())); i < segments.size(); ++i) {
    const std::vector<AbortedTransaction>& all = segments[i].aborted().entries();
    for (auto it = std::ranges::lower_bound(all, from, {}, &AbortedTransaction::last);
         it != all.end(); ++it) {
      if (it->first < up_to) {
        out.push_back(*it);
      }
      if (it->last_stable >= up_to) {
        return;
      }
    }
  }
}

// --- leader epochs -------------------------------------------------------------------------------

const ProducerState& PartitionLog::producers() const {
  return state_->producers;
}

LeaderEpoch PartitionLog::latest_epoch() const {
  return state_->epochs.latest();
}

EpochEnd PartitionLog::end_of_epoch(LeaderEpoch epoch) const {
  return state_->epochs.end_of(epoch, state_->end_offset);
}

}  // namespace wavetank::log
