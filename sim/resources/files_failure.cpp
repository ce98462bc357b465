// What NodeFiles does when the disk has no room, fails a write, or changes a bit.

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/resources/files_state.h"

namespace wavetank::sim {

/// There is no room for what stands in the file from `from` on.
void NodeFiles::refuse(File& file, std::uint64_t from) {
  refused_ = true;
  file.refused_from = std::min(file.refused_from.value_or(from), from);
}

/// The error is reported once, to the first sync that meets it.
void NodeFiles::report_failure(const Operation& operation) {
  if (operation.file != nullptr) {
    operation.file->write_failed = false;
  }
  const std::uint64_t life = life_;
  for (const port::StorageToken token : operation.tokens) {
    client_.storage_failed(token);
    if (life_ != life) {
      return;
    }
  }
}

void NodeFiles::not_written(File& file, std::uint64_t from, std::uint64_t to) {
  file.write_failed = true;
  if (from == to) {
    return;
  }
  if (!file.unwritten.empty() && file.unwritten.back().end == from) {
    file.unwritten.back().end = to;
  } else {
    file.unwritten.push_back({from, to});
  }
}

/// The system has dropped [from, to) from memory: of what never reached the medium there are zeros.
void NodeFiles::forget_unwritten(File& file, std::uint64_t from, std::uint64_t to) {
  std::vector<File::Range> kept;
  for (const File::Range& range : std::exchange(file.unwritten, {})) {
    const std::uint64_t begin = std::max(range.begin, from);
    const std::uint64_t end = std::min(range.end, to);
    if (begin >= end) {
      kept.push_back(range);
      continue;
    }
    for (File::Unit& unit : file.units) {
      const std::uint64_t first = std::max(begin, unit.begin());
      const std::uint64_t last = std::min(end, unit.end);
      if (first < last) {
        const Bytes whole = unit.bytes;
        const std::uint64_t origin = unit.begin();
        unit.bytes = Bytes::build(whole.size(), [&](std::uint8_t* out) {
          std::copy(whole.data(), whole.data() + whole.size(), out);
          std::fill(out + (first - origin), out + (last - origin), std::uint8_t{0});
        });
      }
    }
    if (range.begin < begin) {
      kept.push_back({range.begin, begin});
    }
    if (end < range.end) {
      kept.push_back({end, range.end});
    }
  }
  file.unwritten = std::move(kept);
}

std::optional<Rot> NodeFiles::rot(const std::function<bool(std::string_view)>& matches,
                                  Random& random) {
  std::vector<File*> candidates;
  std::uint64_t bytes = 0;
  for (const auto& [name, file] : files_) {
    if (matches(name) && file->size > 0) {
      candidates.push_back(file.get());
      bytes += file->size;
    }
  }
  if (bytes == 0) {
    return std::nullopt;
  }
  std::uint64_t position = random.below(bytes);
  auto candidate = candidates.begin();
  for (; position >= (*candidate)->size; ++candidate) {
    position -= (*candidate)->size;
  }
  File& file = **candidate;
  const auto unit = std::ranges::upper_bound(file.units, position, {}, &File::Unit::end);
  constexpr std::uint64_t kBitsOfAByte = 8;
  const auto mask = static_cast<std::uint8_t>(1U << random.below(kBitsOfAByte));
  // Other replicas may share the buffer: only this copy is damaged.
  const Bytes sound = unit->bytes;
  const std::uint64_t begin = unit->begin();
  unit->bytes = Bytes::build(sound.size(), [&](std::uint8_t* out) {
    std::copy(sound.data(), sound.data() + sound.size(), out);
    out[position - begin] ^= mask;
  });
  return Rot{*file.name, position};
}

}  // namespace wavetank::sim
