#pragma once

// A server's term and vote, which it must not forget (format.md, "Ballot"). Changes take effect at
// once and become durable one write at a time; what depends on one waits for `durable`.

#include <cstdint>
#include <optional>

#include "engine/coordination/raft/types.h"
#include "engine/port/step.h"

namespace wavetank::raft {

class Ballot {
 public:
  explicit Ballot(port::StorageToken token) : token_(token) {}

  /// False: what is stored is damaged.
  bool load(const port::Step& step);

  [[nodiscard]] Term term() const { return term_; }
  [[nodiscard]] std::optional<NodeId> voted_for() const { return voted_for_; }
  /// REQUIRES: a greater term.
  void enter(const port::Step& step, Term term, std::optional<NodeId> voted_for);
  /// REQUIRES: has not voted in this term.
  void vote(const port::Step& step, NodeId candidate);

  [[nodiscard]] bool durable() const { return !writing_; }
  /// The write that was given `token` is durable.
  void on_written(const port::Step& step);

 private:
  void write(const port::Step& step);

  port::StorageToken token_;
  Term term_;
  std::optional<NodeId> voted_for_;
  bool writing_ = false;
  bool changed_ = false;  ///< since the write under way began
};

}  // namespace wavetank::raft
