#pragma once

#include "engine/coordination/raft/types.h"
#include "engine/port/step.h"

namespace wavetank::raft {

/// What the log drives. The same commands in the same order give the same state: nothing but the
/// command may decide how it changes. The step is for work that is charged, and for answers that
/// only the server gives that proposed the command.
class StateMachine {
 public:
  /// `command` is committed at `index`. Every index once, in order; indices without a command are
  /// left out.
  virtual void apply(const port::Step& step, LogIndex index, const Bytes& command) = 0;
  [[nodiscard]] virtual Bytes snapshot() const = 0;
  /// Takes the state that `snapshot` gave on some server; false if the bytes are none.
  virtual bool restore(ByteView snapshot) = 0;

 protected:
  ~StateMachine() = default;
};

}  // namespace wavetank::raft
