#include "engine/coordination/tree/data_tree.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <utility>

#include "engine/base/hash.h"
#include "engine/coordination/limits.h"
#include "engine/coordination/tree/path.h"

namespace wavetank::coordination {

namespace {

struct PathHash {
  std::size_t operator()(std::string_view path) const { return hash64(as_bytes(path)); }
};

/// What a unit of a snapshot is: its first byte after the checksum.
enum class Unit : std::uint8_t { head, nodes, last_nodes };

/// CRC-32C of the rest, then the rest.
Bytes sealed(const ByteWriter& body) {
  return Bytes::build(sizeof(std::uint32_t) + body.size(), [&](std::uint8_t* to) {
    store_be(to, crc32c(body.view()));
    std::memcpy(to + sizeof(std::uint32_t), body.view().data(), body.size());
  });
}

constexpr std::size_t kUnitKindAt = sizeof(std::uint32_t);

void write_node(ByteWriter& to, const std::string& path, const Znode& node) {
  to.text(path);
  to.fixed(node.created.value());
  to.fixed(node.modified.value());
  to.fixed(node.children_changed.value());
  to.varint(node.created_ms);
  to.varint(node.modified_ms);
  to.varint(node.version);
  to.varint(node.creations);
  to.unsigned_varint(node.ephemeral_owner.value());
  to.sized(node.data);
}

std::pair<std::string, Znode> read_node(ByteReader& from, const Bytes& chunk) {
  std::pair<std::string, Znode> read;
  Znode& node = read.second;
  read.first = std::string(from.text());
  node.created = Zxid(from.fixed<std::uint64_t>());
  node.modified = Zxid(from.fixed<std::uint64_t>());
  node.children_changed = Zxid(from.fixed<std::uint64_t>());
  node.created_ms = from.varint();
  node.modified_ms = from.varint();
  node.version = static_cast<std::int32_t>(from.varint());
  node.creations = static_cast<std::int32_t>(from.varint());
  node.ephemeral_owner = SessionId(from.unsigned_varint());
  const ByteView data = from.sized();
  if (!data.empty()) {
    node.data = chunk.slice(static_cast<std::size_t>(data.data() - chunk.data()), data.size());
  }
  return read;
}

}  // namespace

struct DataTree::Index {
  tsl::robin_map<std::string_view, Znode*, PathHash> by_path;
};

Stat Znode::stat() const {
  Stat stat;
  stat.created = created;
  stat.modified = modified;
  stat.children_changed = children_changed;
  stat.created_ms = created_ms;
  stat.modified_ms = modified_ms;
  stat.version = version;
  const auto living = static_cast<std::int32_t>(children.size());
  stat.cversion = 2 * creations - living;  // creations, and as many deletions as are missing
  stat.ephemeral_owner = ephemeral_owner;
  stat.data_bytes = static_cast<std::uint32_t>(data.size());
  stat.children = static_cast<std::uint32_t>(children.size());
  return stat;
}

DataTree::DataTree() : index_(std::make_unique<Index>()) {
  insert("/", {});
}
DataTree::~DataTree() = default;
DataTree::DataTree(DataTree&&) noexcept = default;
DataTree& DataTree::operator=(DataTree&&) noexcept = default;

const Znode* DataTree::find(std::string_view path) const {
  const auto found = index_->by_path.find(path);
  return found == index_->by_path.end() ? nullptr : found->second;
}

Znode* DataTree::node(std::string_view path) {
  const auto found = index_->by_path.find(path);
  return found == index_->by_path.end() ? nullptr : found->second;
}

std::size_t DataTree::size() const {
  return nodes_.size();
}

Znode& DataTree::insert(std::string path, Znode node) {
  const auto at = nodes_.insert_or_assign(std::move(path), std::move(node)).first;
  index_->by_path[at->first] = &at->second;
  if (at->second.ephemeral_owner != kNoSession) {
    ephemerals_[at->second.ephemeral_owner].insert(at->first);
  }
  return at->second;
}

void DataTree::erase(const std::string& path) {
  const auto at = nodes_.find(path);
  const SessionId owner = at->second.ephemeral_owner;
  if (owner != kNoSession) {
    const auto owned = ephemerals_.find(owner);
    owned->second.erase(path);
    if (owned->second.empty()) {
      ephemerals_.erase(owned);
    }
  }
  index_->by_path.erase(at->first);
  nodes_.erase(at);
}

std::vector<std::string> DataTree::ephemerals(SessionId session) const {
  const auto owned = ephemerals_.find(session);
  return owned == ephemerals_.end()
             ? std::vector<std::string>()
             : std::vector<std::string>(owned->second.begin(), owned->second.end());
}

std::vector<ChangeResult> DataTree::apply(const Transaction& transaction,
                                          std::vector<TreeEvent>& events) {
  std::vector<ChangeResult> results;
  switch (transaction.kind) {
    case TransactionKind::create_session:
      sessions_[transaction.session] = transaction.timeout;
      break;
    case TransactionKind::close_session:
      for (const Change& change : transaction.changes) {
        remove(change.path, transaction.zxid, events);
      }
      sessions_.erase(transaction.session);
      break;
    case TransactionKind::request:
    case TransactionKind::multi:
      for (const Change& change : transaction.changes) {
        results.push_back(apply_change(change, transaction, events));
      }
      break;
  }
  last_zxid_ = std::max(last_zxid_, transaction.zxid);
  return results;
}

ChangeResult DataTree::apply_change(const Change& change, const Transaction& in,
                                    std::vector<TreeEvent>& events) {
  switch (change.kind) {
    case ChangeKind::create:
      return create(change, in, events);
    case ChangeKind::remove:
      return {remove(change.path, in.zxid, events), change.path, {}};
    case ChangeKind::set_data:
      return set_data(change, in, events);
    case ChangeKind::check:
      return {ErrorCode::ok, change.path, {}};
    case ChangeKind::fail:
      break;
  }
  return {change.error, change.path, {}};
}

ChangeResult DataTree::create(const Change& change, const Transaction& in,
                              std::vector<TreeEvent>& events) {
  Znode* parent = node(parent_of(change.path));
  if (parent == nullptr) {
    return {ErrorCode::no_node, change.path, {}};
  }
  parent->creations = std::max(parent->creations, change.version);
  parent->children_changed = std::max(parent->children_changed, in.zxid);
  if (parent->children.contains(name_of(change.path))) {
    // A later incarnation, seen by a fuzzy snapshot; what the replay has changed in it since was
    // meant for an earlier one. There was no node here, so there is none now.
    remove(change.path, in.zxid, events);
    parent = node(parent_of(change.path));
  }
  parent->children.insert(std::string(name_of(change.path)));
  Znode created;
  created.data = change.data;
  created.created = created.modified = created.children_changed = in.zxid;
  created.created_ms = created.modified_ms = in.time_ms;
  created.ephemeral_owner = change.ephemeral_owner;
  const Stat stat = insert(change.path, std::move(created)).stat();
  events.push_back({EventType::created, change.path});
  events.push_back({EventType::children_changed, std::string(parent_of(change.path))});
  return {ErrorCode::ok, change.path, stat};
}

ErrorCode DataTree::remove(const std::string& path, Zxid zxid, std::vector<TreeEvent>& events) {
  Znode* gone = node(path);
  if (gone == nullptr) {
    // A fuzzy snapshot met the parent before this removal and had no turn for the node.
    if (Znode* parent = node(parent_of(path)); parent != nullptr) {
      parent->children_changed = std::max(parent->children_changed, zxid);
    }
    return ErrorCode::no_node;
  }
  // Children here are of a later incarnation of the node, seen by a fuzzy snapshot: the replay
  // makes them again.
  while (!gone->children.empty()) {
    remove(child_path(path, *gone->children.begin()), zxid, events);
  }
  erase(path);
  Znode* parent = node(parent_of(path));
  parent->children.erase(parent->children.find(name_of(path)));
  parent->children_changed = std::max(parent->children_changed, zxid);
  events.push_back({EventType::deleted, path});
  events.push_back({EventType::children_changed, std::string(parent_of(path))});
  return ErrorCode::ok;
}

ChangeResult DataTree::set_data(const Change& change, const Transaction& in,
                                std::vector<TreeEvent>& events) {
  Znode* changed = node(change.path);
  if (changed == nullptr) {
    return {ErrorCode::no_node, change.path, {}};
  }
  changed->data = change.data;
  changed->version = change.version;
  changed->modified = in.zxid;
  changed->modified_ms = in.time_ms;
  events.push_back({EventType::data_changed, change.path});
  return {ErrorCode::ok, change.path, changed->stat()};
}

std::uint64_t DataTree::digest() const {
  ByteWriter all;
  for (const auto& [session, timeout] : sessions_) {
    all.fixed(session.value());
    all.fixed(timeout.ns());
  }
  for (const auto& [path, node] : nodes_) {
    write_node(all, path, node);
  }
  return hash64(all.view());
}

// ------------------------------------------------------------------------------------ snapshots

Bytes DataTree::snapshot_head() const {
  ByteWriter body;
  body.fixed(static_cast<std::uint8_t>(Unit::head));
  body.fixed(last_zxid_.value());
  body.unsigned_varint(sessions_.size());
  for (const auto& [session, timeout] : sessions_) {
    body.unsigned_varint(session.value());
    body.varint(timeout.ns());
  }
  return sealed(body);
}

Bytes DataTree::snapshot_chunk(std::string& after) const {
  ByteWriter body;
  body.fixed(static_cast<std::uint8_t>(Unit::nodes));
  auto at = nodes_.upper_bound(after);
  for (; at != nodes_.end() && body.size() < limits::kSnapshotChunkBytes; ++at) {
    write_node(body, at->first, at->second);
    after = at->first;
  }
  if (at == nodes_.end()) {
    body.data()[0] = static_cast<std::uint8_t>(Unit::last_nodes);
  }
  return sealed(body);
}

bool DataTree::snapshot_ends(const Bytes& chunk) {
  return chunk.size() > kUnitKindAt &&
         chunk.data()[kUnitKindAt] == static_cast<std::uint8_t>(Unit::last_nodes);
}

Status DataTree::load_head(ByteReader& from) {
  last_zxid_ = Zxid(from.fixed<std::uint64_t>());
  const std::uint64_t count = from.unsigned_varint();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    const SessionId session(from.unsigned_varint());
    sessions_[session] = Duration(from.varint());
  }
  return from.ok() ? Status() : fail("the snapshot's head is cut short");
}

