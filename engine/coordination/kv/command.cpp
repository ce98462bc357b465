#include "engine/coordination/kv/command.h"

#include <algorithm>

#include "engine/coordination/kv/limits.h"

namespace wavetank::kv {

namespace {

Bytes slice_of(const Bytes& whole, ByteView part) {
  return part.empty()
             ? Bytes()
             : whole.slice(static_cast<std::size_t>(part.data() - whole.data()), part.size());
}

void write(ByteWriter& to, const std::vector<Operation>& operations) {
  to.unsigned_varint(operations.size());
  for (const Operation& it : operations) {
    to.fixed(static_cast<std::uint8_t>(it.kind));
    to.text(it.key);
    if (it.kind == OperationKind::put) {
      to.sized(it.value);
    }
  }
}

std::vector<Operation> read_operations(ByteReader& from, const Bytes& of) {
  std::vector<Operation> operations;
  const std::uint64_t count = from.unsigned_varint();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    Operation& it = operations.emplace_back();
    it.kind = static_cast<OperationKind>(from.fixed<std::uint8_t>());
    it.key = std::string(from.text());
    if (it.kind == OperationKind::put) {
      it.value = slice_of(of, from.sized());
    }
  }
  return operations;
}

void write(ByteWriter& to, const Compare& compare) {
  to.text(compare.key);
  to.fixed(static_cast<std::uint8_t>(compare.target));
  to.unsigned_varint(compare.number);
  to.sized(compare.value);
}

Compare read_compare(ByteReader& from, const Bytes& of) {
  Compare compare;
  compare.key = std::string(from.text());
  compare.target = static_cast<Target>(from.fixed<std::uint8_t>());
  compare.number = from.unsigned_varint();
  compare.value = slice_of(of, from.sized());
  return compare;
}

bool is_known(const Transaction& transaction) {
  const auto all_known = [](const std::vector<Operation>& operations) {
    for (const Operation& it : operations) {
      if (it.kind > OperationKind::remove) {
        return false;
      }
    }
    return true;
  };
  for (const Compare& it : transaction.compares) {
    if (it.target > Target::modified) {
      return false;
    }
  }
  return all_known(transaction.then) && all_known(transaction.otherwise);
}

}  // namespace

Bytes encode(const Command& command) {
  ByteWriter to;
  to.fixed(static_cast<std::uint8_t>(command.kind));
  if (command.kind == CommandKind::change) {
    to.unsigned_varint(command.session.value());
    to.unsigned_varint(command.sequence.value());
    to.unsigned_varint(command.settled.value());
    to.unsigned_varint(command.transaction.compares.size());
    for (const Compare& it : command.transaction.compares) {
      write(to, it);
    }
    write(to, command.transaction.then);
    write(to, command.transaction.otherwise);
  }
  return to.share();
}

Result<Command> decode_command(const Bytes& bytes) {
  if (bytes.size() > limits::kRequestBytes) {
    return fail("the request is too large");
  }
  ByteReader from(bytes);
  Command command;
  command.kind = static_cast<CommandKind>(from.fixed<std::uint8_t>());
  if (command.kind == CommandKind::change) {
    command.session = SessionId(from.unsigned_varint());
    command.sequence = Sequence(from.unsigned_varint());
    command.settled = Sequence(from.unsigned_varint());
    const std::uint64_t compares = from.unsigned_varint();
    for (std::uint64_t i = 0; i < compares && from.ok(); ++i) {
      command.transaction.compares.push_back(read_compare(from, bytes));
    }
    command.transaction.then = read_operations(from, bytes);
    command.transaction.otherwise = read_operations(from, bytes);
  } else if (command.kind != CommandKind::open_session) {
    return fail("the command is of no known kind");
  }
  if (!from.ok() || from.remaining() != 0 || !is_known(command.transaction)) {
    return fail("the command is not what its fields say");
  }
  const Transaction& it = command.transaction;
  if (it.compares.size() + std::max(it.then.size(), it.otherwise.size()) > limits::kOperations) {
    return fail("the transaction has too many operations");
  }
  return command;
}

void write(ByteWriter& to, const KeyValue& value) {
  to.fixed(static_cast<std::uint8_t>(value.found));
  if (value.found) {
    to.unsigned_varint(value.created.value());
    to.unsigned_varint(value.modified.value());
    to.unsigned_varint(value.version);
    to.sized(value.value);
  }
}

KeyValue read_key_value(ByteReader& from, const Bytes& of) {
  KeyValue value;
  value.found = from.fixed<std::uint8_t>() != 0;
  if (value.found) {
    value.created = Revision(from.unsigned_varint());
    value.modified = Revision(from.unsigned_varint());
    value.version = from.unsigned_varint();
    value.value = slice_of(of, from.sized());
  }
  return value;
}

Bytes encode(const Outcome& outcome) {
  ByteWriter to;
  to.fixed(static_cast<std::uint8_t>(outcome.succeeded));
  to.unsigned_varint(outcome.revision.value());
  to.unsigned_varint(outcome.results.size());
  for (const KeyValue& it : outcome.results) {
    write(to, it);
  }
  return to.share();
}

Result<Outcome> decode_outcome(const Bytes& bytes) {
  ByteReader from(bytes);
  Outcome outcome;
  outcome.succeeded = from.fixed<std::uint8_t>() != 0;
  outcome.revision = Revision(from.unsigned_varint());
  const std::uint64_t results = from.unsigned_varint();
  for (std::uint64_t i = 0; i < results && from.ok(); ++i) {
    outcome.results.push_back(read_key_value(from, bytes));
  }
  if (!from.ok() || from.remaining() != 0) {
    return fail("the outcome is not what its fields say");
  }
  return outcome;
}

}  // namespace wavetank::kv
