#include "engine/coordination/server/preparer.h"

#include <set>

#include "engine/coordination/limits.h"
#include "engine/coordination/tree/path.h"

namespace wavetank::coordination {

namespace {

Change failure(const Operation& operation, ErrorCode error) {
  return {ChangeKind::fail, operation.path, {}, kNoSession, 0, error};
}

bool differs(std::int32_t expected, std::int32_t version) {
  return expected != kAnyVersion && expected != version;
}

}  // namespace

Preparer::Record Preparer::look_up(std::string_view path) const {
  if (const auto found = outstanding_.find(path); found != outstanding_.end()) {
    return found->second;
  }
  const Znode* node = tree_.find(path);
  if (node == nullptr) {
    return {};
  }
  Record record;
  record.exists = true;
  record.version = node->version;
  record.creations = node->creations;
  record.children = static_cast<std::uint32_t>(node->children.size());
  record.ephemeral_owner = node->ephemeral_owner;
  return record;
}

void Preparer::set(const std::string& path, Record record, Zxid zxid) {
  const auto found = outstanding_.find(path);
  before_.emplace_back(
      path, found == outstanding_.end() ? std::optional<Record>() : std::optional(found->second));
  record.changed = zxid;
  outstanding_[path] = record;
  by_zxid_[zxid].push_back(path);
}

void Preparer::undo() {
  for (auto at = before_.rbegin(); at != before_.rend(); ++at) {
    if (at->second) {
      outstanding_[at->first] = *at->second;
    } else {
      outstanding_.erase(at->first);
    }
  }
}

void Preparer::committed(Zxid zxid) {
  while (!by_zxid_.empty() && by_zxid_.begin()->first <= zxid) {
    for (const std::string& path : by_zxid_.begin()->second) {
      const auto found = outstanding_.find(path);
      if (found != outstanding_.end() && found->second.changed <= zxid) {
        outstanding_.erase(found);
      }
    }
    by_zxid_.erase(by_zxid_.begin());
  }
}

std::vector<Change> Preparer::prepare(const std::vector<Operation>& operations, SessionId session,
                                      Zxid zxid) {
  before_.clear();
  std::vector<Change> changes;
  for (const Operation& operation : operations) {
    changes.push_back(prepare_one(operation, session, zxid));
    if (changes.back().kind == ChangeKind::fail) {
      break;
    }
  }
  if (changes.empty() || changes.back().kind != ChangeKind::fail) {
    return changes;
  }
  undo();
  const std::size_t failed = changes.size() - 1;
  const Change reason = changes.back();
  changes.clear();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    changes.push_back(i == failed ? reason
                                  : failure(operations[i], ErrorCode::runtime_inconsistency));
  }
  return changes;
}

Change Preparer::prepare_one(const Operation& operation, SessionId session, Zxid zxid) {
  if (!valid_path(operation.path) || operation.data.size() > limits::kRequestBytes) {
    return failure(operation, ErrorCode::bad_arguments);
  }
  switch (operation.code) {
    case OpCode::create:
      return create(operation, session, zxid);
    case OpCode::remove:
      return remove(operation, zxid);
    case OpCode::set_data:
      return set_data(operation, zxid);
    case OpCode::check:
      return check(operation);
    default:
      return failure(operation, ErrorCode::bad_arguments);
  }
}

Change Preparer::create(const Operation& operation, SessionId session, Zxid zxid) {
  if (operation.path == "/") {
    return failure(operation, ErrorCode::node_exists);
  }
  Record parent = look_up(parent_of(operation.path));
  if (!parent.exists) {
    return failure(operation, ErrorCode::no_node);
  }
  if (parent.ephemeral_owner != kNoSession) {
    return failure(operation, ErrorCode::no_children_for_ephemerals);
  }
  const std::string path =
      operation.sequential ? sequential_path(operation.path, parent.creations) : operation.path;
  if (look_up(path).exists) {
    return failure(operation, ErrorCode::node_exists);
  }
  ++parent.creations;
  ++parent.children;
  set(std::string(parent_of(path)), parent, zxid);
  Record created;
  created.exists = true;
  created.ephemeral_owner = operation.ephemeral ? session : kNoSession;
  set(path, created, zxid);
  return {ChangeKind::create, path,         operation.data, created.ephemeral_owner,
          parent.creations,   ErrorCode::ok};
}

Change Preparer::remove(const Operation& operation, Zxid zxid) {
  if (operation.path == "/") {
    return failure(operation, ErrorCode::bad_arguments);
  }
  const Record node = look_up(operation.path);
  if (!node.exists) {
    return failure(operation, ErrorCode::no_node);
  }
  if (differs(operation.version, node.version)) {
    return failure(operation, ErrorCode::bad_version);
  }
  if (node.children > 0) {
    return failure(operation, ErrorCode::not_empty);
  }
  remove_child(operation.path, zxid);
  return {ChangeKind::remove, operation.path, {}, kNoSession, 0, ErrorCode::ok};
}

void Preparer::remove_child(std::string_view path, Zxid zxid) {
  Record parent = look_up(parent_of(path));
  --parent.children;
  set(std::string(parent_of(path)), parent, zxid);
  set(std::string(path), {}, zxid);
}

Change Preparer::set_data(const Operation& operation, Zxid zxid) {
  Record node = look_up(operation.path);
  if (!node.exists) {
    return failure(operation, ErrorCode::no_node);
  }
  if (differs(operation.version, node.version)) {
    return failure(operation, ErrorCode::bad_version);
  }
  ++node.version;
  set(operation.path, node, zxid);
  return {ChangeKind::set_data, operation.path, operation.data,
          kNoSession,           node.version,   ErrorCode::ok};
}

Change Preparer::check(const Operation& operation) const {
  const Record node = look_up(operation.path);
  if (!node.exists) {
    return failure(operation, ErrorCode::no_node);
  }
  if (differs(operation.version, node.version)) {
    return failure(operation, ErrorCode::bad_version);
  }
  return {ChangeKind::check, operation.path, {}, kNoSession, 0, ErrorCode::ok};
}

std::vector<Change> Preparer::close_session(SessionId session, Zxid zxid) {
  before_.clear();
  std::vector<Change> changes;
  const std::vector<std::string> applied = tree_.ephemerals(session);
  std::set<std::string> going(applied.begin(), applied.end());
  for (const auto& [path, record] : outstanding_) {
    if (record.exists && record.ephemeral_owner == session) {
      going.insert(path);
    }
  }
  for (const std::string& path : going) {
    const Record record = look_up(path);
    if (record.exists && record.ephemeral_owner == session) {
      remove_child(path, zxid);
      changes.push_back({ChangeKind::remove, path, {}, kNoSession, 0, ErrorCode::ok});
    }
  }
  return changes;
}

}  // namespace wavetank::coordination
