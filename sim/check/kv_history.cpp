#include "sim/check/kv_history.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"

namespace wavetank::sim {

namespace {

using Kind = KvCall::Kind;

bool is_linearizable(const KvCall& call) {
  return call.kind != Kind::read || call.consistency == kv::Consistency::linearizable;
}

Register::Call as_register(const KvCall& call) {
  switch (call.kind) {
    case Kind::read:
      return Register::read();
    case Kind::put:
      return Register::write(call.value);
    case Kind::compare_and_put:
      return Register::compare_and_set(call.expected, call.value);
    case Kind::remove:
      break;
  }
  return Register::write(0);
}

Register::Reply reply_of(const KvCall& call, const kv::Outcome& outcome) {
  if (call.kind == Kind::read) {
    return outcome.results.empty() ? 0 : value_number(outcome.results.front());
  }
  return call.kind == Kind::compare_and_put && outcome.succeeded ? 1 : 0;
}

/// Whether the call has changed the store, as its outcome says.
bool has_changed(const KvCall& call, const kv::Outcome& outcome) {
  switch (call.kind) {
    case Kind::read:
      return false;
    case Kind::remove:
      return !outcome.results.empty() && outcome.results.front().found;
    default:
      return outcome.succeeded;
  }
}

}  // namespace

// --- clients
// --------------------------------------------------------------------------------------

void KvHistory::client_began(ClientId client) {
  open_.erase(open_.lower_bound({client, kv::RequestId(0)}),
              open_.lower_bound({client + 1, kv::RequestId(0)}));
}

void KvHistory::asked(ClientId client, kv::RequestId request, const KvCall& call, Time now) {
  Asked asked{call, {}, newest_};
  if (call.kind != Kind::read) {
    Key& key = keys_[call.key];
    ++key.changes_asked;
    key.removal_asked = key.removal_asked || call.kind == Kind::remove;
  } else if (!is_linearizable(call)) {
    const auto known = keys_.find(call.key);
    asked.floor = known == keys_.end() ? kv::Revision() : known->second.newest;
  }
  if (is_linearizable(call) && operations_.operations().size() < kKvOperationsSearched) {
    // Requests of one client overlap: for the search each is a client of its own.
    asked.searched = operations_.invoke((std::uint64_t{client} << 32) | request.value(),
                                        {call.key, as_register(call)}, now);
  }
  open_.emplace(std::pair(client, request), std::move(asked));
}

void KvHistory::answered(ClientId client, kv::RequestId request, kv::ErrorCode error,
                         const kv::Outcome& outcome, Time now) {
  const auto found = open_.find({client, request});
  if (found == open_.end()) {
    revisions_.breach(
        fmt::format("client {} got an answer to {}, which it never asked or had "
                    "answered",
                    client, request.value()));
    return;
  }
  const Asked asked = std::move(found->second);
  open_.erase(found);
  if (error == kv::ErrorCode::ok) {
    if (asked.searched) {
      operations_.complete(*asked.searched, reply_of(asked.call, outcome), now);
    }
    note(asked, outcome);
  } else if (asked.searched &&
             (asked.call.kind == Kind::read || error == kv::ErrorCode::bad_request)) {
    operations_.withdraw(*asked.searched);
  }
}

void KvHistory::note(const Asked& asked, const kv::Outcome& outcome) {
  const KvCall& call = asked.call;
  if (call.kind == Kind::read) {
    note_read(asked, outcome);
    return;
  }
  const bool changed = has_changed(call, outcome);
  revisions_.look();
  if (outcome.revision < asked.floor || (changed && outcome.revision == asked.floor)) {
    revisions_.breach(
        fmt::format("a change of {} stands at revision {}, and {} had been "
                    "acknowledged before it was asked for",
                    call.key, outcome.revision.value(), asked.floor.value()));
  }
  newest_ = std::max(newest_, outcome.revision);
  if (!changed) {
    return;
  }
  of_changes_.push_back(outcome.revision);
  Key& key = keys_[call.key];
  ++key.changes_acknowledged;
  if (outcome.revision > key.newest) {
    key.newest = outcome.revision;
    key.number = call.kind == Kind::remove ? 0 : call.value;
  }
}

void KvHistory::note_read(const Asked& asked, const kv::Outcome& outcome) {
  const KvCall& call = asked.call;
  if (is_linearizable(call)) {
    revisions_.look();
    if (outcome.revision < asked.floor) {
      revisions_.breach(
          fmt::format("a linearizable read of {} showed revision {}, and {} had been "
                      "acknowledged before",
                      call.key, outcome.revision.value(), asked.floor.value()));
    }
    newest_ = std::max(newest_, outcome.revision);
  } else if (outcome.revision < asked.floor) {
    ++stale_reads_;
  }
}

// --- servers
// --------------------------------------------------------------------------------------

void KvHistory::elected(NodeId leader, raft::Term term) {
  agreement_.look();
  const NodeId first = leaders_.emplace(term, leader).first->second;
  if (first != leader) {
    agreement_.breach(fmt::format("servers {} and {} both led in term {}", first.value(),
                                  leader.value(), term.value()));
  }
}

void KvHistory::applied(NodeId server, raft::LogIndex index, const raft::Entry& entry) {
  agreement_.look();
  const std::uint64_t hash = hash64(entry.command, entry.term.value()) | 1;
  if (applied_.size() < index.value()) {
    applied_.resize(index.value(), 0);
  }
  std::uint64_t& known = applied_[index.value() - 1];
  if (known == 0) {
    known = hash;
  } else if (known != hash) {
    agreement_.breach(fmt::format("server {} applied something else than others at {}",
                                  server.value(), index.value()));
  }
}

// --- the end
// --------------------------------------------------------------------------------------

std::vector<reports::InvariantReport> KvHistory::reports(const kv::Store* store) {
  judge_revisions();
  judge_end(store);
  std::vector<reports::InvariantReport> all{agreement_.report()};
  if (!operations_.operations().empty()) {
    all.push_back(check_linearizable(Keyed<Register>{}, operations_).report("kv/linearizable"));
    all.push_back(revisions_.report());
  }
  if (!of_changes_.empty()) {
    all.push_back(lost_write_.report());
    all.push_back(once_.report());
  }
  return all;
}

void KvHistory::judge_revisions() {
  std::ranges::sort(of_changes_);
  const auto twice = std::ranges::adjacent_find(of_changes_);
  if (twice != of_changes_.end()) {
    revisions_.breach(fmt::format("two changes stand at revision {}", twice->value()));
  }
}

void KvHistory::judge_end(const kv::Store* store) {
  if (store == nullptr) {
    lost_write_.lack_evidence();
    once_.lack_evidence();
    return;
  }
  for (const auto& [name, key] : keys_) {
    judge_key(name, key, store->find(name));
  }
}

void KvHistory::judge_key(const std::string& name, const Key& key, const kv::KeyValue* stored) {
  lost_write_.look();
  if (stored == nullptr) {
    if (key.number != 0 && !key.removal_asked) {
      lost_write_.breach(
          fmt::format("{}, acknowledged at revision {}, is gone", name, key.newest.value()));
    }
  } else if (stored->modified < key.newest) {
    lost_write_.breach(fmt::format("{}, acknowledged at revision {}, went back to {}", name,
                                   key.newest.value(), stored->modified.value()));
  } else if (stored->modified == key.newest && value_number(*stored) != key.number) {
    lost_write_.breach(fmt::format("{} has another value than was acknowledged at revision {}",
                                   name, key.newest.value()));
  }
  once_.look();
  const std::uint64_t changes = stored == nullptr ? 0 : stored->version;
  const std::uint64_t least = key.removal_asked ? 0 : key.changes_acknowledged;
  if (changes > key.changes_asked || changes < least) {  // a removal begins the count anew
    once_.breach(fmt::format("{} was changed {} times: {} changes were asked for, {} acknowledged",
                             name, changes, key.changes_asked, key.changes_acknowledged));
  }
}

}  // namespace wavetank::sim
