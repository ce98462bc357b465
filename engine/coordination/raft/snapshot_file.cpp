#include "engine/coordination/raft/snapshot_file.h"

#include "engine/base/codec.h"
#include "engine/base/ensure.h"
#include "engine/coordination/raft/checked_file.h"

namespace wavetank::raft {

namespace {
constexpr std::string_view kFile = "raft/snapshot";
}

bool SnapshotFile::load(const port::Step& step) {
  const Bytes stored = step.storage().load(kFile);
  if (stored.empty()) {
    return true;
  }
  const std::optional<ByteView> content = checked_content(stored);
  if (!content) {
    return false;
  }
  ByteReader from(*content);
  current_.last_index = LogIndex(from.fixed<std::uint64_t>());
  current_.last_term = Term(from.fixed<std::uint64_t>());
  current_.state = Bytes::copy_of(from.raw(from.remaining()));
  return from.ok() && current_.last_index > LogIndex(0);
}

void SnapshotFile::write(const port::Step& step, Snapshot snapshot) {
  ENSURE(!writing_, "one snapshot is written at a time");
  writing_ = true;
  next_ = std::move(snapshot);
  ByteWriter content;
  content.fixed(next_.last_index.value());
  content.fixed(next_.last_term.value());
  content.raw(next_.state);
  replace_checked(step, kFile, content.view(), token_);
}

void SnapshotFile::on_written() {
  writing_ = false;
  current_ = std::move(next_);
}

}  // namespace wavetank::raft
