// Before zstd.h: what a frame may unpack to is asked of its static interface.
#define ZSTD_STATIC_LINKING_ONLY

#include "sim/check/stored_log.h"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>

namespace wavetank::sim {

namespace oracle {

bool take_batch(ByteView& unit, Batch& out) {
  constexpr std::size_t kBeforeLength = 12;
  constexpr std::size_t kHeader = 61;
  if (unit.size() < kHeader) {
    return false;
  }
  const auto field = [&unit](std::size_t at, std::size_t width) {
    return integer_at(unit.data() + at, width);
  };
  const std::int64_t base = field(0, 8);
  const std::int64_t length = field(8, 4);
  const std::int64_t epoch = field(12, 4);
  const std::int64_t magic = field(16, 1);
  const std::int64_t attributes = field(21, 2);
  const std::int64_t last_delta = field(23, 4);
  const std::int64_t producer = field(43, 8);
  const std::int64_t count = field(57, 4);
  if (magic != 2 || length < 0 ||
      static_cast<std::uint64_t>(length) + kBeforeLength > unit.size() ||
      static_cast<std::uint64_t>(length) + kBeforeLength < kHeader) {
    return false;
  }
  const std::size_t size = static_cast<std::size_t>(length) + kBeforeLength;
  constexpr std::int64_t kTransactional = 1 << 4;
  constexpr std::int64_t kControl = 1 << 5;
  out =
      Batch{log::Offset(base), (attributes & kTransactional) != 0,    (attributes & kControl) != 0,
            producer,          static_cast<std::int32_t>(epoch),      count,
            last_delta + 1,    unit.subspan(kHeader, size - kHeader), attributes & 7};
  unit = unit.subspan(size);
  return true;
}

namespace {

/// What a batch of records may unpack to.
constexpr std::size_t kGreatest = std::size_t{64} << 20;

/// One LZ4 frame, block by block: this oracle reads the frame format itself, and leaves only the
/// blocks to the library. Kafka's frames have blocks that stand for themselves and no checksums; of
/// others the fields are passed over.
bool unpack_lz4_frame(ByteView frame, std::vector<std::uint8_t>& out) {
  const auto little = [&](std::size_t at) {
    return static_cast<std::uint32_t>(frame[at]) | static_cast<std::uint32_t>(frame[at + 1]) << 8 |
           static_cast<std::uint32_t>(frame[at + 2]) << 16 |
           static_cast<std::uint32_t>(frame[at + 3]) << 24;
  };
  constexpr std::uint32_t kMagic = 0x184d2204;
  if (frame.size() < 7 || little(0) != kMagic || (frame[4] & 0xe0) != 0x60) {
    return false;
  }
  const bool block_checksums = (frame[4] & 0x10) != 0;
  std::size_t at = (frame[4] & 0x08) != 0 ? 15 : 7;
  const std::size_t tail = (frame[4] & 0x04) != 0 ? 4 : 0;
  const std::size_t block_max = std::size_t{1} << (8 + 2 * (frame[5] >> 4 & 7));
  while (at + 4 <= frame.size() && out.size() <= kGreatest) {
    const std::uint32_t word = little(at);
    at += 4;
    if (word == 0) {
      return at + tail == frame.size();
    }
    const std::size_t size = word & 0x7fffffff;
    if (size > frame.size() - at) {
      return false;
    }
    const ByteView block = frame.subspan(at, size);
    if ((word & 0x80000000) != 0) {
      out.insert(out.end(), block.begin(), block.end());
    } else {
      const std::size_t before = out.size();
      out.resize(before + block_max);
      const int got = LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()),
                                          reinterpret_cast<char*>(out.data() + before),
                                          static_cast<int>(size), static_cast<int>(block_max));
      if (got < 0) {
        return false;
      }
      out.resize(before + static_cast<std::size_t>(got));
    }
    at += size + (block_checksums ? 4 : 0);
  }
  return false;
}

bool unpack_zstd_frame(ByteView frame, std::vector<std::uint8_t>& out) {
  const unsigned long long bound = ZSTD_decompressBound(frame.data(), frame.size());
  if (bound == ZSTD_CONTENTSIZE_ERROR || bound > kGreatest + ZSTD_BLOCKSIZE_MAX) {
    return false;
  }
  out.resize(static_cast<std::size_t>(bound));
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0U) {
    return false;
  }
  out.resize(got);
  return true;
}

}  // namespace

