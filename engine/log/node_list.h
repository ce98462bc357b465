#pragma once

// Lists of nodes: replicas, in-sync sets.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/codec.h"
#include "engine/base/ids.h"

namespace wavetank::log {

inline bool contains(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

/// Their number, then each, as unsigned varints.
inline void write_nodes(ByteWriter& to, const std::vector<NodeId>& nodes) {
  to.unsigned_varint(nodes.size());
  for (const NodeId node : nodes) {
    to.unsigned_varint(node.value());
  }
}

/// What `write_nodes` wrote; ends with the bytes, whatever number they claim.
inline std::vector<NodeId> read_nodes(ByteReader& from) {
  std::vector<NodeId> nodes;
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    nodes.push_back(NodeId(static_cast<std::uint32_t>(from.unsigned_varint())));
  }
  return nodes;
}

}  // namespace wavetank::log
