#pragma once

// Commands of the service's log, and outcomes, as bytes (format.md). A client encodes its
// transaction once: the leader proposes these bytes, every server's log and store share them, and
// what a session is answered is kept, sent and put into snapshots as the same bytes.

#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/coordination/kv/transaction.h"

namespace wavetank::kv {

enum class CommandKind : std::uint8_t { open_session = 1, change = 2 };

struct Command {
  CommandKind kind = CommandKind::open_session;
  // Of a change:
  SessionId session = kNoSession;
  Sequence sequence;  ///< who asks again gives the same: it is done once
  Sequence settled;   ///< below it the client waits for no answer any more
  Transaction transaction;
};

Bytes encode(const Command& command);
/// Values are slices of `bytes`. Fails on anything else than one whole command within the bounds.
Result<Command> decode_command(const Bytes& bytes);

Bytes encode(const Outcome& outcome);
/// Values are slices of `bytes`.
Result<Outcome> decode_outcome(const Bytes& bytes);

void write(ByteWriter& to, const KeyValue& value);
/// `of`: the buffer that `from` reads; values are slices of it.
KeyValue read_key_value(ByteReader& from, const Bytes& of);

}  // namespace wavetank::kv