Status DataTree::load_nodes(ByteReader& from, const Bytes& chunk) {
  while (from.ok() && from.remaining() > 0) {
    std::pair<std::string, Znode> read = read_node(from, chunk);
    if (!from.ok()) {
      return fail("a node of the snapshot is cut short");
    }
    insert(std::move(read.first), std::move(read.second));
  }
  return {};
}

Result<DataTree> DataTree::from_snapshot(const std::vector<Bytes>& parts) {
  DataTree tree;
  bool ended = false;
  for (const Bytes& part : parts) {
    if (part.size() <= kUnitKindAt ||
        crc32c(part.view().subspan(kUnitKindAt)) != load_be<std::uint32_t>(part.data())) {
      return fail("a checksum of the snapshot is wrong");
    }
    ByteReader from(part.view().subspan(kUnitKindAt));
    const auto unit = static_cast<Unit>(from.fixed<std::uint8_t>());
    const Status loaded = unit == Unit::head ? tree.load_head(from) : tree.load_nodes(from, part);
    if (!loaded) {
      return tl::unexpected<Error>(loaded.error());
    }
    ended = unit == Unit::last_nodes;
  }
  if (!ended) {
    return fail("the snapshot has no end");
  }
  // A fuzzy snapshot can hold a node whose parent was gone when its turn came, or the reverse:
  // children are found anew, and what has no parent will be made again by the replay.
  std::vector<std::string> orphans;
  for (const auto& [path, node] : tree.nodes_) {
    if (path == "/") {
      continue;
    }
    if (Znode* parent = tree.node(parent_of(path)); parent != nullptr) {
      parent->children.insert(std::string(name_of(path)));
    } else {
      orphans.push_back(path);
    }
  }
  for (auto path = orphans.rbegin(); path != orphans.rend(); ++path) {
    tree.erase(*path);
  }
  return tree;
}

}  // namespace wavetank::coordination
