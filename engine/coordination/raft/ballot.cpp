#include "engine/coordination/raft/ballot.h"

#include "engine/base/codec.h"
#include "engine/base/ensure.h"
#include "engine/coordination/raft/checked_file.h"

namespace wavetank::raft {

namespace {
constexpr std::string_view kFile = "raft/ballot";
}

bool Ballot::load(const port::Step& step) {
  const Bytes stored = step.storage().load(kFile);
  if (stored.empty()) {
    return true;
  }
  const std::optional<ByteView> content = checked_content(stored);
  if (!content) {
    return false;
  }
  ByteReader from(*content);
  term_ = Term(from.fixed<std::uint64_t>());
  const bool voted = from.fixed<std::uint8_t>() != 0;
  const NodeId candidate(from.fixed<std::uint32_t>());
  if (voted) {
    voted_for_ = candidate;
  }
  return from.ok() && from.remaining() == 0;
}

void Ballot::enter(const port::Step& step, Term term, std::optional<NodeId> voted_for) {
  ENSURE(term > term_, "terms only grow");
  term_ = term;
  voted_for_ = voted_for;
  write(step);
}

void Ballot::vote(const port::Step& step, NodeId candidate) {
  ENSURE(!voted_for_, "one vote a term");
  voted_for_ = candidate;
  write(step);
}

void Ballot::write(const port::Step& step) {
  changed_ = writing_;
  if (writing_) {
    return;
  }
  writing_ = true;
  ByteWriter content;
  content.fixed(term_.value());
  content.fixed(static_cast<std::uint8_t>(voted_for_.has_value()));
  content.fixed(voted_for_.value_or(NodeId()).value());
  replace_checked(step, kFile, content.view(), token_);
}

void Ballot::on_written(const port::Step& step) {
  writing_ = false;
  if (changed_) {
    write(step);
  }
}

}  // namespace wavetank::raft
