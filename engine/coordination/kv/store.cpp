#include "engine/coordination/kv/store.h"

#include <algorithm>
#include <utility>

#include "engine/coordination/kv/limits.h"

namespace wavetank::kv {

namespace {

constexpr std::uint8_t kSnapshotVersion = 1;

}  // namespace

Store::Applied Store::apply(raft::LogIndex index, const Command& command) {
  return command.kind == CommandKind::open_session ? open_session(index) : change(index, command);
}

Store::Applied Store::open_session(raft::LogIndex index) {
  if (sessions_.size() == limits::kSessions) {
    sessions_.erase(std::ranges::min_element(sessions_, {},
                                             [](const auto& it) { return it.second.last_used; }));
  }
  const SessionId opened(index.value());
  sessions_[opened].last_used = index;
  return {ErrorCode::ok, opened, {}};
}

Store::Applied Store::change(raft::LogIndex index, const Command& command) {
  const auto found = sessions_.find(command.session);
  if (found == sessions_.end()) {
    return {ErrorCode::session_expired, command.session, {}};
  }
  Session& session = found->second;
  session.last_used = index;
  session.settled = std::max(session.settled, command.settled);
  session.outcomes.erase(session.outcomes.begin(), session.outcomes.lower_bound(session.settled));
  if (command.sequence < session.settled) {
    return {ErrorCode::bad_request, command.session, {}};  // an echo: nobody waits for it
  }
  if (const auto before = session.outcomes.find(command.sequence);
      before != session.outcomes.end()) {
    return {ErrorCode::ok, command.session, before->second};
  }
  if (session.outcomes.size() >= limits::kUnsettled) {
    return {ErrorCode::too_many_requests, command.session, {}};
  }
  Bytes outcome = encode(execute(command.transaction));
  session.outcomes.emplace(command.sequence, outcome);
  return {ErrorCode::ok, command.session, std::move(outcome)};
}

// --- transactions --------------------------------------------------------------------------------

Outcome Store::execute(const Transaction& transaction) {
  Outcome outcome;
  outcome.succeeded =
      std::ranges::all_of(transaction.compares, [this](const Compare& it) { return holds(it); });
  bool changed = false;
  for (const Operation& it : outcome.succeeded ? transaction.then : transaction.otherwise) {
    outcome.results.push_back(carry_out(it, revision_ + 1, changed));
  }
  if (changed) {
    ++revision_;
  }
  outcome.revision = revision_;
  return outcome;
}

bool Store::holds(const Compare& compare) const {
  static const KeyValue kAbsent;
  const KeyValue* found = find(compare.key);
  const KeyValue& it = found != nullptr ? *found : kAbsent;
  switch (compare.target) {
    case Target::value:
      return it.value == compare.value;
    case Target::version:
      return it.version == compare.number;
    case Target::created:
      return it.created.value() == compare.number;
    case Target::modified:
      break;
  }
  return it.modified.value() == compare.number;
}

KeyValue Store::carry_out(const Operation& operation, Revision as, bool& changed) {
  const auto found = keys_.find(operation.key);
  switch (operation.kind) {
    case OperationKind::get:
      return found == keys_.end() ? KeyValue{} : found->second;
    case OperationKind::put: {
      changed = true;
      KeyValue& it = found == keys_.end() ? keys_[operation.key] : found->second;
      it.created = it.found ? it.created : as;
      it.found = true;
      it.modified = as;
      it.value = operation.value;
      ++it.version;
      return {};
    }
    case OperationKind::remove:
      break;
  }
  KeyValue removed;
  if (found != keys_.end()) {
    changed = true;
    removed = std::move(found->second);
    keys_.erase(found);
  }
  return removed;
}

Outcome Store::read(const std::vector<std::string>& keys) const {
  Outcome outcome;
  outcome.revision = revision_;
  for (const std::string& key : keys) {
    const KeyValue* found = find(key);
    outcome.results.push_back(found != nullptr ? *found : KeyValue{});
  }
  return outcome;
}

const KeyValue* Store::find(const std::string& key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : &found->second;
}

// --- snapshots -----------------------------------------------------------------------------------

Bytes Store::snapshot() const {
  ByteWriter to;
  to.fixed(kSnapshotVersion);
  to.unsigned_varint(revision_.value());
  to.unsigned_varint(sessions_.size());
  for (const auto& [id, session] : sessions_) {
    to.unsigned_varint(id.value());
    to.unsigned_varint(session.last_used.value());
    to.unsigned_varint(session.settled.value());
    to.unsigned_varint(session.outcomes.size());
    for (const auto& [sequence, outcome] : session.outcomes) {
      to.unsigned_varint(sequence.value());
      to.sized(outcome);
    }
  }
  to.unsigned_varint(keys_.size());
  for (const auto& [key, value] : keys_) {
    to.text(key);
    write(to, value);
  }
  return to.share();
}

bool Store::restore(ByteView snapshot) {
  const Bytes whole = Bytes::copy_of(snapshot);
  ByteReader from(whole);
  if (from.fixed<std::uint8_t>() != kSnapshotVersion) {
    return false;
  }
  Store read;
  read.revision_ = Revision(from.unsigned_varint());
  const std::uint64_t sessions = from.unsigned_varint();
  for (std::uint64_t i = 0; i < sessions && from.ok(); ++i) {
    Session& it = read.sessions_[SessionId(from.unsigned_varint())];
    it.last_used = raft::LogIndex(from.unsigned_varint());
    it.settled = Sequence(from.unsigned_varint());
    const std::uint64_t outcomes = from.unsigned_varint();
    for (std::uint64_t o = 0; o < outcomes && from.ok(); ++o) {
      const Sequence sequence(from.unsigned_varint());
      it.outcomes[sequence] = Bytes::copy_of(from.sized());
    }
  }
  const std::uint64_t keys = from.unsigned_varint();
  for (std::uint64_t i = 0; i < keys && from.ok(); ++i) {
    std::string key(from.text());
    read.keys_.emplace_hint(read.keys_.end(), std::move(key), read_key_value(from, whole));
  }
  if (!from.ok() || from.remaining() != 0) {
    return false;
  }
  *this = std::move(read);
  return true;
}

}  // namespace wavetank::kv