std::optional<ByteView> plain_records(const Batch& batch, std::vector<std::uint8_t>& room) {
  constexpr std::int64_t kLz4 = 3;
  constexpr std::int64_t kZstd = 4;
  if (batch.codec == 0) {
    return batch.records;
  }
  room.clear();
  const bool good = (batch.codec == kLz4 && unpack_lz4_frame(batch.records, room)) ||
                    (batch.codec == kZstd && unpack_zstd_frame(batch.records, room));
  return good ? std::optional<ByteView>(room) : std::nullopt;
}

namespace {

/// Whether the marker in a control batch says that the transaction is aborted.
bool says_abort(const Batch& batch) {
  Cursor cursor(batch.records);
  Cursor record(cursor.bytes(cursor.variable()));
  record.integer(1);
  record.variable();
  record.variable();
  Cursor key(record.bytes(record.variable()));
  key.integer(2);
  return key.integer(2) == 0 && key.sound();
}

}  // namespace

bool Aborted::contain(const Batch& batch) const {
  const auto producer = by_producer.find(batch.producer);
  if (producer == by_producer.end() || !batch.transactional) {
    return false;
  }
  const auto span = std::ranges::lower_bound(producer->second, batch.base, {}, &Span::marker);
  return span != producer->second.end() && span->first <= batch.base;
}

bool Aborted::is_open(const Batch& batch) const {
  const auto producer = open.find(batch.producer);
  return producer != open.end() && producer->second <= batch.base;
}

Aborted find_aborted(std::span<const ByteView> units) {
  Aborted aborted;
  std::map<std::int64_t, log::Offset>& open = aborted.open;
  for (std::size_t u = 0; u < units.size(); ++u) {
    ask_for_unit_after(units, u);
    ByteView unit = units[u];
    Batch batch;
    while (take_batch(unit, batch)) {
      if (!batch.control && batch.transactional) {
        open.emplace(batch.producer, batch.base);
      } else if (const auto ended = open.find(batch.producer);
                 batch.control && ended != open.end()) {
        if (says_abort(batch)) {
          aborted.by_producer[batch.producer].push_back({ended->second, batch.base});
        }
        open.erase(ended);
      }
    }
  }
  return aborted;
}

}  // namespace oracle

log::Offset stored_end(std::span<const ByteView> units) {
  for (auto it = units.rbegin(); it != units.rend(); ++it) {  // the last may hold no sound batch
    ByteView unit = *it;
    oracle::Batch batch;
    std::optional<log::Offset> end;
    while (oracle::take_batch(unit, batch)) {
      end = batch.base + batch.offsets;
    }
    if (end) {
      return *end;
    }
  }
  return log::Offset();
}

bool are_shared(const StoredReplica& a, const StoredReplica& b) {
  return std::ranges::equal(a.units, b.units, [](ByteView x, ByteView y) {
    return x.data() == y.data() && x.size() == y.size();
  });
}

const StoredReplica* StoredPartition::authority() const {
  const StoredReplica* leader = nullptr;
  for (const StoredReplica& replica : replicas) {
    if (replica.leads && (leader == nullptr || replica.epoch > leader->epoch)) {
      leader = &replica;
    }
  }
  if (leader != nullptr) {
    return leader;
  }
  const auto longest = std::ranges::max_element(
      replicas, {}, [](const StoredReplica& replica) { return stored_end(replica.units); });
  return longest == replicas.end() ? nullptr : &*longest;
}

}  // namespace wavetank::sim
